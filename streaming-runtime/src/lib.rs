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

#[cfg(feature = "server")]
mod arrivals;
#[cfg(feature = "server")]
pub mod at_least_once;
#[cfg(feature = "server")]
mod backlog;
#[cfg(feature = "server")]
pub mod config;
#[cfg(feature = "server")]
mod context;
#[cfg(feature = "server")]
pub mod drain;
#[cfg(feature = "server")]
pub mod error;
mod frame;
#[cfg(feature = "server")]
mod gate;
#[cfg(feature = "server")]
mod groups;
#[cfg(feature = "health")]
pub mod health;
#[cfg(all(test, feature = "server"))]
mod histories;
#[cfg(feature = "server")]
pub mod hub;
#[cfg(feature = "server")]
pub mod identity;
#[cfg(feature = "server")]
mod info;
#[cfg(feature = "server")]
mod input;
#[cfg(feature = "server")]
mod lanes;
#[cfg(feature = "link")]
pub mod link;
#[cfg(feature = "link")]
mod lost;
#[cfg(feature = "server")]
pub mod many;
#[cfg(feature = "server")]
pub mod metrics;
#[cfg(feature = "server")]
mod once;
#[cfg(feature = "server")]
mod planted;
#[cfg(feature = "server")]
mod reserved;
#[cfg(feature = "server")]
mod resume;
#[cfg(feature = "server")]
mod room;
#[cfg(feature = "server")]
mod server;
#[cfg(feature = "server")]
pub mod session;
#[cfg(feature = "server")]
mod shutdown;
#[cfg(feature = "server")]
mod stall;
#[cfg(feature = "server")]
pub mod stats;
#[cfg(feature = "server")]
pub mod status;
#[cfg(feature = "server")]
mod sync;
#[cfg(feature = "server")]
mod take_overs;
#[cfg(feature = "server")]
pub mod target;
#[cfg(feature = "server")]
mod telemetry;
#[cfg(any(feature = "testing", all(test, feature = "server")))]
pub mod testing;
#[cfg(feature = "server")]
mod verdict;

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

#[cfg(feature = "server")]
pub use at_least_once::AtLeastOnce;
#[cfg(feature = "server")]
pub use config::{ConfigError, HubConfig};
#[cfg(feature = "server")]
pub use drain::DrainReport;
#[cfg(feature = "server")]
pub use error::{BoxError, HandlerError, Quiet, Rejection, RequestError, SendError};
#[cfg(feature = "server")]
pub use hub::Hub;
#[cfg(feature = "server")]
pub use identity::{Handshake, Identity};
#[cfg(feature = "link")]
pub use link::{Link, LinkConfig, LinkError, LinkState, Lost};
#[cfg(feature = "server")]
pub use many::{Broadcast, BroadcastReport, Group, Requests};
#[cfg(feature = "centrifugo")]
pub use publish::centrifugo::{CentrifugoConfig, CentrifugoPublisher};
#[cfg(feature = "server")]
pub use publish::{MemoryPublisher, Publication, Publisher};
#[cfg(feature = "server")]
pub use server::{Guarded, Incoming, incoming, server};
#[cfg(feature = "server")]
pub use session::{Client, CommandStream, Disconnect, Inbox, SessionInfo};
#[cfg(feature = "server")]
pub use shutdown::{Stopped, serve_until};
#[cfg(feature = "server")]
pub use status::Reason;
#[cfg(feature = "server")]
pub use target::{ClientTarget, Request, Sending};
