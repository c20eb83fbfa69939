//! What runs show, and medians of it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// What is measured of a side.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Figure {
    /// Microseconds of CPU per message.
    Cpu,
    /// KiB of memory per stream.
    Memory,
    /// Of one core, while nothing happens.
    Rest,
    /// Messages per second.
    Rate,
    /// Microseconds; half of all are quicker.
    P50,
    /// Microseconds; all but a hundredth are quicker.
    P99,
    /// Publications that were given up, per message.
    Dropped,
}

impl Figure {
    pub(crate) fn label(self) -> &'static str {
        match self {
            Self::Cpu => "CPU, µs each",
            Self::Memory => "memory, KiB per stream",
            Self::Rest => "CPU at rest, cores",
            Self::Rate => "per second",
            Self::P50 => "p50, µs",
            Self::P99 => "p99, µs",
            Self::Dropped => "publications dropped, each",
        }
    }

    /// By how much a ratio may be worse than recorded: what the machine's mood moves.
    pub(crate) fn margin(self) -> f64 {
        match self {
            Self::Cpu => 0.12,
            Self::Memory => 0.05,
            Self::Rest => 0.5,
            Self::Rate | Self::P50 | Self::P99 | Self::Dropped => 0.3,
        }
    }

    /// Whether less of it is worse.
    pub(crate) fn grows(self) -> bool {
        self == Self::Rate
    }

    /// With as many digits as one reads.
    pub(crate) fn show(self, value: f64) -> String {
        match self {
            Self::Rate => format!("{value:.0}"),
            Self::Rest => format!("{value:.4}"),
            Self::P50 | Self::P99 if value >= 100.0 => format!("{value:.0}"),
            Self::Cpu | Self::Memory | Self::P50 | Self::P99 => format!("{value:.2}"),
            Self::Dropped => format!("{value:.3}"),
        }
    }
}

/// What a side showed.
pub(crate) type Figures = BTreeMap<Figure, f64>;

/// Of each figure the median over all runs.
pub(crate) fn medians(runs: &[Figures]) -> Figures {
    let mut all: BTreeMap<Figure, Vec<f64>> = BTreeMap::new();
    for (figure, value) in runs.iter().flatten() {
        all.entry(*figure).or_default().push(*value);
    }
    all.into_iter().map(|(figure, values)| (figure, median(values))).collect()
}

/// Of an even number the mean of the two in the middle. There is at least one.
fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    if values.len().is_multiple_of(2) {
        f64::midpoint(values[middle - 1], values[middle])
    } else {
        values[middle]
    }
}

/// For ratios, which need no more digits.
#[expect(clippy::cast_precision_loss, reason = "a figure for people")]
pub(crate) fn float(count: u64) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_median_is_the_one_in_the_middle() {
        assert_eq!(median(vec![7.0]).to_string(), "7");
        assert_eq!(median(vec![9.0, 1.0, 2.0]).to_string(), "2");
        assert_eq!(median(vec![4.0, 9.0, 1.0, 2.0]).to_string(), "3");
    }

    #[test]
    fn each_figure_has_a_median_of_its_own() {
        let run = |cpu, rate| Figures::from([(Figure::Cpu, cpu), (Figure::Rate, rate)]);
        let medians = medians(&[run(1.0, 30.0), run(3.0, 10.0), run(2.0, 20.0)]);
        assert_eq!(medians, run(2.0, 20.0));
    }
}
