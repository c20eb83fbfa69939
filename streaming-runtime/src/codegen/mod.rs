//! What generated code refers to. No part of the public interface: it changes with the generator.

#[cfg(feature = "_session")]
mod answer;
#[cfg(not(feature = "channel"))]
mod channel;
#[cfg(feature = "_session")]
mod check;
#[cfg(feature = "link")]
mod link;
#[cfg(feature = "_session")]
mod outcome;
#[cfg(feature = "_session")]
mod shared;
#[cfg(feature = "_session")]
mod slot;
#[cfg(feature = "_session")]
mod unimplemented;

pub use bytes;
pub use prost;
pub use prost_types;
pub use tonic;
pub use tonic_prost;

#[cfg(all(feature = "macros", not(feature = "link")))]
pub use crate::macros::expand_client;
#[cfg(all(feature = "macros", feature = "link"))]
pub use streaming_macros::expand as expand_client;
#[cfg(feature = "macros")]
pub use streaming_macros::{expand, include};

pub use crate::{
    contract::{
        Acks, Answers, Awaits, ClientIdSource, CommandVariant, Contract, Failed, Goodbye, Linked,
        MessageVariant, N, Overflow, Ping, PingRole, Question, Replies, ReplyRef, UniqueIds,
        Variant,
    },
    id::{ClientId, IdKind, IdRef, OwnedId},
    outbox::{Frame, FrameCodec},
    publish::json,
};

#[cfg(feature = "link")]
pub use crate::link::{Link, Lost};
#[cfg(feature = "_session")]
pub use crate::{
    error::{BoxError, Failure, HandlerError},
    hub::Hub,
    identity::{Handshake, Identity},
    session::{Client, CommandStream, Disconnect, Dispatch, Handler, Handles, Inbox, Unknown},
    target::{Sending, Target},
};
#[cfg(feature = "_session")]
pub use answer::{
    AnswerTo, Answering, SaysNothing, SaysSomething, Silent, Telling, Unasked, Word, answer,
    question,
};
#[cfg(not(feature = "channel"))]
pub use channel::Channel;
#[cfg(feature = "_session")]
pub use check::{
    ClientArg, DisconnectArg, ErrorArg, HandshakeArg, InboxArg, MessageArg, PayloadArg,
    PingPayload, SequenceArg,
};
#[cfg(feature = "link")]
pub use check::{LinkArg, LostArg};
#[cfg(feature = "link")]
pub use link::{Signed, millis, span};
#[cfg(feature = "_session")]
pub use outcome::{Boxed, Chained, Fault, Hides, Identified, Lends, Nothing, Outcome, Probe};
#[cfg(feature = "_session")]
pub use slot::{Filled, FilledSlot, Missing, MissingSlot};
#[cfg(feature = "_session")]
pub use unimplemented::Unimplemented;

#[cfg(feature = "testing")]
pub use crate::testing;

/// Generated code of this version fits this runtime.
pub const V1: () = ();
