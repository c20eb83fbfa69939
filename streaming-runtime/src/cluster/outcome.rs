//! Errors and settings as numbers that nodes exchange.

use bytes::Bytes;

use super::wire::Outcome;
use crate::{
    contract::{Awaits, Overflow},
    error::{Rejection, RequestError, SendError, Unreachable},
};

const DONE: u32 = 1;
const NOT_CONNECTED: u32 = 2;
const OVERFLOW: u32 = 3;
const TOO_LARGE: u32 = 4;
const DRAINING: u32 = 5;
const DUPLICATE_ID: u32 = 6;
const TIMEOUT: u32 = 7;
const UNSENT: u32 = 8;
const SENT: u32 = 9;
const REJECTED: u32 = 10;
const BACKLOG: u32 = 11;
/// It came after its deadline.
const LATE: u32 = 12;

const REPLY_TOO_LARGE: u32 = 13;

/// The message that answers, nothing where only the command was accepted.
pub(super) type Result = std::result::Result<Bytes, RequestError>;

/// What came after its deadline is told.
pub(super) fn late() -> Outcome {
    Outcome { code: LATE, ..Outcome::default() }
}

impl Outcome {
    /// Nobody has taken the call.
    pub(super) fn is_refusal(&self) -> bool {
        matches!(self.code, NOT_CONNECTED | DRAINING)
    }
}

impl From<Result> for Outcome {
    fn from(result: Result) -> Self {
        let of = |code| Self { code, ..Self::default() };
        match result {
            Ok(bytes) => Self { bytes, ..of(DONE) },
            Err(RequestError::NotConnected) => of(NOT_CONNECTED),
            Err(RequestError::Overflow) => of(OVERFLOW),
            Err(RequestError::TooLarge { size, limit }) => {
                Self { size: size as u64, limit: limit as u64, ..of(TOO_LARGE) }
            }
            Err(RequestError::ReplyTooLarge { size, limit }) => {
                Self { size: size as u64, limit: limit as u64, ..of(REPLY_TOO_LARGE) }
            }
            Err(RequestError::Draining) => of(DRAINING),
            Err(RequestError::DuplicateId(text)) => Self { text, ..of(DUPLICATE_ID) },
            Err(RequestError::Timeout) => of(TIMEOUT),
            Err(RequestError::Disconnected { sent: false }) => of(UNSENT),
            Err(RequestError::Disconnected { sent: true }) => of(SENT),
            Err(RequestError::Rejected(Rejection { message, error })) => {
                Self { text: message, error, ..of(REJECTED) }
            }
            Err(RequestError::Backlog) => of(BACKLOG),
            // What only callers say.
            Err(
                RequestError::Unconfirmed | RequestError::Unreachable(_) | RequestError::NodeLost,
            ) => Self::default(),
        }
    }
}

impl From<Outcome> for Result {
    fn from(outcome: Outcome) -> Self {
        let Outcome { code, bytes, text, error, size, limit } = outcome;
        let bytes_of = |count| usize::try_from(count).unwrap_or(usize::MAX);
        Err(match code {
            DONE => return Ok(bytes),
            NOT_CONNECTED => RequestError::NotConnected,
            OVERFLOW => RequestError::Overflow,
            TOO_LARGE => RequestError::TooLarge { size: bytes_of(size), limit: bytes_of(limit) },
            REPLY_TOO_LARGE => {
                RequestError::ReplyTooLarge { size: bytes_of(size), limit: bytes_of(limit) }
            }
            DRAINING => RequestError::Draining,
            DUPLICATE_ID => RequestError::DuplicateId(text),
            TIMEOUT => RequestError::Timeout,
            UNSENT => RequestError::Disconnected { sent: false },
            SENT => RequestError::Disconnected { sent: true },
            REJECTED => RequestError::Rejected(Rejection { message: text, error }),
            BACKLOG => RequestError::Backlog,
            LATE => RequestError::Unreachable(Unreachable::ClocksDiffer),
            // A newer node's word.
            _ => RequestError::Unconfirmed,
        })
    }
}

