//! What is known of a session, and what is counted of it.

use std::{
    net::SocketAddr,
    sync::atomic::{AtomicU64, Ordering},
    time::{Duration, SystemTime},
};

use tokio::time::Instant;
use tonic::{Extensions, metadata::MetadataMap};

use crate::{
    id::ClientId,
    identity::{Handshake, Identity},
};

/// What is known of a session.
#[derive(Debug)]
pub struct SessionInfo {
    id: ClientId,
    handshake: Handshake,
    pub(crate) identity: Option<Box<Identity>>,
    connected_at: SystemTime,
    epoch: u64,
    pub(crate) since: Instant,
    pub(crate) counters: Counters,
}

/// What is counted per session. Written by the reading task alone.
#[derive(Debug, Default)]
pub(crate) struct Counters {
    pub(crate) messages: AtomicU64,
    /// Milliseconds after `since`.
    pub(crate) last_message: AtomicU64,
    pub(crate) errors: AtomicU64,
    /// Replies that nobody waited for.
    pub(crate) late_replies: AtomicU64,
    /// The last round trip of a ping in microseconds; 0 where none is known.
    pub(crate) round_trip: AtomicU64,
}

impl SessionInfo {
    /// `epochs` keeps the last epoch of the hub.
    pub(crate) fn new(
        id: ClientId,
        handshake: Handshake,
        identity: Option<Box<Identity>>,
        epochs: &AtomicU64,
    ) -> Self {
        let connected_at = SystemTime::now();
        Self {
            id,
            handshake: handshake.kept(),
            identity,
            connected_at,
            epoch: next_epoch(epochs, connected_at),
            since: Instant::now(),
            counters: Counters::default(),
        }
    }

    pub(crate) fn id(&self) -> &ClientId {
        &self.id
    }

    /// The request's metadata, without `te` and `content-type`, which are the same in each.
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

    /// Grows with every session of an id: whoever stores who is connected stores it as well, and ignores what comes with
    /// a smaller one. Milliseconds since the Unix epoch, or one more than the hub's last.
    #[must_use]
    pub fn epoch(&self) -> u64 {
        self.epoch
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

fn next_epoch(epochs: &AtomicU64, now: SystemTime) -> u64 {
    let millis = now.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_millis();
    let now = u64::try_from(millis).unwrap_or(u64::MAX);
    let next = |last: u64| now.max(last.saturating_add(1));
    next(
        epochs
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |last| Some(next(last)))
            .unwrap_or_else(|last| last),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn epochs_grow_whatever_the_clock_does() {
        let epochs = AtomicU64::new(0);
        let at = |millis| SystemTime::UNIX_EPOCH + Duration::from_millis(millis);
        let given = [1000, 1000, 500, 2000].map(|now| next_epoch(&epochs, at(now)));
        assert_eq!(given, [1000, 1001, 1002, 2000]);
    }
}
