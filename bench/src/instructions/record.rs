//! The figures as docs/benchmarks.md has them.

use std::{fmt, fs};

use anyhow::{Context as _, ensure};

const HEADING: &str = "In instructions";

const INTRODUCTION: &str = "\
Written by `cargo xtask bench instructions --write`; `--check` in its place fails where a figure has grown by more than
3 %, and `--top` lists the functions in which instructions are executed.

Instructions per message, outside of the kernel, as valgrind's callgrind counts them. Each side runs with so many
messages and with three times as many, and the difference is counted: what starting and connecting costs is not in it.
They are the same on a busy machine and an idle one; another compiler or C library gives others. The spread is that of
the repetitions, from the least to the most. In `echo+json` both sides make the JSON of what they would publish. In
`link` the sides are clients, of which neither executes a command twice.

| workload | by hand | ours | ratio | spread |
| --- | ---: | ---: | ---: | ---: |
";

/// One workload.
#[derive(Debug)]
pub(crate) struct Row {
    name: String,
    by_hand: f64,
    ours: f64,
    /// Between the least and the most of a side, in per cent.
    spread: f64,
}

impl Row {
    pub(crate) fn new(name: &str, [by_hand, ours]: &[Vec<f64>; 2]) -> Self {
        let spread = spread(by_hand).max(spread(ours));
        Self { name: name.to_owned(), by_hand: median(by_hand), ours: median(ours), spread }
    }

    fn ratio(&self) -> f64 {
        self.ours / self.by_hand
    }
}

impl fmt::Display for Row {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name, by_hand, ours, spread } = self;
        let ratio = self.ratio();
        write!(formatter, "{name:<16} {by_hand:>10.0} {ours:>10.0} {ratio:>7.3}  {spread:.2} %")
    }
}

fn median(figures: &[f64]) -> f64 {
    let mut figures = figures.to_vec();
    figures.sort_by(f64::total_cmp);
    figures[figures.len() / 2]
}

fn spread(figures: &[f64]) -> f64 {
    let least = figures.iter().copied().fold(f64::INFINITY, f64::min);
    let most = figures.iter().copied().fold(0.0, f64::max);
    (most / least - 1.0) * 100.0
}

pub(crate) fn write(rows: &[Row]) -> anyhow::Result<()> {
    xtask::write_section(HEADING, &section(rows))
}

fn section(rows: &[Row]) -> String {
    let lines = rows.iter().map(|row| {
        let Row { name, by_hand, ours, spread } = row;
        format!("| {name} | {by_hand:.0} | {ours:.0} | {:.3} | {spread:.2} % |\n", row.ratio())
    });
    INTRODUCTION.to_owned() + &lines.collect::<String>()
}

/// Fails where something costs more than is written down.
pub(crate) fn check(rows: &[Row], margin: f64) -> anyhow::Result<()> {
    let page = fs::read_to_string(xtask::root().join("docs/benchmarks.md"))?;
    let (_, section) = page
        .split_once(&format!("\n## {HEADING}\n"))
        .context("nothing is recorded; `cargo xtask bench instructions --write` does")?;
    let section = section.split("\n## ").next().unwrap_or(section);
    let grown = grown(rows, section, margin)?;
    ensure!(
        grown.is_empty(),
        "{}; mend it, or record it with `cargo xtask bench instructions --write`",
        grown.join("; ")
    );
    println!("no more than {:.0} % above what docs/benchmarks.md has", margin * 100.0);
    Ok(())
}

/// What costs more than the section says, each in words.
fn grown(rows: &[Row], section: &str, margin: f64) -> anyhow::Result<Vec<String>> {
    let mut grown = Vec::new();
    for row in rows {
        let recorded = recorded(section, &row.name)
            .with_context(|| format!("no figures of `{}` are recorded", row.name))?;
        for (side, now, then) in
            [("by hand", row.by_hand, recorded[0]), ("ours", row.ours, recorded[1])]
        {
            if now > then * (1.0 + margin) {
                grown.push(format!(
                    "{} {side}: {now:.0} instructions, {then:.0} recorded",
                    row.name
                ));
            }
        }
    }
    Ok(grown)
}

/// By hand and ours.
fn recorded(section: &str, name: &str) -> Option<[f64; 2]> {
    section.lines().find_map(|line| {
        let mut cells = line.strip_prefix("| ")?.split(" | ");
        if cells.next()? != name {
            return None;
        }
        Some([cells.next()?.parse().ok()?, cells.next()?.parse().ok()?])
    })
}

#[cfg(test)]
mod tests {
    use super::{Row, grown, section};

    fn row(name: &str, by_hand: f64, ours: f64) -> Row {
        Row { name: name.to_owned(), by_hand, ours, spread: 0.0 }
    }

    #[test]
    fn what_has_grown_by_more_than_the_margin_is_named() {
        let page = section(&[row("echo", 1000.0, 1500.0), row("sink", 100.0, 100.0)]);
        let now = [row("echo", 1001.0, 1560.0), row("sink", 90.0, 102.0)];
        let grown = grown(&now, &page, 0.03).expect("both are recorded");
        assert_eq!(grown, ["echo ours: 1560 instructions, 1500 recorded"]);
    }

    #[test]
    fn what_is_not_recorded_is_an_error() {
        let page = section(&[row("echo", 1000.0, 1500.0)]);
        let error = grown(&[row("sink", 1.0, 1.0)], &page, 0.03).expect_err("no figures");
        assert_eq!(error.to_string(), "no figures of `sink` are recorded");
    }

    #[test]
    fn medians_and_the_wider_spread_are_kept() {
        let row = Row::new("echo", &[vec![100.0, 101.0, 100.5], vec![200.0, 210.0, 205.0]]);
        assert!((row.ratio() - 205.0 / 100.5).abs() < 1e-9, "{row}");
        assert!((row.spread - 5.0).abs() < 1e-9, "{row}");
    }
}
