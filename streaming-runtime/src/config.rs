//! How a hub behaves: every setting, with its presets and its bounds.

mod bounds;
mod fields;
mod node;
mod read;
mod setting;
mod template;

use std::{fmt, time::Duration};

#[cfg(feature = "link")]
pub(crate) use bounds::{a_while, a_while_if_any, at_least_one, broken};
pub use template::{Template, TemplateError};

pub use crate::contract::Overflow;

/// The settings of a hub.
///
/// Start from a preset and change fields: `HubConfig::production().with(|config| config.ping.interval = SECOND)`. Or read
/// them through serde, from TOML or JSON for instance: what is not there is as in production, an unknown field is refused,
/// durations are written as `30s`, and every fault is named at once.
/// [`Hub::new`](crate::Hub::new) checks the bounds of all of them.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct HubConfig {
    /// Pings and the silence after which a client counts as dead.
    pub ping: PingConfig,
    /// Commands that wait to be written, per client.
    pub outbox: QueueConfig,
    /// Messages that wait for a handler, per client.
    pub inbox: QueueConfig,
    /// What is mirrored to the publisher, and under which names.
    pub publish: PublishConfig,
    /// What happens to a command for which the outbox has no room, unless its send or its variant says otherwise. Default
    /// [`Overflow::Wait`].
    pub overflow: Overflow,
    /// What happens when an id is in use. Default [`Duplicates::TakeOver`].
    pub duplicates: Duplicates,
    /// How often a minute an id may be taken over by streams that are no resumes; beyond, it
    /// stays with its holder. Default 5; 0: it is never taken over.
    pub take_over_limit: u32,
    /// What the end of a client's input means. Default [`HalfClose::End`].
    pub half_close: HalfClose,
    /// How long a session waits for its client to come back when its stream is lost. Default 0: not at all.
    pub reconnect_grace: Duration,
    /// After this time a stream ends, whatever it does; `None`, the default, for never.
    pub max_stream_age: Option<Duration>,
    /// How long a send waits for a place in a full outbox. Default 10 s.
    pub send_timeout: Duration,
    /// How long a request takes, queueing included, unless the call says otherwise. Default 30 s.
    pub reply_timeout: Duration,
    /// After so many failed handlers of one client in a row its stream ends. Default 0: never.
    pub max_consecutive_errors: u32,
    /// How long `#[authenticate]` may take, and then a stream to say who it is. Default 10 s.
    pub identify_timeout: Duration,
    /// How long `on_connect` and `on_disconnect` may take. Default 10 s.
    pub callback_timeout: Duration,
    /// How long handlers may go on after their stream ended. Default 5 s.
    pub handler_grace: Duration,
    /// How long a stream that ends may take to write what is queued. Default 5 s.
    pub flush_timeout: Duration,
    /// How long a client may take to leave after the goodbye of a drain. Default 2 s.
    pub goodbye_timeout: Duration,
    /// After this time in which the transport takes nothing of what is queued the stream ends; it is looked at four times
    /// within it. Default 60 s.
    pub write_timeout: Duration,
    /// How many streams the hub takes; `None`, the default, for no limit.
    pub max_streams: Option<usize>,
    /// How many streams may be open that are not authenticated, or have not said who they are. Default 4096.
    pub max_unidentified: usize,
    /// How many streams may be between their first message and the end of `on_connect` at once, or from the headers on
    /// where no message tells who they are; others wait for their turn, up to `identify_timeout`. Default 256.
    pub max_opening: usize,
    /// In a cluster: how long a client is looked for on other nodes before it counts as not connected. Default 30 ms.
    pub locate_wait: Duration,
    /// In a cluster: by how much the clocks of two nodes may differ. What another node sent is dropped once it is late by
    /// more than that. Default 5 s.
    pub max_clock_skew: Duration,
}

/// See [`HubConfig::ping`].
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct PingConfig {
    /// When pings are sent.
    pub strategy: PingStrategy,
    /// The time between pings. Default 5 s.
    pub interval: Duration,
    /// The silence after which a client is dropped.
    pub timeout: PingTimeout,
}

/// [`PingTimeout::Auto`]: so many intervals.
const AUTO_INTERVALS: u32 = 6;

impl PingConfig {
    /// The silence after which a client is dropped. `lively`: whether it says something now and then, unless it is dead.
    pub(crate) fn silence(&self, lively: bool) -> Option<Duration> {
        match self.timeout {
            PingTimeout::After(timeout) => Some(timeout),
            PingTimeout::Auto => lively.then_some(self.interval * AUTO_INTERVALS),
            PingTimeout::Off => None,
        }
    }
}

/// When pings are sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum PingStrategy {
    /// One per interval, whatever else is sent.
    Interval,
    /// One after an interval in which nothing was sent.
    OnIdle,
    /// None.
    Disabled,
}

/// The silence after which a client is dropped: no message of any kind was read from it for so long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum PingTimeout {
    /// Six ping intervals where the contract has a heartbeat or its pings are answered, else off.
    Auto,
    /// This long.
    After(Duration),
    /// Silent clients stay.
    Off,
}

/// The bounds of one queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct QueueConfig {
    /// How many messages it holds.
    pub messages: usize,
    /// How many bytes of encoded messages it holds.
    pub bytes: usize,
}

/// See [`HubConfig::publish`].
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct PublishConfig {
    /// Whether messages of clients are published. Default true.
    pub messages: bool,
    /// Whether commands to clients are published. Default true.
    pub commands: bool,
    /// The first part of every channel. Default `grpc`.
    pub prefix: String,
    /// The whole channel, instead of `{prefix}#{client_id}#{field}`: `bots:{client_id}:{direction}:{field}`.
    pub template: Option<Template>,
    /// Whether the hub's own pings and bare acks are published. Default false.
    pub pings: bool,
}

