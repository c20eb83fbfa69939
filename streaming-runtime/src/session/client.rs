//! The handle on one session, and what is known of it.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, SystemTime},
};

use tokio::time::Instant;
use tonic::{Extensions, metadata::MetadataMap};

use super::Session;
use crate::{
    contract::Contract,
    error::HandlerError,
    id::ClientId,
    identity::{Handshake, Identity},
    macros::impl_debug,
    outbox::Refused,
    status::Reason,
};

/// The handle on one session. Cheap to clone; after the session's end every call says so.
pub struct Client<C: Contract>(pub(crate) Arc<Session<C>>);

impl<C: Contract> Client<C> {
    /// The client's id.
    #[must_use]
    pub fn id(&self) -> &ClientId {
        self.0.id()
    }

    /// What is known of the session.
    #[must_use]
    pub fn session(&self) -> &SessionInfo {
        &self.0.info
    }

    /// Ends the session with status `OK`: its handlers finish, what is queued is written, then the stream ends.
    ///
    /// `reason` goes to `on_disconnect` and the log, and to the client where the contract has a goodbye. Never waits; a session that has ended already stays as it is.
    pub fn close(&self, reason: impl Into<String>) {
        self.0.end(Reason::Closed(reason.into()));
    }

    /// Sends a bare ack, without waiting and ahead of what is queued. A client that lets them pile up is dropped.
    #[doc(hidden)]
    pub fn answer_now(&self, command: C::Command) {
        let session = &self.0;
        match session.entry(command, None).map(|ack| session.outbox.push_ack(ack)) {
            Ok(Err(Refused::Full(_))) => session.end(Reason::Stalled),
            // Nobody waits for it whom this could be told.
            Err(error) if session.errors.is_due() => {
                tracing::error!(client = %self.id(), rpc = C::NAME, %error, "an answer was not sent");
            }
            _ => {}
        }
    }

    /// Logs an error that no `#[on_error]` takes, at most once per second and client.
    pub(super) fn log_handler_error(&self, error: &HandlerError) {
        if self.0.errors.is_due() {
            tracing::error!(client = %self.id(), rpc = C::NAME, variant = error.variant, "{error}");
        }
    }
}

impl<C: Contract> Clone for Client<C> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl_debug!([C: Contract] Client<C>, |client| client.id());

/// What is known of a session.
#[derive(Debug)]
pub struct SessionInfo {
    id: ClientId,
    handshake: Handshake,
    pub(super) identity: Option<Box<Identity>>,
    connected_at: SystemTime,
    pub(super) since: Instant,
    pub(super) counters: Counters,
}

/// What is counted per session. Written by the reading task alone.
#[derive(Debug, Default)]
pub(super) struct Counters {
    pub(super) messages: AtomicU64,
    /// Milliseconds after `since`.
    pub(super) last_message: AtomicU64,
    pub(super) errors: AtomicU64,
    /// Replies that nobody waited for.
    pub(super) late_replies: AtomicU64,
    /// The last round trip of a ping in microseconds; 0 where none is known.
    pub(super) round_trip: AtomicU64,
}

impl SessionInfo {
    pub(crate) fn new(id: ClientId, handshake: Handshake, identity: Option<Box<Identity>>) -> Self {
        Self {
            id,
            handshake,
            identity,
            connected_at: SystemTime::now(),
            since: Instant::now(),
            counters: Counters::default(),
        }
    }

    pub(crate) fn id(&self) -> &ClientId {
        &self.id
    }

    /// The request's metadata.
    #[must_use]
    pub fn metadata(&self) -> &MetadataMap {
        self.handshake.metadata()
    }

    /// What tower layers and interceptors left, and tonic's own.
    #[must_use]
    pub fn extensions(&self) -> &Extensions {
        self.handshake.extensions()
    }

    /// The other end of the connection: the next hop, where there is a proxy.
    #[must_use]
    pub fn peer_addr(&self) -> Option<SocketAddr> {
        self.handshake.peer_addr()
    }

    /// Who opened the stream, as `#[authenticate]` found; `None` without one.
    #[must_use]
    pub fn subject(&self) -> Option<&str> {
        self.identity.as_deref().map(Identity::subject)
    }

    /// What the [`Identity`] carries, if it is a `T`: the claims of a token, for instance.
    #[must_use]
    pub fn identity<T: 'static>(&self) -> Option<&T> {
        self.identity.as_deref()?.data()
    }

    /// When the client identified itself.
    #[must_use]
    pub fn connected_at(&self) -> SystemTime {
        self.connected_at
    }

    /// How many messages were read, the identifying one included.
    #[must_use]
    pub fn message_count(&self) -> u64 {
        self.counters.messages.load(Ordering::Relaxed)
    }

    /// When the last message was read, to the millisecond.
    #[must_use]
    pub fn last_message_at(&self) -> SystemTime {
        self.connected_at
            + Duration::from_millis(self.counters.last_message.load(Ordering::Relaxed))
    }

    /// How many handlers failed or panicked.
    #[must_use]
    pub fn error_count(&self) -> u64 {
        self.counters.errors.load(Ordering::Relaxed)
    }

    /// How many replies came that no request waited for.
    #[must_use]
    pub fn late_replies(&self) -> u64 {
        self.counters.late_replies.load(Ordering::Relaxed)
    }

    /// The time from the last answered ping to its answer; `None` before the first.
    #[must_use]
    pub fn round_trip(&self) -> Option<Duration> {
        let micros = self.counters.round_trip.load(Ordering::Relaxed);
        (micros > 0).then(|| Duration::from_micros(micros))
    }
}

/// How a session ended.
pub struct Disconnect<C: Contract> {
    /// Why.
    pub reason: Reason,
    /// Commands that were accepted and never written, in order. Requests are not among them: they got their error.
    pub undelivered: Vec<C::Command>,
}

impl_debug!([C: Contract] Disconnect<C>, |end| end.reason, end.undelivered.len());
