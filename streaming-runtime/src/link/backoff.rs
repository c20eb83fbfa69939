//! How long to wait before the next attempt.

use std::time::Duration;

use super::config::LinkConfig;

/// The bound of the next delay: full jitter, since clients that lose one hub at once must not come back at once.
#[derive(Debug)]
pub(super) struct Backoff {
    first: Duration,
    max: Duration,
    failed: u32,
}

impl Backoff {
    pub(super) fn new(config: &LinkConfig) -> Self {
        Self { first: config.first_delay, max: config.max_delay, failed: 0 }
    }

    /// A stream has held.
    pub(super) fn reset(&mut self) {
        self.failed = 0;
    }

    /// Uniform between 0 and the bound, which doubles.
    pub(super) fn next(&mut self) -> Duration {
        self.next_of(random())
    }

    fn next_of(&mut self, random: f64) -> Duration {
        let bound = self.first.saturating_mul(1 << self.failed.min(20)).min(self.max);
        self.failed = self.failed.saturating_add(1);
        bound.mul_f64(random)
    }
}

/// From 0 up to 1.
fn random() -> f64 {
    let (random, ..) = uuid::Uuid::new_v4().as_fields();
    f64::from(random) / (f64::from(u32::MAX) + 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::Sample;

    #[test]
    fn the_bound_doubles_up_to_the_largest_and_begins_anew() {
        let mut backoff = Backoff::new(&LinkConfig::of::<Sample>());
        let bounds: Vec<u64> = (0..7).map(|_| backoff.next_of(1.0).as_secs()).collect();
        assert_eq!(bounds, [2, 4, 8, 16, 30, 30, 30]);
        backoff.reset();
        assert_eq!(backoff.next_of(0.5), Duration::from_secs(1));
        for _ in 0..100 {
            backoff.next_of(1.0);
        }
        assert_eq!(backoff.next_of(1.0), Duration::from_secs(30));
    }

    #[test]
    fn no_delay_is_too_long_to_be_doubled() {
        let longest = Duration::MAX;
        let mut backoff = Backoff { first: longest, max: longest, failed: u32::MAX - 1 };
        assert_eq!([(); 3].map(|()| backoff.next_of(0.0)), [Duration::ZERO; 3]);
        let short = Duration::from_nanos(1);
        let mut backoff = Backoff { first: short, max: short, failed: u32::MAX };
        assert_eq!(backoff.next_of(1.0), short);
    }

    #[test]
    fn delays_are_spread_evenly() {
        let mut quarters = [0; 4];
        for _ in 0..4000 {
            let random = random();
            let quarter = (1..4).filter(|it| random >= f64::from(*it) / 4.0).count();
            quarters[quarter] += 1;
        }
        assert!(quarters.iter().all(|count| (850..1150).contains(count)), "{quarters:?}");
    }
}
