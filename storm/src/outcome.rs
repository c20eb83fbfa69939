//! How a request ended, in a word.

use streaming_runtime::RequestError;

/// The answer came.
pub(crate) const ANSWERED: &str = "answered";

/// With these nothing was sent.
pub(crate) const UNSENT: [&str; 7] =
    ["unsent", "not-connected", "overflow", "too-large", "duplicate", "draining", "unreachable"];

pub(crate) fn of<T>(outcome: &Result<T, RequestError>) -> &'static str {
    let Err(error) = outcome else { return ANSWERED };
    match error {
        RequestError::NotConnected => "not-connected",
        RequestError::Overflow => "overflow",
        RequestError::TooLarge { .. } => "too-large",
        RequestError::DuplicateId(_) => "duplicate",
        RequestError::Draining => "draining",
        RequestError::Disconnected { sent: false } => "unsent",
        RequestError::Disconnected { sent: true } => "perhaps-sent",
        RequestError::Timeout => "timeout",
        RequestError::Rejected(_) => "rejected",
        RequestError::Backlog => "backlog",
        RequestError::Unreachable(_) => "unreachable",
        RequestError::Unconfirmed => "unconfirmed",
        _ => "other",
    }
}
