//! Many sessions: the registry of one contract's clients on this node.

mod builder;
mod registry;
mod serve;
#[cfg(test)]
mod tests;

use std::sync::{Arc, OnceLock, atomic::Ordering};

pub use builder::HubBuilder;

use crate::{
    authentication::Authentication,
    config::{ConfigError, HubConfig},
    context::Context,
    contract::Contract,
    elsewhere::Elsewhere,
    id::IdRef,
    macros::impl_debug,
    resume::Keys,
    session::Session,
};
use registry::Registry;

/// All sessions of one contract on this node. Cheap to clone; every clone is the same hub.
///
/// Build it first, keep a clone in your own struct, and serve it by the generated `Service`.
///
/// ```no_run
/// # use streaming_runtime::{Contract, Hub, HubConfig};
/// # async fn example<C: Contract>(command: C::Command) -> Result<(), Box<dyn std::error::Error>> {
/// let hub: Hub<C> = Hub::new(HubConfig::production())?;
/// if hub.is_connected("bot-123") {
///     hub.client("bot-123").send(command).await?;
/// }
/// println!("{:?}", hub.stats());
/// # Ok(())
/// # }
/// ```
pub struct Hub<C: Contract>(pub(crate) Arc<Inner<C>>);

pub(crate) struct Inner<C: Contract> {
    pub(crate) context: Arc<Context>,
    pub(crate) registry: Registry<C>,
    /// Sessions that can go on in another stream.
    pub(crate) keys: Keys<Session<C>>,
    authentication: Authentication,
    /// The other nodes, if there are any.
    pub(crate) elsewhere: OnceLock<Arc<dyn Elsewhere<C>>>,
}

impl<C: Contract> Hub<C> {
    /// A hub with these settings and nothing else.
    ///
    /// # Errors
    /// Every setting that is out of its bounds, and a ping strategy where the contract has no ping.
    pub fn new(config: HubConfig) -> Result<Self, ConfigError> {
        Self::builder().config(config).build()
    }

    /// Starts to build a hub: with a publisher, for instance.
    pub fn builder() -> HubBuilder<C> {
        HubBuilder::new()
    }

    /// Whether a client with this id has a stream. Never waits.
    #[must_use]
    pub fn is_connected<'a>(&self, id: impl Into<IdRef<'a>>) -> bool {
        self.0.registry.live(id.into()).is_some_and(|session| session.is_connected())
    }

    /// Bounds the size of commands: what a service's `max_encoding_message_size` calls. Default 4 MiB.
    #[doc(hidden)]
    pub fn set_max_command_size(&self, bytes: usize) {
        self.0.context.max_command.store(bytes, Ordering::Relaxed);
    }

    /// The other nodes, if there are any.
    pub(crate) fn elsewhere(&self) -> Option<&Arc<dyn Elsewhere<C>>> {
        self.0.elsewhere.get()
    }

    pub(crate) fn session(&self, id: IdRef<'_>) -> Option<Arc<Session<C>>> {
        self.0.registry.live(id)
    }
}

impl<C: Contract> Clone for Hub<C> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl_debug!([C: Contract] Hub<C>, |hub| C::NAME, hub.len());
