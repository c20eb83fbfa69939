//! What happens by time alone: pings, and the end of a client that has gone silent or does not read.

use std::{
    sync::atomic::Ordering,
    time::{Duration, SystemTime},
};

use tokio::time::Instant;

use super::Session;
use crate::{
    config::{PingConfig, PingStrategy},
    contract::{Contract, Ping},
    stall::Stall,
    status::Reason,
};

/// Far enough away never to come.
pub(super) const NEVER: Duration = Duration::from_hours(365 * 24);

/// An alarm that comes so late tells that the thread or the machine stood still.
const STALL: Duration = Duration::from_secs(1);

/// The clocks of one stream. All times are read once per poll of the reading task.
#[derive(Debug)]
pub(super) struct Timers {
    next_ping: Instant,
    last_read: Instant,
    /// Since when the hub itself does not read: that time does not count as silence.
    paused: Option<Instant>,
    sequence: u64,
    sent: Option<Instant>,
    /// When the stream is too old, or its identity.
    ends: Option<Box<(Instant, Reason)>>,
    stall: Stall,
}

impl Timers {
    pub(super) fn new<C: Contract>(session: &Session<C>, now: Instant) -> Self {
        let identity = session.info.identity.as_ref();
        Self::of(session, identity.and_then(|identity| identity.valid_for()), now)
    }

    /// Those of a stream whose identity is valid for so long.
    pub(super) fn of<C: Contract>(
        session: &Session<C>,
        valid_for: Option<Duration>,
        now: Instant,
    ) -> Self {
        let config = &session.context.config;
        let age = config.max_stream_age.map(|age| (age, Reason::StreamAge));
        let identity = valid_for.map(|left| (left, Reason::IdentityExpired));
        let first = age.into_iter().chain(identity).min_by_key(|(after, _)| *after);
        Self {
            next_ping: now + config.ping.interval,
            last_read: now,
            paused: None,
            stall: Stall::new(config.write_timeout, now),
            sequence: 0,
            sent: None,
            // What ends after more than all time does not end.
            ends: first.and_then(|(after, why)| Some(Box::new((now.checked_add(after)?, why)))),
        }
    }

    /// A message was read. Says whether it is the first of this poll.
    pub(super) fn read(&mut self, now: Instant) -> bool {
        std::mem::replace(&mut self.last_read, now) != now
    }

    pub(super) fn pause(&mut self, now: Instant) {
        self.paused.get_or_insert(now);
    }

    pub(super) fn resume(&mut self, now: Instant) {
        if let Some(paused) = self.paused.take() {
            self.last_read += now.saturating_duration_since(paused);
        }
    }

    /// Sends a ping, made by `make`, if it is time for one.
    pub(super) fn ping_by<C: Contract>(
        &mut self,
        session: &Session<C>,
        now: Instant,
        make: impl Fn(&Ping) -> Option<C::Command>,
    ) {
        let PingConfig { strategy, interval, .. } = session.context.config.ping;
        if strategy == PingStrategy::Disabled || now < self.next_ping {
            return;
        }
        if strategy == PingStrategy::OnIdle {
            let idle_until = session.outbox.last_output() + interval;
            if idle_until > now {
                self.next_ping = idle_until;
                return;
            }
        }
        // Beats that were missed are not made up for.
        self.next_ping = (self.next_ping + interval).max(now + interval / 2);
        if strategy == PingStrategy::OnIdle {
            self.next_ping = now + interval;
        }
        let ping = Ping { sequence: self.sequence + 1, sent_at: SystemTime::now() };
        let Some(command) = make(&ping) else {
            return;
        };
        let queued = session.entry(command).is_ok_and(|ping| session.outbox.push_ping(ping));
        if queued {
            self.sequence = ping.sequence;
            self.sent = Some(now);
        }
    }

    /// A ping was answered. An answer without a sequence answers the last one.
    pub(super) fn pong<C: Contract>(&mut self, session: &Session<C>, sequence: u64, now: Instant) {
        if (sequence == 0 || sequence == self.sequence)
            && let Some(sent) = self.sent.take()
        {
            let round_trip = now.saturating_duration_since(sent);
            session.context.meters.pings.record(round_trip);
            let micros = u64::try_from(round_trip.as_micros().max(1)).unwrap_or(u64::MAX);
            session.info.counters.round_trip.store(micros, Ordering::Relaxed);
        }
    }

    /// Ends the session if its stream is too old, or its identity, or if its transport takes nothing.
    pub(super) fn age<C: Contract>(&mut self, session: &Session<C>, now: Instant) {
        let limit = session.context.config.write_timeout;
        if self.stall.is_over(limit, now, || session.outbox.progress()) {
            session.end(Reason::Stalled);
        }
        if let Some((_, reason)) = self.ends.as_deref().filter(|(ends, _)| now >= *ends) {
            session.end(reason.clone());
        }
    }

    /// Ends the session if nothing was read for too long although the hub was reading.
    pub(super) fn silence<C: Contract>(&mut self, session: &Session<C>, now: Instant) {
        let silent_at = self.silent_at(session);
        let Some(late) = silent_at.and_then(|at| now.checked_duration_since(at)) else {
            return;
        };
        if late > STALL {
            // What came meanwhile is perhaps still with the connection: a moment to be heard.
            self.last_read += late + STALL;
        } else {
            session.end(Reason::PingTimeout);
        }
    }

    fn silent_at<C: Contract>(&self, session: &Session<C>) -> Option<Instant> {
        match (session.context.ping_timeout, self.paused) {
            (Some(timeout), None) => Some(self.last_read + timeout),
            _ => None,
        }
    }

    /// When there is something to do next.
    pub(super) fn next<C: Contract>(&self, session: &Session<C>) -> Option<Instant> {
        let PingConfig { strategy, .. } = session.context.config.ping;
        let ping = (strategy != PingStrategy::Disabled).then_some(self.next_ping);
        let (silent_at, ends) = (self.silent_at(session), self.ends.as_ref().map(|ends| ends.0));
        [ping, silent_at, ends, Some(self.stall.next())].into_iter().flatten().min()
    }
}
