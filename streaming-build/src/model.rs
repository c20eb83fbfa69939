//! What was found: everything the generated code needs to know, with the descriptors of the proto beside it.

mod turned;

use prost_reflect::{
    FieldDescriptor, MessageDescriptor, MethodDescriptor, OneofDescriptor, ServiceDescriptor,
};

use crate::finding::Position;

/// All services of the protos.
#[derive(Debug, Default)]
pub(crate) struct Model {
    pub(crate) services: Vec<Service>,
}

/// One service, whether or not there are contracts in it.
#[derive(Debug)]
pub(crate) struct Service {
    pub(crate) descriptor: ServiceDescriptor,
    pub(crate) rpcs: Vec<Rpc>,
}

impl Service {
    /// The rpcs that are contracts.
    pub(crate) fn contracts(&self) -> impl Iterator<Item = &Contract> {
        self.rpcs.iter().filter_map(|rpc| match &rpc.kind {
            Kind::Contract(contract) => Some(&**contract),
            Kind::Plain(_) | Kind::Other => None,
        })
    }
}

/// One rpc.
#[derive(Debug)]
pub(crate) struct Rpc {
    pub(crate) method: MethodDescriptor,
    pub(crate) kind: Kind,
}

/// What became of an rpc.
#[derive(Debug)]
pub(crate) enum Kind {
    /// A bidi rpc whose roles are known.
    Contract(Box<Contract>),
    /// A bidi rpc that is none, and why.
    Plain(String),
    /// No bidi rpc.
    Other,
}

/// What was found for a role, and why.
#[derive(Clone, Debug)]
pub(crate) struct Found<T> {
    pub(crate) what: T,
    pub(crate) why: Why,
}

impl<T> Found<T> {
    /// What a convention finds.
    pub(crate) fn by_name(what: T) -> Self {
        Self { what, why: Why::Convention }
    }

    /// The same for the same reason, as something else.
    pub(crate) fn map<U>(self, map: impl FnOnce(T) -> U) -> Found<U> {
        Found { what: map(self.what), why: self.why }
    }
}

/// Why a role is what it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Why {
    /// build.rs says so: the call, and where it stands.
    Call(String, Position),
    /// The proto says so: the option, and where what it is set on stands.
    Option(String, Position),
    /// By its name, or because there is no other.
    Convention,
}

impl Why {
    /// Whether build.rs says so.
    pub(crate) fn is_call(&self) -> bool {
        matches!(self, Self::Call(..))
    }

    /// Whether somebody said so.
    pub(crate) fn is_said(&self) -> bool {
        !matches!(self, Self::Convention)
    }
}

/// A bidi rpc with its roles.
#[derive(Debug)]
pub(crate) struct Contract {
    pub(crate) method: MethodDescriptor,
    /// Whether this is the rpc as its client sees it: see [`turned`](Self::turned).
    pub(crate) turned: bool,
    pub(crate) message: Side,
    pub(crate) command: Side,
    pub(crate) client_id: Found<ClientId>,
    pub(crate) command_id: Option<Found<FieldDescriptor>>,
    /// Where each of the command's variants holds its id, if they share no field for it. Of a turned contract.
    pub(crate) command_ids: Vec<Option<FieldDescriptor>>,
    pub(crate) ack: Option<Found<Ack>>,
    /// The message's variant that is called as an ack, where commands have no id.
    pub(crate) missed_ack: Option<usize>,
    /// What answers the command's variants, one for each.
    pub(crate) replies: Vec<Option<Found<Answer>>>,
    /// The message's variants, beside the ack, that say themselves whether something failed. Of a turned contract.
    pub(crate) outspoken: Vec<(usize, Outcome)>,
    /// What the message's variants ask, one for each.
    pub(crate) questions: Vec<Option<Question>>,
    /// Why nothing is asked, where somebody said so.
    pub(crate) no_answers: Option<Why>,
    pub(crate) ping: Option<Found<Ping>>,
    /// The message's variant that answers a ping.
    pub(crate) pong: Option<Found<Pong>>,
    /// The message's variant that is a sign of life.
    pub(crate) heartbeat: Option<Found<usize>>,
    /// The client's goodbye.
    pub(crate) client_goodbye: Option<Found<Goodbye>>,
    /// The hub's goodbye.
    pub(crate) goodbye: Option<Found<Goodbye>>,
}

