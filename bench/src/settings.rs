//! What the processes of a run are told, as JSON on their command lines.

use std::net::SocketAddr;

use serde::{Deserialize, Serialize};

/// A server.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct ServerSettings {
    pub(crate) kind: Kind,
    #[serde(default)]
    pub(crate) flavour: Flavour,
    #[serde(default)]
    pub(crate) duty: Duty,
    /// Seconds between pings to each client, where it is not left to the kind: hubs ping every 5 s, what is written by
    /// hand does not.
    #[serde(default)]
    pub(crate) ping_seconds: Option<u64>,
    /// The Centrifugo that `Kind::Centrifugo` publishes to.
    #[serde(default)]
    pub(crate) centrifugo: Option<String>,
}

impl ServerSettings {
    pub(crate) fn new(kind: Kind, duty: Duty) -> Self {
        let flavour = Flavour::CurrentThread;
        Self { kind, flavour, duty, ping_seconds: None, centrifugo: None }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Kind {
    /// Written by hand on tonic.
    Tonic,
    /// The same, and it makes the JSON that a hub would publish.
    TonicJson,
    Hub,
    /// A hub with a publisher that counts.
    Published,
    /// A hub that publishes to a real Centrifugo.
    Centrifugo,
    /// Written by hand on grpc-go.
    GrpcGo,
    /// Written on grpcio's asyncio.
    Grpcio,
}

/// Of tokio's runtime.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Flavour {
    #[default]
    CurrentThread,
    /// Two workers: sessions lie on other threads than those who send to them, also where there is one core.
    MultiThread,
}

/// What a server does beside answering.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Duty {
    /// Sends each trade back as a `start`.
    #[default]
    Echo,
    /// Keeps `in_flight` requests open over all of `streams`, once they are there.
    Requests { in_flight: usize, streams: usize },
    /// Sends `burst` plans to everybody in every so many milliseconds.
    Broadcast { every_ms: u64, burst: usize },
    /// So many requests, `in_flight` of them open at a time, after which it prints `done`.
    SomeRequests { in_flight: usize, streams: usize, count: usize },
    /// So many plans to everybody, one in every so many milliseconds, once all `streams` are there.
    SomeBroadcasts { every_ms: u64, streams: usize, count: usize },
    /// Looks ids up, as fast as it goes.
    LookUps,
}

/// The load on a server.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct LoadSettings {
    pub(crate) does: Does,
    pub(crate) addr: SocketAddr,
    pub(crate) connections: usize,
    /// On each connection.
    pub(crate) streams: usize,
    /// On each stream; of a storm, streams that are being opened on each connection.
    pub(crate) in_flight: usize,
    /// Streams beside the others that are never read.
    #[serde(default)]
    pub(crate) stalled: usize,
    pub(crate) warm_up_ms: u64,
    pub(crate) measured_ms: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Does {
    /// Sends a trade for each that came back.
    Echo,
    /// Sends heartbeats as fast as they go.
    Sink,
    /// The same, and a trade after each so many, whose echo shows that those before it are handled. Servers on other
    /// stacks take in megabytes before they handle them.
    SinkInTurns,
    /// Reads, and answers what asks.
    Listen,
    /// The same, where nothing but pings is expected.
    Hold,
    /// Opens streams, waits until each is served, and ends them.
    Storm,
    /// The same, each on a connection of its own.
    Reconnect,
    /// Listens, and storms beside it.
    Churn,
}

/// The clients that are compared.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct ClientSettings {
    pub(crate) kind: ClientKind,
    pub(crate) addr: SocketAddr,
    /// Each with a client.
    pub(crate) connections: usize,
    pub(crate) warm_up_ms: u64,
    pub(crate) measured_ms: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum ClientKind {
    ByHand,
    /// The same, and it executes no command twice, as a link does.
    ByHandMemory,
    Link,
}

/// What a process saw in the measured part, as JSON on its standard output.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Seen {
    pub(crate) count: u64,
    pub(crate) seconds: f64,
    /// Microseconds, where there is a latency.
    #[serde(default)]
    pub(crate) p50: Option<f64>,
    #[serde(default)]
    pub(crate) p99: Option<f64>,
    /// Publications that were given up, where a server publishes.
    #[serde(default)]
    pub(crate) dropped: Option<u64>,
}
