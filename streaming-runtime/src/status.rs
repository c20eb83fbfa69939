//! The one table of ends and refusals: which gRPC status the peer sees, and which reason the trailer names.

use std::{error::Error as _, fmt};

use tonic::{Code, Status, metadata::MetadataValue};

/// The trailer that names why a stream ended.
pub const END_TRAILER: &str = "streaming-end";

/// The ends of streams that never become a session.
const ENDS: [&str; 16] = [
    "refused",
    "not-allowed",
    "identity-expired",
    "id-changed",
    "identify-timeout",
    "no-id",
    "bad-id",
    "bad-message",
    "client-gone",
    "duplicate",
    "draining",
    "max-streams",
    "max-unidentified",
    "max-opening",
    "take-over-limit",
    "superseded",
];

/// When the client is to come back, as gRPC clients know it.
pub(crate) const PUSHBACK: &str = "grpc-retry-pushback-ms";

/// How long the one of two that chase each other stays away that has not got the id.
const TAKE_OVER_PUSHBACK: u64 = 30_000;

/// Why a session ended. What [`on_disconnect`](crate::session::Handler::on_disconnect) is told.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Reason {
    /// The client ended its side of the stream: status `OK`.
    HalfClosed,
    /// The client said goodbye, with these words: status `OK`.
    Goodbye(String),
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
    /// The client does not read: its transport took nothing for `write_timeout`, or there is no room for another answer:
    /// status `RESOURCE_EXHAUSTED`.
    Stalled,
    /// The identity that opened the stream has expired: status `UNAVAILABLE`.
    IdentityExpired,
    /// The hub was drained: status `OK` where the contract has a goodbye, which said so, else `UNAVAILABLE`.
    Drained,
    /// In a cluster: another node has the client as well, and its session is the newer one: status `UNAVAILABLE`.
    Moved,
    /// `on_connect` refused the client or took longer than `callback_timeout`.
    Refused(Status),
}