impl Contract {
    /// The fields that are read or written for roles.
    pub(crate) fn role_fields(&self) -> Vec<&FieldDescriptor> {
        let mut fields: Vec<&FieldDescriptor> = Vec::new();
        if let ClientId::Field(path) = &self.client_id.what {
            fields.extend(path);
        }
        fields.extend(self.command_id.iter().map(|it| &it.what));
        let replies = self.replies.iter().flatten().map(|reply| reply.what.outcome());
        let answers = self.questions.iter().flatten().flat_map(Question::outcomes);
        let acks = self.ack.iter().map(|ack| ack.what.outcome());
        fields.extend(acks.chain(replies).chain(answers).flat_map(Outcome::fields));
        fields.extend(self.questions.iter().flatten().map(|question| &question.id.what));
        if let Some(ping) = &self.ping {
            fields.extend(ping.what.fill.iter().map(|(field, _)| field));
        }
        fields.extend(self.pong.iter().filter_map(|pong| pong.what.sequence.as_ref()));
        let goodbyes = [&self.client_goodbye, &self.goodbye].into_iter().flatten();
        fields.extend(goodbyes.flat_map(|it| it.what.reason.iter().chain(&it.what.after)));
        fields
    }

    /// Where messages carry the ids of the commands that they answer.
    pub(crate) fn ids_of_replies(&self) -> impl Iterator<Item = &FieldDescriptor> {
        let ack = self.ack.iter().map(|ack| ack.what.outcome());
        let replies = self.replies.iter().flatten().map(|reply| reply.what.outcome());
        ack.chain(replies).map(|outcome| &outcome.id)
    }

    /// Whether the message's variant of this index answers commands, as the ack or as a typed reply.
    pub(crate) fn is_reply(&self, index: usize) -> bool {
        let ack = self.ack.iter().filter_map(|ack| ack.what.variant());
        let replies = self.replies.iter().flatten().filter_map(|reply| reply.what.variant());
        let outspoken = self.outspoken.iter().map(|(variant, _)| *variant);
        ack.chain(replies).chain(outspoken).any(|variant| variant == index)
    }
}

/// Where the id of a client comes from.
#[derive(Clone, Debug)]
pub(crate) enum ClientId {
    /// The fields that lead to it.
    Field(Vec<FieldDescriptor>),
    /// The request's header of this name.
    Metadata(String),
    /// The identity.
    Authenticated,
    /// The hub.
    Assigned,
}

/// The message or the command of a contract.
#[derive(Clone, Debug)]
pub(crate) struct Side {
    pub(crate) descriptor: MessageDescriptor,
    pub(crate) oneof: Option<Found<OneofDescriptor>>,
    /// The members of the oneof in the order of the proto; without one all fields in the order of their numbers.
    pub(crate) variants: Vec<Variant>,
}

impl Side {
    /// The index of the variant called `name`.
    pub(crate) fn variant(&self, name: &str) -> Option<usize> {
        self.oneof.as_ref()?;
        self.variants.iter().position(|variant| variant.field.name() == name)
    }

    /// How the variant of this index is called.
    pub(crate) fn name(&self, index: usize) -> &str {
        self.variants[index].field.name()
    }

    /// How the variants are called.
    pub(crate) fn names(&self) -> Vec<&str> {
        self.variants.iter().map(|variant| variant.field.name()).collect()
    }
}

/// One variant.
#[derive(Clone, Debug)]
pub(crate) struct Variant {
    pub(crate) field: FieldDescriptor,
    /// Why it is not published, where it is not.
    pub(crate) hidden: Option<Why>,
    /// What happens to it where the outbox is full, where somebody said so. Of commands.
    pub(crate) overflow: Option<Found<Overflow>>,
    /// Why the newest takes the place of one that is queued, where it does. Of commands.
    pub(crate) coalesce: Option<Why>,
}

/// What happens to a command for which the outbox has no room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Overflow {
    Wait,
    Reject,
    DropOldest,
    Disconnect,
}

impl Overflow {
    const ALL: [Self; 4] = [Self::Wait, Self::Reject, Self::DropOldest, Self::Disconnect];

    /// As the config has it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Wait => "wait",
            Self::Reject => "reject",
            Self::DropOldest => "drop_oldest",
            Self::Disconnect => "disconnect",
        }
    }

    /// The one called `name`, or how all are called.
    pub(crate) fn named(name: &str) -> Result<Self, [&'static str; 4]> {
        let found = Self::ALL.into_iter().find(|overflow| overflow.name() == name);
        found.ok_or_else(|| Self::ALL.map(Self::name))
    }
}

/// What says how a command went, or how a message was handled.
#[derive(Clone, Debug)]
pub(crate) enum Ack {
    /// A variant.
    Variant(usize, Outcome),
    /// All of the message, which carries the other's id at top level.
    Envelope(Outcome),
}

impl Ack {
    pub(crate) fn outcome(&self) -> &Outcome {
        match self {
            Self::Variant(_, outcome) | Self::Envelope(outcome) => outcome,
        }
    }

