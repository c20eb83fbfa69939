//! Who opens a stream: what `#[authenticate]` is told and what it says, and where the client's id comes from.

mod identify;
#[cfg(test)]
mod tests;

use std::{
    any::Any,
    fmt,
    net::SocketAddr,
    sync::Arc,
    time::{Duration, SystemTime},
};

use tonic::{Extensions, metadata::MetadataMap};

#[cfg(feature = "link")]
pub(crate) use identify::is_valid;
pub(crate) use identify::{Identified, first, known, names_another};

use crate::id::ClientId;

/// A stream that is about to open: what there is to tell who opens it. Its `Debug` shows none of it, since headers hold
/// secrets.
pub struct Handshake {
    metadata: MetadataMap,
    extensions: Extensions,
    peer: Option<SocketAddr>,
}

impl Handshake {
    pub(crate) fn new(
        metadata: MetadataMap,
        extensions: Extensions,
        peer: Option<SocketAddr>,
    ) -> Self {
        Self { metadata, extensions, peer }
    }

    /// What a session keeps of it: it may last for days, and the map that the transport makes has room for much more.
    pub(crate) fn kept(self) -> Self {
        let Self { mut metadata, extensions, peer } = self;
        // Those of gRPC itself say nothing of a client.
        for header in ["te", "content-type"] {
            metadata.remove(header);
        }
        let mut kept = MetadataMap::with_capacity(metadata.len()).into_headers();
        kept.extend(metadata.into_headers());
        Self { metadata: MetadataMap::from_headers(kept), extensions, peer }
    }

    /// The request's metadata, an `authorization` header for instance.
    #[must_use]
    pub fn metadata(&self) -> &MetadataMap {
        &self.metadata
    }

    /// What tower layers and interceptors left, and tonic's own: the certificates of a TLS peer are in
    /// `TlsConnectInfo`.
    #[must_use]
    pub fn extensions(&self) -> &Extensions {
        &self.extensions
    }

    /// The other end of the connection: the next hop, where there is a proxy.
    #[must_use]
    pub fn peer_addr(&self) -> Option<SocketAddr> {
        self.peer
    }
}

/// The other end of a request's connection.
#[cfg(feature = "server")]
pub(crate) fn peer<T>(request: &tonic::Request<T>) -> Option<SocketAddr> {
    request.remote_addr()
}

/// Without a server no request comes over a connection.
#[cfg(not(feature = "server"))]
pub(crate) fn peer<T>(_: &tonic::Request<T>) -> Option<SocketAddr> {
    None
}

impl fmt::Debug for Handshake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Handshake").field("peer", &self.peer).finish_non_exhaustive()
    }
}

/// Who opens a stream, and as which clients it may identify itself. Where the hub assigns the ids, the latter says
/// nothing.
pub struct Identity {
    subject: Arc<str>,
    allowed: Allowed,
    expires_at: Option<SystemTime>,
    data: Option<Box<dyn Any + Send + Sync>>,
}

/// The client ids of an identity.
enum Allowed {
    Exact(ClientId),
    AnyOf(Box<[ClientId]>),
    Check(Box<dyn Fn(&str) -> bool + Send + Sync>),
}

impl Identity {
    /// Is the client of this id and no other.
    pub fn exact(client: impl Into<ClientId>) -> Self {
        let client = client.into();
        Self::new(&client.clone(), Allowed::Exact(client))
    }

    /// May be any of these clients. `subject` is who it is, for the log and the session.
    pub fn any_of<I: Into<ClientId>>(subject: &str, clients: impl IntoIterator<Item = I>) -> Self {
        Self::new(subject, Allowed::AnyOf(clients.into_iter().map(Into::into).collect()))
    }

    /// May be every client for whose id `check` says `true`. `subject` is who it is, for the log and the session.
    pub fn check(subject: &str, check: impl Fn(&str) -> bool + Send + Sync + 'static) -> Self {
        Self::new(subject, Allowed::Check(Box::new(check)))
    }

    fn new(subject: &str, allowed: Allowed) -> Self {
        Self { subject: subject.into(), allowed, expires_at: None, data: None }
    }

    /// When it expires: the stream ends then. Default: never.
    #[must_use]
    pub fn expires_at(self, at: SystemTime) -> Self {
        Self { expires_at: Some(at), ..self }
    }

    /// Carries `data`, the claims of a token for instance, to the session, whose `identity::<T>()` gives it.
    #[must_use]
    pub fn with<T: Send + Sync + 'static>(self, data: T) -> Self {
        Self { data: Some(Box::new(data)), ..self }
    }

    /// Who it is.
    #[must_use]
    pub fn subject(&self) -> &str {
        &self.subject
    }

    /// Whether it may be the client of this id.
    #[must_use]
    pub fn allows(&self, client: &str) -> bool {
        match &self.allowed {
            Allowed::Exact(id) => *id == *client,
            Allowed::AnyOf(ids) => ids.iter().any(|id| *id == *client),
            Allowed::Check(check) => check(client),
        }
    }

    /// What it carries, if it is a `T`.
    #[must_use]
    pub fn data<T: 'static>(&self) -> Option<&T> {
        self.data.as_deref()?.downcast_ref()
    }

    /// The client that it is, where it may be no other.
    fn exact_id(&self) -> Option<&ClientId> {
        match &self.allowed {
            Allowed::Exact(id) => Some(id),
            Allowed::AnyOf(_) | Allowed::Check(_) => None,
        }
    }

    /// How long it is still valid; `None`: for ever.
    pub(crate) fn valid_for(&self) -> Option<Duration> {
        let left = |at: SystemTime| at.duration_since(SystemTime::now()).unwrap_or_default();
        self.expires_at.map(left)
    }
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Identity")
            .field("subject", &self.subject)
            .field("expires_at", &self.expires_at)
            .finish_non_exhaustive()
    }
}
