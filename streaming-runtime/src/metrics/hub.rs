//! What a hub counts, or the session of a link. The handles of what each message or command needs are made when the hub is built; what happens once
//! per stream is looked up.

use std::{future::Future, pin::Pin};

use tonic::Status;

use super::{
    AWAY, CONNECTED, CONNECTS, DISCONNECTS, Metric, PING_SECONDS, REFUSALS, RESUMES,
    figure::{Level, Share, Total},
    names::{Names, OF_HUBS},
    request::Outcome,
    sink::{Began, Counter, Gauge, Histogram, counter, describe, gauge, histogram, timed},
};
use crate::{
    contract::{Contract, Overflow},
    status::{Reason, end_name},
};

/// Messages in which no variant is set, or one that this build does not know.
const UNKNOWN: &str = "unknown";
/// Errors of callbacks, which have no variant.
const NONE: &str = "none";

const POLICIES: [&str; 4] = ["wait", "reject", "drop_oldest", "disconnect"];

/// The figures and handles of one hub, or of one link's session.
#[derive(Debug)]
pub(crate) struct Meters {
    rpc: &'static str,
    /// Whether sessions are counted themselves.
    sessions: bool,
    /// Clients that are connected.
    pub(crate) live: Level,
    /// Clients whose stream is lost, and that may come back.
    pub(crate) away: Level,
    pub(crate) connects: Counter,
    pub(crate) resumes: Counter,
    /// Of each variant, and last of those without one.
    messages: Box<[Counter]>,
    handlers: Box<[Histogram]>,
    errors: Box<[(&'static str, Counter)]>,
    /// Handlers that outlived their stream by more than `handler_grace`.
    pub(crate) dropped_handlers: Total,
    written: Counter,
    dropped: Counter,
    returned: Counter,
    outbox_full: [Counter; 4],
    pub(crate) send_timeouts: Counter,
    pub(super) open_requests: Gauge,
    requests: [Counter; Outcome::ALL.len()],
    request_seconds: Histogram,
    pub(crate) late_replies: Counter,
    pub(crate) pings: Histogram,
}

impl Meters {
    pub(crate) fn new<C: Contract>() -> Self {
        Self::of::<C>(&OF_HUBS)
    }

    /// Those of a link's session, whose contract is turned.
    #[cfg(feature = "link")]
    pub(crate) fn of_link<C: Contract>() -> Self {
        Self::of::<C>(&super::names::OF_LINKS)
    }

    fn of<C: Contract>(names: &Names) -> Self {
        describe();
        let rpc = ("rpc", C::NAME);
        let count = |metric: &Metric, label, value| counter(metric, &[rpc, (label, value)]);
        let variants = || C::MESSAGES.iter().map(|variant| variant.name);
        let any = || variants().chain([UNKNOWN]);
        let errors = variants().chain([NONE]);
        let level =
            |metric| Level::new(if names.sessions { gauge(metric, &[rpc]) } else { Gauge::noop() });
        let of_sessions =
            |metric| if names.sessions { counter(metric, &[rpc]) } else { Counter::noop() };
        Self {
            rpc: C::NAME,
            sessions: names.sessions,
            live: level(&CONNECTED),
            away: level(&AWAY),
            connects: of_sessions(&CONNECTS),
            resumes: of_sessions(&RESUMES),
            messages: any().map(|name| count(&names.read, "variant", name)).collect(),
            handlers: any()
                .map(|name| histogram(&names.handler_seconds, &[rpc, ("variant", name)]))
                .collect(),
            errors: errors
                .map(|name| (name, count(&names.handler_errors, "variant", name)))
                .collect(),
            dropped_handlers: Total::new(counter(&names.handlers_dropped, &[rpc])),
            written: count(&names.sent, "outcome", "written"),
            dropped: count(&names.sent, "outcome", "dropped"),
            returned: count(&names.sent, "outcome", "returned"),
            outbox_full: POLICIES.map(|policy| count(&names.outbox_full, "policy", policy)),
            send_timeouts: counter(&names.send_timeouts, &[rpc]),
            open_requests: gauge(&names.open_requests, &[rpc]),
            requests: Outcome::ALL.map(|outcome| count(&names.requests, "outcome", outcome.name())),
            request_seconds: histogram(&names.request_seconds, &[rpc]),
            late_replies: counter(&names.late_replies, &[rpc]),
            pings: if names.sessions {
                histogram(&PING_SECONDS, &[rpc])
            } else {
                Histogram::noop()
            },
        }
    }

    fn looked_up(&self, metric: &Metric, reason: &'static str) -> Counter {
        counter(metric, &[("rpc", self.rpc), ("reason", reason)])
    }

    /// A session has ended.
    pub(crate) fn disconnected(&self, reason: Option<&Reason>) {
        if self.sessions {
            let reason = reason.map_or(UNKNOWN, Reason::name);
            self.looked_up(&DISCONNECTS, reason).increment(1);
        }
    }

    /// A stream never became a session.
    pub(crate) fn refused(&self, status: &Status) {
        self.looked_up(&REFUSALS, end_name(status)).increment(1);
    }

    /// A message was read.
    pub(crate) fn message(&self, variant: Option<u16>) {
        if let Some(messages) = of_variant(&self.messages, variant) {
            messages.increment(1);
        }
    }

    /// The handler of a message, whose time is taken where it is not done at its first poll: only then is a clock read.
    pub(crate) fn handled<F: Future>(
        &self,
        variant: Option<u16>,
        handler: Pin<&mut F>,
    ) -> impl Future<Output = F::Output> {
        timed(handler, of_variant(&self.handlers, variant))
    }

    /// A handler has failed, or a callback, which has no variant.
    pub(crate) fn failed(&self, variant: Option<&'static str>) {
        let name = variant.unwrap_or(NONE);
        if let Some((_, errors)) = self.errors.iter().find(|(other, _)| *other == name) {
            errors.increment(1);
        }
    }

    /// The transport has taken a command; one that is `urgent` does not count.
    pub(crate) fn written(&self, urgent: bool) {
        if !urgent {
            self.written.increment(1);
        }
    }

    /// Commands that an overflow policy drops, or whose place a newer one takes.
    pub(crate) fn dropped(&self) -> Share {
        Share::new(self.dropped.clone())
    }

    /// Commands were not written when their session ended.
    pub(crate) fn returned(&self, commands: usize) {
        self.returned.increment(commands as u64);
    }

    /// A command found no room.
    pub(crate) fn outbox_full(&self, policy: Overflow) {
        let policy = match policy {
            Overflow::Wait => 0,
            Overflow::Reject => 1,
            Overflow::DropOldest => 2,
            Overflow::Disconnect => 3,
        };
        self.outbox_full[policy].increment(1);
    }

    pub(super) fn request_ended(&self, outcome: Outcome, began: Began) {
        self.open_requests.decrement(1.0);
        self.requests[outcome as usize].increment(1);
        if matches!(outcome, Outcome::Answered | Outcome::Rejected) {
            began.record(&self.request_seconds);
        }
    }
}

/// That of the variant, or the last one, which is that of unknown ones.
fn of_variant<T>(each: &[T], variant: Option<u16>) -> Option<&T> {
    variant.and_then(|variant| each.get(usize::from(variant))).or(each.last())
}
