//! What a bidi rpc means: the traits that generated code implements on its marker type.
//!
//! All roles are functions of the marker, none is a trait of a message type, so that foreign types and types which
//! two rpcs share work. A contract may be written by hand where an id must be computed.

use std::time::SystemTime;

use crate::{
    id::{IdKind, IdRef, NewId},
    publish::json::Object,
};

/// One bidi rpc whose roles are known, named by its marker type.
pub trait Contract: Sized + Send + Sync + 'static {
    /// What clients send.
    type Message: prost::Message + Default + 'static;
    /// What the hub sends.
    type Command: prost::Message + Default + Clone + Unpin + 'static;

    /// The rpc: `trading.v1.TradingBots/Connect`.
    const NAME: &'static str;
    /// The variants of [`Message`](Self::Message), in the order of the proto.
    const MESSAGES: &'static [Variant];
    /// The variants of [`Command`](Self::Command), in the order of the proto.
    const COMMANDS: &'static [Variant];
    /// What kind of id a command carries, if any.
    const COMMAND_ID: Option<IdKind> = None;
    /// Whether there are pings, and whether clients answer them.
    const PING: PingRole = PingRole::None;
    /// Whether clients send heartbeats of their own accord.
    const HEARTBEAT: bool = false;

    /// The id of the client that sent `message`; `None` or an empty one where the message does not tell.
    fn client_id(message: &Self::Message) -> Option<IdRef<'_>>;

    /// The index in [`MESSAGES`](Self::MESSAGES) of the variant that is set.
    fn message_variant(message: &Self::Message) -> Option<u16>;

    /// The index in [`COMMANDS`](Self::COMMANDS) of the variant that is set.
    fn command_variant(command: &Self::Command) -> Option<u16>;

    /// The id of `command`; `None` where the contract has no command ids.
    fn command_id(command: &Self::Command) -> Option<IdRef<'_>> {
        let _ = command;
        None
    }

    /// Puts `id` into `command`. Does nothing where the contract has no command ids.
    fn set_command_id(command: &mut Self::Command, id: NewId) {
        let _ = (command, id);
    }

    /// What `message` says as a reply to a command; `None` where it is none.
    fn reply(message: &Self::Message) -> Option<ReplyRef<'_>> {
        let _ = message;
        None
    }

    /// A ping; `None` where the contract has none.
    #[must_use]
    fn ping(ping: &Ping) -> Option<Self::Command> {
        let _ = ping;
        None
    }

    /// The sequence of the ping that `message` answers: `None` where it answers none, 0 where it carries no sequence.
    fn pong(message: &Self::Message) -> Option<u64> {
        let _ = message;
        None
    }

    /// Writes the fields of `message` as protobuf's JSON mapping with the proto's own field names.
    fn message_json(message: &Self::Message, object: &mut Object<'_>);

    /// Writes the fields of `command` as protobuf's JSON mapping with the proto's own field names.
    fn command_json(command: &Self::Command, object: &mut Object<'_>);
}

/// Names a variant by its position in [`Contract::MESSAGES`] or [`Contract::COMMANDS`].
#[derive(Clone, Copy, Debug)]
pub struct N<const I: usize>;

/// One variant of a message or command, as the tables of a [`Contract`] hold it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Variant {
    /// The field, spelled as in the proto: `start`.
    pub name: &'static str,
    /// The last part of its channel: `trade` for a message, `command_start` for a command.
    pub channel: &'static str,
    /// Its event type: `grpc_message_trade`, `grpc_command_start`.
    pub event_type: &'static str,
    /// Whether it is published at all.
    pub publish: bool,
}

/// What a contract says about pings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PingRole {
    /// The command type has no ping.
    None,
    /// Pings are sent and not answered.
    OneWay,
    /// Clients answer pings.
    Answered,
}

/// What a ping says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ping {
    /// Counts the pings of a stream from 1.
    pub sequence: u64,
    /// When the ping was made.
    pub sent_at: SystemTime,
}

impl Ping {
    /// The time as milliseconds since the Unix epoch.
    #[must_use]
    pub fn unix_millis(&self) -> i64 {
        let since = self.sent_at.duration_since(SystemTime::UNIX_EPOCH);
        since.map_or(0, |since| i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
    }

    /// The time as protobuf's timestamp.
    #[must_use]
    pub fn timestamp(&self) -> prost_types::Timestamp {
        self.sent_at.into()
    }
}

/// What a message says as a reply, read without copying.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReplyRef<'a> {
    /// The command that it answers. An empty one answers none.
    pub id: IdRef<'a>,
    /// The message's variant, as [`Contract::message_variant`] gives it.
    pub variant: Option<u16>,
    /// Whether it is an ack: the message's ack variant, or the message itself where it is an envelope.
    pub ack: bool,
    /// Set where it says that the command failed.
    pub failure: Option<Failed<'a>>,
}

/// The texts of a failed ack; empty where it has no such fields.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Failed<'a> {
    /// The field `message`.
    pub message: &'a str,
    /// The field `error`.
    pub error: &'a str,
}

/// A variant of the messages of a contract: `V` is [`N`] with its position.
pub trait MessageVariant<V>: Contract {
    /// What the variant carries, unboxed.
    type Payload: Send + 'static;

    /// Takes the payload out of `message`; `None` where another variant is set.
    fn payload(message: Self::Message) -> Option<Self::Payload>;
}

/// A variant of the commands of a contract: `V` is [`N`] with its position.
pub trait CommandVariant<V>: Contract {
    /// What the variant carries, unboxed.
    type Payload: Send + 'static;

    /// A command that holds `payload` and nothing else.
    fn command(payload: Self::Payload) -> Self::Command;
}

/// A command that is answered: what [`.reply()`](crate::Sending::reply) waits for.
#[diagnostic::on_unimplemented(
    message = "this command of `{Self}` has no reply",
    label = "nothing answers this command",
    note = "`.reply()` needs a command id in the command (such as `string command_id = 1;`) and an ack or a typed reply with it in the message; where they are called otherwise, name them with `.command_id(..)` and `.ack(..)` or `.reply(..)` in build.rs",
    note = "a whole command that was given to `.send(..)` is answered by `.ack()`"
)]
pub trait Replies<V>: Contract {
    /// What answers the command.
    type Reply: Send + 'static;
    /// Which message the reply is in.
    const AWAITS: Awaits;

    /// Takes the reply out of `message`; `None` where it holds none.
    fn into_reply(message: Self::Message) -> Option<Self::Reply>;
}

/// A contract whose commands are acknowledged: what [`.ack()`](crate::Sending::ack) waits for.
#[diagnostic::on_unimplemented(
    message = "the commands of `{Self}` are not acknowledged",
    label = "`.ack()` needs a command id and an ack",
    note = "name them with `.command_id(..)` and `.ack(..)` in build.rs"
)]
pub trait Acks: Contract {
    /// The ack: the payload of the ack variant, or the message itself where it is an envelope.
    type Ack: Send + 'static;

    /// Takes the ack out of `message`; `None` where it holds none.
    fn into_ack(message: Self::Message) -> Option<Self::Ack>;
}

/// Which message answers a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Awaits {
    /// A good ack; a failed one is a rejection.
    Ack,
    /// The ack, good or failed, as it is: what [`.ack()`](crate::Sending::ack) awaits.
    Reported,
    /// The variant of this index in [`Contract::MESSAGES`], or a failed ack.
    Variant(u16),
    /// Any message with the command's id: an envelope without a variant of its own for the answer.
    Any,
}
