//! What lies in the queue, and what is said of it.

use std::sync::Arc;

use crate::frame::Frame;

/// One command in the queue.
#[derive(Debug)]
pub(crate) struct Entry<M, R> {
    pub(crate) frame: Frame<M>,
    pub(crate) shape: Shape,
    /// The request that waits for the answer, if one does.
    pub(crate) request: Option<Arc<R>>,
    /// The publication, where it was made once for many clients.
    pub(crate) json: Option<Arc<bytes::Bytes>>,
}

/// What decides whether there is room for an entry, and where.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Shape {
    /// The command's variant, for its channel.
    pub(crate) variant: Option<u16>,
    /// Whether it takes the place of the queued one of its variant, and gives its own to the next.
    pub(crate) coalesces: bool,
    /// Encoded size in bytes.
    pub(crate) size: usize,
}

/// Why an entry was not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refused {
    /// No room, or others wait for room.
    Full,
    /// The session has ended.
    Closed,
}

/// What the output side finds.
#[derive(Debug)]
pub(crate) enum Popped<E> {
    /// A ping or a bare ack.
    Urgent(E),
    /// A command.
    Ordinary(E),
    /// Nothing more will come.
    End,
}