/// What a send is told.
pub(super) fn of_send(error: RequestError) -> SendError {
    match error {
        RequestError::NotConnected | RequestError::Disconnected { sent: false } => {
            SendError::NotConnected
        }
        RequestError::Overflow => SendError::Overflow,
        RequestError::TooLarge { size, limit } => SendError::TooLarge { size, limit },
        RequestError::Draining => SendError::Draining,
        RequestError::DuplicateId(id) => SendError::DuplicateId(id),
        RequestError::Unreachable(why) => SendError::Unreachable(why),
        _ => SendError::Unconfirmed,
    }
}

/// 0: what the variant says, else the hub.
pub(super) fn from_overflow(overflow: Option<Overflow>) -> u32 {
    match overflow {
        None => 0,
        Some(Overflow::Wait) => 1,
        Some(Overflow::Reject) => 2,
        Some(Overflow::DropOldest) => 3,
        Some(Overflow::Disconnect) => 4,
    }
}

pub(super) fn into_overflow(number: u32) -> Option<Overflow> {
    match number {
        1 => Some(Overflow::Wait),
        2 => Some(Overflow::Reject),
        3 => Some(Overflow::DropOldest),
        4 => Some(Overflow::Disconnect),
        _ => None,
    }
}

/// Where the numbers of variants begin.
const VARIANTS: u32 = 16;

pub(super) fn from_awaits(awaits: Awaits) -> u32 {
    match awaits {
        Awaits::Ack => 0,
        Awaits::Reported => 1,
        Awaits::Whole => 2,
        Awaits::Any => 3,
        Awaits::Variant(variant) => VARIANTS + u32::from(variant),
    }
}

pub(super) fn into_awaits(number: u32) -> Option<Awaits> {
    match number {
        0 => Some(Awaits::Ack),
        1 => Some(Awaits::Reported),
        2 => Some(Awaits::Whole),
        3 => Some(Awaits::Any),
        _ => number.checked_sub(VARIANTS)?.try_into().ok().map(Awaits::Variant),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_outcome_is_the_same_on_the_other_node() {
        let rejection = Rejection { message: "m".to_owned(), error: "e".to_owned() };
        for result in [
            Ok(Bytes::from_static(b"reply")),
            Err(RequestError::NotConnected),
            Err(RequestError::Overflow),
            Err(RequestError::TooLarge { size: 2, limit: 1 }),
            Err(RequestError::ReplyTooLarge { size: 2, limit: 1 }),
            Err(RequestError::Draining),
            Err(RequestError::DuplicateId("id".to_owned())),
            Err(RequestError::Timeout),
            Err(RequestError::Disconnected { sent: false }),
            Err(RequestError::Disconnected { sent: true }),
            Err(RequestError::Rejected(rejection)),
            Err(RequestError::Backlog),
            Err(RequestError::Unconfirmed),
        ] {
            assert_eq!(Result::from(Outcome::from(result.clone())), result);
        }
    }

    #[test]
    fn what_is_awaited_and_what_a_send_says_are_the_same_on_the_other_node() {
        for awaits in [
            Awaits::Ack,
            Awaits::Reported,
            Awaits::Whole,
            Awaits::Any,
            Awaits::Variant(0),
            Awaits::Variant(u16::MAX),
        ] {
            assert_eq!(into_awaits(from_awaits(awaits)), Some(awaits));
        }
        assert_eq!(into_awaits(9), None);
        for overflow in [
            None,
            Some(Overflow::Wait),
            Some(Overflow::Reject),
            Some(Overflow::DropOldest),
            Some(Overflow::Disconnect),
        ] {
            assert_eq!(into_overflow(from_overflow(overflow)), overflow);
        }
    }
}
