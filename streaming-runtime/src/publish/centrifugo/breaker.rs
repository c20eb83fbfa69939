//! The circuit breaker: whether anything is sent at all.

use std::time::SystemTime;

use serde::Serialize;
use tokio::time::Instant;

use super::config::{self, BreakerConfig};

/// Whether publications are sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[non_exhaustive]
pub enum BreakerState {
    /// Everything is sent.
    Closed,
    /// Nothing is sent or taken: the server failed too often in a row.
    Open,
    /// One request at a time tries whether the server is back.
    HalfOpen,
}

/// Whether a shard may send.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Permit {
    /// As usual.
    Send,
    /// As the one probe.
    Probe,
    /// Not before the breaker changes.
    No,
}

#[derive(Debug)]
enum Phase {
    Closed,
    Open { until: Instant },
    HalfOpen { good: u32, probing: bool },
}

#[derive(Debug)]
pub(super) struct Breaker {
    /// None: it never opens.
    config: Option<BreakerConfig>,
    phase: Phase,
    /// In a row.
    failures: u64,
    successes: u64,
    last_failure: Option<SystemTime>,
}

impl Breaker {
    pub(super) fn new(config: config::Breaker) -> Self {
        let config = match config {
            config::Breaker::On(config) => Some(config),
            config::Breaker::Off => None,
        };
        Self { config, phase: Phase::Closed, failures: 0, successes: 0, last_failure: None }
    }

    /// Lets time pass: it is open for so long and no longer.
    pub(super) fn at(&mut self, now: Instant) -> &mut Self {
        if matches!(self.phase, Phase::Open { until } if until <= now) {
            self.phase = Phase::HalfOpen { good: 0, probing: false };
        }
        self
    }

    pub(super) fn state(&self) -> BreakerState {
        match self.phase {
            Phase::Closed => BreakerState::Closed,
            Phase::Open { .. } => BreakerState::Open,
            Phase::HalfOpen { .. } => BreakerState::HalfOpen,
        }
    }

    pub(super) fn open_until(&self) -> Option<Instant> {
        match self.phase {
            Phase::Open { until } => Some(until),
            _ => None,
        }
    }

    /// Failures in a row, successes in all, the time of the last failure.
    pub(super) fn history(&self) -> (u64, u64, Option<SystemTime>) {
        (self.failures, self.successes, self.last_failure)
    }

    /// Asks to send. Who gets [`Permit::Probe`] must report how it went, or [`release`](Self::release) it.
    pub(super) fn permit(&mut self) -> Permit {
        match &mut self.phase {
            Phase::Closed => Permit::Send,
            Phase::HalfOpen { probing, .. } if !*probing => {
                *probing = true;
                Permit::Probe
            }
            Phase::HalfOpen { .. } | Phase::Open { .. } => Permit::No,
        }
    }

    /// A request succeeded. One that began before the breaker opened does not close it.
    pub(super) fn success(&mut self, permit: Permit) {
        self.successes += 1;
        let needed = self.config.map_or(1, |config| config.successes);
        match &mut self.phase {
            Phase::Closed => self.failures = 0,
            Phase::HalfOpen { good, probing } if permit == Permit::Probe => {
                *good += 1;
                *probing = false;
                if *good >= needed {
                    self.phase = Phase::Closed;
                    self.failures = 0;
                }
            }
            Phase::HalfOpen { .. } | Phase::Open { .. } => {}
        }
    }

    /// A request failed. Gives whether the breaker has opened over it.
    pub(super) fn failure(&mut self, permit: Permit, now: Instant) -> bool {
        self.failures += 1;
        self.last_failure = Some(SystemTime::now());
        let Some(config) = self.config else {
            return false;
        };
        let opens = match self.phase {
            Phase::Closed => self.failures >= u64::from(config.threshold),
            Phase::HalfOpen { .. } => permit == Permit::Probe,
            Phase::Open { .. } => false,
        };
        if opens {
            self.phase = Phase::Open { until: now + config.open_for };
        }
        opens
    }

