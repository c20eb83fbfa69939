//! The comparison: each side by turns, medians, ratios.

use anyhow::Context as _;

use crate::process::Pinned;

const SERVERS: [&str; 4] = ["tonic", "tonic+json", "hub", "published"];
const CLIENTS: [&str; 3] = ["by-hand", "by-hand+memory", "link"];
const SERVER_CORE: usize = 0;
const LOAD_CORE: usize = 1;

struct Workload {
    name: &'static str,
    /// What the load does; `obey`: it is what is compared.
    load: &'static str,
    connections: usize,
    in_flight: usize,
}

impl Workload {
    fn compares_clients(&self) -> bool {
        self.load == "obey"
    }

    /// What is compared, and first what it is compared with.
    fn sides(&self) -> &'static [&'static str] {
        if self.compares_clients() { &CLIENTS } else { &SERVERS }
    }
}

const WORKLOADS: [Workload; 7] = [
    Workload { name: "echo 1x1", load: "echo", connections: 1, in_flight: 1 },
    Workload { name: "echo 16x32", load: "echo", connections: 16, in_flight: 32 },
    Workload { name: "sink 16", load: "sink", connections: 16, in_flight: 128 },
    Workload { name: "idle 1000", load: "idle", connections: 1000, in_flight: 1 },
    Workload { name: "link 1x1", load: "obey", connections: 1, in_flight: 1 },
    Workload { name: "link 1x32", load: "obey", connections: 1, in_flight: 32 },
    Workload { name: "link 16x32", load: "obey", connections: 16, in_flight: 32 },
];

/// What one run of one side showed.
#[derive(Clone, Copy)]
struct Figure {
    /// Microseconds of CPU per message; for `idle`, KiB of memory per stream.
    cost: f64,
    /// Messages per second.
    rate: f64,
}

/// Compares the sides on every workload whose name begins with `only`.
pub(crate) fn compare(runs: usize, seconds: u64, only: &str) -> anyhow::Result<()> {
    println!(
        "medians of {runs} runs of {seconds} s; server on core {SERVER_CORE}, load on core {LOAD_CORE}"
    );
    println!(
        "{:<12} {:<14} {:>14} {:>14} {:>8}",
        "workload", "side", "cost", "messages/s", "ratio"
    );
    for workload in WORKLOADS.iter().filter(|workload| workload.name.starts_with(only)) {
        let sides = workload.sides();
        let mut figures = vec![Vec::new(); sides.len()];
        for run in 0..runs * sides.len() {
            let side = run % sides.len();
            figures[side].push(measure(workload, sides[side], seconds)?);
        }
        let mut costs = Vec::new();
        for (side, figures) in sides.iter().zip(figures) {
            let cost = median(figures.iter().map(|figure| figure.cost));
            let rate = median(figures.iter().map(|figure| figure.rate));
            let unit = if workload.load == "idle" { "KiB/stream" } else { "us/message" };
            costs.push(cost);
            let ratio = cost / costs[0];
            println!(
                "{:<12} {side:<14} {cost:>7.3} {unit} {rate:>14.0} {ratio:>8.3}",
                workload.name
            );
        }
        if let [_, with_memory, link] = costs[..] {
            println!(
                "{:<12} link, which executes no command twice: {:.3} of by-hand+memory",
                workload.name,
                link / with_memory
            );
        }
        if let [tonic, with_json, hub, published] = costs[..]
            && workload.load == "echo"
        {
            // In place: with the caches and the allocator as they are in a server.
            let json = with_json - tonic;
            let ratio = (published - json) / hub;
            println!(
                "{:<12} published less {json:.3} us of JSON: {ratio:.3} of hub",
                workload.name
            );
        }
    }
    Ok(())
}

fn measure(workload: &Workload, side: &str, seconds: u64) -> anyhow::Result<Figure> {
    let (connections, in_flight, seconds) =
        (workload.connections.to_string(), workload.in_flight.to_string(), seconds.to_string());
    let clients = workload.compares_clients();
    let server = if clients { vec!["server", "asking", &in_flight] } else { vec!["server", side] };
    let mut server = Pinned::start(SERVER_CORE, &server)?;
    let addr = server.line().context("the server's address")?;
    let empty = server.memory()?;
    let load = if clients {
        vec!["client", side, &addr, &connections, &seconds]
    } else {
        vec!["load", workload.load, &addr, &connections, &in_flight, &seconds]
    };
    let mut load = Pinned::start(LOAD_CORE, &load)?;
    load.line().context("the begin of the load")?;
    let spent = |load: &Pinned| if clients { load.cpu() } else { server.cpu() };
    let before = spent(&load)?;
    let line = load.line().context("the end of the load")?;
    let cpu = spent(&load)?.saturating_sub(before).as_secs_f64();
    let (count, elapsed) = line.split_once(' ').context("count and time")?;
    let (count, elapsed): (f64, f64) = (count.parse()?, elapsed.parse()?);
    #[expect(clippy::cast_precision_loss, reason = "bytes of memory")]
    let memory = (server.memory()? - empty) as f64;
    let cost = if workload.load == "idle" { memory / 1024.0 / count } else { cpu * 1e6 / count };
    Ok(Figure { cost, rate: count / elapsed })
}

fn median(figures: impl Iterator<Item = f64>) -> f64 {
    let mut figures: Vec<f64> = figures.collect();
    figures.sort_by(f64::total_cmp);
    figures[figures.len() / 2]
}
