//! Every setting of the publisher, with its default and its bounds.

use std::{fmt, time::Duration};

use serde::Deserialize;

use super::{duration, faults};
use crate::config::ConfigError;

const KIB: usize = 1024;
const MIB: usize = 1024 * KIB;

/// The settings of a [`CentrifugoPublisher`](super::CentrifugoPublisher).
///
/// Read it from TOML or JSON through serde (unknown fields are refused, durations are texts such as `"30s"`), from the
/// [environment](Self::from_env), or start from [`new`](Self::new). Everything but `url` and `api_key` has a default.
/// All fields are checked together when the publisher is built.
///
/// ```
/// # use streaming_runtime::publish::centrifugo::{CentrifugoConfig, Delivery};
/// let config: CentrifugoConfig = serde_json::from_str(
///     r#"{
///         "url": "http://127.0.0.1:8000",
///         "api_key": "secret",
///         "delivery": "retry",
///         "batch": { "messages": 128, "linger": "10ms" },
///         "breaker": "off"
///     }"#,
/// )?;
/// assert_eq!(config.delivery, Delivery::Retry);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct CentrifugoConfig {
    /// Where the server's HTTP API is: `http://centrifugo:8000`, or with its path `http://centrifugo:8000/api`. No
    /// default.
    pub url: String,
    /// The `api_key` of the server. Never logged. No default.
    pub api_key: String,
    /// What happens when a request fails without an answer. Default [`Delivery::AtMostOnce`].
    pub delivery: Delivery,
    /// What waits to be sent.
    pub queue: QueueConfig,
    /// What goes out in one request.
    pub batch: BatchConfig,
    /// How many requests may be in flight; a client always belongs to the same one, which keeps its order. Default 4,
    /// 1 to 64.
    pub shards: usize,
    /// How long one request may take, connecting included. Default 5 s, 10 ms to 60 s.
    #[serde(deserialize_with = "duration::deserialize")]
    pub timeout: Duration,
    /// How long connecting may take, at most `timeout`; not used with a client of your own. Default 2 s, 1 ms to 60 s.
    #[serde(deserialize_with = "duration::deserialize")]
    pub connect_timeout: Duration,
    /// How long an unused connection is kept; not used with a client of your own. Choose less than what lies between
    /// allows. Default 30 s, 1 s to 1 h.
    #[serde(deserialize_with = "duration::deserialize")]
    pub idle_timeout: Duration,
    /// How a failed request is repeated.
    pub retry: RetryConfig,
    /// When publishing is suspended.
    pub breaker: Breaker,
}

/// What happens when a request fails without an answer, so that nobody knows whether the server executed it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Delivery {
    /// The batch is given up as unconfirmed. Repeated is only what the server cannot have executed: it refused the
    /// connection, or answered 429 or 503. No subscriber sees anything twice.
    #[default]
    AtMostOnce,
    /// Every publication carries an idempotency key, and the batch is sent again. The keys cost the server about 0.33
    /// KB of memory each for 300 s.
    Retry,
}

/// See [`CentrifugoConfig::queue`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct QueueConfig {
    /// How many publications may wait, all shards together. Default 10,000, 1 to 10,000,000.
    pub messages: usize,
    /// How many bytes of channels and data may wait, all shards together. Default 16 MiB, 1 KiB to 16 GiB.
    pub bytes: usize,
    /// What goes when there is no room. Default [`WhenFull::DropOldest`].
    pub when_full: WhenFull,
}

/// What goes when the queue is full.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum WhenFull {
    /// The publication that finds no room.
    DropNewest,
    /// The ones that have waited longest, until there is room.
    #[default]
    DropOldest,
}

