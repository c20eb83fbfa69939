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
    transport::{self, Endpoint},
};

use super::{
    Link,
    attempt::{Addr, Change, Metadata},
    config::LinkConfig,
    state::{Make, Progress, Shared},
};
use crate::{
    config::{a_while, broken},
    context::Context,
    contract::{ClientIdSource, Contract, Linked},
    id::{ClientId, IdRef},
    identity::{Handshake, is_valid},
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
    endpoint: Box<Change>,
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
            endpoint: Box::new(Ok),
            config: LinkConfig::of::<C>(),
            faults: Vec::new(),
        }
    }

    /// Another address of the hub. An attempt that fails is followed by one at the next address, in turn, and so is a stream
    /// that the hub has ended. A connection that is lost is first tried again where it was: the session may still be there.
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
    /// message that holds the id alone. It must be said where the id lies in one variant of the message.
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
            (Ok(key), Ok(it)) if value.is_ascii() => {
                self.metadata.fixed.insert(key, it);
            }
            _ => self.faults.push(format!("`{key}` with its value is no header of ASCII text")),
        }
        self
    }

    /// Headers that are made anew for each attempt: for tokens that expire. Where `make` fails, the attempt does, whatever
    /// its status; another follows.
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

    /// Changes tonic's endpoint of each address: for TLS, where one of tonic's TLS features is on, with
    /// `.endpoint(move |endpoint| endpoint.tls_config(tls.clone()))`.
    pub fn endpoint(
        mut self,
        change: impl Fn(Endpoint) -> Result<Endpoint, transport::Error> + Send + Sync + 'static,
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
        faults.extend(config.faults());
        let addrs: Vec<_> =
            self.addrs.iter().map(|addr| Addr::new(addr, &config, &*self.endpoint)).collect();
        faults.extend(addrs.iter().filter_map(|addr| addr.as_ref().err().cloned()));
        let addrs = addrs.into_iter().flatten().collect();
        let mut metadata = self.metadata;
        if let (ClientIdSource::Metadata(header), Some(id)) = (C::CLIENT_ID, &self.id)
            && let Err(fault) = metadata.identify(header, id)
        {
            faults.push(fault);
        }
        faults.extend(nobody::<C>(self.id.as_ref(), self.hello.is_some(), &metadata));
        if let Some((every, _)) = &self.heartbeat {
            faults.extend(broken("heartbeat", every, a_while(every)));
        }
        if !faults.is_empty() {
            return Err(LinkError { faults });
        }
        let (every, heartbeat) = self.heartbeat.unzip();
        let session = config.session(every);
        let context = Context::of_link::<C::Turned>(session);
        let progress = Arc::new(Progress::new::<C>());
        let shared = Shared::<C> {
            progress: progress.clone(),
            config,
            addrs,
            metadata,
            hello: self.hello,
            heartbeat,
            taken: AtomicBool::new(false),
            fresh: AtomicBool::new(true),
            farewell: watch::Sender::new(None),
            greeted: AtomicBool::new(false),
            losing: AtomicBool::new(false),
        };
        let mut extensions = Extensions::default();
        extensions.insert(Arc::new(shared));
        extensions.insert(progress);
        let handshake = Handshake::new(MetadataMap::new(), extensions, None);
        let id = self.id.unwrap_or_else(|| "".into());
        let info = SessionInfo::new(id, handshake, None, &AtomicU64::new(0));
        Ok(Link(Client(Arc::new(Session::new(Arc::new(context), info, Key::new())))))
    }
}

/// Why the hub would not know whose stream it is, with this id. `hello`: whether there is a first message of the user's own.
fn nobody<C: Linked>(id: Option<&ClientId>, hello: bool, metadata: &Metadata) -> Option<String> {
    let name = C::NAME;
    let told = match C::CLIENT_ID {
        ClientIdSource::Message | ClientIdSource::Computed => hello,
        ClientIdSource::Metadata(header) => metadata.may_hold(header),
        ClientIdSource::Authenticated | ClientIdSource::Assigned => true,
    };
    let Some(id) = id else {
        return (!told).then(|| {
            format!(
                "`{name}` needs the id of its client: give it with `.client_id(..)`, or a first message that holds it with `.hello(..)`"
            )
        });
    };
    if !is_valid(id) {
        let id = id.escape_debug();
        return Some(format!(
            "`{id}` is no client id; it must have 1 to 128 bytes and no control characters"
        ));
    }
    let mut first = C::Message::default();
    C::Turned::sign(&mut first, id);
    let known = match C::CLIENT_ID {
        ClientIdSource::Message => C::client_id(&first).is_some_and(|id| !id.is_empty()),
        ClientIdSource::Computed => C::compute_client_id(&first).is_some_and(|id| !id.is_empty()),
        _ => true,
    };
    (!told && !known).then(|| {
        format!(
            "`{name}` takes no client id from a message that holds `{id}` alone: its field lies in a variant of the message, or is of another type; give the first message with `.hello(..)`"
        )
    })
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
