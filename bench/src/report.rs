//! What came out, for a terminal and as a section of docs/benchmarks.md.

use std::fmt::Write as _;

use crate::{
    figures::{Figure, Figures},
    record::{Comparison, Record},
    workloads::Workload,
};

pub(crate) const HEADING: &str = "What messages cost";

/// The rows of one workload, and what became of its limits.
pub(crate) fn text(workload: &Workload, comparison: &Comparison) -> String {
    let mut text = format!("{}\n", workload.name);
    for (side, figures) in &comparison.sides {
        let mut shown = ratio(workload, comparison, figures);
        for (figure, value) in figures {
            let value = figure.show(*value);
            write!(shown, "  {}: {value}", figure.label()).expect("a string");
        }
        writeln!(text, "  {side:<20} {shown}").expect("a string");
    }
    for limit in &workload.limits {
        if let Some(value) = limit.value(&comparison.sides) {
            let (what, bound) = (limit.what(), limit.bound);
            let verdict = verdict(limit.holds(value));
            writeln!(text, "  {verdict}: {what} {bound}: {value:.3}").expect("a string");
        }
    }
    text
}

/// Everything that was recorded.
pub(crate) fn section(record: &Record, workloads: &[Workload]) -> String {
    let mut text = String::from(INTRODUCTION);
    let recorded: Vec<(&Workload, &Comparison)> = workloads
        .iter()
        .filter_map(|workload| Some((workload, record.0.get(&workload.name)?)))
        .collect();
    text.push_str("\n| limit | | measured | |\n| --- | --- | --- | --- |\n");
    for (workload, comparison) in &recorded {
        for limit in &workload.limits {
            if let Some(value) = limit.value(&comparison.sides) {
                let (name, what, bound) = (&workload.name, limit.what(), limit.bound);
                let verdict = verdict(limit.holds(value));
                writeln!(text, "| {name} | {what} {bound} | {value:.3} | {verdict} |")
                    .expect("a string");
            }
        }
    }
    text.push_str(
        "\n| workload | side | what counts | ratio | per second | p50, µs | p99, µs | at rest, cores |\n| --- | --- | --- | --- | --- | --- | --- | --- |\n",
    );
    for (workload, comparison) in &recorded {
        for (place, (side, figures)) in comparison.sides.iter().enumerate() {
            let name = if place == 0 { workload.name.as_str() } else { "" };
            let counts = figures.get(&workload.counts).map_or_else(String::new, |value| {
                format!("{} ({})", workload.counts.show(*value), workload.counts.label())
            });
            let ratio = ratio(workload, comparison, figures);
            write!(text, "| {name} | {side} | {counts} | {} |", ratio.trim()).expect("a string");
            for figure in [Figure::Rate, Figure::P50, Figure::P99, Figure::Rest] {
                let value = figures.get(&figure).map_or_else(String::new, |it| figure.show(*it));
                write!(text, " {value} |").expect("a string");
            }
            text.push('\n');
        }
    }
    text.push_str(&conditions(&recorded));
    text
}

/// How it was measured, and what was measured beside others.
fn conditions(recorded: &[(&Workload, &Comparison)]) -> String {
    let mut text = String::new();
    let seconds = || recorded.iter().map(|(_, comparison)| comparison.seconds);
    let runs = recorded.iter().map(|(_, comparison)| comparison.runs).min();
    if let (Some(runs), Some(least), Some(most)) = (runs, seconds().min(), seconds().max()) {
        let to = if most > least { format!(" to {most}") } else { String::new() };
        writeln!(text, "\nMedians of {runs} runs or more, of {least}{to} s.").expect("a string");
    }
    let dropped: Vec<String> = recorded
        .iter()
        .flat_map(|(workload, comparison)| {
            comparison.sides.iter().filter_map(|(side, figures)| {
                let dropped = figures.get(&Figure::Dropped)?;
                Some(format!("{}, {side}: {dropped:.3}", workload.name))
            })
        })
        .collect();
    if !dropped.is_empty() {
        writeln!(text, "\nPublications given up for each message: {}.", dropped.join("; "))
            .expect("a string");
    }
    let loud: Vec<&str> = recorded
        .iter()
        .filter(|(_, comparison)| !comparison.quiet)
        .map(|(workload, _)| workload.name.as_str())
        .collect();
    if !loud.is_empty() {
        writeln!(text, "\nOthers used the machine during: {}.", loud.join(", ")).expect("a string");
    }
    text
}

