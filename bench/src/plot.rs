//! Pictures of what was recorded.

use std::path::Path;

use plotters::prelude::*;

use crate::{
    figures::Figure,
    record::{Comparison, Record},
    workloads::{Program, Workload},
};

const WIDTH: u32 = 900;
const ROW: u32 = 26;
/// For names on the left.
const NAMES: u32 = 250;
const FONT: (&str, u32) = ("sans-serif", 13);
const COLOURS: [RGBColor; 6] = [
    RGBColor(120, 120, 120),
    RGBColor(31, 90, 160),
    RGBColor(200, 120, 40),
    RGBColor(60, 140, 90),
    RGBColor(150, 70, 140),
    RGBColor(180, 60, 60),
];

/// One bar: workload, side, its place among the sides, length, and what is written at its end.
struct Bar {
    name: String,
    place: usize,
    length: f64,
    label: String,
}

/// Draws docs/bench-cost.svg and docs/bench-rate.svg.
pub(crate) fn draw(record: &Record, workloads: &[Workload]) -> anyhow::Result<()> {
    let docs = xtask::root().join("docs");
    bars(&docs.join("bench-cost.svg"), &costs(record, workloads), Some(1.0))?;
    bars(&docs.join("bench-rate.svg"), &rates(record, workloads), None)
}

/// Of every side but the first, what counts as a part of what the first has.
fn costs(record: &Record, workloads: &[Workload]) -> Vec<Bar> {
    let mut bars = Vec::new();
    for workload in workloads {
        let Some(comparison) = record.0.get(&workload.name) else {
            continue;
        };
        let Some(first) = comparison.sides[0].1.get(&workload.counts) else {
            continue;
        };
        for (place, (side, figures)) in comparison.sides.iter().enumerate().skip(1) {
            if let Some(value) = figures.get(&workload.counts) {
                let (name, length) = (format!("{}: {side}", workload.name), value / first);
                bars.push(Bar { name, place, length, label: format!("{length:.2}") });
            }
        }
    }
    bars
}

/// Messages per second of servers, where they are as many as there can be.
fn rates(record: &Record, workloads: &[Workload]) -> Vec<Bar> {
    let mut bars = Vec::new();
    for workload in workloads {
        let servers = matches!(workload.sides[0].program, Program::Server(_));
        let paced = matches!(workload.duty, crate::settings::Duty::Broadcast { .. });
        let Some(comparison) = record.0.get(&workload.name) else {
            continue;
        };
        if !servers || paced || workload.counts != Figure::Cpu {
            continue;
        }
        for (place, (side, figures)) in comparison.sides.iter().enumerate() {
            if let Some(&length) = figures.get(&Figure::Rate) {
                let name = format!("{}: {side}", workload.name);
                bars.push(Bar { name, place, length, label: format!("{length:.0}") });
            }
        }
    }
    bars
}

/// Draws docs/bench-peers.svg: microseconds of CPU per message.
pub(crate) fn peers(compared: &[(&Workload, Comparison)]) -> anyhow::Result<()> {
    let mut all = Vec::new();
    for (workload, comparison) in compared {
        for (place, (side, figures)) in comparison.sides.iter().enumerate() {
            if let Some(&length) = figures.get(&Figure::Cpu) {
                let name = format!("{}: {side}", workload.name);
                all.push(Bar { name, place, length, label: format!("{length:.2} µs") });
            }
        }
    }
    bars(&xtask::root().join("docs/bench-peers.svg"), &all, None)
}

fn bars(path: &Path, bars: &[Bar], line: Option<f64>) -> anyhow::Result<()> {
    let rows = u32::try_from(bars.len())?;
    let height = rows * ROW + 2 * ROW;
    let root = SVGBackend::new(path, (WIDTH, height)).into_drawing_area();
    root.fill(&WHITE)?;
    let longest = bars.iter().map(|bar| bar.length).fold(line.unwrap_or(0.0), f64::max);
    let room = f64::from(WIDTH - NAMES - 90);
    #[expect(clippy::cast_possible_truncation, reason = "pixels of a picture")]
    let x = |length: f64| (f64::from(NAMES) + length / longest * room).round() as i32;
    let row = i32::try_from(ROW)?;
    for (bar, top) in bars.iter().zip((row..).step_by(ROW as usize)) {
        let colour = COLOURS[bar.place % COLOURS.len()];
        let shape = [(x(0.0), top), (x(bar.length), top + row - 6)];
        root.draw(&Rectangle::new(shape, colour.filled()))?;
        root.draw(&Text::new(bar.name.clone(), (8, top + 3), FONT))?;
        root.draw(&Text::new(bar.label.clone(), (x(bar.length) + 6, top + 3), FONT))?;
    }
    if let Some(at) = line {
        let bottom = i32::try_from(height)? - row / 2;
        root.draw(&PathElement::new([(x(at), row / 2), (x(at), bottom)], BLACK.stroke_width(1)))?;
        root.draw(&Text::new("written by hand", (x(at) + 4, 2), FONT))?;
    }
    root.present()?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::{figures::Figures, workloads};

    #[test]
    fn a_picture_has_a_bar_for_each_side() {
        let side = |name: &str, cpu| {
            let figures = Figures::from([(Figure::Cpu, cpu), (Figure::Rate, 1000.0)]);
            (name.to_owned(), figures)
        };
        let sides = vec![side("tonic", 2.0), side("hub", 3.0)];
        let comparison = Comparison { quiet: true, runs: 3, seconds: 4, sides };
        let record = Record(BTreeMap::from([("echo 16x32".to_owned(), comparison)]));
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("bars.svg");
        bars(&path, &costs(&record, &workloads::all()), Some(1.0)).expect("a picture");
        let picture = std::fs::read_to_string(path).expect("a picture");
        assert!(picture.contains("echo 16x32: hub") && picture.contains("1.50"), "{picture}");
        assert_eq!(rates(&record, &workloads::all()).len(), 2);
    }
}
