//! Building a hub: settings checked in one place.

use std::{
    marker::PhantomData,
    sync::{Arc, OnceLock},
};

use super::{Hub, Inner, registry::Registry};
use crate::{
    authentication::Authentication,
    config::{ConfigError, HubConfig, PingStrategy},
    context::Context,
    contract::{Contract, PingRole},
    publish::{Outlet, Publisher},
    resume::Keys,
};

/// Builds a [`Hub`].
#[must_use = "a builder does nothing until `build` is called"]
pub struct HubBuilder<C: Contract> {
    config: HubConfig,
    publisher: Option<Arc<dyn Publisher>>,
    /// Makes it a node of a cluster.
    pub(crate) join: Option<Join<C>>,
    contract: PhantomData<fn() -> C>,
}

type Join<C> = Box<dyn FnOnce(&Hub<C>) -> Result<(), String> + Send>;

impl<C: Contract> HubBuilder<C> {
    pub(super) fn new() -> Self {
        Self { config: HubConfig::default(), publisher: None, join: None, contract: PhantomData }
    }

    /// The settings. Default [`HubConfig::production`].
    pub fn config(mut self, config: HubConfig) -> Self {
        self.config = config;
        self
    }

    /// Where messages and commands are mirrored to. Without one, nothing is.
    pub fn publisher(mut self, publisher: impl Publisher) -> Self {
        self.publisher = Some(Arc::new(publisher));
        self
    }

    /// Builds the hub. Contacts nobody.
    ///
    /// # Errors
    /// Every setting that is out of its bounds, and a ping strategy where the contract has no ping.
    pub fn build(self) -> Result<Hub<C>, ConfigError> {
        let config = self.config;
        let mut faults = config.faults();
        if C::PING == PingRole::None && config.ping.strategy != PingStrategy::Disabled {
            faults.push(format!(
                "`ping.strategy` asks for pings, and `{}` has none; set it to `disabled`, or name the ping in build.rs with `.ping(..)`",
                C::NAME
            ));
        }
        ConfigError::check(faults)?;
        let pinging = config.ping.strategy != PingStrategy::Disabled;
        let lively = C::HEARTBEAT || (C::PING == PingRole::Answered && pinging);
        let ping_timeout = config.ping.silence(lively);
        tracing::info!(rpc = C::NAME, ?ping_timeout, "hub built");
        let outlet = self.publisher.map(|to| Arc::new(Outlet::new(to, config.publish.clone())));
        let hub = Hub(Arc::new(Inner {
            context: Arc::new(Context::new::<C>(config, outlet, ping_timeout)),
            registry: Registry::new(),
            keys: Keys::default(),
            authentication: Authentication::new(),
            elsewhere: OnceLock::new(),
        }));
        if let Some(join) = self.join {
            join(&hub).map_err(ConfigError::one)?;
        }
        Ok(hub)
    }
}
