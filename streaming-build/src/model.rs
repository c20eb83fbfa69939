//! What was found: everything the generated code needs to know, with the descriptors of the proto beside it.

use prost_reflect::{
    FieldDescriptor, MessageDescriptor, MethodDescriptor, OneofDescriptor, ServiceDescriptor,
};

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

/// A bidi rpc with its roles.
#[derive(Debug)]
pub(crate) struct Contract {
    pub(crate) method: MethodDescriptor,
    pub(crate) message: Side,
    pub(crate) command: Side,
    /// The fields that lead to the client's id.
    pub(crate) client_id: Vec<FieldDescriptor>,
    pub(crate) command_id: Option<FieldDescriptor>,
    pub(crate) ack: Option<Ack>,
    /// What answers the command's variants, one for each.
    pub(crate) replies: Vec<Option<Reply>>,
    pub(crate) ping: Option<Ping>,
    /// The message's variant that answers a ping.
    pub(crate) pong: Option<Pong>,
}

impl Contract {
    /// The fields that are read or written for roles.
    pub(crate) fn role_fields(&self) -> Vec<&FieldDescriptor> {
        let mut fields: Vec<&FieldDescriptor> = self.client_id.iter().collect();
        fields.extend(&self.command_id);
        if let Some(Ack::Variant(_, outcome) | Ack::Envelope(outcome)) = &self.ack {
            fields.push(&outcome.id);
            let texts = [&outcome.success, &outcome.error, &outcome.message];
            fields.extend(texts.into_iter().flatten());
        }
        for reply in self.replies.iter().flatten() {
            if let Reply::Variant(_, id) = reply {
                fields.extend(id);
            }
        }
        if let Some(ping) = &self.ping {
            fields.extend(ping.fill.iter().map(|(field, _)| field));
        }
        fields.extend(self.pong.iter().filter_map(|pong| pong.sequence.as_ref()));
        fields
    }
}

/// The message or the command of a contract.
#[derive(Debug)]
pub(crate) struct Side {
    pub(crate) descriptor: MessageDescriptor,
    pub(crate) oneof: Option<OneofDescriptor>,
    /// The members of the oneof in the order of the proto; without one all fields in the order of their numbers.
    pub(crate) variants: Vec<Variant>,
}

impl Side {
    /// The index of the variant called `name`.
    pub(crate) fn variant(&self, name: &str) -> Option<usize> {
        self.oneof.as_ref()?;
        self.variants.iter().position(|variant| variant.field.name() == name)
    }
}

/// One variant.
#[derive(Debug)]
pub(crate) struct Variant {
    pub(crate) field: FieldDescriptor,
    pub(crate) publish: bool,
    pub(crate) heartbeat: bool,
}

/// Which message says how a command went.
#[derive(Debug)]
pub(crate) enum Ack {
    /// A variant.
    Variant(usize, Outcome),
    /// The message itself, which carries the command's id at top level.
    Envelope(Outcome),
}

/// The fields of an ack.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) id: FieldDescriptor,
    pub(crate) success: Option<FieldDescriptor>,
    pub(crate) error: Option<FieldDescriptor>,
    pub(crate) message: Option<FieldDescriptor>,
}

/// What answers a command.
#[derive(Debug)]
pub(crate) enum Reply {
    /// The ack.
    Ack,
    /// The message's variant of this index, and where the command's id is: in its payload, or in the envelope.
    Variant(usize, Option<FieldDescriptor>),
    /// Any message with the command's id.
    Any,
}

/// How a ping is made.
#[derive(Debug)]
pub(crate) struct Ping {
    pub(crate) kind: PingKind,
    /// The fields to fill, of the payload or, beside a bool field, of the command.
    pub(crate) fill: Vec<(FieldDescriptor, Fill)>,
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
