//! What is awaited of a client.

use crate::{
    contract::{Acks, Awaits, Replies},
    error::RequestError,
};

/// Which message answers a request, and what it holds. A value, so that only the methods that make one
/// ask for a contract with answers.
pub(crate) struct Expected<M, R> {
    pub(crate) awaits: Awaits,
    take: fn(M) -> Option<R>,
}

impl<M, R> Expected<M, R> {
    /// The typed reply of the command variant `V`.
    pub(crate) fn reply<C: Replies<V, Message = M, Reply = R>, V>() -> Self {
        Self { awaits: C::AWAITS, take: C::into_reply }
    }

    /// The ack, good or failed.
    pub(crate) fn ack<C: Acks<Message = M, Ack = R>>() -> Self {
        Self { awaits: C::AWAITS, take: C::into_ack }
    }

    /// The message itself, for another node.
    #[cfg(feature = "cluster")]
    pub(crate) fn whole(awaits: Awaits) -> Self
    where
        M: Into<R>,
    {
        Self { awaits, take: |message| Some(message.into()) }
    }

    pub(crate) fn take(&self, outcome: Result<M, RequestError>) -> Result<R, RequestError> {
        outcome.map(|message| {
            (self.take)(message).expect("a request ends only with the message that it awaits")
        })
    }
}
