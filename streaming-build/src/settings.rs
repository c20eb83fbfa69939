//! What build.rs says about roles.

use std::fmt;

use crate::finding::Position;

/// What a call of the builder names a field for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    Payload,
    ClientId,
    ClientIdFromMetadata,
    ClientIdAuthenticated,
    ClientIdAssigned,
    CommandId,
    Ack,
    Reply,
    MessageId,
    Answer,
    NoAnswers,
    Ping,
    Pong,
    Heartbeat,
    Goodbye,
    NoGoodbye,
    NoPublish,
    Overflow,
    Coalesce,
}

impl Role {
    /// Each of these says where the id of a client comes from.
    pub(crate) const CLIENT_IDS: [Self; 4] = [
        Self::ClientId,
        Self::ClientIdFromMetadata,
        Self::ClientIdAuthenticated,
        Self::ClientIdAssigned,
    ];

    /// Whether it is about a variant of either direction.
    pub(crate) fn is_of_either(self) -> bool {
        matches!(self, Self::Ack | Self::Goodbye | Self::NoPublish)
    }

    /// The builder's method, and the option where there is one.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Payload => "payload",
            Self::ClientId => "client_id",
            Self::ClientIdFromMetadata => "client_id_from_metadata",
            Self::ClientIdAuthenticated => "client_id_authenticated",
            Self::ClientIdAssigned => "client_id_assigned",
            Self::CommandId => "command_id",
            Self::Ack => "ack",
            Self::Reply => "reply",
            Self::MessageId => "message_id",
            Self::Answer => "answer",
            Self::NoAnswers => "no_answers",
            Self::Ping => "ping",
            Self::Pong => "pong",
            Self::Heartbeat => "heartbeat",
            Self::Goodbye => "goodbye",
            Self::NoGoodbye => "no_goodbye",
            Self::NoPublish => "no_publish",
            Self::Overflow => "overflow",
            Self::Coalesce => "coalesce",
        }
    }
}

/// One call of the builder: `.reply("trading.v1.BotCommand", "dump", "memory_image")`.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    pub(crate) role: Role,
    /// A message's full name, or `package.Service/Rpc`.
    pub(crate) on: String,
    /// What it says about it: a field, oneof, path of fields or header; of some, a variant and what answers it, or what
    /// happens to it.
    pub(crate) args: Vec<String>,
    /// Where it stands.
    pub(crate) at: Position,
}

impl Call {
    /// The field, or what else is named first.
    pub(crate) fn field(&self) -> &str {
        self.args.first().map_or("", String::as_str)
    }

    /// What answers it, or what else is named after it.
    pub(crate) fn second(&self) -> &str {
        self.args.get(1).map_or("", String::as_str)
    }
}

/// As it stands in build.rs.
impl fmt::Display for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, ".{}({:?}", self.role.name(), self.on)?;
        for arg in &self.args {
            write!(f, ", {arg:?}")?;
        }
        f.write_str(")")
    }
}

/// An rpc that `.only` or `.plain` names.
#[derive(Clone, Debug)]
pub(crate) struct Named {
    pub(crate) rpc: String,
    /// Where it stands.
    pub(crate) at: Position,
}

/// What the builder says about roles.
#[derive(Clone, Debug, Default)]
pub(crate) struct Settings {
    pub(crate) calls: Vec<Call>,
    /// The rpcs of `.only`, if it was called.
    pub(crate) only: Option<Vec<Named>>,
    pub(crate) plain: Vec<Named>,
}

impl Settings {
    /// Whether `.only` names `rpc`; `None` where it was not called.
    pub(crate) fn only(&self, rpc: &str) -> Option<bool> {
        self.only.as_ref().map(|only| only.iter().any(|it| it.rpc == rpc))
    }

    /// The call of `.plain` that names `rpc`.
    pub(crate) fn plain(&self, rpc: &str) -> Option<&Named> {
        self.plain.iter().find(|it| it.rpc == rpc)
    }
}
