//! Contracts written by hand, for the tests of this crate: roles that no proto states can be computed.

#[cfg(feature = "channel")]
pub(crate) mod service;

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use tonic::{Extensions, metadata::MetadataMap};

use crate::{
    config::HubConfig,
    context::Context,
    contract::{
        Acks, Awaits, ClientIdSource, Contract, Failed, Goodbye, N, Overflow, Ping, PingRole,
        Question, Replies, ReplyRef, UniqueIds, Variant,
    },
    id::{ClientId, IdKind, IdRef, OwnedId},
    identity::Handshake,
    outbox::{Entry, Frame, Shape},
    publish::json::Object,
    resume::Key,
    session::{Queued, Session, SessionInfo},
    testing::Scripted,
};

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
    /// Under which it asks for an answer.
    #[prost(string, tag = "6")]
    pub(crate) question: String,
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
pub(crate) const BYE: u32 = 4;

pub(crate) const PING: u32 = 0;
pub(crate) const MEASURE: u32 = 1;
pub(crate) const RESET: u32 = 2;
pub(crate) const FAILED: u32 = 3;
pub(crate) const GOODBYE: u32 = 4;
/// Nobody waits for a place for it.
pub(crate) const NEWS: u32 = 5;
/// Nobody wants an old one.
pub(crate) const PRICE: u32 = 6;

/// The variants as type parameters.
pub(crate) type Measure = N<1>;
pub(crate) type Reset = N<2>;

const fn variant(name: &'static str, event_type: &'static str) -> Variant {
    Variant { name, channel: name, event_type, publish: true, overflow: None, coalesce: false }
}

/// Contracts that differ in what is written here.
macro_rules! contracts {
    ($($(#[$docs:meta])* $name:ident { $($item:tt)* })*) => {$(
        $(#[$docs])*
        #[derive(Debug)]
        pub(crate) struct $name;

        impl Contract for $name {
            type Message = Message;
            type Command = Command;

            const NAME: &'static str =
                concat!("sample.v1.Sensors/", stringify!($name));
            const MESSAGES: &'static [Variant] = &[
                variant("note", "grpc_message_note"),
                variant("ack", "grpc_message_ack"),
                variant("reading", "grpc_message_reading"),
                variant("pong", "grpc_message_pong"),
                variant("bye", "grpc_message_bye"),
            ];
            const COMMANDS: &'static [Variant] = &[
                variant("ping", "grpc_command_ping"),
                variant("measure", "grpc_command_measure"),
                variant("reset", "grpc_command_reset"),
                variant("failed", "grpc_command_failed"),
                variant("goodbye", "grpc_command_goodbye"),
                Variant {
                    overflow: Some(Overflow::Reject),
                    ..variant("news", "grpc_command_news")
                },
                Variant { coalesce: true, ..variant("price", "grpc_command_price") },
            ];
            const PING: PingRole = PingRole::Answered;

            fn message_variant(message: &Message) -> Option<u16> {
                u16::try_from(message.kind).ok()
            }

            fn command_variant(command: &Command) -> Option<u16> {
                u16::try_from(command.kind).ok()
            }

            fn command_id(command: &Command) -> Option<IdRef<'_>> {
                Some(IdRef::Str(&command.id))
            }

            fn set_command_id(command: &mut Command, id: OwnedId) {
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

            $($item)*
        }

        impl Scripted for $name {
            fn answer_ping(command: &Command) -> Option<Message> {
                let value = command.value;
                let pong = Message { kind: PONG, value, ..Message::default() };
                (command.kind == PING).then_some(pong)
            }

            fn ack(id: OwnedId, failed: Option<Failed<'_>>) -> Option<Message> {
                let error = failed.map_or_else(String::new, |failed| failed.error.to_owned());
                let command_id = id.into_string();
                Some(Message { kind: ACK, command_id, error, ..Message::default() })
            }
        }
    )*};
}

