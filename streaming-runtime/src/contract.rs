//! What a bidi rpc means: the traits that generated code implements on its marker type.
//!
//! All roles are functions of the marker, none is a trait of a message type, so that foreign types and types which
//! two rpcs share work. A contract may be written by hand where an id must be computed.

pub use crate::words::{Failed, Goodbye, Ping, Question, ReplyRef};

use crate::{
    id::{ClientId, IdKind, IdRef, OwnedId},
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
    /// Where the id of a client comes from.
    const CLIENT_ID: ClientIdSource = ClientIdSource::Message;
    /// What kind of id a command carries, if any.
    const COMMAND_ID: Option<IdKind> = None;
    /// Whether there are pings, and whether clients answer them.
    const PING: PingRole = PingRole::None;
    /// Whether clients send heartbeats of their own accord.
    const HEARTBEAT: bool = false;

    /// The id of the client that sent `message`; `None` or an empty one where the message does not tell.
    ///
    /// Asked of every message where [`CLIENT_ID`](Self::CLIENT_ID) is [`ClientIdSource::Message`].
    fn client_id(message: &Self::Message) -> Option<IdRef<'_>> {
        let _ = message;
        None
    }

    /// The id of the client that sent `message`, where no field holds it as it is; `None` where the message does not
    /// tell.
    ///
    /// Asked of every message where [`CLIENT_ID`](Self::CLIENT_ID) is [`ClientIdSource::Computed`], at the price of an
    /// allocation each.
    #[must_use]
    fn compute_client_id(message: &Self::Message) -> Option<ClientId> {
        let _ = message;
        None
    }

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
    fn set_command_id(command: &mut Self::Command, id: OwnedId) {
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

    /// The command that answers `message`, where that is a ping which is answered; `None` for everything else. Of a
    /// contract that is [turned](Linked::Turned): hubs are not pinged.
    #[must_use]
    fn answer_ping(message: &Self::Message) -> Option<Self::Command> {
        let _ = message;
        None
    }

    /// Puts the sender's own id into `command`, where that has a place for it that is empty. Of a contract that is
    /// [turned](Linked::Turned).
    fn sign(command: &mut Self::Command, id: &ClientId) {
        let _ = (command, id);
    }

    /// The id under which `message` asks for an answer; `None` or an empty one where it asks nothing.
    fn question(message: &Self::Message) -> Option<IdRef<'_>> {
        let _ = message;
        None
    }

    /// The command that says that `question` failed; `None` where the contract has no word for it.
    #[must_use]
    fn failed_answer(question: Question, failed: Failed<'_>) -> Option<Self::Command> {
        let _ = (question, failed);
        None
    }

    /// The words of the client's goodbye, empty where it has none; `None` where `message` is no goodbye.
    fn client_goodbye(message: &Self::Message) -> Option<&str> {
        let _ = message;
        None
    }

    /// The hub's goodbye; `None` where the contract has none.
    #[must_use]
    fn goodbye(goodbye: &Goodbye<'_>) -> Option<Self::Command> {
        let _ = goodbye;
        None
    }

    /// Writes the fields of `message` as protobuf's JSON mapping with the proto's own field names.
    fn message_json(message: &Self::Message, object: &mut Object<'_>);

    /// Writes the fields of `command` as protobuf's JSON mapping with the proto's own field names.
    fn command_json(command: &Self::Command, object: &mut Object<'_>);
}

/// A contract whose other end is known as well: what a client needs of it.
pub trait Linked: Contract {
    /// The same rpc as its client sees it: the hub's commands are what comes, and messages are what is sent.
    ///
    /// What is a reply here is an answer there, and the other way round.
    type Turned: Contract<Message = Self::Command, Command = Self::Message>;

    /// What the hub's goodbye says; `None` where `command` is no goodbye.
    fn hubs_goodbye(command: &Self::Command) -> Option<Goodbye<'_>> {
        let _ = command;
        None
    }
}

