//! The hand-written part of a toolkit for long-lived bidirectional gRPC streams.
//!
//! `streaming-build` reads a proto and generates a *contract*: which field is the client id, how a ping is built, which
//! variant answers which command. The attribute `#[bidi_streaming]` turns an impl block into its handler. This crate
//! runs both: a [`Hub`] that keeps every client's session, sends commands, waits for answers, notices dead peers and
//! mirrors every message to a publisher.
//!
//! Without default features it is what a crate of generated code needs, without tokio's network or tonic's server.

pub mod contract;
pub mod id;
pub mod outbox;
pub mod publish;

#[cfg(feature = "server")]
pub mod config;
#[cfg(feature = "server")]
pub mod error;
#[cfg(feature = "health")]
pub mod health;
#[cfg(feature = "server")]
pub mod hub;
#[cfg(feature = "server")]
pub mod identity;
#[cfg(feature = "server")]
mod lanes;
#[cfg(feature = "server")]
mod server;
#[cfg(feature = "server")]
pub mod session;
#[cfg(feature = "server")]
pub mod stats;
#[cfg(feature = "server")]
pub mod status;
#[cfg(feature = "server")]
pub mod target;
#[cfg(feature = "server")]
mod telemetry;

#[doc(hidden)]
pub mod codegen;
mod macros;
#[cfg(all(test, feature = "server"))]
mod sample;

pub use tonic;

#[cfg(feature = "macros")]
pub use streaming_macros::bidi_streaming;

pub use contract::Contract;
pub use id::ClientId;
pub use outbox::Frame;

#[cfg(feature = "server")]
pub use config::{ConfigError, HubConfig};
#[cfg(feature = "server")]
pub use error::{BoxError, HandlerError, Quiet, Rejection, RequestError, SendError};
#[cfg(feature = "server")]
pub use hub::Hub;
#[cfg(feature = "server")]
pub use identity::{Handshake, Identity};
#[cfg(feature = "centrifugo")]
pub use publish::centrifugo::{CentrifugoConfig, CentrifugoPublisher};
#[cfg(feature = "server")]
pub use publish::{MemoryPublisher, Publication, Publisher};
#[cfg(feature = "server")]
pub use server::{Guarded, Incoming, incoming, server};
#[cfg(feature = "server")]
pub use session::{Client, CommandStream, Disconnect, Inbox, SessionInfo};
#[cfg(feature = "server")]
pub use status::Reason;
#[cfg(feature = "server")]
pub use target::{Broadcast, BroadcastReport, ClientTarget, Request, Sending};
