//! The settings of a link.

use std::time::Duration;

use crate::{
    config::{HubConfig, QueueConfig, a_while, a_while_if_any, at_least_one, broken},
    contract::{Contract, Overflow, PingRole},
};

/// Far enough away never to come.
const NEVER: Duration = Duration::from_hours(365 * 24);

/// The settings of a link. [`LinkBuilder::config`](super::LinkBuilder::config) changes them.
///
/// ```
/// # use std::time::Duration;
/// # use streaming_runtime::{Overflow, link::LinkBuilder, contract::Linked};
/// # fn example<C: Linked>(builder: LinkBuilder<C>) -> LinkBuilder<C> {
/// builder.config(|config| {
///     config.outbox.messages = 100;
///     config.overflow = Overflow::DropOldest; // the newest are of more use when the stream is back
///     config.max_delay = Duration::from_secs(10);
/// })
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct LinkConfig {
    /// What may wait to be written, also while there is no stream. Default 1,024 messages of together 4 MiB.
    pub outbox: QueueConfig,
    /// What may wait for handlers; beyond, the hub is held back. Default 1,024 commands of together 4 MiB.
    pub inbox: QueueConfig,
    /// What happens to a message for which there is no room. Default [`Overflow::Wait`]; [`Overflow::Disconnect`] closes
    /// the link.
    pub overflow: Overflow,
    /// What has waited in the queue for so long is not sent any more, up to an eighth later. Whoever sent it is not told: it
    /// counts as dropped. A request in it ends with [`Timeout`](crate::RequestError::Timeout), and one that is sent
    /// `.at_least_once()` waits for its own deadline. Default `None`: as long as it takes.
    pub message_ttl: Option<Duration>,
    /// How long a send waits for room. Default 5 s.
    pub send_timeout: Duration,
    /// How long a request waits for its answer, unless it says otherwise. Default 30 s.
    pub reply_timeout: Duration,
    /// How long opening a stream may take: resolving, connecting and the hub's headers. Default 10 s.
    pub open_timeout: Duration,
    /// A hub from which nothing comes for so long is given up. Default 90 s where the contract has pings, else `None`.
    pub silence: Option<Duration>,
    /// The first attempt after a stream is lost comes after a random time up to this; the bound doubles with each that
    /// fails. Default 2 s.
    pub first_delay: Duration,
    /// The largest bound. Default 30 s.
    pub max_delay: Duration,
    /// How long a callback may take. Default 10 s.
    pub callback_timeout: Duration,
    /// How long handlers may run on when the link is closed. Default 5 s.
    pub handler_grace: Duration,
    /// How long what is queued is written when the link is closed, and how long the hub's end is then waited for.
    /// Default 5 s.
    pub flush_timeout: Duration,
}

impl LinkConfig {
    /// The default for links of `C`.
    #[must_use]
    pub fn of<C: Contract>() -> Self {
        let queue = QueueConfig { messages: 1024, bytes: 4 * 1024 * 1024 };
        Self {
            outbox: queue,
            inbox: queue,
            overflow: Overflow::Wait,
            message_ttl: None,
            send_timeout: Duration::from_secs(5),
            reply_timeout: Duration::from_secs(30),
            open_timeout: Duration::from_secs(10),
            silence: (C::PING != PingRole::None).then_some(Duration::from_secs(90)),
            first_delay: Duration::from_secs(2),
            max_delay: Duration::from_secs(30),
            callback_timeout: Duration::from_secs(10),
            handler_grace: Duration::from_secs(5),
            flush_timeout: Duration::from_secs(5),
        }
    }

    /// Every bound that is broken, in a sentence each.
    pub(super) fn faults(&self) -> Vec<String> {
        let number = |name, number: &usize| broken(name, number, at_least_one(number));
        let time = |name, time: &Duration| broken(name, time, a_while(time));
        let (first, max) = (self.first_delay, self.max_delay);
        let order = || {
            format!(
                "`first_delay` is {first:?}; it must not be longer than `max_delay`, which is {max:?}"
            )
        };
        let faults = [
            number("outbox.messages", &self.outbox.messages),
            number("outbox.bytes", &self.outbox.bytes),
            number("inbox.messages", &self.inbox.messages),
            number("inbox.bytes", &self.inbox.bytes),
            broken("message_ttl", &self.message_ttl, a_while_if_any(&self.message_ttl)),
            time("send_timeout", &self.send_timeout),
            time("reply_timeout", &self.reply_timeout),
            time("open_timeout", &self.open_timeout),
            broken("silence", &self.silence, a_while_if_any(&self.silence)),
            time("first_delay", &self.first_delay),
            time("max_delay", &self.max_delay),
            (first > max && [first, max].iter().all(|it| a_while(it).is_none())).then(order),
            time("callback_timeout", &self.callback_timeout),
            time("handler_grace", &self.handler_grace),
            time("flush_timeout", &self.flush_timeout),
        ];
        faults.into_iter().flatten().collect()
    }

    /// As those of a session, whose pings are the heartbeats.
    pub(super) fn session(&self, heartbeat: Option<Duration>) -> HubConfig {
        HubConfig::testing().with(|config| {
            config.outbox = self.outbox;
            config.inbox = self.inbox;
            config.overflow = self.overflow;
            config.send_timeout = self.send_timeout;
            config.reply_timeout = self.reply_timeout;
            // The bot's callbacks have it each; what comes around them is `on_error` at most, which has it as well.
            config.callback_timeout = self.callback_timeout * 2 + Duration::from_secs(1);
            config.handler_grace = self.handler_grace;
            config.flush_timeout = self.flush_timeout;
            // It waits for its next stream as long as it takes.
            config.reconnect_grace = NEVER;
            // The connection's own keep-alive finds a hub that is dead.
            config.write_timeout = NEVER;
            config.max_consecutive_errors = 0;
            if let Some(every) = heartbeat {
                config.ping.strategy = crate::config::PingStrategy::Interval;
                config.ping.interval = every;
            }
        })
    }
}
