//! Servers of the same proto on other stacks, beside what is written by hand on tonic and a hub.

use std::{fmt::Write as _, process::Command};

use anyhow::{Context as _, ensure};

use crate::{
    figures::{Figure, Figures},
    measure::Scale,
    plot,
    process::Pinned,
    quiet::Patience,
    record::Comparison,
    report, run,
    settings::{Duty, Kind, ServerSettings},
    workloads::{self, Program, Workload},
};

const HEADING: &str = "Beside other stacks";

const INTRODUCTION: &str = "\
Written by `cargo xtask bench peers`. Servers of the same proto, each on one core, with the load on another; the sides run
by turns, and each figure is the median. What counts is the CPU time of the server per message.

![CPU time of each server per message](bench-peers.svg)

- `tonic` and `hub` are those of the other comparisons. In `sink 16x128` a stream sends 127 heartbeats and a trade, and goes
  on when the trade has come back: what servers take in before they handle it does not count.
- `grpc-go` (`bench/peers/go`) is written by hand on grpc-go: a map of the clients, a channel of 128 commands and two
  goroutines for each stream. No pings, no timeouts, no figures. Its garbage is collected on the same core.
- `grpcio` (`bench/peers/python`) is written on grpcio's asyncio, as streaming services in Python are: a dict of the
  clients, an `asyncio.Queue` and a reading task for each stream, pings where it is silent, and a publication for each
  message and command, to a publisher that does nothing.

";

/// How a server that is no subcommand of this program is started.
pub(crate) fn command(kind: Kind) -> anyhow::Result<Option<Command>> {
    match kind {
        Kind::GrpcGo => Ok(Some(Command::new(xtask::services::bench_peer()?))),
        Kind::Grpcio => {
            let mut python = Command::new(xtask::services::python()?);
            let bench = xtask::root().join("bench");
            python.arg(bench.join("peers/python/server.py")).arg(bench.join("proto"));
            Ok(Some(python))
        }
        _ => Ok(None),
    }
}

/// Compares, and writes the section and its picture; not after fewer runs than three.
pub(crate) fn compare(runs: usize, seconds: u64) -> anyhow::Result<()> {
    let workloads = workloads::peers();
    let mut compared = Vec::new();
    let mut patience = Patience(run::PATIENCE);
    for workload in &workloads {
        let quiet = patience.wait()?;
        let mut comparison = run::measure(workload, runs, Scale::Full { seconds })?;
        comparison.quiet = quiet;
        print!("{}", report::text(workload, &comparison));
        compared.push((workload, comparison));
    }
    if runs < run::RECORDED {
        println!("not written: that takes {} runs", run::RECORDED);
        return Ok(());
    }
    plot::peers(&compared)?;
    xtask::write_section(HEADING, &section(&compared, runs, seconds))?;
    println!("written into docs/benchmarks.md");
    Ok(())
}

fn section(compared: &[(&Workload, Comparison)], runs: usize, seconds: u64) -> String {
    let mut text = String::from(INTRODUCTION);
    text.push_str(
        "| workload | side | CPU, µs each | of tonic | per second | p50, µs | p99, µs |\n",
    );
    text.push_str("| --- | --- | ---: | ---: | ---: | ---: | ---: |\n");
    for (workload, comparison) in compared {
        for (place, (side, figures)) in comparison.sides.iter().enumerate() {
            let name = if place == 0 { workload.name.as_str() } else { "" };
            let ratio = ratio(comparison, figures);
            write!(text, "| {name} | {side} | {} | {ratio:.2} |", shown(figures, Figure::Cpu))
                .expect("a string");
            for figure in [Figure::Rate, Figure::P50, Figure::P99] {
                write!(text, " {} |", shown(figures, figure)).expect("a string");
            }
            text.push('\n');
        }
    }
    writeln!(text, "\nMedians of {runs} runs of {seconds} s.").expect("a string");
    if compared.iter().any(|(_, comparison)| !comparison.quiet) {
        text.push_str("Others used the machine meanwhile: latencies and rates are worse than they could be.\n");
    }
    text
}

fn shown(figures: &Figures, figure: Figure) -> String {
    figures.get(&figure).map_or_else(String::new, |value| figure.show(*value))
}

fn ratio(comparison: &Comparison, figures: &Figures) -> f64 {
    let cpu = |figures: &Figures| figures.get(&Figure::Cpu).copied().unwrap_or(f64::NAN);
    cpu(figures) / cpu(&comparison.sides[0].1)
}

/// Fails where a server does not do the same work as the others: each trade comes back with its body, heartbeats before
/// it are taken, and who has no id is refused.
pub(crate) fn brief() -> anyhow::Result<()> {
    let sides = workloads::peers().swap_remove(0).sides;
    for side in sides {
        let Program::Server(kind) = side.program else { continue };
        let settings = serde_json::to_string(&ServerSettings::new(kind, Duty::Echo))?;
        let mut server = Pinned::server(kind, None, &settings)?;
        let addr = server.line().context("the server's address")?;
        for what in ["echo", "sink", "nameless"] {
            let drive = ["drive", what, &addr, "2", "4", "64"];
            let said = Pinned::own(None, &drive)?.line();
            let said = said.with_context(|| format!("{}: {what}", side.name))?;
            ensure!(said == "done", "{}: {what}: {said}", side.name);
        }
        println!("{}: echo, sink, nameless", side.name);
    }
    println!("all peers do the same work");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_section_has_a_row_for_each_side() {
        let side = |name: &str, cpu| {
            let figures = Figures::from([(Figure::Cpu, cpu), (Figure::Rate, 1000.0)]);
            (name.to_owned(), figures)
        };
        let sides = vec![side("tonic", 2.0), side("grpcio", 90.0)];
        let comparison = Comparison { quiet: true, runs: 3, seconds: 4, sides };
        let workloads = workloads::peers();
        let section = section(&[(&workloads[0], comparison)], 3, 4);
        for line in [
            "| echo 16x32 | tonic | 2.00 | 1.00 | 1000 |  |  |",
            "|  | grpcio | 90.00 | 45.00 | 1000 |  |  |",
        ] {
            assert!(section.lines().any(|there| there == line), "no `{line}` in {section}");
        }
    }
}
