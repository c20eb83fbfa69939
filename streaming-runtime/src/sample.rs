//! A contract written by hand, for the tests of this crate: roles that no proto states can be computed.

use std::sync::{
    Arc,
    atomic::{AtomicU64, AtomicUsize},
};

use tonic::metadata::MetadataMap;

use crate::{
    config::{HubConfig, PingTimeout},
    contract::{Acks, Awaits, Contract, Failed, N, Ping, PingRole, Replies, ReplyRef, Variant},
    id::{IdKind, IdRef, NewId},
    outbox::{Entry, Frame},
    publish::json::Object,
    session::{Context, NewIds, Queued, Session, SessionInfo},
};

/// Sensors that are told to measure.
#[derive(Debug)]
pub(crate) struct Sample;

/// What a sensor sends: one flat message, whose kind is its variant.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct Message {
    #[prost(string, tag = "1")]
    pub(crate) sensor: String,
    #[prost(uint32, tag = "2")]
    pub(crate) kind: u32,
    #[prost(string, tag = "3")]
    pub(crate) command_id: String,
    #[prost(string, tag = "4")]
    pub(crate) error: String,
    #[prost(uint64, tag = "5")]
    pub(crate) value: u64,
}

/// What a sensor is told.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct Command {
    #[prost(uint32, tag = "1")]
    pub(crate) kind: u32,
    #[prost(string, tag = "2")]
    pub(crate) id: String,
    #[prost(uint64, tag = "3")]
    pub(crate) value: u64,
    #[prost(string, tag = "4")]
    pub(crate) text: String,
}

pub(crate) const NOTE: u32 = 0;
pub(crate) const ACK: u32 = 1;
pub(crate) const READING: u32 = 2;
pub(crate) const PONG: u32 = 3;

pub(crate) const PING: u32 = 0;
pub(crate) const MEASURE: u32 = 1;
pub(crate) const RESET: u32 = 2;

/// The variants as type parameters.
pub(crate) type Measure = N<1>;
pub(crate) type Reset = N<2>;

const fn variant(name: &'static str, event_type: &'static str) -> Variant {
    Variant { name, channel: name, event_type, publish: true }
}

impl Contract for Sample {
    type Message = Message;
    type Command = Command;

    const NAME: &'static str = "sample.v1.Sensors/Connect";
    const MESSAGES: &'static [Variant] = &[
        variant("note", "grpc_message_note"),
        variant("ack", "grpc_message_ack"),
        variant("reading", "grpc_message_reading"),
        variant("pong", "grpc_message_pong"),
    ];
    const COMMANDS: &'static [Variant] = &[
        variant("ping", "grpc_command_ping"),
        variant("measure", "grpc_command_measure"),
        variant("reset", "grpc_command_reset"),
    ];
    const COMMAND_ID: Option<IdKind> = Some(IdKind::Str);
    const PING: PingRole = PingRole::Answered;

    fn client_id(message: &Message) -> Option<IdRef<'_>> {
        Some(IdRef::Str(&message.sensor))
    }

    fn message_variant(message: &Message) -> Option<u16> {
        u16::try_from(message.kind).ok()
    }

    fn command_variant(command: &Command) -> Option<u16> {
        u16::try_from(command.kind).ok()
    }

    fn command_id(command: &Command) -> Option<IdRef<'_>> {
        Some(IdRef::Str(&command.id))
    }

    fn set_command_id(command: &mut Command, id: NewId) {
        command.id = id.into_string();
    }

    /// Whatever carries a command's id is an answer; an ack with an error is a failed one.
    fn reply(message: &Message) -> Option<ReplyRef<'_>> {
        let ack = message.kind == ACK;
        let failed = ack && !message.error.is_empty();
        Some(ReplyRef {
            id: IdRef::Str(&message.command_id),
            variant: Self::message_variant(message),
            ack,
            failure: failed.then_some(Failed { message: "", error: &message.error }),
        })
    }

    fn ping(ping: &Ping) -> Option<Command> {
        Some(Command { kind: PING, value: ping.sequence, ..Command::default() })
    }

    fn pong(message: &Message) -> Option<u64> {
        (message.kind == PONG).then_some(message.value)
    }

    fn message_json(message: &Message, object: &mut Object<'_>) {
        object.key("sensor").string(&message.sensor);
    }

    fn command_json(command: &Command, object: &mut Object<'_>) {
        object.key("text").string(&command.text);
    }
}

impl Replies<Measure> for Sample {
    type Reply = u64;
    const AWAITS: Awaits = Awaits::Variant(2);

    fn into_reply(message: Message) -> Option<u64> {
        Some(message.value)
    }
}

impl Replies<Reset> for Sample {
    type Reply = ();
    const AWAITS: Awaits = Awaits::Ack;

    fn into_reply(_: Message) -> Option<()> {
        Some(())
    }
}

impl Acks for Sample {
    type Ack = String;

    fn into_ack(message: Message) -> Option<String> {
        Some(message.error)
    }
}

/// What the sessions of a hub with these settings share.
pub(crate) fn context(config: HubConfig) -> Arc<Context> {
    let ping_timeout = match config.ping.timeout {
        PingTimeout::After(timeout) => Some(timeout),
        _ => None,
    };
    Arc::new(Context {
        config,
        publisher: None,
        ping_timeout,
        max_command: AtomicUsize::new(1024 * 1024),
        live: AtomicUsize::new(0),
        dropped_handlers: AtomicU64::new(0),
        ids: NewIds::new(),
    })
}

/// A session of its own, which nothing runs.
pub(crate) fn session(config: HubConfig) -> Arc<Session<Sample>> {
    let info = SessionInfo::new("sensor".into(), MetadataMap::new(), None);
    Arc::new(Session::new(context(config), info))
}

/// An entry for an outbox, named by its text.
pub(crate) fn entry(text: &str, size: usize) -> Queued<Sample> {
    let command = Command { kind: RESET, text: text.to_owned(), ..Command::default() };
    Entry { frame: Frame::Message(command), variant: Some(2), size, request: None, json: None }
}

/// The text of a command that was not encoded.
pub(crate) fn text(frame: &Frame<Command>) -> &str {
    match frame {
        Frame::Message(command) => &command.text,
        Frame::Encoded(_) => panic!("it was encoded"),
    }
}
