//! What generated code says of the clients of a contract.

use crate::{
    contract::{CommandVariant, Contract, Failed, Replies},
    id::OwnedId,
};

/// A contract whose clients can be scripted: how they answer.
///
/// `streaming-build` generates it. By hand it takes no more than `impl Scripted for Connect {}`, for clients that leave
/// pings unanswered and acknowledge nothing.
pub trait Scripted: Contract {
    /// The message that answers `command`, where that is a ping; `None`, the default, for everything else and for pings
    /// that are not answered.
    fn answer_ping(command: &Self::Command) -> Option<Self::Message> {
        let _ = command;
        None
    }

    /// The ack of the command with this id, good or failed; `None`, the default, where there are no acks.
    #[must_use]
    fn ack(id: OwnedId, failed: Option<Failed<'_>>) -> Option<Self::Message> {
        let _ = (id, failed);
        None
    }
}

/// A variant of the commands that can be expected by its type: `V` is [`N`](crate::contract::N) with its position.
pub trait Unpacks<V>: CommandVariant<V> + Scripted {
    /// Takes the payload out of `command`; `None` where another variant is set.
    fn unpack(command: Self::Command) -> Option<Self::Payload>;
}

/// A command that a message of its own answers: `V` is [`N`](crate::contract::N) with its position.
pub trait Responds<V>: Replies<V> + Scripted {
    /// The message that answers the command with this id.
    fn respond(id: OwnedId, reply: Self::Reply) -> Self::Message;
}