/// What the end of a client's input means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum HalfClose {
    /// The stream ends, after its handlers and what is queued.
    End,
    /// The client goes on listening: for clients whose requests end after the first message. There is no ping timeout for
    /// it; the stream ends when the client drops it, when the transport fails, or when the hub closes it.
    Listen,
}

/// What happens when a stream identifies as a client that has one already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Duplicates {
    /// The older stream ends, the newer one takes its place.
    TakeOver,
    /// The newer stream is refused.
    Reject,
}

const fn secs(secs: u64) -> Duration {
    Duration::from_secs(secs)
}

const KIB: usize = 1024;

impl HubConfig {
    /// For production: the defaults of every field.
    #[must_use]
    pub fn production() -> Self {
        Self {
            ping: PingConfig {
                strategy: PingStrategy::Interval,
                interval: secs(5),
                timeout: PingTimeout::Auto,
            },
            outbox: QueueConfig { messages: 1000, bytes: 1024 * KIB },
            inbox: QueueConfig { messages: 256, bytes: 256 * KIB },
            publish: PublishConfig {
                messages: true,
                commands: true,
                prefix: "grpc".to_owned(),
                template: None,
                pings: false,
            },
            overflow: Overflow::Wait,
            duplicates: Duplicates::TakeOver,
            take_over_limit: 5,
            half_close: HalfClose::End,
            reconnect_grace: Duration::ZERO,
            max_stream_age: None,
            send_timeout: secs(10),
            reply_timeout: secs(30),
            max_consecutive_errors: 0,
            identify_timeout: secs(10),
            callback_timeout: secs(10),
            handler_grace: secs(5),
            flush_timeout: secs(5),
            goodbye_timeout: secs(2),
            write_timeout: secs(60),
            max_streams: None,
            max_unidentified: 4096,
            max_opening: 256,
            locate_wait: Duration::from_millis(30),
            max_clock_skew: secs(5),
        }
    }

    /// For a developer's machine: pings only when idle, a patient ping timeout, a small outbox, nothing published.
    #[must_use]
    pub fn development() -> Self {
        Self::production().with(|config| {
            config.ping = PingConfig {
                strategy: PingStrategy::OnIdle,
                interval: secs(10),
                timeout: PingTimeout::After(secs(60)),
            };
            config.outbox.messages = 100;
            config.publish.messages = false;
            config.publish.commands = false;
        })
    }

    /// For tests: no pings, a tiny outbox, timeouts of a second, nothing published.
    #[must_use]
    pub fn testing() -> Self {
        Self::production().with(|config| {
            config.ping = PingConfig {
                strategy: PingStrategy::Disabled,
                interval: secs(1),
                timeout: PingTimeout::Off,
            };
            config.outbox.messages = 10;
            config.publish.messages = false;
            config.publish.commands = false;
            for timeout in [
                &mut config.send_timeout,
                &mut config.reply_timeout,
                &mut config.identify_timeout,
                &mut config.callback_timeout,
                &mut config.handler_grace,
                &mut config.flush_timeout,
                &mut config.goodbye_timeout,
                &mut config.write_timeout,
            ] {
                *timeout = secs(1);
            }
        })
    }

    /// For many messages: a large outbox, rare pings.
    #[must_use]
    pub fn high_throughput() -> Self {
        Self::production().with(|config| {
            config.ping = PingConfig {
                strategy: PingStrategy::OnIdle,
                interval: secs(30),
                timeout: PingTimeout::After(secs(180)),
            };
            config.outbox = QueueConfig { messages: 10_000, bytes: 8 * 1024 * KIB };
        })
    }

    /// For quick detection of dead peers: a ping each second, a small outbox.
    #[must_use]
    pub fn low_latency() -> Self {
        Self::production().with(|config| {
            config.ping = PingConfig {
                strategy: PingStrategy::Interval,
                interval: secs(1),
                timeout: PingTimeout::After(secs(5)),
            };
            config.outbox.messages = 100;
        })
    }

    /// Changes fields in passing.
    #[must_use]
    pub fn with(mut self, change: impl FnOnce(&mut Self)) -> Self {
        change(&mut self);
        self
    }

    /// Every bound that is broken, in a sentence each.
    pub(crate) fn faults(&self) -> Vec<String> {
        let mut faults = fields::faults(self);
        if let PingTimeout::After(timeout) = self.ping.timeout
            && self.ping.strategy != PingStrategy::Disabled
            && timeout <= self.ping.interval
        {
            let interval = self.ping.interval;
            faults.push(format!(
                "`ping.timeout` is {timeout:?}; it must be longer than `ping.interval`, which is {interval:?}"
            ));
        }
        if self.half_close == HalfClose::Listen && !self.reconnect_grace.is_zero() {
            faults.push(
                "`half_close` is `listen` and `reconnect_grace` is set; a client that only listens cannot be told from one that is away, so set one of them"
                    .to_owned(),
            );
        }
        faults
    }
}

impl Default for HubConfig {
    /// [`HubConfig::production`].
    fn default() -> Self {
        Self::production()
    }
}

/// These settings cannot be taken. The text lists every fault.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigError {
    faults: Vec<String>,
}

impl ConfigError {
    pub(crate) fn check(faults: Vec<String>) -> Result<(), Self> {
        if faults.is_empty() { Ok(()) } else { Err(Self { faults }) }
    }

    pub(crate) fn one(fault: String) -> Self {
        Self { faults: vec![fault] }
    }

    /// Each fault in a sentence that says how to mend it.
    #[must_use]
    pub fn faults(&self) -> &[String] {
        &self.faults
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "wrong settings: {}", self.faults.join("; "))
    }
}

impl std::error::Error for ConfigError {}
