//! What was measured last, in bench/recorded.json, and whether something has become worse since.

use std::{collections::BTreeMap, fs, path::PathBuf};

use anyhow::Context as _;
use serde::{Deserialize, Serialize};

use crate::{
    figures::{Figure, Figures},
    workloads::{LESS_JSON, Workload},
};

/// The medians of one workload.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Comparison {
    /// Whether nobody else used the machine when it began.
    pub(crate) quiet: bool,
    pub(crate) runs: usize,
    pub(crate) seconds: u64,
    /// In the order of the workload's sides.
    pub(crate) sides: Vec<(String, Figures)>,
}

impl Comparison {
    /// What is left of a hub that publishes without its JSON.
    pub(crate) fn derive(&mut self) {
        let cpu = |name: &str| {
            let (_, figures) = self.sides.iter().find(|(side, _)| side == name)?;
            figures.get(&Figure::Cpu).copied()
        };
        let (Some(bare), Some(json), Some(published)) =
            (cpu("tonic"), cpu("tonic+json"), cpu("published"))
        else {
            return;
        };
        let figures = Figures::from([(Figure::Cpu, published - (json - bare))]);
        self.sides.push((LESS_JSON.to_owned(), figures));
    }

    /// How each side compares with the first, and what else the limits are about: side, figure, value.
    pub(crate) fn ratios(&self, workload: &Workload) -> Vec<(String, Figure, f64)> {
        let mut ratios = Vec::new();
        let counts = workload.counts;
        for (side, figures) in self.sides.iter().skip(1) {
            let first = self.sides[0].1.get(&counts);
            if let (Some(value), Some(first)) = (figures.get(&counts), first) {
                ratios.push((side.clone(), counts, value / first));
            }
        }
        let first = workload.sides[0].name;
        for limit in &workload.limits {
            if limit.figure == counts && limit.of == Some(first) {
                continue;
            }
            if let Some(value) = limit.value(&self.sides) {
                let of = limit.of.map(|of| format!(" / {of}")).unwrap_or_default();
                ratios.push((format!("{}{of}", limit.side), limit.figure, value));
            }
        }
        ratios
    }
}

/// All workloads by name.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Record(pub(crate) BTreeMap<String, Comparison>);

impl Record {
    /// Empty where nothing was recorded so far.
    pub(crate) fn read() -> anyhow::Result<Self> {
        match fs::read_to_string(path()) {
            Ok(text) => serde_json::from_str(&text).context("bench/recorded.json"),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Self::default()),
            Err(error) => Err(error).context("bench/recorded.json"),
        }
    }

    /// Takes in what was measured; what was not stays, unless there is no such workload any more.
    pub(crate) fn merge(&mut self, measured: Self, workloads: &[Workload]) {
        self.0.extend(measured.0);
        self.0.retain(|name, _| workloads.iter().any(|workload| workload.name == *name));
    }

    pub(crate) fn write(&self) -> anyhow::Result<()> {
        let text = serde_json::to_string_pretty(self)? + "\n";
        Ok(fs::write(path(), text)?)
    }

    /// What is worse in `now` than here, by more than the machine's mood.
    pub(crate) fn regressions(&self, now: &Self, workloads: &[Workload]) -> Vec<String> {
        let mut worse = Vec::new();
        for workload in workloads {
            let name = &workload.name;
            let Some(measured) = now.0.get(name) else {
                continue;
            };
            let Some(before) = self.0.get(name) else {
                worse.push(format!("{name}: nothing is recorded; `cargo xtask bench 3 4 {name}`"));
                continue;
            };
            let before = before.ratios(workload);
            for (side, figure, now) in measured.ratios(workload) {
                let known = |it: &&(String, Figure, f64)| it.0 == side && it.1 == figure;
                let Some((_, _, before)) = before.iter().find(known) else {
                    worse.push(format!(
                        "{name}, {side}: no {} is recorded; `cargo xtask bench 3 4 {name}`",
                        figure.label()
                    ));
                    continue;
                };
                if is_worse(figure, *before, now) {
                    let label = figure.label();
                    worse
                        .push(format!("{name}, {side}: {label}, before {before:.3}, now {now:.3}"));
                }
            }
        }
        worse
    }
}

