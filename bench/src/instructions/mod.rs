//! What a message costs in instructions, ours and by hand: figures that do not depend on the machine's mood.
//!
//! Each side runs under callgrind with so many messages and with three times as many; the difference of the two is what
//! messages cost, and what starting and connecting costs is gone.

mod callgrind;
mod record;

use anyhow::{Context as _, ensure};

use self::{
    callgrind::{Profile, Under},
    record::Row,
};
use crate::{
    process::Pinned,
    settings::{ClientKind, ClientSettings, Duty, Kind, ServerSettings},
};

/// A figure may be so much above the recorded one.
const MARGIN: f64 = 0.03;
/// So many functions are listed.
const TOP: usize = 40;
const SIDE_CORE: usize = 0;
const DRIVER_CORE: usize = 1;

const HELP: &str = "\
usage: bench instructions [--only WORKLOAD] [--runs N] [--top] [--check | --write]
  --only    the workloads whose name begins so
  --runs    how often each is counted; the medians of 3 unless told otherwise
  --top     lists the functions in which instructions are executed, per message
  --check   fails where a figure is more than 3 % above the recorded one
  --write   writes the figures into docs/benchmarks.md";

struct Workload {
    name: &'static str,
    sides: Sides,
    connections: usize,
    in_flight: usize,
    /// In the shorter of the two runs, of all streams together.
    messages: usize,
}

/// What is compared: first by hand, then ours.
enum Sides {
    /// Servers to which the load does this.
    Servers([Kind; 2], Load),
    /// What executes no command twice.
    Clients([ClientKind; 2]),
}

#[derive(Clone, Copy)]
enum Load {
    Echo,
    Sink,
    Requests,
    Broadcasts,
}

const PLAIN: [Kind; 2] = [Kind::Tonic, Kind::Hub];
const JSON: [Kind; 2] = [Kind::TonicJson, Kind::Published];
const CLIENTS: Sides = Sides::Clients([ClientKind::ByHandMemory, ClientKind::Link]);
/// So slow that what writes by hand, under callgrind, leaves nothing out.
const EVERY_MS: u64 = 40;

const WORKLOADS: [Workload; 8] = [
    Workload::new("echo 1x1", Sides::Servers(PLAIN, Load::Echo), 1, 1, 4000),
    Workload::new("echo 16x32", Sides::Servers(PLAIN, Load::Echo), 16, 32, 16_384),
    Workload::new("echo+json 16x32", Sides::Servers(JSON, Load::Echo), 16, 32, 16_384),
    Workload::new("sink 16", Sides::Servers(PLAIN, Load::Sink), 16, 128, 32_768),
    Workload::new("broadcast 64", Sides::Servers(PLAIN, Load::Broadcasts), 64, 8, 3200),
    Workload::new("requests 16x64", Sides::Servers(PLAIN, Load::Requests), 16, 64, 16_384),
    Workload::new("link 1x1", CLIENTS, 1, 1, 4000),
    Workload::new("link 16x32", CLIENTS, 16, 32, 16_384),
];

impl Workload {
    const fn new(
        name: &'static str,
        sides: Sides,
        connections: usize,
        in_flight: usize,
        messages: usize,
    ) -> Self {
        Self { name, sides, connections, in_flight, messages }
    }

    /// With three times as many, what each message costs.
    fn per_message(&self, side: usize) -> anyhow::Result<Profile> {
        let (few, many) = (self.messages, 3 * self.messages);
        let (less, more) = (self.run(side, few)?, self.run(side, many)?);
        #[expect(clippy::cast_precision_loss, reason = "some ten thousand messages")]
        let messages = (many - few) as f64;
        Ok(Profile::between(&less, &more, messages))
    }

    /// One side under callgrind, until so many messages are through.
    fn run(&self, side: usize, messages: usize) -> anyhow::Result<Profile> {
        match &self.sides {
            Sides::Servers(kinds, load) => self.server(kinds[side], *load, messages),
            Sides::Clients(kinds) => self.client(kinds[side], messages),
        }
    }

