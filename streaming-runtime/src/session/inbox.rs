//! The user's end of the messages that wait, in pull mode.

use std::{future::poll_fn, sync::Arc, time::Duration};

use super::Client;
use crate::{backlog::Queue, contract::Contract, error::Quiet, macros::impl_debug};

/// What a client sent, for a `#[session]` that takes it message by message.
///
/// It sees neither replies that a request waits for nor answers to pings. While it is full, reading pauses.
pub struct Inbox<C: Contract> {
    queue: Arc<Queue<C::Message>>,
    client: Client<C>,
}

impl<C: Contract> Inbox<C> {
    pub(super) fn new(queue: Arc<Queue<C::Message>>, client: Client<C>) -> Self {
        Self { queue, client }
    }

    /// The next message; `None` when the session has ended and everything read before was taken.
    ///
    /// # Cancel safety
    /// Dropped before it is ready, it has taken nothing.
    pub async fn next(&mut self) -> Option<C::Message> {
        let message = poll_fn(|cx| self.queue.poll_pop(cx)).await;
        // There is room again.
        self.client.0.read_on();
        message
    }

    /// The next message, or [`Quiet`] if none comes within `within`; it can simply be called again.
    ///
    /// # Errors
    /// Nothing came.
    ///
    /// # Cancel safety
    /// Dropped before it is ready, it has taken nothing.
    pub async fn next_within(&mut self, within: Duration) -> Result<Option<C::Message>, Quiet> {
        tokio::time::timeout(within, self.next()).await.map_err(|_| Quiet(()))
    }
}

impl_debug!([C: Contract] Inbox<C>, |inbox| inbox.client.id());
