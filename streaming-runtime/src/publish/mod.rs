//! Mirroring: every message and command as JSON on a channel of its client's.

#[cfg(feature = "centrifugo")]
pub mod centrifugo;
#[cfg(feature = "_session")]
mod channel;
pub mod json;
#[cfg(feature = "_session")]
mod memory;
#[cfg(feature = "_session")]
mod mirror;

#[cfg(feature = "_session")]
pub use memory::MemoryPublisher;
#[cfg(feature = "_session")]
pub(crate) use mirror::{Clock, Mirror, Outlet, command_json};

#[cfg(feature = "_session")]
use std::sync::Arc;

#[cfg(feature = "_session")]
use crate::id::ClientId;

/// One message or command as JSON on a channel.
#[cfg(feature = "_session")]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Publication {
    // One count is kept for all three, as every message makes a publication.
    place: Arc<Place>,
    data: bytes::Bytes,
}

/// What the publications of one variant of one client have in common.
#[cfg(feature = "_session")]
#[derive(Debug, PartialEq, Eq)]
struct Place {
    client: ClientId,
    channel: Box<str>,
    event_type: &'static str,
}

#[cfg(feature = "_session")]
impl Publication {
    /// One made by hand. `data` must be a JSON object: publishers send it as it is.
    #[must_use]
    pub fn new(
        client: ClientId,
        channel: impl Into<Box<str>>,
        event_type: &'static str,
        data: impl Into<bytes::Bytes>,
    ) -> Self {
        let place = Place { client, channel: channel.into(), event_type };
        Self { place: Arc::new(place), data: data.into() }
    }

    /// Whose stream it was on. Publications of one client keep their order.
    #[must_use]
    pub fn client(&self) -> &ClientId {
        &self.place.client
    }

    /// The channel: `grpc#bot-123#trade`.
    #[must_use]
    pub fn channel(&self) -> &str {
        &self.place.channel
    }

    /// What it is: `grpc_message_trade`, `grpc_command_start`.
    #[must_use]
    pub fn event_type(&self) -> &'static str {
        self.place.event_type
    }

    /// A JSON object: the whole message, put over `event_type` and `timestamp`.
    #[must_use]
    pub fn data(&self) -> &bytes::Bytes {
        &self.data
    }
}

/// Takes publications. Called while a stream is read or written: it must return at once.
#[cfg(feature = "_session")]
pub trait Publisher: Send + Sync + 'static {
    /// Takes one publication, or drops and counts it. Must not block.
    fn publish(&self, publication: Publication);

    /// Whether publications are taken at the moment; while not, no JSON is made. Default `true`.
    fn accepts(&self) -> bool {
        true
    }
}
