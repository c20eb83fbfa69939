//! Building a link: settings checked in one place.

use std::{
    error::Error,
    fmt,
    future::Future,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64},
    },
    time::Duration,
};

use tokio::sync::watch;
use tonic::{
    Extensions, Status,
    metadata::{AsciiMetadataKey, AsciiMetadataValue, MetadataMap},
    transport::Endpoint,
};

use super::{
    Link,
    attempt::{Addr, Metadata},
    config::LinkConfig,
    state::{LinkState, Make, Shared},
};
use crate::{
    context::Context,
    contract::{ClientIdSource, Linked},
    id::{ClientId, IdRef},
    identity::Handshake,
    macros::impl_debug,
    resume::Key,
    session::{Client, Session, SessionInfo},
};

/// Builds a [`Link`]. Needed is the client's id, where the contract does not have it from elsewhere.
///
/// ```
/// # use std::time::Duration;
/// # use streaming_runtime::{Link, LinkError, contract::Linked};
/// # fn example<Connect: Linked>(heartbeat: fn() -> Connect::Message) -> Result<Link<Connect>, LinkError> {
/// Link::<Connect>::builder("http://hub-1.example.com:50051")
///     .or("http://hub-2.example.com:50051")
///     .client_id("bot-123")
///     .heartbeat(Duration::from_secs(10), heartbeat)
///     .metadata("version", "1.2.0")
///     .config(|config| config.send_timeout = Duration::from_secs(1))
///     .build()
/// # }
/// ```
#[must_use = "a builder does nothing until `build` is called"]
pub struct LinkBuilder<C: Linked> {
    addrs: Vec<String>,
    id: Option<ClientId>,
    hello: Option<Make<C::Message>>,
    heartbeat: Option<(Duration, Make<C::Message>)>,
    metadata: Metadata,
    endpoint: Box<dyn Fn(Endpoint) -> Endpoint + Send + Sync>,
    config: LinkConfig,
    faults: Vec<String>,
}

impl<C: Linked> LinkBuilder<C> {
    pub(super) fn new(addr: String) -> Self {
        Self {
            addrs: vec![addr],
            id: None,
            hello: None,
            heartbeat: None,
            metadata: Metadata::default(),
            endpoint: Box::new(|endpoint| endpoint),
            config: LinkConfig::of::<C>(),
            faults: Vec::new(),
        }
    }

    /// Another address of the hub. Each attempt takes the next, in turn.
    pub fn or(mut self, addr: impl Into<String>) -> Self {
        self.addrs.push(addr.into());
        self
    }