fn ratio(workload: &Workload, comparison: &Comparison, figures: &Figures) -> String {
    let first = comparison.sides[0].1.get(&workload.counts);
    match (figures.get(&workload.counts), first) {
        (Some(value), Some(first)) => format!("{:>6.3}", value / first),
        _ => "      ".to_owned(),
    }
}

fn verdict(holds: bool) -> &'static str {
    if holds { "pass" } else { "miss" }
}

const INTRODUCTION: &str = "\
Written by `cargo xtask bench`; `cargo xtask bench --check` fails where a ratio is worse than what is recorded. Server and
load are processes of their own on a core each; the sides run by turns.
What counts is the CPU time of the server per message: throughput and latency depend on how busy the load is too.

![What each side costs beside what is written by hand](bench-cost.svg)

![Messages per second of each side](bench-rate.svg)

- `tonic` is written by hand (`bench/src/server/by_hand.rs`): tonic's generated service with its own codec, a map of the
  clients, a queue of 128 commands and one reading task for each stream, a map of those who wait for answers. It knows
  its clients by the first message alone, has no pings (but where it says so), no timeouts but that of requests, no figures.
- `hub` is a hub with `HubConfig::production()`: ids checked with every message, pings every 5 s, all timeouts and figures.
- Both are served by `streaming_runtime::server()` and `incoming`: the same windows, keep-alive and limits, and no Nagle.
- `AxB` is A connections, one stream on each, with B messages of 64 bytes in flight. `idle 1000x20` is 20 streams on each
  of 1,000 connections with pings every 30 s, on both sides. `threads`: on tokio's runtime of several threads, with two.
- Memory per stream is what is resident and not of a file: the program's own pages are as many however many streams there are.
- A broadcast is a command of 1 KiB with 18 items of three strings to 1,000 clients, every 50 ms, or 16 of them every 250 ms.
  By hand it is cloned into each queue, and left out where that is full. One `stalled` client takes nothing at all.
- Requests are commands that wait for their ack, by hand under a UUID, so many in flight over so many streams in all.
- In a storm 64 streams at a time are opened, served once, and ended. Look-ups ask whether an id is there, half of 2,000 are,
  while 16 streams at a time come and go.
- `tonic+json` makes the JSON that a hub publishes and drops it, `published` is a hub with a publisher that counts,
  `centrifugo` one that publishes to a real server, which has the server's core as well: what it cannot take is dropped.
- In `link`, clients are compared, by their own CPU time for each command that they execute, report and acknowledge.
  Both set the same windows and keep-alive.
";

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::workloads;

    fn comparison() -> Comparison {
        let side = |name: &str, cpu, rate| {
            let figures = Figures::from([(Figure::Cpu, cpu), (Figure::Rate, rate)]);
            (name.to_owned(), figures)
        };
        let sides = vec![side("tonic", 2.0, 1000.0), side("hub", 3.0, 900.0)];
        Comparison { quiet: false, runs: 3, seconds: 4, sides }
    }

    #[test]
    fn a_section_has_the_limits_and_a_row_for_each_side() {
        let record = Record(BTreeMap::from([("echo 16x32".to_owned(), comparison())]));
        let section = section(&record, &workloads::all());
        for line in [
            "| echo 16x32 | hub / tonic: CPU, µs each, at most 1 | 1.500 | miss |",
            "| echo 16x32 | tonic | 2.00 (CPU, µs each) | 1.000 | 1000 |  |  |  |",
            "|  | hub | 3.00 (CPU, µs each) | 1.500 | 900 |  |  |  |",
            "Medians of 3 runs or more, of 4 s.",
            "Others used the machine during: echo 16x32.",
        ] {
            assert!(section.lines().any(|there| there == line), "no `{line}` in {section}");
        }
    }

    #[test]
    fn a_terminal_shows_the_same() {
        let workloads = workloads::all();
        let echo = workloads.iter().find(|it| it.name == "echo 16x32").expect("it is there");
        let text = text(echo, &comparison());
        assert!(text.contains("miss: hub / tonic: CPU, µs each, at most 1: 1.500"), "{text}");
        assert!(text.contains("1.500  CPU, µs each: 3.00  per second: 900"), "{text}");
    }
}