    fn server(&self, kind: Kind, load: Load, messages: usize) -> anyhow::Result<Profile> {
        let (streams, in_flight) = (self.connections, self.connections * self.in_flight);
        let duty = match load {
            Load::Echo | Load::Sink => Duty::Echo,
            Load::Requests => Duty::SomeRequests { in_flight, streams, count: messages },
            Load::Broadcasts => {
                let count = messages / streams;
                Duty::SomeBroadcasts { every_ms: EVERY_MS, streams, count }
            }
        };
        let does = match load {
            Load::Echo => "echo",
            Load::Sink => "sink",
            Load::Requests | Load::Broadcasts => "listen",
        };
        let settings = ServerSettings::new(kind, duty);
        let mut server = Under::start(SIDE_CORE, &["server", &serde_json::to_string(&settings)?])?;
        let addr = server.line().context("the server's address")?;
        let [connections, in_flight, messages] =
            [streams, self.in_flight, messages].map(|number| number.to_string());
        let drive = ["drive", does, &addr, &connections, &in_flight, &messages];
        let mut load_process = Pinned::own(Some(DRIVER_CORE), &drive)?;
        // Requests are done when their acks have come back, which the server knows.
        let line = if matches!(load, Load::Requests) { server.line() } else { load_process.line() };
        ended(&line?)?;
        server.end()
    }

    fn client(&self, kind: ClientKind, messages: usize) -> anyhow::Result<Profile> {
        let [connections, in_flight, messages] =
            [self.connections, self.in_flight, messages].map(|number| number.to_string());
        let asking = ["asking", &in_flight, &connections, &messages];
        let mut hub = Pinned::own(Some(DRIVER_CORE), &asking)?;
        let settings = ClientSettings {
            kind,
            addr: hub.line().context("the hub's address")?.parse()?,
            connections: self.connections,
            warm_up_ms: 0,
            // It is ended long before.
            measured_ms: 3_600_000,
        };
        let client = Under::start(SIDE_CORE, &["client", &serde_json::to_string(&settings)?])?;
        ended(&hub.line().context("the end of the commands")?)?;
        client.end()
    }
}

fn ended(line: &str) -> anyhow::Result<()> {
    ensure!(line == "done", "instead of the end there is `{line}`");
    Ok(())
}

struct Options {
    only: String,
    runs: usize,
    top: bool,
    check: bool,
    write: bool,
}

/// Counts, and prints what was asked for.
pub(crate) fn count(args: &[&str]) -> anyhow::Result<()> {
    let options = options(args)?;
    callgrind::check()?;
    let mut rows = Vec::new();
    println!("{:<16} {:>10} {:>10} {:>7}  spread", "instructions", "by hand", "ours", "ratio");
    for workload in WORKLOADS.iter().filter(|it| it.name.starts_with(&options.only)) {
        let mut counted = [Vec::new(), Vec::new()];
        for _ in 0..options.runs {
            for (side, counted) in counted.iter_mut().enumerate() {
                counted.push(workload.per_message(side)?);
            }
        }
        let row = Row::new(workload.name, &counted.each_ref().map(|it| totals(it)));
        println!("{row}");
        if options.top {
            for (side, profiles) in ["by hand", "ours"].iter().zip(&counted) {
                profiles[0].print(&format!("{}, {side}", workload.name), TOP);
            }
        }
        rows.push(row);
    }
    ensure!(!rows.is_empty(), "no workload is called `{}`", options.only);
    if options.write {
        record::write(&rows)?;
    }
    if options.check { record::check(&rows, MARGIN) } else { Ok(()) }
}

fn options(args: &[&str]) -> anyhow::Result<Options> {
    let mut options =
        Options { only: String::new(), runs: 3, top: false, check: false, write: false };
    let mut args = args.iter();
    while let Some(&arg) = args.next() {
        match arg {
            "--only" => options.only = args.next().context(HELP)?.to_string(),
            "--runs" => options.runs = args.next().context(HELP)?.parse().context(HELP)?,
            "--top" => options.top = true,
            "--check" => options.check = true,
            "--write" => options.write = true,
            _ => anyhow::bail!(HELP),
        }
    }
    ensure!(options.runs > 0, HELP);
    ensure!(options.only.is_empty() || !options.write, "the page has all workloads or none");
    Ok(options)
}

fn totals(profiles: &[Profile]) -> Vec<f64> {
    profiles.iter().map(|it| it.total).collect()
}
