//! Figures: of the hub, of each client, of open requests.

use std::{
    collections::BTreeMap,
    time::{Duration, SystemTime},
};

use serde::{Serialize, Serializer};
use tonic::metadata::KeyAndValueRef;

use crate::{
    contract::Contract,
    elsewhere::ClusterHealth,
    hub::Hub,
    id::{ClientId, IdRef},
    session::{Session, SessionInfo},
};

/// Headers with secrets: whoever sees the figures is not to see them.
const SECRET: [&str; 4] = ["authorization", "cookie", "proxy-authorization", "streaming-session"];

/// A client counts as active when it sent a message within this time.
const ACTIVE: Duration = Duration::from_mins(5);

/// The hub's figures.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct HubStats {
    /// Clients that are connected.
    pub total_connections: usize,
    /// Of these, those that sent a message within 5 minutes.
    pub active_connections: usize,
    /// Clients whose stream is lost, and that may come back to their session.
    pub away: usize,
    /// Commands that wait to be written, over all clients, those that are away included.
    pub queued_commands: usize,
    /// Requests that wait for an answer, over all clients.
    pub pending_requests: usize,
    /// Handlers that outlived their stream by more than `handler_grace` and were dropped, since the hub was built.
    pub dropped_handlers: u64,
    /// Messages and commands that were not published because no variant is set in them, or one that this build does not
    /// know, since the hub was built.
    pub unpublished: u64,
}

/// Whether the hub does its work.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct HubHealth {
    /// Whether new streams are taken: the hub is not draining, and neither `max_streams` nor `max_unidentified` is reached.
    pub accepting: bool,
    /// Clients that are connected.
    pub clients: usize,
    /// How it stands to its cluster; `None` where it is no node of one.
    pub cluster: Option<ClusterHealth>,
}

/// One client's figures.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct ClientStats {
    /// Its id.
    pub client_id: ClientId,
    /// When it identified itself, in seconds since the Unix epoch.
    pub connected_at: f64,
    /// When its last message was read, in seconds since the Unix epoch.
    pub last_message_at: f64,
    /// Messages that were read from it.
    pub message_count: u64,
    /// The metadata of its request: ASCII values, the last of each name, without keys, `authorization` and cookies.
    pub metadata: BTreeMap<String, String>,
    /// Commands that the transport has taken, without pings.
    pub command_count: u64,
    /// Commands that the overflow policy has dropped, or that gave their place to a newer one.
    pub dropped_commands: u64,
    /// Commands that wait to be written.
    pub queued: usize,
    /// Handlers that failed.
    pub error_count: u64,
    /// The round trip of its last answered ping; as JSON, in seconds.
    #[serde(serialize_with = "optional_seconds")]
    pub round_trip: Option<Duration>,
}

/// A request that waits for its answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct PendingRequest {
    /// The client that it went to.
    pub client_id: ClientId,
    /// The command's id.
    pub command_id: String,
    /// How long it has been waiting; as JSON, in seconds.
    #[serde(serialize_with = "seconds")]
    pub age: Duration,
}

impl<C: Contract> Hub<C> {
    /// The ids of all connected clients, in no order.
    #[must_use]
    pub fn connected(&self) -> Vec<ClientId> {
        let mut ids = Vec::with_capacity(self.len());
        self.0.registry.for_each_live(|session| {
            if session.is_connected() {
                ids.push(session.id().clone());
            }
        });
        ids
    }

