//! All that changes, under one lock: so the figures agree with each other at any time.

use std::time::Duration;

use tokio::time::Instant;

use super::{
    answer::{Answer, Verdict},
    breaker::{Breaker, Permit},
    config::CentrifugoConfig,
    flight::Flight,
    queue::{Item, Pushed, Queue},
    stats::Counts,
    told::Told,
};
use crate::publish::Publication;

/// At most one log line of a kind in this time.
const QUIET: Duration = Duration::from_secs(10);

#[derive(Debug)]
pub(super) struct State {
    pub(super) queue: Queue,
    pub(super) breaker: Breaker,
    pub(super) counts: Counts,
    told: Told,
    /// How many callers wait for a flush; meanwhile no batch waits for more.
    pub(super) flushing: usize,
    /// When a fault, and a full queue, were told last.
    spoke: Quiet,
    spoke_of_full: Quiet,
}

/// Says when it is time for another line in the log.
#[derive(Debug, Default)]
struct Quiet(Option<Instant>);

impl Quiet {
    fn is_over(&self, now: Instant) -> bool {
        self.0.is_none_or(|spoke| now.saturating_duration_since(spoke) >= QUIET)
    }
}

/// What a shard's worker does next.
#[derive(Debug)]
pub(super) enum Step {
    Send { items: Vec<Item>, permit: Permit },
    SleepUntil(Instant),
    Wait,
}

impl State {
    pub(super) fn new(config: &CentrifugoConfig) -> Self {
        Self {
            queue: Queue::new(config.queue, config.batch, config.shards),
            breaker: Breaker::new(config.breaker),
            counts: Counts::default(),
            told: Told::new(),
            flushing: 0,
            spoke: Quiet::default(),
            spoke_of_full: Quiet::default(),
        }
    }

    /// Takes a publication or drops it.
    pub(super) fn offer(
        &mut self,
        shard: usize,
        publication: Publication,
        now: Instant,
    ) -> Offered {
        let dropped = &mut self.counts.dropped;
        if self.breaker.open_until().is_some() {
            dropped.breaker_open += 1;
            return Offered { wake: false, tell_full: false };
        }
        let (lost, wake) = match self.queue.push(shard, publication, now) {
            Pushed::Queued { dropped, wake } => (dropped, wake),
            Pushed::Full => (1, false),
            Pushed::TooLarge => {
                dropped.too_large += 1;
                (0, false)
            }
        };
        dropped.queue_full += lost;
        let tell_full = lost > 0 && self.spoke_of_full.is_over(now);
        if tell_full {
            self.spoke_of_full = Quiet(Some(now));
        }
        Offered { wake, tell_full }
    }

    /// Tells whoever counts what has changed: where a batch is taken, is answered or ends, and where something is dropped,
    /// not for each publication.
    pub(super) fn tell(&mut self) {
        self.told.tell(&self.counts, &self.queue, self.breaker.state());
    }

    pub(super) fn step(&mut self, shard: usize, now: Instant) -> Step {
        let Some(due) = self.queue.due(shard, self.flushing > 0) else {
            return Step::Wait;
        };
        if due > now {
            return Step::SleepUntil(due);
        }
        match self.breaker.at(now).permit() {
            Permit::No => Step::Wait,
            permit => {
                let items = self.queue.take(shard, now);
                self.counts.in_flight += items.len() as u64;
                self.counts.batches += 1;
                self.tell();
                Step::Send { items, permit }
            }
        }
    }

    /// Notes what one request came to. Gives whether the breaker has opened over it, and a fault to be told.
    pub(super) fn note(
        &mut self,
        answer: &Answer,
        permit: Permit,
        took: Duration,
        now: Instant,
    ) -> Noted {
        if matches!(answer, Answer::Read { .. }) {
            self.counts.answered(took);
            self.told.seconds.record(took);
        }
        let opened = match answer.verdict() {
            Verdict::Works => {
                self.breaker.success(permit);
                false
            }
            Verdict::Fails => self.breaker.failure(permit, now),
            Verdict::Unknown => {
                self.breaker.release(permit);
                false
            }
        };
        if opened {
            self.counts.dropped.breaker_open += self.queue.clear();
        }
        let fault = answer.fault();
        if fault.is_some() {
            self.counts.last_error.clone_from(&fault);
        }
        let loud = opened || self.spoke.is_over(now);
        let fault = fault.filter(|_| loud);
        if fault.is_some() {
            self.spoke = Quiet(Some(now));
        }
        Noted { opened, fault }
    }

    /// Ends a batch: each of its publications is counted once.
    pub(super) fn settle(&mut self, flight: &Flight, answer: Option<&Answer>) {
        let all = flight.items as u64;
        let unclear = flight.unclear || answer.is_some_and(Answer::may_have_arrived);
        let Counts { published, dropped, unconfirmed, in_flight, .. } = &mut self.counts;
        *in_flight -= all;
        self.queue.landed(flight.shard);
        let (good, lost, reason) = match answer {
            Some(Answer::Read { refused, .. }) => {
                let refused = refused.len() as u64;
                (all.saturating_sub(refused), refused, &mut dropped.rejected)
            }
            Some(Answer::Malformed(_)) => (0, all, &mut dropped.rejected),
            Some(Answer::Misconfigured(_)) => (0, all, &mut dropped.misconfigured),
            Some(Answer::NotExecuted(_) | Answer::None(_) | Answer::Unclear { .. }) | None => {
                (0, all, &mut dropped.failed)
            }
        };
        *published += good;
        // After an attempt that may have arrived, a later refusal proves nothing.
        *if unclear { unconfirmed } else { reason } += lost;
    }
}

/// See [`State::offer`].
#[derive(Debug)]
pub(super) struct Offered {
    /// Whether the shard's worker must wake.
    pub(super) wake: bool,
    /// Whether somebody should hear that the queue is full.
    pub(super) tell_full: bool,
}

/// See [`State::note`].
#[derive(Debug)]
pub(super) struct Noted {
    pub(super) opened: bool,
    pub(super) fault: Option<String>,
}
