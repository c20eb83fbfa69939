//! Building a publisher.

use std::{sync::Arc, time::Duration};

use super::{
    CentrifugoPublisher,
    config::{Breaker, BreakerConfig, CentrifugoConfig, Delivery, WhenFull},
    faults,
    http::Endpoint,
    shared::{Shared, Transport},
};
use crate::config::ConfigError;

/// Builds a [`CentrifugoPublisher`].
#[derive(Clone, Debug)]
#[must_use = "a builder does nothing until `build` is called"]
pub struct CentrifugoBuilder {
    config: CentrifugoConfig,
    client: Option<reqwest::Client>,
}

impl CentrifugoBuilder {
    /// What happens when a request fails without an answer. Default [`Delivery::AtMostOnce`].
    pub fn delivery(self, delivery: Delivery) -> Self {
        self.with(|config| config.delivery = delivery)
    }

    /// How many publications, and how many bytes of them, may wait. Default 10,000 and 16 MiB.
    pub fn queue(self, messages: usize, bytes: usize) -> Self {
        self.with(|config| {
            config.queue.messages = messages;
            config.queue.bytes = bytes;
        })
    }

    /// What goes when the queue is full. Default [`WhenFull::DropOldest`].
    pub fn when_full(self, policy: WhenFull) -> Self {
        self.with(|config| config.queue.when_full = policy)
    }

    /// How many publications go out in one request, and how long a request that is not full waits for more. Default 64
    /// and 5 ms.
    pub fn batch(self, messages: usize, linger: Duration) -> Self {
        self.with(|config| {
            config.batch.messages = messages;
            config.batch.linger = linger;
        })
    }

    /// How many requests may be in flight. Default 4.
    pub fn shards(self, shards: usize) -> Self {
        self.with(|config| config.shards = shards)
    }

    /// How long one request may take, connecting included. Default 5 s.
    pub fn timeout(self, timeout: Duration) -> Self {
        self.with(|config| config.timeout = timeout)
    }

    /// How many times a batch is sent again, and the pause before the first time. Default 3 and 200 ms.
    pub fn retry(self, times: u32, delay: Duration) -> Self {
        self.with(|config| {
            config.retry.times = times;
            config.retry.delay = delay;
        })
    }

    /// After how many failures in a row publishing is suspended, for how long, and after how many good probes it goes
    /// on. Default 5, 60 s and 2.
    pub fn breaker(self, threshold: u32, open_for: Duration, successes: u32) -> Self {
        let breaker = BreakerConfig { threshold, open_for, successes };
        self.with(|config| config.breaker = Breaker::On(breaker))
    }

    /// Never suspends publishing.
    pub fn no_breaker(self) -> Self {
        self.with(|config| config.breaker = Breaker::Off)
    }

    /// Sends through this client: with its proxies, certificates and connections. `connect_timeout` and `idle_timeout`
    /// are then the client's; `timeout` holds for each request all the same.
    pub fn client(mut self, client: reqwest::Client) -> Self {
        self.client = Some(client);
        self
    }

    /// Changes any setting.
    pub fn with(mut self, change: impl FnOnce(&mut CentrifugoConfig)) -> Self {
        change(&mut self.config);
        self
    }

    /// Builds the publisher. Contacts nobody, needs no runtime: a server that is away now is no error.
    ///
    /// # Errors
    /// Every setting that is out of its bounds, and an address with `https` where neither the feature `centrifugo-tls`
    /// nor a client of your own can speak it.
    pub fn build(self) -> Result<CentrifugoPublisher, ConfigError> {
        let Self { config, client } = self;
        let mut wrong = faults::of(&config);
        let needs_tls = config.url.starts_with("https:") && client.is_none();
        if needs_tls && !cfg!(feature = "centrifugo-tls") {
            wrong.push("`url` begins with `https://`; switch on the feature `centrifugo-tls`, or give a client of your own with `.client(..)`".into());
        }
        ConfigError::check(wrong)?;
        let endpoint = Endpoint::new(&config, client).map_err(ConfigError::one)?;
        let transport: Transport =
            Box::new(move |body, asked| Box::pin(endpoint.clone().post(body, asked)));
        Ok(CentrifugoPublisher::over(Arc::new(Shared::new(config, transport))))
    }
}

impl From<CentrifugoConfig> for CentrifugoBuilder {
    fn from(config: CentrifugoConfig) -> Self {
        Self { config, client: None }
    }
}