    /// How many clients are connected.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.context.meters.live.get()
    }

    /// Whether nobody is connected.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The hub's figures at this moment.
    #[must_use]
    pub fn stats(&self) -> HubStats {
        let mut stats = HubStats {
            total_connections: 0,
            active_connections: 0,
            away: 0,
            queued_commands: 0,
            pending_requests: 0,
            dropped_handlers: self.0.context.meters.dropped_handlers.get(),
            unpublished: self.0.context.outlet.as_ref().map_or(0, |outlet| outlet.nameless()),
        };
        let now = SystemTime::now();
        self.0.registry.for_each_live(|session| {
            if session.is_connected() {
                stats.total_connections += 1;
                stats.active_connections += usize::from(is_active(&session.info, now));
            } else {
                stats.away += 1;
            }
            stats.queued_commands += session.outbox.len();
            stats.pending_requests += session.pending.len();
        });
        stats
    }

    /// Whether the hub does its work.
    #[must_use]
    pub fn health(&self) -> HubHealth {
        HubHealth {
            accepting: self.0.context.gate.is_open(),
            clients: self.len(),
            cluster: self.elsewhere().map(|elsewhere| elsewhere.health()),
        }
    }

    /// One client's figures; `None` where it is not connected.
    #[must_use]
    pub fn info<'a>(&self, id: impl Into<IdRef<'a>>) -> Option<ClientStats> {
        let session = self.session(id.into()).filter(|session| session.is_connected());
        session.map(|session| client_stats(&session))
    }

    /// Every client's figures, in no order.
    #[must_use]
    pub fn clients(&self) -> Vec<ClientStats> {
        let mut clients = Vec::with_capacity(self.len());
        self.0.registry.for_each_live(|session| {
            if session.is_connected() {
                clients.push(client_stats(session));
            }
        });
        clients
    }

    /// The requests that wait for an answer.
    #[must_use]
    pub fn pending_requests(&self) -> Vec<PendingRequest> {
        let mut requests = Vec::new();
        self.0.registry.for_each_live(|session| {
            requests.extend(session.pending.list().into_iter().map(|(id, age)| PendingRequest {
                client_id: session.id().clone(),
                command_id: id.to_string(),
                age,
            }));
        });
        requests
    }
}

fn is_active(info: &SessionInfo, now: SystemTime) -> bool {
    now.duration_since(info.last_message_at()).is_ok_and(|age| age <= ACTIVE)
        || info.last_message_at() > now
}

fn client_stats<C: Contract>(session: &Session<C>) -> ClientStats {
    let info = &session.info;
    let (written, dropped) = session.outbox.counts();
    ClientStats {
        client_id: session.id().clone(),
        connected_at: unix(info.connected_at()),
        last_message_at: unix(info.last_message_at()),
        message_count: info.message_count(),
        metadata: metadata(info),
        command_count: written,
        dropped_commands: dropped,
        queued: session.outbox.len(),
        error_count: info.error_count(),
        round_trip: info.round_trip(),
    }
}

fn metadata(info: &SessionInfo) -> BTreeMap<String, String> {
    let ascii = info.metadata().iter().filter_map(|pair| match pair {
        KeyAndValueRef::Ascii(name, value)
            if !value.is_sensitive() && !SECRET.contains(&name.as_str()) =>
        {
            Some((name.to_string(), value.to_str().ok()?.to_owned()))
        }
        _ => None,
    });
    ascii.collect()
}

fn seconds<S: Serializer>(duration: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_f64(duration.as_secs_f64())
}

#[expect(clippy::ref_option, reason = "serde hands out a reference to the field")]
fn optional_seconds<S: Serializer>(
    duration: &Option<Duration>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    duration.map(|duration| duration.as_secs_f64()).serialize(serializer)
}

fn unix(at: SystemTime) -> f64 {
    at.duration_since(SystemTime::UNIX_EPOCH).map_or(0.0, |since| since.as_secs_f64())
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicU64;

    use tonic::metadata::MetadataMap;

    use super::*;
    use crate::sample::handshake;

    #[test]
    fn the_metadata_of_a_client_is_shown_without_its_secrets() {
        let mut headers = MetadataMap::new();
        let mut key = tonic::metadata::AsciiMetadataValue::from_static("key");
        key.set_sensitive(true);
        headers.insert("api-key", key);
        for name in ["user-agent", "authorization", "cookie", "streaming-session"] {
            headers.insert(name, "value".parse().expect("a header"));
        }
        let shown = metadata(&SessionInfo::new(
            "sensor".into(),
            handshake(headers),
            None,
            &AtomicU64::new(0),
        ));
        assert_eq!(shown, BTreeMap::from([("user-agent".to_owned(), "value".to_owned())]));
    }
}
