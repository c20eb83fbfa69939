//! How much was done, and how long each took.

use std::time::{Duration, Instant};

use hdrhistogram::Histogram;

use crate::settings::Seen;

/// Counts, and keeps latencies from a microsecond to a minute with three digits.
pub(crate) struct Tally {
    start: Instant,
    count: u64,
    latencies: Histogram<u64>,
}

impl Tally {
    pub(crate) fn new() -> Self {
        let latencies = Histogram::new_with_bounds(1, 60_000_000_000, 3).expect("bounds that fit");
        Self { start: Instant::now(), count: 0, latencies }
    }

    /// From now on.
    pub(crate) fn reset(&mut self) {
        self.latencies.reset();
        self.count = 0;
        self.start = Instant::now();
    }

    pub(crate) fn count(&self) -> u64 {
        self.count
    }

    pub(crate) fn add(&mut self, count: u64) {
        self.count += count;
    }

    /// One more, which took so long.
    pub(crate) fn took(&mut self, latency: Duration) {
        self.count += 1;
        self.latencies.saturating_record(u64::try_from(latency.as_nanos()).unwrap_or(u64::MAX));
    }

    pub(crate) fn seen(&self) -> Seen {
        let quantile = |quantile| {
            let nanos = self.latencies.value_at_quantile(quantile);
            (!self.latencies.is_empty()).then(|| crate::figures::float(nanos) / 1000.0)
        };
        Seen {
            count: self.count,
            seconds: self.start.elapsed().as_secs_f64(),
            p50: quantile(0.5),
            p99: quantile(0.99),
            dropped: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_those_of_what_was_kept() {
        let mut tally = Tally::new();
        for micros in 1..=100 {
            tally.took(Duration::from_micros(micros));
        }
        let seen = tally.seen();
        assert_eq!(seen.count, 100);
        assert!((seen.p50.expect("latencies") - 50.0).abs() < 0.1, "{seen:?}");
        assert!((seen.p99.expect("latencies") - 99.0).abs() < 0.1, "{seen:?}");
        tally.reset();
        assert_eq!((tally.seen().count, tally.seen().p50), (0, None));
    }
}
