//! What build.rs says about roles.

use std::fmt;

use crate::finding::Position;

/// What a call of the builder names a field for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    Payload,
    ClientId,
    CommandId,
    Ack,
    Reply,
    Ping,
    Pong,
    Heartbeat,
    NoPublish,
}

impl Role {
    /// The builder's method, as messages show it.
    pub(crate) fn call(self) -> &'static str {
        match self {
            Self::Payload => "payload",
            Self::ClientId => "client_id",
            Self::CommandId => "command_id",
            Self::Ack => "ack",
            Self::Reply => "reply",
            Self::Ping => "ping",
            Self::Pong => "pong",
            Self::Heartbeat => "heartbeat",
            Self::NoPublish => "no_publish",
        }
    }
}

/// One call of the builder: `.reply("trading.v1.BotCommand", "dump", "memory_image")`.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    pub(crate) role: Role,
    /// A message's full name, or `package.Service/Rpc`.
    pub(crate) on: String,
    /// The field, oneof, or path of fields.
    pub(crate) field: String,
    /// What answers it; of `.reply` alone.
    pub(crate) reply: Option<String>,
    /// Where it stands.
    pub(crate) at: Position,
}

/// As it stands in build.rs.
impl fmt::Display for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, ".{}({:?}, {:?}", self.role.call(), self.on, self.field)?;
        if let Some(reply) = &self.reply {
            write!(f, ", {reply:?}")?;
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

    /// Whether `.plain` names `rpc`.
    pub(crate) fn plain(&self, rpc: &str) -> bool {
        self.plain.iter().any(|it| it.rpc == rpc)
    }
}