contracts! {
    /// Sensors that are told to measure.
    Sample {
        const COMMAND_ID: Option<IdKind> = Some(IdKind::Str);

        fn client_id(message: &Message) -> Option<IdRef<'_>> {
            Some(IdRef::Str(&message.sensor))
        }
    }

    /// Sensors that ask, and say goodbye.
    Polite {
        const COMMAND_ID: Option<IdKind> = Some(IdKind::Str);

        fn client_id(message: &Message) -> Option<IdRef<'_>> {
            Some(IdRef::Str(&message.sensor))
        }

        fn question(message: &Message) -> Option<IdRef<'_>> {
            Some(IdRef::Str(&message.question))
        }

        fn failed_answer(question: Question, failed: Failed<'_>) -> Option<Command> {
            let text = format!("{:?} {}: {}", question.variant, failed.error, failed.message);
            Some(Command { kind: FAILED, id: question.id.into_string(), text, ..Command::default() })
        }

        fn client_goodbye(message: &Message) -> Option<&str> {
            (message.kind == BYE).then_some(&message.error)
        }

        fn goodbye(goodbye: &Goodbye<'_>) -> Option<Command> {
            let value = u64::try_from(goodbye.reconnect_after_millis()).expect("a time");
            let text = goodbye.reason.to_owned();
            Some(Command { kind: GOODBYE, text, value, ..Command::default() })
        }
    }

    /// Sensors with small command ids.
    Small {
        const COMMAND_ID: Option<IdKind> = Some(IdKind::Int32);
    }

    /// Those that say who they are.
    #[cfg_attr(not(feature = "link"), allow(dead_code, reason = "for links"))]
    SmallNamed {
        const COMMAND_ID: Option<IdKind> = Some(IdKind::Int32);

        fn client_id(message: &Message) -> Option<IdRef<'_>> {
            Some(IdRef::Str(&message.sensor))
        }
    }

    /// Sensors of a building, `building/sensor`: no field holds that.
    Computed {
        const CLIENT_ID: ClientIdSource = ClientIdSource::Computed;

        fn compute_client_id(message: &Message) -> Option<ClientId> {
            let (building, sensor) = (message.error.as_str(), message.sensor.as_str());
            (!sensor.is_empty()).then(|| format!("{building}/{sensor}").into())
        }
    }

    /// Sensors that a header names.
    ByHeader {
        const CLIENT_ID: ClientIdSource = ClientIdSource::Metadata("sensor-id");
    }

    /// Sensors that a header names in bytes.
    ByBytes {
        const CLIENT_ID: ClientIdSource = ClientIdSource::Metadata("sensor-bin");
    }

    /// Sensors that are who they prove to be.
    ByIdentity {
        const CLIENT_ID: ClientIdSource = ClientIdSource::Authenticated;
    }

    /// Sensors without a name.
    Nameless {
        const CLIENT_ID: ClientIdSource = ClientIdSource::Assigned;
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

macro_rules! acknowledged {
    ($($name:ident)*) => {$(
        impl Acks for $name {
            type Ack = String;

            fn into_ack(message: Message) -> Option<String> {
                Some(message.error)
            }
        }
    )*};
}

acknowledged!(Sample Polite Small SmallNamed);

impl UniqueIds for Sample {}
impl UniqueIds for Polite {}

/// What the sessions of a hub with these settings share.
pub(crate) fn context(config: HubConfig) -> Context {
    let ping_timeout = config.ping.silence(false);
    let context = Context::new::<Sample>(config, None, ping_timeout);
    context.max_command.store(1024 * 1024, Ordering::Relaxed);
    context
}

/// A session of its own, which nothing runs.
pub(crate) fn session<C: Contract>(config: HubConfig) -> Arc<Session<C>> {
    Arc::new(Session::new(Arc::new(context(config)), info(), Key::new()))
}

/// What is known of it.
pub(crate) fn info() -> SessionInfo {
    SessionInfo::new("sensor".into(), handshake(MetadataMap::new()), None, &AtomicU64::new(0))
}

/// A stream that opens with these headers.
pub(crate) fn handshake(metadata: MetadataMap) -> Handshake {
    Handshake::new(metadata, Extensions::new(), None)
}

/// A message of the sensor of that name, handled as `value` says.
pub(crate) fn note(value: u64) -> Message {
    Message { sensor: "sensor".to_owned(), kind: NOTE, value, ..Message::default() }
}

/// An entry for an outbox, named by its text.
pub(crate) fn entry(text: &str, size: usize) -> Queued<Sample> {
    let command = Command { kind: RESET, text: text.to_owned(), ..Command::default() };
    Entry {
        frame: Frame::Message(command),
        shape: Shape { variant: Some(2), coalesces: false, size },
        request: None,
        json: None,
    }
}

/// The text of a command that was not encoded.
pub(crate) fn text(frame: &Frame<Command>) -> &str {
    match frame {
        Frame::Message(command) => &command.text,
        Frame::Encoded(_) => panic!("it was encoded"),
    }
}
