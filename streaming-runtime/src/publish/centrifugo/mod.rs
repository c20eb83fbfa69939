//! Publishing to a [Centrifugo](https://centrifugal.dev) server, from where browsers get it.
//!
//! Publications wait in a bounded queue, go out in batches, and are counted whatever becomes of them. Nothing reaches
//! back: a server that is away, hangs or refuses costs publications, never a message's time. docs/centrifugo.md has the
//! server's side: its config, channel rules, tokens, and what the deliveries cost.
//!
//! ```no_run
//! # use streaming_runtime::{contract::Contract, Hub, ConfigError};
//! # use streaming_runtime::publish::centrifugo::CentrifugoPublisher;
//! # fn hub<C: Contract>() -> Result<(), ConfigError> {
//! let publisher = CentrifugoPublisher::builder("http://127.0.0.1:8000", "the api_key").build()?;
//! let hub = Hub::<C>::builder().publisher(publisher.clone()).build()?;
//! // Later, for a dashboard:
//! println!("{:?}", publisher.stats().state);
//! # Ok(())
//! # }
//! ```

mod answer;
mod batch;
mod breaker;
mod builder;
mod config;
mod duration;
mod env;
mod faults;
mod flight;
mod http;
mod queue;
mod shared;
mod state;
mod stats;
#[cfg(test)]
mod tests;
mod told;
mod worker;

use std::{fmt, sync::Arc};

use super::{Publication, Publisher};
use crate::config::ConfigError;
use shared::Shared;

pub use breaker::BreakerState;
pub use builder::CentrifugoBuilder;
pub use config::{
    BatchConfig, Breaker, BreakerConfig, CentrifugoConfig, Delivery, QueueConfig, RetryConfig,
    WhenFull,
};
pub use stats::{CentrifugoStats, Dropped, Latency};

/// Publishes to a Centrifugo server. Clones are handles on the same queue.
///
/// Its tasks start with the first publication, on the runtime that it is made on, and end with the last handle: what
/// is then queued or in flight is given up. [`flush`](Self::flush) before that.
#[derive(Clone)]
pub struct CentrifugoPublisher(Arc<Handles>);

/// Shared by the handles alone, so that it is dropped with the last one.
struct Handles(Arc<Shared>);

impl Drop for Handles {
    fn drop(&mut self) {
        self.0.stop();
    }
}

impl CentrifugoPublisher {
    /// Starts with the defaults, the server's address (`http://centrifugo:8000`) and its `api_key`.
    pub fn builder(url: impl Into<String>, api_key: impl Into<String>) -> CentrifugoBuilder {
        CentrifugoBuilder::from(CentrifugoConfig::new(url, api_key))
    }

    /// One with these settings. `CentrifugoBuilder::from(config)` can take a client of your own as well.
    ///
    /// # Errors
    /// See [`CentrifugoBuilder::build`].
    pub fn new(config: CentrifugoConfig) -> Result<Self, ConfigError> {
        CentrifugoBuilder::from(config).build()
    }

    /// One with the settings of [`CentrifugoConfig::from_env`].
    ///
    /// # Errors
    /// Those of the environment and of [`CentrifugoBuilder::build`].
    pub fn from_env() -> Result<Self, ConfigError> {
        Self::new(CentrifugoConfig::from_env()?)
    }

    fn over(shared: Arc<Shared>) -> Self {
        Self(Arc::new(Handles(shared)))
    }

    fn shared(&self) -> &Arc<Shared> {
        &self.0.0
    }

    /// The figures at this moment.
    #[must_use]
    pub fn stats(&self) -> CentrifugoStats {
        self.shared().stats()
    }

    /// Waits until everything that was handed over before is published, dropped or given up; nothing lingers
    /// meanwhile. Without new publications, nothing is queued or in flight afterwards.
    ///
    /// That may take as long as the server: put a `tokio::time::timeout` around it.
    ///
    /// # Cancel safety
    /// Dropping the future only ends the waiting.
    pub async fn flush(&self) {
        let shared = self.shared();
        let flush = Flush::begin(shared);
        loop {
            // Made before the look, so that what happens in between wakes it.
            let settled = shared.settled.notified();
            if flush.is_over() {
                return;
            }
            settled.await;
        }
    }
}

/// A flush that is waited for. While there is one, no batch waits for more.
struct Flush<'a> {
    shared: &'a Shared,
    before: u64,
}

impl<'a> Flush<'a> {
    fn begin(shared: &'a Arc<Shared>) -> Self {
        let mut state = shared.lock();
        state.flushing += 1;
        for shard in 0..shared.ready.len() {
            shared.employ(&mut state, shard);
        }
        let before = state.queue.next_number();
        drop(state);
        shared.wake_all();
        Self { shared, before }
    }

    fn is_over(&self) -> bool {
        self.shared.lock().queue.is_past(self.before)
    }
}

impl Drop for Flush<'_> {
    fn drop(&mut self) {
        self.shared.lock().flushing -= 1;
    }
}

impl Publisher for CentrifugoPublisher {
    fn publish(&self, publication: Publication) {
        self.shared().offer(publication);
    }

    /// False while the circuit breaker is open.
    fn accepts(&self) -> bool {
        self.shared().accepts()
    }
}

impl fmt::Debug for CentrifugoPublisher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CentrifugoPublisher").field("config", &self.shared().config).finish()
    }
}
