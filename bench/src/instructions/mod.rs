//! What a message costs in instructions, ours and by hand: figures that do not depend on the machine's mood.
//!
//! Each side runs under callgrind with so many messages and with three times as many; the difference of the two is what
//! messages cost, and what starting and connecting costs is gone.

mod asking;
mod callgrind;
mod drive;
mod record;

use anyhow::{Context as _, ensure};

pub(crate) use self::{asking::serve, drive::drive};
use self::{
    callgrind::{Profile, Under},
    record::Row,
};
use crate::process::Pinned;

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
    by_hand: &'static str,
    ours: &'static str,
    /// What the driver does; `obey`: the sides are clients, and do as they are told.
    load: &'static str,
    connections: usize,
    in_flight: usize,
    /// In the shorter of the two runs.
    messages: usize,
}

const WORKLOADS: [Workload; 6] = [
    Workload::server("echo 1x1", "echo", ["tonic", "hub"], 1, 1, 4000),
    Workload::server("echo 16x32", "echo", ["tonic", "hub"], 16, 32, 16_000),
    Workload::server("echo+json 16x32", "echo", ["tonic+json", "published"], 16, 32, 16_000),
    Workload::server("sink 16", "sink", ["tonic", "hub"], 16, 128, 32_000),
    Workload::client("link 1x1", ["by-hand+memory", "link"], 1, 1, 4000),
    Workload::client("link 16x32", ["by-hand+memory", "link"], 16, 32, 16_384),
];

impl Workload {
    const fn server(
        name: &'static str,
        load: &'static str,
        [by_hand, ours]: [&'static str; 2],
        connections: usize,
        in_flight: usize,
        messages: usize,
    ) -> Self {
        Self { name, by_hand, ours, load, connections, in_flight, messages }
    }

    const fn client(
        name: &'static str,
        sides: [&'static str; 2],
        connections: usize,
        in_flight: usize,
        messages: usize,
    ) -> Self {
        Self::server(name, "obey", sides, connections, in_flight, messages)
    }
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
            counted[0].push(per_message(workload, workload.by_hand)?);
            counted[1].push(per_message(workload, workload.ours)?);
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
            "--only" => options.only = (*args.next().context(HELP)?).to_owned(),
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

fn per_message(workload: &Workload, side: &str) -> anyhow::Result<Profile> {
    let (few, many) = (workload.messages, 3 * workload.messages);
    let (less, more) = (run(workload, side, few)?, run(workload, side, many)?);
    #[expect(clippy::cast_precision_loss, reason = "some ten thousand messages")]
    let messages = (many - few) as f64;
    Ok(Profile::between(&less, &more, messages))
}

/// One side under callgrind, until so many messages are through.
fn run(workload: &Workload, side: &str, messages: usize) -> anyhow::Result<Profile> {
    let (connections, in_flight, messages) =
        (workload.connections.to_string(), workload.in_flight.to_string(), messages.to_string());
    let done = |driver: &mut Pinned| {
        let line = driver.line().context("the end of the messages")?;
        ensure!(line == "done", "the driver says `{line}`");
        Ok(())
    };
    if workload.load == "obey" {
        let args = ["ask", &connections, &in_flight, &messages];
        let mut driver = Pinned::start(DRIVER_CORE, &args)?;
        let addr = driver.line().context("the address of who asks")?;
        // Ended long before.
        let side = Under::start(SIDE_CORE, &["client", side, &addr, &connections, "3600"])?;
        done(&mut driver)?;
        return side.end();
    }
    let mut side = Under::start(SIDE_CORE, &["server", side])?;
    let addr = side.line().context("the server's address")?;
    let args = ["drive", workload.load, &addr, &connections, &in_flight, &messages];
    done(&mut Pinned::start(DRIVER_CORE, &args)?)?;
    side.end()
}
