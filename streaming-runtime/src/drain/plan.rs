//! When which client's turn is.

use std::time::Duration;

use tokio::time::Instant;

use crate::config::HubConfig;

/// So many clients leave at once however short the time is, and so many batches there are however long it is.
const BATCH: usize = 64;
const BATCHES: usize = 20;

/// Clients that leave together come back within this time.
const COME_BACK: Duration = Duration::from_secs(5);

/// Longer times only look like a mistake, and some clocks cannot count them.
const LONGEST: Duration = Duration::from_hours(365 * 24);

/// The time of a drain, shared out.
#[derive(Debug)]
pub(super) struct Plan {
    start: Instant,
    /// How many clients a batch has.
    pub(super) batch: usize,
    /// The time of a batch.
    share: Duration,
    end_by: Instant,
    deadline: Instant,
}

/// The times of one client.
#[derive(Clone, Copy, Debug)]
pub(super) struct Times {
    /// Until then its open requests may finish.
    pub(super) answers_by: Instant,
    /// Then at the latest it is ended, whatever it does.
    pub(super) end_by: Instant,
    /// Then nobody waits for its handlers any more.
    pub(super) deadline: Instant,
    /// How long it is to stay away.
    pub(super) reconnect_after: Duration,
}

impl Plan {
    pub(super) fn new(
        start: Instant,
        within: Duration,
        clients: usize,
        config: &HubConfig,
    ) -> Self {
        let within = within.min(LONGEST);
        // A tenth for the handlers and `on_disconnect` of those that must be ended.
        let ends = within.saturating_sub(within / 10);
        // The last batch flushes and says goodbye as well.
        let farewell = (config.flush_timeout + config.goodbye_timeout).min(ends / 2);
        let batch = clients.div_ceil(BATCHES).max(BATCH);
        let batches = u32::try_from(clients.div_ceil(batch).max(1)).unwrap_or(u32::MAX);
        Self {
            start,
            batch,
            share: ends.saturating_sub(farewell) / batches,
            end_by: start + ends,
            deadline: start + within,
        }
    }

    /// When the batch of this number begins to leave.
    pub(super) fn turn(&self, batch: usize) -> Instant {
        self.start + self.share * u32::try_from(batch).unwrap_or(u32::MAX)
    }

    /// The times of a client of this batch, which has so many.
    pub(super) fn times(&self, batch: usize, client: usize, clients: usize) -> Times {
        let part = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
        Times {
            answers_by: self.turn(batch + 1),
            end_by: self.end_by,
            deadline: self.deadline,
            reconnect_after: self.share.min(COME_BACK) / part(clients).max(1) * part(client),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn plan(within: Duration, clients: usize) -> Plan {
        let config = HubConfig::production();
        assert_eq!(config.flush_timeout + config.goodbye_timeout, 7 * SECOND);
        Plan::new(Instant::now(), within, clients, &config)
    }

    #[test]
    fn few_clients_leave_at_once_and_many_in_batches_over_the_time() {
        let (second, plan_of) = (1000, |clients| plan(30 * SECOND, clients));
        for (clients, batch, share) in [
            (0, 64, 20 * second),
            (1, 64, 20 * second),
            (64, 64, 20 * second),
            (65, 64, 10 * second),
            (640, 64, 2 * second),
            (100_000, 5000, second),
        ] {
            let plan = plan_of(clients);
            assert_eq!((plan.batch, plan.share.as_millis()), (batch, share), "{clients}");
            let batches = clients.div_ceil(batch);
            assert!(plan.turn(batches) <= plan.end_by - 7 * SECOND, "{clients} take too long");
            assert_eq!(plan.end_by - plan.start, 27 * SECOND);
            assert_eq!(plan.deadline - plan.start, 30 * SECOND);
        }
    }

    #[test]
    fn those_who_leave_together_do_not_come_back_together() {
        let plan = plan(30 * SECOND, 100_000);
        let back = |client| plan.times(3, client, 5000).reconnect_after;
        assert_eq!(back(0), Duration::ZERO);
        assert!((1..5000).all(|client| back(client) > back(client - 1)));
        assert!(back(4999) <= SECOND, "some come back when the next batch does");
        let few = self::plan(3600 * SECOND, 2);
        assert_eq!(few.times(0, 1, 2).reconnect_after, COME_BACK / 2);
    }

    #[test]
    fn any_time_will_do() {
        for within in [Duration::ZERO, Duration::from_millis(1), Duration::MAX] {
            let plan = plan(within, usize::MAX);
            assert!(plan.turn(20) <= plan.end_by && plan.end_by <= plan.deadline, "{within:?}");
            plan.times(19, 63, 64);
        }
    }
}
