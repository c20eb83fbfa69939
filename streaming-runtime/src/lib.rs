//! The hand-written part of a toolkit for long-lived bidirectional gRPC streams.
//!
//! `streaming-build` reads a proto and generates a *contract*: which field is the client id, how a ping is built, which
//! variant answers which command. The attribute `#[bidi_streaming]` turns an impl block into its handler. This crate
//! runs both: a [`Hub`] that keeps every client's session, sends commands, waits for answers, notices dead peers and
//! mirrors every message to a publisher.
//!
//! The other end is a [`Link`] (feature `link`): a client that says who it is, does what the hub says, and comes
//! back when its stream is lost. The same attribute writes it.
//!
//! Without default features it is what a crate of generated code needs, without tokio's network or tonic's server.

pub mod contract;
pub mod id;
pub mod outbox;
pub mod publish;

#[cfg(feature = "_session")]
mod anywhere;
#[cfg(feature = "_session")]
mod arrivals;
#[cfg(feature = "_session")]
pub mod at_least_once;
#[cfg(feature = "_session")]
mod authentication;
#[cfg(feature = "_session")]
mod backlog;
#[cfg(feature = "_session")]
mod callback;
#[cfg(feature = "cluster")]
pub mod cluster;
#[cfg(feature = "_session")]
pub mod config;
#[cfg(feature = "_session")]
mod context;
#[cfg(feature = "_session")]
pub mod drain;
#[cfg(feature = "_session")]
mod elsewhere;
#[cfg(feature = "_session")]
pub mod error;
#[cfg(feature = "_session")]
mod escape;
#[cfg(feature = "_session")]
mod expected;
mod frame;
#[cfg(feature = "_session")]
mod gate;
#[cfg(feature = "_session")]
mod groups;
#[cfg(feature = "health")]
pub mod health;
#[cfg(all(test, feature = "server"))]
mod histories;
#[cfg(feature = "_session")]
pub mod hub;
#[cfg(feature = "_session")]
pub mod identity;
#[cfg(feature = "_session")]
mod info;
#[cfg(feature = "_session")]
mod input;
#[cfg(feature = "_session")]
mod lanes;
#[cfg(feature = "_session")]
mod line;
#[cfg(feature = "link")]
pub mod link;
#[cfg(feature = "link")]
mod lost;
#[cfg(feature = "_session")]
pub mod many;
#[cfg(feature = "_session")]
pub mod metrics;
#[cfg(feature = "_session")]
mod once;
#[cfg(feature = "_session")]
mod planted;
#[cfg(feature = "_session")]
mod reach;
#[cfg(feature = "_session")]
mod reserved;
#[cfg(feature = "_session")]
mod resume;
#[cfg(feature = "_session")]
mod room;
#[cfg(feature = "server")]
mod server;
#[cfg(feature = "_session")]
pub mod session;
#[cfg(feature = "server")]
mod shutdown;
#[cfg(feature = "_session")]
mod slot;
#[cfg(feature = "_session")]
mod stall;
#[cfg(feature = "_session")]
pub mod stats;
#[cfg(feature = "_session")]
pub mod status;
#[cfg(feature = "_session")]
mod sync;
#[cfg(feature = "_session")]
mod take_overs;
#[cfg(feature = "_session")]
pub mod target;
#[cfg(feature = "_session")]
mod telemetry;
#[cfg(any(feature = "testing", all(test, feature = "server")))]
pub mod testing;
#[cfg(feature = "_session")]
mod verdict;

mod words;

#[doc(hidden)]
pub mod codegen;
mod macros;
#[cfg(all(test, feature = "server"))]
mod sample;

pub use tonic;

#[cfg(feature = "macros")]
pub use streaming_macros::bidi_streaming;

pub use contract::{Contract, Overflow};
pub use id::ClientId;
pub use outbox::Frame;

#[cfg(feature = "_session")]
pub use at_least_once::AtLeastOnce;
#[cfg(feature = "cluster")]
pub use cluster::Cluster;
#[cfg(feature = "nats")]
pub use cluster::nats::NatsCluster;
#[cfg(feature = "_session")]
pub use config::{ConfigError, HubConfig};
#[cfg(feature = "_session")]
pub use drain::DrainReport;
#[cfg(feature = "_session")]
pub use elsewhere::{ClusterHealth, Located, Node};
#[cfg(feature = "_session")]
pub use error::{BoxError, HandlerError, Quiet, Rejection, RequestError, SendError, Unreachable};
#[cfg(feature = "_session")]
pub use hub::Hub;
#[cfg(feature = "_session")]
pub use identity::{Handshake, Identity};
#[cfg(feature = "link")]
pub use link::{Link, LinkConfig, LinkError, LinkState, Lost};
#[cfg(feature = "_session")]
pub use many::{Broadcast, BroadcastReport, Group, Requests};
#[cfg(feature = "centrifugo")]
pub use publish::centrifugo::{CentrifugoConfig, CentrifugoPublisher};
#[cfg(feature = "_session")]
pub use publish::{MemoryPublisher, Publication, Publisher};
#[cfg(feature = "server")]
pub use server::{Guarded, Incoming, incoming, server};
#[cfg(feature = "_session")]
pub use session::{Client, CommandStream, Disconnect, Inbox, SessionInfo};
#[cfg(feature = "server")]
pub use shutdown::{Stopped, serve_until};
#[cfg(feature = "_session")]
pub use status::Reason;
#[cfg(feature = "_session")]
pub use target::{ClientTarget, Request, Sending};
