//! The one table of ends and refusals: which gRPC status the peer sees, and which reason the trailer names.

use std::{error::Error as _, fmt};

use tonic::{Code, Status, metadata::MetadataValue};

/// The trailer that names why a stream ended.
pub const END_TRAILER: &str = "streaming-end";

/// Why a session ended. What [`on_disconnect`](crate::session::Handler::on_disconnect) is told.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Reason {
    /// The client ended its side of the stream: status `OK`.
    HalfClosed,
    /// The client dropped the stream, or its transport was lost.
    ClientGone,
    /// The server asked for it, with these words: status `OK`.
    Closed(String),
    /// A newer stream of the same id took over: status `ABORTED`.
    Replaced,
    /// Nothing was read from the client for `ping.timeout`: status `DEADLINE_EXCEEDED`.
    PingTimeout,
    /// A message named another client id than the first one: status `INVALID_ARGUMENT`.
    IdChanged,
    /// A message could not be read: it was too large (`RESOURCE_EXHAUSTED`) or no valid protobuf.
    BadMessage(Status),
    /// `max_consecutive_errors` handlers in a row failed: the last one's status.
    HandlerErrors(Status),
    /// The stream was open for `max_stream_age`: status `UNAVAILABLE`.
    StreamAge,
    /// The outbox was full, and the overflow policy is to disconnect: status `RESOURCE_EXHAUSTED`.
    SlowConsumer,
    /// `on_connect` refused the client or took longer than `callback_timeout`.
    Refused(Status),
}

impl Reason {
    /// The name of the reason, as the trailer `streaming-end` and the logs give it.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::HalfClosed => "half-closed",
            Self::ClientGone => "client-gone",
            Self::Closed(_) => "closed",
            Self::Replaced => "replaced",
            Self::PingTimeout => "ping-timeout",
            Self::IdChanged => "id-changed",
            Self::BadMessage(_) => "bad-message",
            Self::HandlerErrors(_) => "handler-errors",
            Self::StreamAge => "stream-age",
            Self::SlowConsumer => "slow-consumer",
            Self::Refused(_) => "refused",
        }
    }

    /// The input failed. A lost transport comes with a source and any code; what tonic cannot decode comes without.
    pub(crate) fn input_failed(status: Status) -> Self {
        if status.source().is_some() {
            return Self::ClientGone;
        }
        match status.code() {
            // Larger than the service's `max_decoding_message_size`.
            Code::OutOfRange => Self::BadMessage(Status::resource_exhausted(status.message())),
            _ => Self::BadMessage(status),
        }
    }

    /// The status with which the stream ends.
    pub(crate) fn status(&self) -> Status {
        let (code, text) = match self {
            Self::HalfClosed | Self::Closed(_) => (Code::Ok, ""),
            Self::ClientGone => (Code::Cancelled, "the client is gone"),
            Self::Replaced => (Code::Aborted, "another stream with this client id took over"),
            Self::PingTimeout => (
                Code::DeadlineExceeded,
                "nothing was received from the client for longer than the ping timeout",
            ),
            Self::IdChanged => (
                Code::InvalidArgument,
                "a message carries another client id than the stream's first message",
            ),
            Self::StreamAge => {
                (Code::Unavailable, "the stream was open for as long as it may; open a new one")
            }
            Self::SlowConsumer => {
                (Code::ResourceExhausted, "the client reads its commands too slowly")
            }
            Self::BadMessage(status) | Self::HandlerErrors(status) | Self::Refused(status) => {
                return named(status.clone(), self.name());
            }
        };
        named(Status::new(code, text), self.name())
    }

    /// Whether the peer can still read what is queued.
    pub(crate) fn can_flush(&self) -> bool {
        !matches!(self, Self::ClientGone | Self::PingTimeout)
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Closed(words) if !words.is_empty() => write!(f, "closed: {words}"),
            Self::BadMessage(status) | Self::HandlerErrors(status) | Self::Refused(status) => {
                write!(f, "{}: {}", self.name(), status.message())
            }
            _ => f.write_str(self.name()),
        }
    }
}

/// Why a stream was refused before it became a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// No first message within `identify_timeout`.
    IdentifyTimeout,
    /// The first message has no client id, or the stream ended before one.
    NoId,
    /// The id is too long or holds control characters.
    BadId,
    /// The id is taken, and duplicates are rejected.
    Duplicate,
    /// The hub is full.
    MaxStreams,
    /// Too many streams are not identified yet.
    MaxUnidentified,
}

