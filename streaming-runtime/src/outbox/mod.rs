//! One client's commands on their way out: a bounded queue, and a lane for pings and bare acks that precedes it.

#[cfg(all(test, streaming_loom, feature = "_session"))]
mod interleavings;
#[cfg(feature = "_session")]
mod queue;
#[cfg(all(test, feature = "server"))]
mod tests;

pub use crate::frame::{Frame, FrameCodec, FrameEncoder};
#[cfg(feature = "_session")]
pub(crate) use queue::{Entry, Outbox, Popped, Refused, Shape, Ticket};
