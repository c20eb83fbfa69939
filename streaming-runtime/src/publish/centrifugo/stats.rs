//! Figures, as they are counted and as they are told.

use std::time::Duration;

use serde::Serialize;

use super::{breaker::BreakerState, state::State};
use crate::publish::json;

/// The figures of a [`CentrifugoPublisher`](super::CentrifugoPublisher) at one moment.
///
/// `offered` is at any time the sum of `published`, all of `dropped`, `unconfirmed`, `queued` and `in_flight`.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct CentrifugoStats {
    /// The circuit breaker's: `CLOSED`, `OPEN`, `HALF_OPEN`.
    pub state: BreakerState,
    /// Requests that failed since the last one that succeeded.
    pub failures: u64,
    /// Requests that succeeded, since the publisher was built.
    pub successes: u64,
    /// When a request failed last: RFC 3339 in UTC, or null.
    pub last_failure_time: Option<String>,
    /// What went wrong last, for people; null where nothing has.
    pub last_error: Option<String>,
    /// Publications that were handed over.
    pub offered: u64,
    /// Publications that the server has confirmed.
    pub published: u64,
    /// Publications that were dropped, by reason. The server has not published them.
    pub dropped: Dropped,
    /// Publications that the server may have published, or may publish yet: nobody knows.
    pub unconfirmed: u64,
    /// Publications that wait.
    pub queued: u64,
    /// Bytes of channels and data that wait.
    pub queued_bytes: u64,
    /// Publications in requests that have not ended.
    pub in_flight: u64,
    /// Batches that were taken from the queue.
    pub batches: u64,
    /// Requests that repeated a batch.
    pub retries: u64,
    /// How long requests took that were answered, in milliseconds.
    pub latency: Latency,
}

/// Dropped publications by reason.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Dropped {
    /// The queue was full.
    pub queue_full: u64,
    /// Larger than the whole queue.
    pub too_large: u64,
    /// The circuit breaker was open, or opened while they waited.
    pub breaker_open: u64,
    /// The server refused them: an unknown channel, a bad request.
    pub rejected: u64,
    /// The server failed, and the batch was given up; it was not executed.
    pub failed: u64,
    /// The server's address or the key is wrong.
    pub misconfigured: u64,
    /// Handed over outside a tokio runtime, before there was a task to send.
    pub no_runtime: u64,
}

impl Dropped {
    /// All of them.
    #[must_use]
    pub fn total(&self) -> u64 {
        let Self {
            queue_full,
            too_large,
            breaker_open,
            rejected,
            failed,
            misconfigured,
            no_runtime,
        } = self;
        queue_full + too_large + breaker_open + rejected + failed + misconfigured + no_runtime
    }
}

/// How long requests took that were answered, in milliseconds; 0 where there were none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Latency {
    /// The last one.
    pub last_ms: f64,
    /// On average.
    pub mean_ms: f64,
    /// The longest.
    pub max_ms: f64,
}

/// What is counted.
#[derive(Debug, Default)]
pub(super) struct Counts {
    pub(super) offered: u64,
    pub(super) published: u64,
    pub(super) dropped: Dropped,
    pub(super) unconfirmed: u64,
    pub(super) in_flight: u64,
    pub(super) batches: u64,
    pub(super) retries: u64,
    pub(super) last_error: Option<String>,
    answered: u32,
    took: Took,
}

#[derive(Debug, Default)]
struct Took {
    last: Duration,
    sum: Duration,
    max: Duration,
}

impl Counts {
    pub(super) fn answered(&mut self, took: Duration) {
        self.answered = self.answered.saturating_add(1);
        self.took.last = took;
        self.took.sum = self.took.sum.saturating_add(took);
        self.took.max = self.took.max.max(took);
    }

    fn latency(&self) -> Latency {
        let ms = |duration: Duration| duration.as_secs_f64() * 1000.0;
        Latency {
            last_ms: ms(self.took.last),
            mean_ms: ms(self.took.sum) / f64::from(self.answered.max(1)),
            max_ms: ms(self.took.max),
        }
    }
}

pub(super) fn of(state: &State) -> CentrifugoStats {
    let counts = &state.counts;
    let (failures, successes, last_failure) = state.breaker.history();
    let (queued, queued_bytes) = state.queue.len();
    CentrifugoStats {
        state: state.breaker.state(),
        failures,
        successes,
        last_failure_time: last_failure.map(json::rfc3339),
        last_error: counts.last_error.clone(),
        offered: counts.offered,
        published: counts.published,
        dropped: counts.dropped,
        unconfirmed: counts.unconfirmed,
        queued: queued as u64,
        queued_bytes: queued_bytes as u64,
        in_flight: counts.in_flight,
        batches: counts.batches,
        retries: counts.retries,
        latency: counts.latency(),
    }
}
