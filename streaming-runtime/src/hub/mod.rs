//! Many sessions: the registry of one contract's clients on this node.

mod builder;
mod registry;
mod serve;
#[cfg(test)]
mod tests;

use std::sync::{Arc, Once, atomic::Ordering};

pub use builder::HubBuilder;

use crate::{
    config::{ConfigError, HubConfig},
    context::Context,
    contract::Contract,
    id::IdRef,
    macros::impl_debug,
    resume::Keys,
    session::Session,
    status::Reason,
    telemetry::Seldom,
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
    /// Whether it was said that client ids are mere claims.
    claims: Once,
    /// Faults of `#[authenticate]` in the log.
    faults: Seldom,
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

    /// Ends the client's session with status `OK`: its handlers finish, what is queued is written, the stream ends.
    ///
    /// Says whether there was such a session. Returns when the end is decided, without waiting for the client or a full
    /// queue; `reason` goes to `on_disconnect` and the log, and to the client where the contract has a goodbye.
    ///
    /// # Cancel safety
    /// The session ends at the first poll.
    #[expect(clippy::unused_async, reason = "the client may be on another node")]
    pub async fn disconnect<'a>(
        &self,
        id: impl Into<IdRef<'a>>,
        reason: impl Into<String>,
    ) -> bool {
        let session = self.0.registry.live(id.into());
        if let Some(session) = &session {
            session.end(Reason::Closed(reason.into()));
        }
        session.is_some()
    }

    /// Bounds the size of commands: what a service's `max_encoding_message_size` calls. Default 4 MiB.
    #[doc(hidden)]
    pub fn set_max_command_size(&self, bytes: usize) {
        self.0.context.max_command.store(bytes, Ordering::Relaxed);
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
