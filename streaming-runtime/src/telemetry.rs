//! What is logged, and how often; and the spans.

#[cfg(test)]
mod tests;

use std::{
    sync::{Mutex, PoisonError},
    time::Duration,
};

use tokio::time::Instant;
use tracing::{Span, debug_span, field::Empty};

use crate::{contract::Contract, error::SendError, id::ClientId, info::SessionInfo};

/// In which everything of a session runs, its handlers too. A root: it may last for days.
pub(crate) fn session<C: Contract>(info: &SessionInfo) -> Span {
    debug_span!(
        parent: None,
        "streaming.session",
        rpc = C::NAME,
        client = %info.id().escape_debug(),
        peer = info.peer_addr().map(tracing::field::display),
        epoch = info.epoch(),
    )
}

/// From a request's start to its end, within the span of whoever makes it.
pub(crate) fn request<C: Contract>(client: &ClientId, id: &ClientId) -> Span {
    debug_span!(
        "streaming.request",
        rpc = C::NAME,
        client = %client.escape_debug(),
        command_id = %id.escape_debug(),
        outcome = Empty,
    )
}

/// In which everything of a link runs, its handlers too. A root: it may last for days.
#[cfg(feature = "link")]
pub(crate) fn link<C: Contract>(client: &ClientId) -> Span {
    debug_span!(parent: None, "streaming.link", rpc = C::NAME, client = %client.escape_debug())
}

/// One attempt of a link to open a stream, and the stream that comes of it. `addr` holds no secrets.
#[cfg(feature = "link")]
pub(crate) fn link_stream<C: Contract>(client: &ClientId, addr: &str, attempt: u64) -> Span {
    debug_span!(
        "streaming.link_stream",
        rpc = C::NAME,
        client = %client.escape_debug(),
        addr,
        attempt,
    )
}

/// Lets one line through per second, of those that a flood would write.
#[derive(Debug, Default)]
pub(crate) struct Seldom(Mutex<Option<Instant>>);

impl Seldom {
    /// Whether the line is to be written.
    pub(crate) fn is_due(&self) -> bool {
        let now = Instant::now();
        let mut last = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let due = last.is_none_or(|last| now - last >= Duration::from_secs(1));
        if due {
            *last = Some(now);
        }
        due
    }

    /// An answer to `client` was not sent; without an error, because too many wait.
    pub(crate) fn answer_lost<C: Contract>(&self, client: &ClientId, error: Option<SendError>) {
        if self.is_due() {
            let error = error.unwrap_or(SendError::Overflow);
            tracing::error!(%client, rpc = C::NAME, %error, "an answer was not sent");
        }
    }
}