fn is_worse(figure: Figure, before: f64, now: f64) -> bool {
    let margin = figure.margin();
    if figure.grows() { now < before * (1.0 - margin) } else { now > before * (1.0 + margin) }
}

fn path() -> PathBuf {
    xtask::root().join("bench/recorded.json")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workloads;

    fn comparison(tonic: f64, hub: f64) -> Comparison {
        let side = |name: &str, cpu| (name.to_owned(), Figures::from([(Figure::Cpu, cpu)]));
        let sides = vec![side("tonic", tonic), side("hub", hub)];
        Comparison { quiet: true, runs: 3, seconds: 4, sides }
    }

    fn record(name: &str, tonic: f64, hub: f64) -> Record {
        Record(BTreeMap::from([(name.to_owned(), comparison(tonic, hub))]))
    }

    #[test]
    fn a_ratio_that_grew_is_named_with_before_and_now() {
        let before = record("echo 16x32", 2.0, 2.0);
        let worse = before.regressions(&record("echo 16x32", 2.0, 3.0), &workloads::all());
        assert_eq!(worse, ["echo 16x32, hub: CPU, µs each, before 1.000, now 1.500"]);
    }

    #[test]
    fn a_slower_machine_and_its_mood_are_no_regression() {
        let before = record("echo 16x32", 2.0, 2.0);
        let now = record("echo 16x32", 9.0, 9.9);
        assert_eq!(before.regressions(&now, &workloads::all()), Vec::<String>::new());
    }

    #[test]
    fn of_a_rate_less_is_worse() {
        assert!(is_worse(Figure::Rate, 1.0, 0.6));
        assert!(!is_worse(Figure::Rate, 1.0, 1.6));
        assert!(is_worse(Figure::P99, 1.0, 1.6));
    }

    #[test]
    fn what_was_never_recorded_fails_and_says_what_to_run() {
        let worse = Record::default().regressions(&record("sink 16", 1.0, 1.0), &workloads::all());
        assert_eq!(worse, ["sink 16: nothing is recorded; `cargo xtask bench 3 4 sink 16`"]);
    }

    #[test]
    fn a_run_of_a_part_leaves_the_other_records() {
        let mut all = record("sink 16", 1.0, 1.0);
        all.merge(record("no such workload", 1.0, 1.0), &[]);
        assert_eq!(all, Record::default(), "what there is no more is forgotten");
        let mut all = record("sink 16", 1.0, 1.0);
        all.merge(record("echo 16x32", 2.0, 3.0), &workloads::all());
        assert_eq!(all.0["sink 16"], comparison(1.0, 1.0));
        assert_eq!(all.0["echo 16x32"], comparison(2.0, 3.0));
    }

    #[test]
    fn json_is_taken_away_as_it_costs_by_hand() {
        let mut comparison = comparison(2.0, 3.0);
        for (name, cpu) in [("tonic+json", 5.0), ("published", 6.5)] {
            comparison.sides.push((name.to_owned(), Figures::from([(Figure::Cpu, cpu)])));
        }
        comparison.derive();
        let (name, figures) = comparison.sides.last().expect("five of them");
        assert_eq!(name, LESS_JSON);
        assert!((figures[&Figure::Cpu] - 3.5).abs() < 1e-9, "{figures:?}");
    }

    #[test]
    fn what_is_written_is_read_again() {
        let record = record("echo 16x32", 2.0, 2.5);
        let text = serde_json::to_string(&record).expect("JSON");
        assert_eq!(serde_json::from_str::<Record>(&text).expect("the same"), record);
    }
}
