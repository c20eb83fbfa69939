//! The whole run: warm up, leave, churn, leave, compare.

use std::{
    fs, thread,
    time::{Duration, Instant},
};

use anyhow::{Context as _, ensure};
use xtask::Peer;

use crate::{
    CLIENTS,
    figures::{Done, Figures},
    plot::{self, Sample},
    verdict::{self, Empty},
};

/// How long a run takes that is written down.
pub(crate) const FULL: Duration = Duration::from_mins(10);
/// After this time everybody leaves for the first time.
const WARM_UP: Duration = Duration::from_mins(1);
/// How long the last of a client may take to be gone: every timeout of the server is shorter.
const PATIENCE: Duration = Duration::from_mins(1);

const SECOND: Duration = Duration::from_secs(1);

/// Lets clients come and go for so long, and compares. A full run is written down in docs/benchmarks.md.
pub(crate) fn run(total: Duration) -> anyhow::Result<()> {
    let mut soak = Soak::start()?;
    let started = soak.figures()?;
    let first = soak.churn(WARM_UP.min(total / 3), &started)?;
    let rest = total.saturating_sub(soak.start.elapsed());
    let last = soak.churn(rest, &started)?;
    let done: Done = serde_json::from_str(&soak.load.ask("leave")?)?;

    let empty = Empty { started, first, last };
    let lines = verdict::lines(&empty, &done, total);
    print!("{lines}");
    let name = if total == FULL { "docs/soak.svg" } else { "target/soak.svg" };
    let plot = xtask::root().join(name);
    fs::create_dir_all(plot.parent().context("a folder")?)?;
    plot::draw(&plot, &soak.samples, empty.first.heap)?;
    println!("the heap over time: {}", plot.display());
    let faults = verdict::faults(&empty, &done);
    ensure!(faults.is_empty(), "something is left:\n- {}", faults.join("\n- "));
    if total == FULL {
        xtask::write_section("Under clients that come and go", &format!("{INTRODUCTION}{lines}"))?;
    }
    println!("nothing is left");
    Ok(())
}

const INTRODUCTION: &str = "\
Written by `cargo xtask soak`, which fails where anything is left of clients that are gone: a session, a request, a task, a
descriptor, or more than 1 % of the heap that the server had when it was first empty.

![The server's live heap and its sessions over time](soak.svg)

";

/// Both processes, and what was seen of the server.
struct Soak {
    start: Instant,
    server: Peer,
    load: Peer,
    samples: Vec<Sample>,
}

impl Soak {
    fn start() -> anyhow::Result<Self> {
        let mut server = Peer::start(["server"])?;
        let addr = server.line().context("the server's address")?;
        let load = Peer::start(["load", &addr])?;
        Ok(Self { start: Instant::now(), server, load, samples: Vec::new() })
    }

    /// Looks at the server, and keeps what it sees.
    fn figures(&mut self) -> anyhow::Result<Figures> {
        let figures: Figures = serde_json::from_str(&self.server.ask("figures")?)?;
        self.samples.push(Sample {
            second: self.start.elapsed().as_secs_f64(),
            heap: figures.heap,
            sessions: figures.sessions,
        });
        Ok(figures)
    }

    /// Clients come and go for so long, then all leave. Gives the figures of the empty server.
    fn churn(&mut self, time: Duration, started: &Figures) -> anyhow::Result<Figures> {
        println!("{CLIENTS} clients come and go for {} s", time.as_secs());
        let begin = Instant::now();
        self.server.tell("traffic")?;
        self.load.tell("come")?;
        while begin.elapsed() < time {
            thread::sleep(SECOND);
            self.figures()?;
        }
        // They leave in the midst of it.
        self.load.ask("leave")?;
        self.server.ask("quiet")?;
        let begin = Instant::now();
        while !verdict::is_empty(&self.figures()?, started) && begin.elapsed() < PATIENCE {
            thread::sleep(SECOND);
        }
        // What is freed by the last steps of the last tasks.
        thread::sleep(2 * SECOND);
        self.figures()
    }
}