    /// A request told nothing about the server, or came to no end.
    pub(super) fn release(&mut self, permit: Permit) {
        if let (Phase::HalfOpen { probing, .. }, Permit::Probe) = (&mut self.phase, permit) {
            *probing = false;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::time::Instant;

    use super::{Breaker, BreakerState, Permit};
    use crate::publish::centrifugo::Breaker as Config;

    const MINUTE: Duration = Duration::from_mins(1);

    fn opened(now: Instant) -> Breaker {
        let mut breaker = Breaker::new(Config::default());
        let opening: Vec<bool> = (0..5).map(|_| breaker.failure(Permit::Send, now)).collect();
        assert_eq!(opening, [false, false, false, false, true]);
        breaker
    }

    #[test]
    fn opens_after_failures_in_a_row() {
        let now = Instant::now();
        let mut breaker = Breaker::new(Config::default());
        for _ in 0..4 {
            breaker.failure(Permit::Send, now);
        }
        breaker.success(Permit::Send);
        for _ in 0..4 {
            assert!(!breaker.failure(Permit::Send, now));
        }
        assert!(breaker.failure(Permit::Send, now));
        assert_eq!(breaker.state(), BreakerState::Open);
        assert_eq!(breaker.permit(), Permit::No);
    }

    #[test]
    fn stays_open_for_its_time_and_then_probes_one_at_a_time() {
        let now = Instant::now();
        let mut breaker = opened(now);
        assert_eq!(breaker.at(now + MINUTE / 2).permit(), Permit::No);
        let breaker = breaker.at(now + MINUTE);
        assert_eq!(breaker.state(), BreakerState::HalfOpen);
        assert_eq!(breaker.permit(), Permit::Probe);
        assert_eq!(breaker.permit(), Permit::No);
        breaker.success(Permit::Probe);
        assert_eq!(breaker.state(), BreakerState::HalfOpen);
        assert_eq!(breaker.permit(), Permit::Probe);
        breaker.success(Permit::Probe);
        assert_eq!(breaker.state(), BreakerState::Closed);
        assert_eq!(breaker.history().0, 0);
    }

    #[test]
    fn opens_again_after_one_bad_probe() {
        let now = Instant::now();
        let mut breaker = opened(now);
        let later = now + MINUTE;
        assert_eq!(breaker.at(later).permit(), Permit::Probe);
        assert!(breaker.failure(Permit::Probe, later));
        assert_eq!(breaker.open_until(), Some(later + MINUTE));
    }

    #[test]
    fn what_began_before_decides_nothing() {
        let now = Instant::now();
        let mut breaker = opened(now);
        assert!(!breaker.failure(Permit::Send, now + MINUTE / 2));
        assert_eq!(breaker.open_until(), Some(now + MINUTE));
        let breaker = breaker.at(now + MINUTE);
        assert_eq!(breaker.permit(), Permit::Probe);
        breaker.success(Permit::Send);
        assert!(!breaker.failure(Permit::Send, now + MINUTE));
        assert_eq!((breaker.state(), breaker.permit()), (BreakerState::HalfOpen, Permit::No));
    }

    #[test]
    fn a_probe_that_tells_nothing_makes_room_for_the_next() {
        let now = Instant::now();
        let mut breaker = opened(now);
        assert_eq!(breaker.at(now + MINUTE).permit(), Permit::Probe);
        breaker.release(Permit::Probe);
        assert_eq!(breaker.permit(), Permit::Probe);
    }

    #[test]
    fn never_opens_when_off() {
        let mut breaker = Breaker::new(Config::Off);
        for _ in 0..1000 {
            assert!(!breaker.failure(Permit::Send, Instant::now()));
        }
        assert_eq!(breaker.permit(), Permit::Send);
    }
}