/// Where the id of a client comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClientIdSource {
    /// A field of its messages: [`Contract::client_id`].
    Message,
    /// Its messages, from which it is computed: [`Contract::compute_client_id`].
    Computed,
    /// The request's header of this name. The client may never send a message. The bytes of a header whose name ends in
    /// `-bin` are written in hex.
    Metadata(&'static str),
    /// The identity that `#[authenticate]` gives, and nothing that the client says.
    Authenticated,
    /// The hub makes one up, a UUID of version 7.
    Assigned,
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
    /// What happens to it where the outbox is full; `None`: what the hub says. Of commands only.
    pub overflow: Option<Overflow>,
    /// Whether the newest takes the place of one that is queued still, so that at most one waits: for what is soon out of
    /// date. It may overtake what was sent in between. Of commands only, and only of those without a reply; one that is
    /// acknowledged to a caller who waits for that neither gives up its place nor takes another's.
    pub coalesce: bool,
}

impl Variant {
    #[cfg(feature = "_session")]
    pub(crate) fn of_command<C: Contract>(index: Option<u16>) -> Option<&'static Self> {
        C::COMMANDS.get(usize::from(index?))
    }

    #[cfg(feature = "_session")]
    pub(crate) fn coalesces<C: Contract>(index: Option<u16>) -> bool {
        Self::of_command::<C>(index).is_some_and(|variant| variant.coalesce)
    }
}

/// What happens to a command for which the outbox has no room: what its send says, else its variant, else the hub.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Overflow {
    /// It waits for room, at most `send_timeout`. One that goes to many clients is refused, since nobody waits for anybody.
    Wait,
    /// It is refused at once.
    Reject,
    /// The oldest commands go until it fits; a request among them ends with `Overflow`.
    DropOldest,
    /// The session ends: the client is too slow.
    Disconnect,
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
    note = "a whole command that was given to `.send(..)` is answered by `.ack()`; a command that coalesces has no reply",
    note = "what a client sends is replied to where it has an id and the hub an answer with it: `.message_id(..)` and `.answer(..)` in build.rs"
)]
pub trait Replies<V>: Contract {
    /// What answers the command.
    type Reply: Send + 'static;
    /// Which message the reply is in.
    const AWAITS: Awaits;

    /// Takes the reply out of `message`; `None` where it holds none.
    fn into_reply(message: Self::Message) -> Option<Self::Reply>;
}

/// A variant of the messages of a contract that asks for an answer: `V` is [`N`] with its position.
pub trait Answers<V>: Contract {
    /// What answers it: the payload of a command's variant, the whole command where it is an envelope, or the ack's
    /// payload where an ack is all there is.
    type Answer: Send + 'static;

    /// The command that answers the message with this id.
    fn answer(id: OwnedId, answer: Self::Answer) -> Self::Command;

    /// The command that says that all went well; `None` where that takes a typed answer.
    fn done(id: OwnedId) -> Option<Self::Command>;
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
    /// Which message it is in.
    const AWAITS: Awaits = Awaits::Reported;

    /// Takes the ack out of `message`; `None` where it holds none.
    fn into_ack(message: Self::Message) -> Option<Self::Ack>;
}

/// A contract whose command ids are unique for good, those of 64 bits and more:
/// [`.at_least_once()`](crate::Request::at_least_once) can send a command again under its id.
#[diagnostic::on_unimplemented(
    message = "the command ids of `{Self}` are too small for `.at_least_once()`",
    label = "another command may have the same id by then",
    note = "make the command id a string, bytes or an integer of 64 bits"
)]
pub trait UniqueIds: Contract {}

/// Which message answers a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Awaits {
    /// A good ack; a failed one is a rejection.
    Ack,
    /// The ack, good or failed, as it is: what [`.ack()`](crate::Sending::ack) awaits.
    Reported,
    /// Any message with the command's id, good or failed, as it is: what [`.ack()`](crate::Sending::ack) awaits where the
    /// message itself is the ack.
    Whole,
    /// The variant of this index in [`Contract::MESSAGES`], or a failed ack.
    Variant(u16),
    /// Any message with the command's id: an envelope without a variant of its own for the answer.
    Any,
}