impl Refusal {
    pub(crate) fn status(self) -> Status {
        let (code, text, name) = match self {
            Self::IdentifyTimeout => (
                Code::DeadlineExceeded,
                "no message with a client id arrived within the identify timeout",
                "identify-timeout",
            ),
            Self::NoId => (
                Code::InvalidArgument,
                "the first message of a stream must carry the client id",
                "no-id",
            ),
            Self::BadId => (
                Code::InvalidArgument,
                "a client id has 1 to 128 bytes and no control characters",
                "bad-id",
            ),
            Self::Duplicate => {
                (Code::AlreadyExists, "a stream with this client id is open", "duplicate")
            }
            Self::MaxStreams => {
                (Code::ResourceExhausted, "the hub has as many streams as it may", "max-streams")
            }
            Self::MaxUnidentified => (
                Code::Unavailable,
                "too many streams wait to be identified; try again later",
                "max-unidentified",
            ),
        };
        named(Status::new(code, text), name)
    }
}

fn named(mut status: Status, name: &'static str) -> Status {
    let value = MetadataValue::from_static(name);
    status.metadata_mut().insert(END_TRAILER, value);
    status
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn is(status: &Status, code: Code, name: &str) {
        let trailer = status.metadata().get(END_TRAILER);
        let trailer = trailer.map(|name| name.to_str().expect("ASCII"));
        assert_eq!((status.code(), trailer), (code, Some(name)), "{status:?}");
        // `OK` says nothing; everything else says what it is, to whoever reads the client's log.
        assert_eq!(status.message().is_empty(), code == Code::Ok, "{status:?}");
    }

    #[test]
    fn each_reason_has_its_status_and_its_trailer() {
        let own = || Status::not_found("no such bot");
        for (reason, code, name, flush) in [
            (Reason::HalfClosed, Code::Ok, "half-closed", true),
            (Reason::Closed("enough".to_owned()), Code::Ok, "closed", true),
            (Reason::ClientGone, Code::Cancelled, "client-gone", false),
            (Reason::Replaced, Code::Aborted, "replaced", true),
            (Reason::PingTimeout, Code::DeadlineExceeded, "ping-timeout", false),
            (Reason::IdChanged, Code::InvalidArgument, "id-changed", true),
            (Reason::StreamAge, Code::Unavailable, "stream-age", true),
            (Reason::SlowConsumer, Code::ResourceExhausted, "slow-consumer", true),
            (Reason::BadMessage(own()), Code::NotFound, "bad-message", true),
            (Reason::HandlerErrors(own()), Code::NotFound, "handler-errors", true),
            (Reason::Refused(own()), Code::NotFound, "refused", true),
        ] {
            is(&reason.status(), code, name);
            assert_eq!((reason.name(), reason.can_flush()), (name, flush));
            assert!(reason.to_string().starts_with(name), "{reason}");
        }
        assert_eq!(Reason::Closed("enough".to_owned()).to_string(), "closed: enough");
        assert_eq!(Reason::Closed(String::new()).to_string(), "closed");
        assert_eq!(Reason::Refused(own()).to_string(), "refused: no such bot");
    }

    #[test]
    fn each_refusal_has_its_status_and_its_trailer() {
        for (refusal, code, name) in [
            (Refusal::IdentifyTimeout, Code::DeadlineExceeded, "identify-timeout"),
            (Refusal::NoId, Code::InvalidArgument, "no-id"),
            (Refusal::BadId, Code::InvalidArgument, "bad-id"),
            (Refusal::Duplicate, Code::AlreadyExists, "duplicate"),
            (Refusal::MaxStreams, Code::ResourceExhausted, "max-streams"),
            (Refusal::MaxUnidentified, Code::Unavailable, "max-unidentified"),
        ] {
            is(&refusal.status(), code, name);
        }
    }

    #[test]
    fn a_status_of_the_users_keeps_its_details_and_its_trailers() {
        let mut own = Status::with_details(Code::NotFound, "no such bot", "details".into());
        own.metadata_mut().insert("extra", MetadataValue::from_static("kept"));
        let status = Reason::HandlerErrors(own).status();
        is(&status, Code::NotFound, "handler-errors");
        assert_eq!(status.details(), b"details");
        assert_eq!(status.metadata().get("extra").expect("kept"), "kept");
    }

    #[test]
    fn a_failed_input_is_a_lost_transport_or_a_bad_message() {
        let too_large = Reason::input_failed(Status::out_of_range("4194305 bytes"));
        is(&too_large.status(), Code::ResourceExhausted, "bad-message");
        assert_eq!(too_large.status().message(), "4194305 bytes");
        let malformed = Reason::input_failed(Status::internal("no protobuf"));
        is(&malformed.status(), Code::Internal, "bad-message");
        let lost = Status::from_error("connection reset".into());
        is(&Reason::input_failed(lost).status(), Code::Cancelled, "client-gone");
    }
}
