//! One client's commands on their way out: a bounded queue, and a lane for pings and bare acks that precedes it.

#[cfg(all(test, streaming_loom, feature = "server"))]
mod interleavings;
#[cfg(feature = "server")]
mod queue;
#[cfg(all(test, feature = "server"))]
mod tests;

pub use crate::frame::{Frame, FrameCodec, FrameEncoder};
#[cfg(feature = "server")]
pub(crate) use queue::{Entry, Outbox, Popped, Refused, Ticket};
