//! The figures as metrics: what has changed since they were told last, so that several publishers add up.

use crate::metrics::{
    BREAKER_STATE, Counter, Gauge, Histogram, PUBLICATIONS, PUBLISHER_QUEUE, PUBLISHER_QUEUE_BYTES,
    PUBLISHER_RETRIES, PUBLISHER_SECONDS, counter, describe, gauge, histogram,
};

use super::{breaker::BreakerState, queue::Queue, stats::Counts};

const OUTCOMES: [&str; 9] = [
    "published",
    "unconfirmed",
    "queue_full",
    "too_large",
    "breaker_open",
    "rejected",
    "failed",
    "misconfigured",
    "no_runtime",
];

/// What was told, and to whom.
#[derive(Debug)]
pub(super) struct Told {
    publications: [(Counter, u64); OUTCOMES.len()],
    retries: (Counter, u64),
    queued: (Gauge, f64),
    queued_bytes: (Gauge, f64),
    breaker: (Gauge, f64),
    pub(super) seconds: Histogram,
}

impl Told {
    pub(super) fn new() -> Self {
        describe();
        let level = |metric| (gauge(metric, &[]), 0.0);
        Self {
            publications: OUTCOMES
                .map(|outcome| (counter(&PUBLICATIONS, &[("outcome", outcome)]), 0)),
            retries: (counter(&PUBLISHER_RETRIES, &[]), 0),
            queued: level(&PUBLISHER_QUEUE),
            queued_bytes: level(&PUBLISHER_QUEUE_BYTES),
            breaker: level(&BREAKER_STATE),
            seconds: histogram(&PUBLISHER_SECONDS, &[]),
        }
    }

    pub(super) fn tell(&mut self, counts: &Counts, queue: &Queue, breaker: BreakerState) {
        if !cfg!(feature = "metrics") {
            return;
        }
        let dropped = &counts.dropped;
        let now = [
            counts.published,
            counts.unconfirmed,
            dropped.queue_full,
            dropped.too_large,
            dropped.breaker_open,
            dropped.rejected,
            dropped.failed,
            dropped.misconfigured,
            dropped.no_runtime,
        ];
        for (told, now) in self.publications.iter_mut().zip(now) {
            add(told, now);
        }
        add(&mut self.retries, counts.retries);
        let (queued, bytes) = queue.len();
        set(&mut self.queued, size(queued));
        set(&mut self.queued_bytes, size(bytes));
        let breaker = match breaker {
            BreakerState::Closed => 0.0,
            BreakerState::HalfOpen => 1.0,
            BreakerState::Open => 2.0,
        };
        set(&mut self.breaker, breaker);
    }
}

impl Drop for Told {
    /// What waited went with it.
    fn drop(&mut self) {
        for level in [&mut self.queued, &mut self.queued_bytes, &mut self.breaker] {
            set(level, 0.0);
        }
    }
}

fn add((counter, told): &mut (Counter, u64), now: u64) {
    if now > *told {
        counter.increment(now - *told);
        *told = now;
    }
}

fn set((gauge, told): &mut (Gauge, f64), now: f64) {
    let change = now - *told;
    if change != 0.0 {
        gauge.increment(change);
        *told = now;
    }
}

#[expect(clippy::cast_precision_loss, reason = "a queue is not so long")]
fn size(queued: usize) -> f64 {
    queued as f64
}

#[cfg(all(test, feature = "metrics"))]
mod tests {
    use super::*;
    use crate::{metrics::tests::Counted, publish::centrifugo::CentrifugoConfig};

    #[test]
    fn what_several_publishers_tell_adds_up() {
        let (counted, _guard) = Counted::start();
        let config = CentrifugoConfig::new("http://localhost:8000", "key");
        let queue = Queue::new(config.queue, config.batch, config.shards);
        let mut counts = Counts::default();
        (counts.published, counts.retries) = (3, 1);
        counts.dropped.rejected = 2;
        let (mut one, mut other) = (Told::new(), Told::new());
        one.tell(&counts, &queue, BreakerState::Closed);
        one.tell(&counts, &queue, BreakerState::HalfOpen);
        counts.published = 4;
        one.tell(&counts, &queue, BreakerState::Open);
        other.tell(&counts, &queue, BreakerState::Closed);
        let told = [
            ("streaming_publications_total published", 8),
            ("streaming_publications_total rejected", 4),
            ("streaming_publisher_retries_total", 2),
        ];
        counted.expect(&[&told[..], &[("streaming_publisher_breaker_state", 2)]].concat());
        drop((one, other));
        counted.expect(&told);
    }
}
