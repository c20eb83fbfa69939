//! Whether a transport still takes what waits for it.

use std::time::Duration;

use tokio::time::Instant;

/// So often within the limit it is looked at, so that the end comes up to a quarter late and idle streams cost little.
const LOOKS: u32 = 4;

/// A look that comes so late tells that the thread or the machine stood still, and the transport with it.
const LATE: Duration = Duration::from_secs(1);

/// Watches one stream.
#[derive(Debug)]
pub(crate) struct Stall {
    next: Instant,
    /// Looks in a row, the first included, between which nothing was taken.
    standing: u32,
}

impl Stall {
    pub(crate) fn new(limit: Duration, now: Instant) -> Self {
        Self { next: now + limit / LOOKS, standing: 0 }
    }

    /// When to look next.
    pub(crate) fn next(&self) -> Instant {
        self.next
    }

    /// Whether the transport has taken nothing for `limit` while something waited. `look` tells whether it has taken
    /// anything since it was last asked; `None`: nothing waits.
    pub(crate) fn is_over(
        &mut self,
        limit: Duration,
        now: Instant,
        look: impl FnOnce() -> Option<bool>,
    ) -> bool {
        if now < self.next {
            return false;
        }
        let late = now - self.next > LATE;
        self.next = now + limit / LOOKS;
        self.standing = match look() {
            None => 0,
            Some(true) => 1,
            Some(false) => self.standing + u32::from(!late),
        };
        self.standing > LOOKS
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMIT: Duration = Duration::from_secs(40);

    /// Seconds until it is over, looked at in time; each look finds what `look` says of its second.
    fn over_after(look: impl Fn(u64) -> Option<bool>) -> Option<u64> {
        let start = Instant::now();
        let mut stall = Stall::new(LIMIT, start);
        while stall.next() < start + 10 * LIMIT {
            let now = stall.next();
            let second = (now - start).as_secs();
            if stall.is_over(LIMIT, now, || look(second)) {
                return Some(second);
            }
        }
        None
    }

    #[test]
    fn it_is_over_when_something_has_waited_for_the_limit() {
        assert_eq!(over_after(|_| None), None, "nothing waits");
        assert_eq!(over_after(|_| Some(true)), None, "it goes on");
        assert_eq!(over_after(|_| Some(false)), Some(50));
        // What was taken before the first look says nothing about what waits since.
        assert_eq!(over_after(|second| Some(second < 20)), Some(50));
        assert_eq!(over_after(|second| (second >= 100).then_some(false)), Some(140));
        let but_once = |second| if second == 40 { None } else { Some(false) };
        assert_eq!(over_after(but_once), Some(90), "it began anew");
    }

    #[test]
    fn time_in_which_nothing_ran_at_all_does_not_count() {
        let start = Instant::now();
        let mut stall = Stall::new(LIMIT, start);
        let mut stands = |now| stall.is_over(LIMIT, now, || Some(false));
        assert!(!stands(start + LIMIT / 4));
        assert!(!stands(start + 100 * LIMIT), "the machine slept");
        let woken = start + 100 * LIMIT;
        for look in 1..4 {
            assert!(!stands(woken + look * LIMIT / 4));
        }
        assert!(stands(woken + LIMIT));
    }
}
