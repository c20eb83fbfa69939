//! What a command can be sent to, and the futures that send it.

mod accept;
mod client;
mod request;
mod sending;
#[cfg(test)]
mod tests;

use std::future::Future;

pub use accept::WaitingForRoom;
pub(crate) use accept::{hand_over, offer};
pub use client::ClientTarget;
#[cfg(any(feature = "link", feature = "cluster"))]
pub(crate) use client::start;
#[cfg(feature = "cluster")]
pub(crate) use request::Open;
pub use request::Request;
pub(crate) use request::{Registered, register};
pub(crate) use sending::Parts;
pub use sending::{Sending, Whole};

use crate::{
    contract::{Contract, Overflow},
    error::SendError,
    hub::Hub,
    id::IdRef,
    session::Client,
};

pub(crate) mod sealed {
    pub trait Sealed {}
}

/// Anything that commands of `C` can be sent to: `&Client`, [`ClientTarget`],
/// [`Broadcast`](crate::Broadcast), [`Group`](crate::Group).
///
/// The generated send helpers are methods of every target.
pub trait Target<C: Contract>: sealed::Sealed + Sized + Send + Unpin {
    /// What is known once a command was handed over.
    type Output: Send;
    /// Hands it over where that takes time.
    type Waiting: Future<Output = Self::Output> + Send + Unpin;

    /// Hands `command` over and leaves an empty one, with its send's own word on a full outbox.
    #[doc(hidden)]
    fn start(
        &self,
        command: &mut C::Command,
        overflow: Option<Overflow>,
    ) -> Started<Self::Output, Self::Waiting>;
}

/// What became of a command at once.
#[derive(Debug)]
pub enum Started<O, W> {
    /// It was handed over, or refused.
    Done(O),
    /// This hands it over.
    Waits(W),
}

/// A target that is one client: what can be waited for.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not one client",
    label = "waiting for an answer takes one client",
    note = "`.reply()` and `.ack()` work on `hub.client(id)` and on `&Client`; `.replies()` waits for those of many"
)]
pub trait OneClient<C: Contract>: Target<C> {
    /// What a command is told whose session has ended.
    #[doc(hidden)]
    const ENDED: SendError;

    /// Calls `f` with the session's handle and what is given along, which comes back where there is no session. The handle
    /// is lent, so that a send by handle costs no counting of references.
    #[doc(hidden)]
    fn with_client<A, R>(&self, along: A, f: impl FnOnce(&Client<C>, A) -> R) -> Result<R, A>;

    /// The hub whose other nodes may have the client, and its id there. `None`: it is this session or none.
    #[doc(hidden)]
    fn by_id(&self) -> Option<(&Hub<C>, IdRef<'_>)> {
        None
    }
}