/// See [`CentrifugoConfig::batch`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct BatchConfig {
    /// How many publications go out in one request. Default 64, 1 to 10,000.
    pub messages: usize,
    /// How many bytes of channels and data go out in one request; one that is larger goes alone. Default 256 KiB, 1 KiB
    /// to 64 MiB.
    pub bytes: usize,
    /// How long a batch that is not full waits for more. Default 5 ms, 0 to 10 s.
    #[serde(deserialize_with = "duration::deserialize")]
    pub linger: Duration,
}

/// See [`CentrifugoConfig::retry`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct RetryConfig {
    /// How many times a batch is sent again. Default 3, 0 to 100.
    pub times: u32,
    /// The pause before the first repetition; it doubles each time, up to 5 s. Default 200 ms, 1 ms to 5 s.
    #[serde(deserialize_with = "duration::deserialize")]
    pub delay: Duration,
}

/// The circuit breaker: in configuration files `"off"` or a table of its fields.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Breaker {
    /// Every batch is tried, however many have failed.
    Off,
    /// Publishing is suspended after failures in a row.
    On(BreakerConfig),
}

/// See [`Breaker::On`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct BreakerConfig {
    /// After so many failed requests in a row, repetitions included, it opens. Default 5, 1 to 1,000,000.
    pub threshold: u32,
    /// How long it then stays open. Default 60 s, 1 ms to 24 h.
    #[serde(deserialize_with = "duration::deserialize")]
    pub open_for: Duration,
    /// After so many good probes, one at a time, it closes. Default 2, 1 to 1,000.
    pub successes: u32,
}

impl CentrifugoConfig {
    /// The defaults, for a server and its key.
    #[must_use]
    pub fn new(url: impl Into<String>, api_key: impl Into<String>) -> Self {
        Self { url: url.into(), api_key: api_key.into(), ..Self::default() }
    }

    /// Changes fields in passing.
    #[must_use]
    pub fn with(mut self, change: impl FnOnce(&mut Self)) -> Self {
        change(&mut self);
        self
    }

    /// Checks every field.
    ///
    /// # Errors
    /// All that is out of its bounds.
    pub fn validate(&self) -> Result<(), ConfigError> {
        ConfigError::check(faults::of(self))
    }
}

impl Default for CentrifugoConfig {
    /// The defaults; `url` and `api_key` are empty, which is a fault until they are set.
    fn default() -> Self {
        Self {
            url: String::new(),
            api_key: String::new(),
            delivery: Delivery::default(),
            queue: QueueConfig::default(),
            batch: BatchConfig::default(),
            shards: 4,
            timeout: Duration::from_secs(5),
            connect_timeout: Duration::from_secs(2),
            idle_timeout: Duration::from_secs(30),
            retry: RetryConfig::default(),
            breaker: Breaker::default(),
        }
    }
}

impl Default for QueueConfig {
    fn default() -> Self {
        Self { messages: 10_000, bytes: 16 * MIB, when_full: WhenFull::default() }
    }
}

impl Default for BatchConfig {
    fn default() -> Self {
        Self { messages: 64, bytes: 256 * KIB, linger: Duration::from_millis(5) }
    }
}

impl Default for RetryConfig {
    fn default() -> Self {
        Self { times: 3, delay: Duration::from_millis(200) }
    }
}

impl Default for Breaker {
    fn default() -> Self {
        Self::On(BreakerConfig::default())
    }
}

impl Default for BreakerConfig {
    fn default() -> Self {
        Self { threshold: 5, open_for: Duration::from_mins(1), successes: 2 }
    }
}

impl fmt::Debug for CentrifugoConfig {
    /// Without the key.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CentrifugoConfig")
            .field("url", &self.url)
            .field("delivery", &self.delivery)
            .field("queue", &self.queue)
            .field("batch", &self.batch)
            .field("shards", &self.shards)
            .field("timeout", &self.timeout)
            .field("connect_timeout", &self.connect_timeout)
            .field("idle_timeout", &self.idle_timeout)
            .field("retry", &self.retry)
            .field("breaker", &self.breaker)
            .finish_non_exhaustive()
    }
}