    /// The client's id. It is put into each message that has an empty place for it, or into the request's header, as the
    /// contract says.
    pub fn client_id<'a>(mut self, id: impl Into<IdRef<'a>>) -> Self {
        self.id = Some(id.into().into());
        self
    }

    /// The first message of each stream, which tells the hub who comes. Default: the heartbeat where there is one, else a
    /// message that holds the id alone.
    pub fn hello(mut self, make: impl Fn() -> C::Message + Send + Sync + 'static) -> Self {
        self.hello = Some(Box::new(make));
        self
    }

    /// Sends what `make` gives, so often, ahead of what is queued.
    pub fn heartbeat(
        mut self,
        every: Duration,
        make: impl Fn() -> C::Message + Send + Sync + 'static,
    ) -> Self {
        self.heartbeat = Some((every, Box::new(make)));
        self
    }

    /// A header of each request.
    pub fn metadata(mut self, key: &str, value: &str) -> Self {
        match (key.parse::<AsciiMetadataKey>(), value.parse::<AsciiMetadataValue>()) {
            (Ok(key), Ok(value)) => {
                self.metadata.fixed.insert(key, value);
            }
            _ => self.faults.push(format!("`{key}` with its value is no header of ASCII text")),
        }
        self
    }

    /// Headers that are made anew for each attempt: for tokens that expire. Where `make` fails, the attempt does.
    ///
    /// ```
    /// # use streaming_runtime::{link::LinkBuilder, contract::Linked, tonic::{Status, metadata::MetadataMap}};
    /// # async fn fresh_token() -> Result<String, Status> { Ok(String::new()) }
    /// # fn example<C: Linked>(builder: LinkBuilder<C>) -> LinkBuilder<C> {
    /// builder.metadata_with(|| async {
    ///     let mut metadata = MetadataMap::new();
    ///     let bearer = format!("Bearer {}", fresh_token().await?);
    ///     let value = bearer.parse().map_err(|_| Status::internal("no header"))?;
    ///     metadata.insert("authorization", value);
    ///     Ok(metadata)
    /// })
    /// # }
    /// ```
    pub fn metadata_with<F>(mut self, make: impl Fn() -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = Result<MetadataMap, Status>> + Send + 'static,
    {
        self.metadata.made = Some(Box::new(move || Box::pin(make())));
        self
    }

    /// Changes tonic's endpoint: for TLS, for instance.
    pub fn endpoint(
        mut self,
        change: impl Fn(Endpoint) -> Endpoint + Send + Sync + 'static,
    ) -> Self {
        self.endpoint = Box::new(change);
        self
    }

    /// Changes the settings.
    pub fn config(mut self, change: impl FnOnce(&mut LinkConfig)) -> Self {
        change(&mut self.config);
        self
    }

    /// Builds the link. Contacts nobody.
    ///
    /// # Errors
    /// All that is wrong with the settings.
    pub fn build(self) -> Result<Link<C>, LinkError> {
        let (mut faults, config) = (self.faults, self.config);
        let addrs = self.addrs.into_iter().filter_map(|addr| {
            match Addr::new(&addr, &config, &*self.endpoint) {
                Ok(addr) => Some(addr),
                Err(error) => {
                    faults.push(format!("`{addr}` is no URI of a hub: {error}"));
                    None
                }
            }
        });
        let addrs = addrs.collect();
        let mut metadata = self.metadata;
        match (C::CLIENT_ID, &self.id) {
            (ClientIdSource::Metadata(header), Some(id)) => {
                if let Err(fault) = metadata.identify(header, id) {
                    faults.push(fault);
                }
            }
            (
                ClientIdSource::Metadata(_) | ClientIdSource::Message | ClientIdSource::Computed,
                None,
            ) if self.hello.is_none() => faults.push(format!(
                "`{}` needs the id of its client: give it with `.client_id(..)`, or a first message that holds it with `.hello(..)`",
                C::NAME
            )),
            _ => {}
        }
        if !faults.is_empty() {
            return Err(LinkError { faults });
        }
        let (every, heartbeat) = self.heartbeat.unzip();
        let session = config.session(every);
        // Acks wait for the next stream, as messages do.
        let priority = config.outbox.messages;
        let context = Context { priority, ..Context::new::<C::Turned>(session, None, None) };
        let shared = Shared::<C> {
            state: watch::Sender::new(LinkState::Connecting),
            config,
            addrs,
            metadata,
            hello: self.hello,
            heartbeat,
            taken: AtomicBool::new(false),
            fresh: AtomicBool::new(true),
            goodbye: watch::Sender::new(None),
            greeted: AtomicBool::new(false),
        };
        let mut extensions = Extensions::default();
        extensions.insert(Arc::new(shared));
        let handshake = Handshake::new(MetadataMap::new(), extensions, None);
        let id = self.id.unwrap_or_else(|| "".into());
        let info = SessionInfo::new(id, handshake, None, &AtomicU64::new(0));
        Ok(Link(Client(Arc::new(Session::new(Arc::new(context), info, Key::new())))))
    }
}

impl_debug!([C: Linked] LinkBuilder<C>, |builder| C::NAME, builder.addrs);

/// What is wrong with the settings of a link.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LinkError {
    faults: Vec<String>,
}

impl LinkError {
    /// Each fault in a sentence.
    #[must_use]
    pub fn faults(&self) -> &[String] {
        &self.faults
    }
}

impl fmt::Display for LinkError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.faults.join("; "))
    }
}

impl Error for LinkError {}
