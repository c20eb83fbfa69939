//! The testing kit: scripted clients in memory, for tests of a handler and its hub.
//!
//! [`Clients`] opens streams to a hub without sockets: in memory message by message, or over HTTP/2 in memory. Each
//! [`Peer`] is one client, which a test tells what to send and to expect. Under `#[tokio::test(start_paused = true)]` no
//! timeout takes time. [`MemoryPublisher`] keeps what is published.
//!
//! ```
//! use streaming_runtime::{Hub, HubConfig, session::Handler, testing::{Clients, Scripted}};
//!
//! async fn is_greeted<C: Scripted, H: Handler<C>>(handler: H, hello: C::Message) {
//!     let hub = Hub::new(HubConfig::testing()).expect("valid settings");
//!     let clients = Clients::new(handler, hub.clone());
//!     let mut bot = clients.connect(hello).await;
//!     let greeting = bot.next().await;
//!     assert!(C::command_variant(&greeting).is_some());
//!     bot.half_close();
//!     assert_eq!(bot.end().await.reason(), "half-closed");
//!     assert!(hub.is_empty());
//! }
//! ```
//!
//! Everything here panics where a test is to fail, and says at which line of the test.

mod clients;
mod end;
mod expect;
mod frame;
#[cfg(test)]
mod heard;
mod http2;
mod late;
mod line;
mod listen;
mod memory;
mod peer;
mod script;
#[cfg(test)]
mod tests;
mod watched;

pub use clients::Clients;
pub use end::End;
pub use expect::{Expect, Received};
pub use peer::Peer;
pub use script::{Responds, Scripted, Unpacks};

pub use crate::publish::MemoryPublisher;

#[cfg(test)]
pub(crate) use frame::{Frames, frame, input};
#[cfg(test)]
pub(crate) use heard::hear;
#[cfg(test)]
pub(crate) use http2::{answer, begin};
#[cfg(test)]
pub(crate) use watched::{Serve, Serving, Watch};

/// Lets everything run that can run without waiting for time to pass: handlers, callbacks, what is to be written.
///
/// Under paused time it returns when every task waits, 1 ms later on the paused clock; else it is a pause of 1 ms, which
/// proves nothing.
pub async fn settle() {
    tokio::time::sleep(std::time::Duration::from_millis(1)).await;
}
