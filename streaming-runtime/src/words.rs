//! What pings, goodbyes, questions and replies say, whatever a contract calls their fields.

use std::time::{Duration, SystemTime};

use crate::id::{IdRef, OwnedId};

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

/// What a message asked, kept until it is answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    /// The message's id, which the answer repeats.
    pub id: OwnedId,
    /// The message's variant, as [`Contract::message_variant`](crate::Contract::message_variant) gives it.
    pub variant: Option<u16>,
}

/// What a goodbye says, as far as it has fields for it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Goodbye<'a> {
    /// Why the stream ends.
    pub reason: &'a str,
    /// How long the client is to stay away; `None`: as it likes. [`Duration::MAX`], read where a field says less than 0:
    /// for good.
    pub reconnect_after: Option<Duration>,
}

impl Goodbye<'_> {
    /// [`reconnect_after`](Self::reconnect_after) in milliseconds, 0 for `None`.
    #[must_use]
    pub fn reconnect_after_millis(&self) -> i64 {
        let after = self.reconnect_after.unwrap_or_default();
        i64::try_from(after.as_millis()).unwrap_or(i64::MAX)
    }
}

/// What a message says as a reply, read without copying.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReplyRef<'a> {
    /// The command that it answers. An empty one answers none.
    pub id: IdRef<'a>,
    /// The message's variant, as [`Contract::message_variant`](crate::Contract::message_variant) gives it.
    pub variant: Option<u16>,
    /// Whether it is an ack: the message's ack variant, or an envelope in which no variant is set.
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