impl Reason {
    /// The name of the reason, as the trailer `streaming-end` and the logs give it.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::HalfClosed => "half-closed",
            Self::Goodbye(_) => "goodbye",
            Self::ClientGone => "client-gone",
            Self::Closed(_) => "closed",
            Self::Replaced => "replaced",
            Self::PingTimeout => "ping-timeout",
            Self::IdChanged => "id-changed",
            Self::BadMessage(_) => "bad-message",
            Self::HandlerErrors(_) => "handler-errors",
            Self::StreamAge => "stream-age",
            Self::SlowConsumer => "slow-consumer",
            Self::Stalled => "stalled",
            Self::IdentityExpired => "identity-expired",
            Self::Drained => "drained",
            Self::Moved => "moved",
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
            Self::HalfClosed | Self::Goodbye(_) | Self::Closed(_) => (Code::Ok, ""),
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
            Self::Stalled => {
                (Code::ResourceExhausted, "the client does not read what is sent to it")
            }
            Self::IdentityExpired => {
                (Code::Unavailable, "the identity has expired; open a new stream with a fresh one")
            }
            Self::Drained => (Code::Unavailable, "the hub is to end; open a new stream"),
            Self::Moved => (Code::Unavailable, "another node has this client; open a new stream"),
            Self::BadMessage(status) | Self::HandlerErrors(status) | Self::Refused(status) => {
                return named(status.clone(), self.name());
            }
        };
        let mut status = named(Status::new(code, text), self.name());
        if matches!(self, Self::Drained) {
            push_back(&mut status, jitter());
        }
        status
    }

    /// The status for a client that a goodbye has told that it is drained.
    pub(crate) fn heard() -> Status {
        named(Status::new(Code::Ok, ""), Self::Drained.name())
    }

    /// Whether it was the client that left.
    pub(crate) fn is_clients(&self) -> bool {
        matches!(self, Self::HalfClosed | Self::Goodbye(_) | Self::ClientGone)
    }

    /// Whether the peer can still read what is queued.
    pub(crate) fn can_flush(&self) -> bool {
        !matches!(self, Self::ClientGone | Self::PingTimeout | Self::Stalled)
    }

    /// What the hub's goodbye says: the words of whoever ended the stream, else the reason's name. `None`: it was the
    /// client, or it cannot hear any.
    pub(crate) fn goodbye(&self) -> Option<&str> {
        match self {
            Self::HalfClosed | Self::Goodbye(_) => None,
            Self::Closed(words) if !words.is_empty() => Some(words),
            _ => self.can_flush().then_some(self.name()),
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Closed(words) | Self::Goodbye(words) if !words.is_empty() => {
                write!(f, "{}: {words}", self.name())
            }
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
    /// The request has no header of this name, or more than one.
    NoHeader(&'static str),
    /// The header of this name holds no client id.
    BadHeader(&'static str),
    /// The id is too long or holds control characters.
    BadId,
    /// The identity is not that of the client.
    NotAllowed,
    /// The identity does not say which client it is.
    NotExact,
    /// The id is taken, and duplicates are rejected.
    Duplicate,
    /// The hub is full.
    MaxStreams,
    /// Too many streams are not identified yet.
    MaxUnidentified,
    /// So many streams open at once that its turn did not come in time.
    MaxOpening,
    /// The id was taken over so often that it stays with its holder.
    TakeOverLimit,
    /// The hub drains.
    Draining,
    /// Another stream has gone on with the session.
    Superseded,
    /// The session that was to go on is another client's.
    NotItsSession,
}

impl Refusal {
    pub(crate) fn status(self) -> Status {
        let (code, name, text) = match self {
            Self::IdentifyTimeout => (
                Code::DeadlineExceeded,
                "identify-timeout",
                "no message with a client id arrived within the identify timeout",
            ),
            Self::NoId => (
                Code::InvalidArgument,
                "no-id",
                "the first message of a stream must carry the client id",
            ),
            Self::NoHeader(_) => (Code::InvalidArgument, "no-id", "there must be exactly one"),
            Self::BadHeader(_) | Self::BadId => (
                Code::InvalidArgument,
                "bad-id",
                "a client id has 1 to 128 bytes and no control characters",
            ),
            Self::NotAllowed => (
                Code::PermissionDenied,
                "not-allowed",
                "this client id is not one of those that the identity may have",
            ),
            Self::NotExact => (
                Code::PermissionDenied,
                "not-allowed",
                "the identity is the client id of this rpc, and `#[authenticate]` gave none that is exact",
            ),
            Self::Duplicate => {
                (Code::AlreadyExists, "duplicate", "a stream with this client id is open")
            }
            Self::MaxStreams => {
                (Code::ResourceExhausted, "max-streams", "the hub has as many streams as it may")
            }
            Self::MaxUnidentified => (
                Code::Unavailable,
                "max-unidentified",
                "too many streams wait to be identified; try again later",
            ),
            Self::MaxOpening => {
                (Code::Unavailable, "max-opening", "too many streams open at once; try again later")
            }
            Self::TakeOverLimit => (
                Code::ResourceExhausted,
                "take-over-limit",
                "streams with this client id replace each other too often; is there more than one process with it?",
            ),
            Self::Superseded => {
                (Code::Aborted, "superseded", "another stream has gone on with the session")
            }
            Self::NotItsSession => (
                Code::InvalidArgument,
                "id-changed",
                "the session of this key is that of another client id",
            ),
            Self::Draining => (
                Code::Unavailable,
                "draining",
                "the hub takes no more streams, since it is to end; try another or again later",
            ),
        };
        let text = match self {
            Self::NoHeader(header) | Self::BadHeader(header) => {
                format!("the request's header `{header}` is the client id; {text}")
            }
            _ => text.to_owned(),
        };
        let mut status = named(Status::new(code, text), name);
        match self {
            Self::MaxUnidentified | Self::MaxOpening | Self::Draining => {
                push_back(&mut status, jitter());
            }
            Self::TakeOverLimit => push_back(&mut status, TAKE_OVER_PUSHBACK),
            _ => {}
        }
        status
    }
}

/// Asks the client to stay away for so long.
fn push_back(status: &mut Status, millis: u64) {
    status.metadata_mut().insert(PUSHBACK, millis.into());
}

/// 1 to 5 s. They were many who came at once, and are not to come back at once.
fn jitter() -> u64 {
    let (random, ..) = uuid::Uuid::new_v4().as_fields();
    1000 + u64::from(random) % 4000
}

/// Which of [`ENDS`] the trailer names.
pub(crate) fn end_name(status: &Status) -> &'static str {
    let name = status.metadata().get(END_TRAILER).and_then(|name| name.to_str().ok());
    ENDS.into_iter().find(|end| Some(*end) == name).unwrap_or("other")
}

fn named(mut status: Status, name: &'static str) -> Status {
    let value = MetadataValue::from_static(name);
    status.metadata_mut().insert(END_TRAILER, value);
    status
}

/// The code as other languages and JSON spell it: `not_found`.
pub(crate) fn code_name(code: Code) -> &'static str {
    match code {
        Code::Ok => "ok",
        Code::Cancelled => "cancelled",
        Code::Unknown => "unknown",
        Code::InvalidArgument => "invalid_argument",
        Code::DeadlineExceeded => "deadline_exceeded",
        Code::NotFound => "not_found",
        Code::AlreadyExists => "already_exists",
        Code::PermissionDenied => "permission_denied",
        Code::ResourceExhausted => "resource_exhausted",
        Code::FailedPrecondition => "failed_precondition",
        Code::Aborted => "aborted",
        Code::OutOfRange => "out_of_range",
        Code::Unimplemented => "unimplemented",
        Code::Internal => "internal",
        Code::Unavailable => "unavailable",
        Code::DataLoss => "data_loss",
        Code::Unauthenticated => "unauthenticated",
    }
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
            (Reason::Stalled, Code::ResourceExhausted, "stalled", false),
            (Reason::IdentityExpired, Code::Unavailable, "identity-expired", true),
            (Reason::Goodbye("good night".to_owned()), Code::Ok, "goodbye", true),
            (Reason::Drained, Code::Unavailable, "drained", true),
            (Reason::BadMessage(own()), Code::NotFound, "bad-message", true),
            (Reason::HandlerErrors(own()), Code::NotFound, "handler-errors", true),
            (Reason::Refused(own()), Code::NotFound, "refused", true),
        ] {
            is(&reason.status(), code, name);
            assert_eq!((reason.name(), reason.can_flush()), (name, flush));
            assert!(reason.to_string().starts_with(name), "{reason}");
        }
        is(&Reason::heard(), Code::Ok, "drained");
        assert_eq!(Reason::Closed("enough".to_owned()).to_string(), "closed: enough");
        assert_eq!(Reason::Goodbye("good night".to_owned()).to_string(), "goodbye: good night");
        assert_eq!(Reason::Goodbye(String::new()).to_string(), "goodbye");
        assert_eq!(Reason::Closed(String::new()).to_string(), "closed");
        assert_eq!(Reason::Refused(own()).to_string(), "refused: no such bot");
    }

    #[test]
    fn each_refusal_has_its_status_and_its_trailer() {
        for (refusal, code, name) in [
            (Refusal::IdentifyTimeout, Code::DeadlineExceeded, "identify-timeout"),
            (Refusal::NoId, Code::InvalidArgument, "no-id"),
            (Refusal::BadId, Code::InvalidArgument, "bad-id"),
            (Refusal::NoHeader("worker-id"), Code::InvalidArgument, "no-id"),
            (Refusal::BadHeader("worker-id"), Code::InvalidArgument, "bad-id"),
            (Refusal::NotAllowed, Code::PermissionDenied, "not-allowed"),
            (Refusal::NotExact, Code::PermissionDenied, "not-allowed"),
            (Refusal::Duplicate, Code::AlreadyExists, "duplicate"),
            (Refusal::MaxStreams, Code::ResourceExhausted, "max-streams"),
            (Refusal::MaxUnidentified, Code::Unavailable, "max-unidentified"),
            (Refusal::MaxOpening, Code::Unavailable, "max-opening"),
            (Refusal::TakeOverLimit, Code::ResourceExhausted, "take-over-limit"),
            (Refusal::Draining, Code::Unavailable, "draining"),
            (Refusal::Superseded, Code::Aborted, "superseded"),
            (Refusal::NotItsSession, Code::InvalidArgument, "id-changed"),
        ] {
            is(&refusal.status(), code, name);
            assert_eq!(end_name(&refusal.status()), name);
        }
    }

    #[test]
    fn those_that_come_too_many_at_once_are_not_sent_back_at_once() {
        let pushback = |refusal: Refusal| {
            let status = refusal.status();
            let millis = status.metadata().get(PUSHBACK).expect("when to come back").to_str();
            millis.expect("ASCII").parse::<u64>().expect("a number")
        };
        for refusal in [Refusal::MaxUnidentified, Refusal::MaxOpening, Refusal::Draining] {
            let times: Vec<_> = (0..100).map(|_| pushback(refusal)).collect();
            assert!(times.iter().all(|millis| (1000..5000).contains(millis)), "{times:?}");
            assert!(times.iter().any(|millis| *millis != times[0]), "all at once");
        }
        assert_eq!(pushback(Refusal::TakeOverLimit), 30_000);
        assert!(Refusal::MaxStreams.status().metadata().get(PUSHBACK).is_none());
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
