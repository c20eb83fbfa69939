//! How often an id was taken over lately: two processes with one id must not chase each other for ever.

use std::{collections::VecDeque, time::Duration};

use tokio::time::Instant;

const MINUTE: Duration = Duration::from_mins(1);

/// The take-overs of an id in the last minute, not more than there may be. Kept as long as somebody holds the id.
#[derive(Debug, Default)]
pub(crate) struct TakeOvers(VecDeque<Instant>);

impl TakeOvers {
    /// Those of these times, the oldest first.
    #[cfg(feature = "cluster")]
    pub(crate) fn of(times: impl Iterator<Item = Instant>) -> Self {
        Self(times.collect())
    }

    /// How long ago each of the last minute was, the oldest first.
    #[cfg(feature = "cluster")]
    pub(crate) fn ages(&self, now: Instant) -> impl Iterator<Item = Duration> {
        let ages = self.0.iter().map(move |at| now.saturating_duration_since(*at));
        ages.filter(|age| *age < MINUTE)
    }

    /// Counts one more, unless there were `limit` in the last minute already.
    pub(crate) fn count(&mut self, limit: u32, now: Instant) -> bool {
        while self.0.front().is_some_and(|at| now.saturating_duration_since(*at) >= MINUTE) {
            self.0.pop_front();
        }
        let within = self.0.len() < usize::try_from(limit).unwrap_or(usize::MAX);
        if within {
            self.0.push_back(now);
        }
        within
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn so_many_a_minute_are_let_through_whenever_the_minute_begins() {
        let (start, mut taken) = (Instant::now(), TakeOvers::default());
        let mut at = |second| taken.count(2, start + Duration::from_secs(second));
        let seconds = [0, 50, 59, 60, 61, 109, 110, 119, 120];
        let let_through = seconds.map(&mut at);
        assert_eq!(let_through, [true, true, false, true, false, false, true, false, true]);
        assert!(taken.0.len() <= 2, "it keeps those that it has refused");
        assert!(!TakeOvers::default().count(0, start));
    }
}