    /// The index of the variant, if it is one.
    pub(crate) fn variant(&self) -> Option<usize> {
        match self {
            Self::Variant(index, _) => Some(*index),
            Self::Envelope(_) => None,
        }
    }
}

/// The fields of what answers.
#[derive(Clone, Debug)]
pub(crate) struct Outcome {
    /// In it, or in the message around it.
    pub(crate) id: FieldDescriptor,
    pub(crate) success: Option<FieldDescriptor>,
    pub(crate) error: Option<FieldDescriptor>,
    pub(crate) message: Option<FieldDescriptor>,
}

impl Outcome {
    /// Whether it can say that something failed.
    pub(crate) fn can_fail(&self) -> bool {
        self.success.is_some() || self.error.is_some()
    }

    /// Whether it can say why.
    pub(crate) fn has_text(&self) -> bool {
        self.message.is_some() || self.error.is_some()
    }

    fn fields(&self) -> impl Iterator<Item = &FieldDescriptor> {
        let texts = [&self.success, &self.error, &self.message];
        std::iter::once(&self.id).chain(texts.into_iter().flatten())
    }
}

/// What answers a variant of the other side.
#[derive(Clone, Debug)]
pub(crate) enum Answer {
    /// The ack.
    Ack(Ack),
    /// A variant of its own.
    Typed(usize, Outcome),
}

impl Answer {
    /// What says that all went well and no more: a variant that is an ack, or has its field `success`.
    pub(crate) fn done(&self) -> Option<Ack> {
        match self {
            Self::Ack(Ack::Envelope(_)) => None,
            Self::Ack(ack) => Some(ack.clone()),
            Self::Typed(index, outcome) => {
                outcome.success.as_ref()?;
                Some(Ack::Variant(*index, outcome.clone()))
            }
        }
    }

    pub(crate) fn outcome(&self) -> &Outcome {
        match self {
            Self::Ack(ack) => ack.outcome(),
            Self::Typed(_, outcome) => outcome,
        }
    }

    /// The index of the variant; `None` where it is all of the message.
    pub(crate) fn variant(&self) -> Option<usize> {
        match self {
            Self::Ack(ack) => ack.variant(),
            Self::Typed(index, _) => Some(*index),
        }
    }
}

/// What a message's variant asks.
#[derive(Debug)]
pub(crate) struct Question {
    /// Where its id is: in its payload, or in the message.
    pub(crate) id: Found<FieldDescriptor>,
    pub(crate) answer: Found<Answer>,
    /// What says that it failed, if anything can: the ack, what answers it, or all of the command.
    pub(crate) failure: Option<Ack>,
    /// What says that all went well, where that takes no answer.
    pub(crate) done: Option<Ack>,
}

impl Question {
    fn outcomes(&self) -> impl Iterator<Item = &Outcome> {
        std::iter::once(self.answer.what.outcome()).chain(self.failure.as_ref().map(Ack::outcome))
    }
}

/// How a ping is made.
#[derive(Debug)]
pub(crate) struct Ping {
    pub(crate) kind: PingKind,
    /// The fields to fill, of the payload or, beside a bool field, of the command.
    pub(crate) fill: Vec<(FieldDescriptor, Fill)>,
}

impl Ping {
    /// The index of the variant, if it is one.
    pub(crate) fn variant(&self) -> Option<usize> {
        match self.kind {
            PingKind::Variant(index) => Some(index),
            PingKind::Flag(_) => None,
        }
    }
}

/// Where a ping is.
#[derive(Debug)]
pub(crate) enum PingKind {
    /// A bool field of the command.
    Flag(FieldDescriptor),
    /// A variant of the command.
    Variant(usize),
}

/// With what a field of a ping is filled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fill {
    /// The ping's sequence: an integer field.
    Sequence,
    /// The time in milliseconds since the Unix epoch: an integer field.
    UnixMillis,
    /// The time as protobuf's timestamp.
    Timestamp,
}

/// What answers a ping.
#[derive(Debug)]
pub(crate) struct Pong {
    pub(crate) index: usize,
    /// The field that repeats the ping's sequence.
    pub(crate) sequence: Option<FieldDescriptor>,
}

/// What says that a stream is about to end.
#[derive(Clone, Debug)]
pub(crate) struct Goodbye {
    pub(crate) index: usize,
    /// The text field that says why.
    pub(crate) reason: Option<FieldDescriptor>,
    /// The field that says how long to stay away: milliseconds, or protobuf's duration. Of the hub's goodbye.
    pub(crate) after: Option<FieldDescriptor>,
}
