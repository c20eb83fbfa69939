//! How a hub behaves: every setting, with its presets and its bounds.

use std::{fmt, time::Duration};

/// The settings of a hub.
///
/// Start from a preset and change fields: `HubConfig::production().with(|config| config.ping.interval = SECOND)`.
/// [`Hub::new`](crate::Hub::new) checks all of them and names every fault at once.
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
    /// What happens when an id is in use.
    pub duplicates: Duplicates,
    /// How long a send waits for a place in a full outbox. Default 10 s.
    pub send_timeout: Duration,
    /// How long a request takes, queueing included, unless the call says otherwise. Default 30 s.
    pub reply_timeout: Duration,
    /// After so many failed handlers of one client in a row its stream ends. Default 0: never.
    pub max_consecutive_errors: u32,
    /// How long a stream may take to say who it is. Default 10 s.
    pub identify_timeout: Duration,
    /// How long `on_connect` and `on_disconnect` may take. Default 10 s.
    pub callback_timeout: Duration,
    /// How long handlers may go on after their stream ended. Default 5 s.
    pub handler_grace: Duration,
    /// How long a stream that ends may take to write what is queued. Default 5 s.
    pub flush_timeout: Duration,
    /// How many streams the hub takes; `None`, the default, for no limit.
    pub max_streams: Option<usize>,
    /// How many streams may be open that have not said who they are. Default 4096.
    pub max_unidentified: usize,
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
    /// Whether the hub's own pings are published. Default false.
    pub pings: bool,
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
                pings: false,
            },
            duplicates: Duplicates::TakeOver,
            send_timeout: secs(10),
            reply_timeout: secs(30),
            max_consecutive_errors: 0,
            identify_timeout: secs(10),
            callback_timeout: secs(10),
            handler_grace: secs(5),
            flush_timeout: secs(5),
            max_streams: None,
            max_unidentified: 4096,
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

    /// The bounds of every field; gives all that are broken.
    pub(crate) fn faults(&self) -> Vec<String> {
        const LONGEST: Duration = Duration::from_hours(365 * 24);
        let durations = [
            ("ping.interval", self.ping.interval),
            ("send_timeout", self.send_timeout),
            ("reply_timeout", self.reply_timeout),
            ("identify_timeout", self.identify_timeout),
            ("callback_timeout", self.callback_timeout),
            ("handler_grace", self.handler_grace),
            ("flush_timeout", self.flush_timeout),
        ];
        let counts = [
            ("outbox.messages", self.outbox.messages),
            ("outbox.bytes", self.outbox.bytes),
            ("inbox.messages", self.inbox.messages),
            ("inbox.bytes", self.inbox.bytes),
            ("max_unidentified", self.max_unidentified),
        ];
        let mut faults = Vec::new();
        for (name, value) in durations {
            if value < Duration::from_millis(1) || value > LONGEST {
                faults.push(format!("`{name}` is {value:?}; it must lie between 1ms and 365 days"));
            }
        }
        for (name, value) in counts {
            if value == 0 {
                faults.push(format!("`{name}` is 0; it must be at least 1"));
            }
        }
        if self.max_streams == Some(0) {
            faults.push("`max_streams` is 0; leave it out for no limit".to_owned());
        }
        if let PingTimeout::After(timeout) = self.ping.timeout
            && self.ping.strategy != PingStrategy::Disabled
            && timeout <= self.ping.interval
        {
            faults.push(format!(
                "`ping.timeout` is {timeout:?}; it must be longer than `ping.interval`, which is {:?}",
                self.ping.interval
            ));
        }
        let kept = |c: char| c.is_ascii_graphic() && !"#:=*&$".contains(c);
        if self.publish.prefix.is_empty() || !self.publish.prefix.chars().all(kept) {
            faults.push(format!(
                "`publish.prefix` is {:?}; it must be printable ASCII without spaces and any of `# : = * & $`",
                self.publish.prefix
            ));
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

/// A hub cannot be built with these settings. Its text lists every fault.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigError {
    faults: Vec<String>,
}

impl ConfigError {
    pub(crate) fn check(faults: Vec<String>) -> Result<(), Self> {
        if faults.is_empty() { Ok(()) } else { Err(Self { faults }) }
    }

    /// Each fault in a sentence that says how to mend it.
    #[must_use]
    pub fn faults(&self) -> &[String] {
        &self.faults
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the hub cannot be built: {}", self.faults.join("; "))
    }
}

impl std::error::Error for ConfigError {}
