//! Build script helper of the streaming toolkit: reads protos, finds what each bidirectional rpc means, and generates
//! the Rust code that `streaming-runtime` and its attribute work with.
//!
//! ```no_run
//! // build.rs
//! # #[cfg(feature = "protox")]
//! fn main() -> Result<(), streaming_build::Error> {
//!     streaming_build::compile_protos(&["proto/trading/v1/trading.proto"], &["proto"])
//! }
//! # #[cfg(not(feature = "protox"))]
//! # fn main() {}
//! ```
//!
//! and in the crate
//!
//! ```text
//! pub mod pb { streaming_runtime::include_proto!("trading.v1"); }
//! ```
//!
//! No protoc is needed. What a field is for (the id of the client, a ping, the answer to a command) is taken from a
//! call of the [`Builder`], else from an option of `streaming/options.proto`, else from its name. A bidi rpc whose
//! client id is found is a *contract*; any other stays a plain tonic method. The docs of its marker type say what was
//! found, and why; so does `streaming-build explain PROTO…` (feature `cli`), which knows no calls.
//!
//! | role | by its name |
//! | --- | --- |
//! | payload | the only oneof; of several the one named `payload`, `message`, `command`, `request`, `response`, `kind` or `type` |
//! | client id | `client_id`, else `client_id` in the variant `register`, `hello`, `identify`, `connect` or `initial` |
//! | command id | `command_id`, `request_id`, `instruction_id` or `correlation_id` of the command |
//! | ack | the variant `command_ack`, `ack` or `*_ack` that carries the command's id; without one, a message that carries it itself |
//! | reply | for a command `x`: the variant `x`, `x_response`, `x_result` or `x_reply` that carries the id; `x` for `request_x` and `get_x` |
//! | answer | the same with the sides swapped, for a message that has an id, called as those of commands, and answers nothing itself |
//! | ping | the bool `is_ping`, else the variant `ping`, `heartbeat`, `keepalive` or `keep_alive` |
//! | answer to a ping | the variant `pong`, or the one called as the ping, unless it is the heartbeat |
//! | heartbeat | the variant `heartbeat` |
//! | goodbye | the variant `goodbye`, `disconnect`, `shutdown` or `request_reconnect`, of either side |
//!
//! Everything that is wrong is told at once, each with its place in the proto.

mod cargo;
#[cfg(feature = "cli")]
mod cli;
mod config;
mod emit;
mod explain;
mod finding;
mod messages;
mod model;
mod names;
mod options;
mod roles;
mod settings;
mod source;

#[cfg(feature = "protox")]
use std::path::Path;

#[cfg(feature = "cli")]
#[doc(hidden)]
pub use cli::explain_protos;
pub use config::{Builder, configure};
pub use finding::Error;
#[doc(hidden)]
pub use source::{OPTIONS_NAME, OPTIONS_TEXT};

/// Generates code for `protos`, which lie in the folders `includes`, into `OUT_DIR`.
///
/// Short for [`configure()`]`.compile_protos(protos, includes)`.
///
/// # Errors
/// As [`Builder::compile_protos`].
#[cfg(feature = "protox")]
#[track_caller]
pub fn compile_protos(
    protos: &[impl AsRef<Path>],
    includes: &[impl AsRef<Path>],
) -> Result<(), Error> {
    configure().compile_protos(protos, includes)
}
