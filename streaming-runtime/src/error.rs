//! Errors: of sends, of requests, and of handlers as the hub carries them.

use std::{any::Any, error::Error, fmt};

/// Any error of a handler.
pub type BoxError = Box<dyn Error + Send + Sync>;

/// What a handler's `Err` became: the error, and the `Status` in its chain, if there is one.
#[derive(Debug)]
pub struct Failure {
    error: BoxError,
    status: Option<tonic::Status>,
}

impl Failure {
    /// Takes `error`, and looks for a `Status` along its sources.
    pub fn new(error: impl Into<BoxError>) -> Self {
        let error = error.into();
        let status = find_status(&*error);
        Self { error, status }
    }

    /// Takes `error` whose `Status` was looked up before it was boxed: boxing an `anyhow::Error` hides the outermost.
    pub fn with_status(error: impl Into<BoxError>, status: Option<tonic::Status>) -> Self {
        Self { error: error.into(), status }
    }

    /// What the peer sees: the status in the chain, else `internal` without the error's text.
    #[must_use]
    pub fn status(&self) -> tonic::Status {
        self.status.clone().unwrap_or_else(|| tonic::Status::internal("the handler failed"))
    }

    /// The error as the handler returned it.
    #[must_use]
    pub fn into_error(self) -> BoxError {
        self.error
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.error.fmt(f)
    }
}

/// The first `Status` of the chain that begins with `error`.
pub fn find_status(error: &(dyn Error + 'static)) -> Option<tonic::Status> {
    std::iter::successors(Some(error), |&error| error.source())
        .find_map(|error| error.downcast_ref::<tonic::Status>())
        .cloned()
}

/// What went wrong in a handler of the user.
#[derive(Debug)]
#[non_exhaustive]
pub struct HandlerError {
    /// The variant that was handled; `None` for a lifecycle callback and for a message without a known variant.
    pub variant: Option<&'static str>,
    /// What happened.
    pub kind: HandlerErrorKind,
    status: tonic::Status,
}

/// How a handler failed.
#[derive(Debug)]
#[non_exhaustive]
pub enum HandlerErrorKind {
    /// It returned this error.
    Failed(BoxError),
    /// It panicked, with this message. The stream goes on.
    Panicked(String),
}

impl HandlerError {
    pub(crate) fn failed(failure: Failure) -> Self {
        Self {
            variant: None,
            status: failure.status(),
            kind: HandlerErrorKind::Failed(failure.into_error()),
        }
    }

    pub(crate) fn panicked(panic: &(dyn Any + Send)) -> Self {
        let message = panic
            .downcast_ref::<&str>()
            .map(|message| (*message).to_owned())
            .or_else(|| panic.downcast_ref::<String>().cloned())
            .unwrap_or_else(|| "a value that is no string".to_owned());
        Self {
            variant: None,
            kind: HandlerErrorKind::Panicked(message),
            status: tonic::Status::internal("the handler panicked"),
        }
    }

    /// What the peer sees in a failed answer, or if the stream ends over it: the `Status` in the error's chain, else
    /// `internal` without text.
    #[must_use]
    pub fn status(&self) -> &tonic::Status {
        &self.status
    }
}

impl fmt::Display for HandlerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.kind {
            HandlerErrorKind::Failed(error) => write!(f, "handler failed: {error}"),
            HandlerErrorKind::Panicked(message) => write!(f, "handler panicked: {message}"),
        }
    }
}

impl Error for HandlerError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match &self.kind {
            HandlerErrorKind::Failed(error) => error.source(),
            HandlerErrorKind::Panicked(_) => None,
        }
    }
}

/// A command was not accepted. Nothing was sent, but for what [`Unconfirmed`](SendError::Unconfirmed) says.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SendError {
    /// No client with this id is connected to this hub, nor to any node of its cluster.
    NotConnected,
    /// The client's outbox had no room in time. The client is slow or does not read.
    Overflow,
    /// The encoded command is larger than the outbox or the service's limit allows.
    TooLarge {
        /// Its encoded size in bytes.
        size: usize,
        /// The limit in bytes.
        limit: usize,
    },
    /// The hub drains, and it is the client's turn: nothing more is accepted for it.
    Draining,
    /// The session that this handle stands for has ended.
    Disconnected {
        /// Whether the transport had taken the command; always `false` for a send.
        sent: bool,
    },
    /// Another open request to this client has the same command id: in the report of
    /// [`replies`](crate::Sending::replies), never of a send.
    DuplicateId(String),
    /// In a cluster: the client is not here, and nobody can tell whether another node has it.
    Unreachable(Unreachable),
    /// In a cluster: the node that has the client did not say in time whether it took the command. It may be queued there.
    Unconfirmed,
}

/// Why nobody can tell where a client is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Unreachable {
    /// This node is not connected to its cluster.
    NotInCluster,
    /// A node that never said goodbye is missing, and may have the client.
    NodeMissing,
    /// The clocks of this node and the client's differ by more than `max_clock_skew`: what this one sends is late there.
    ClocksDiffer,
}

impl fmt::Display for Unreachable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotInCluster => "this node is not connected to its cluster",
            Self::NodeMissing => "a node is missing that may have the client",
            Self::ClocksDiffer => "the clock of the client's node differs too much from this one's",
        })
    }
}

impl fmt::Display for SendError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotConnected => f.write_str("the client is not connected"),
            Self::Overflow => f.write_str("the outbox is full"),
            Self::TooLarge { size, limit } => {
                write!(f, "it has {size} bytes, more than the {limit} that are allowed")
            }
            Self::Draining => f.write_str("the hub is to end and takes no more commands"),
            Self::Disconnected { .. } => f.write_str("the session has ended"),
            Self::DuplicateId(id) => write!(f, "a request with the id `{id}` is open"),
            Self::Unreachable(why) => why.fmt(f),
            Self::Unconfirmed => f.write_str("the client's node did not confirm it in time"),
        }
    }
}

impl Error for SendError {}

/// A request got no good answer.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RequestError {
    /// No client with this id is connected to this hub, nor to any node of its cluster. Nothing was sent.
    NotConnected,
    /// The client's outbox had no room in time. Nothing was sent.
    Overflow,
    /// The encoded command is larger than the outbox or the service's limit allows. Nothing was sent.
    TooLarge {
        /// Its encoded size in bytes.
        size: usize,
        /// The limit in bytes.
        limit: usize,
    },
    /// The hub drains, and it is the client's turn: nothing more is accepted for it. Nothing was sent.
    Draining,
    /// Another open request to this client has the same command id. Nothing was sent.
    DuplicateId(String),
    /// No answer came in time. The command may have been executed.
    Timeout,
    /// The session ended first.
    Disconnected {
        /// `false`: the transport never took the command, it is safe to send again. `true`: nobody knows.
        sent: bool,
    },
    /// The client answered that the command failed.
    Rejected(Rejection),
    /// The client sent so much ahead of its answer that reading had to stop.
    Backlog,
    /// In a cluster: the client is not here, and nobody can tell whether another node has it. Nothing was sent.
    Unreachable(Unreachable),
    /// In a cluster: the node that has the client did not say in time whether it took the command. It may have been
    /// executed.
    Unconfirmed,
    /// In a cluster: the client has answered, and the answer is larger than the cluster carries from node to node. The
    /// command was executed.
    ReplyTooLarge {
        /// Its encoded size in bytes.
        size: usize,
        /// The limit in bytes: somewhat less than NATS' `max_payload`.
        limit: usize,
    },
    /// In a cluster, of [`replies`](crate::Sending::replies): a node was lost, and nobody knows who of its clients has
    /// executed the command. The node's id stands in the place of a client's.
    NodeLost,
}

/// What a failed ack says; a text is empty where the ack has no such field.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rejection {
    /// The field `message`.
    pub message: String,
    /// The field `error`.
    pub error: String,
}

impl fmt::Display for RequestError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotConnected => SendError::NotConnected.fmt(f),
            Self::Overflow => SendError::Overflow.fmt(f),
            Self::TooLarge { size, limit } => {
                SendError::TooLarge { size: *size, limit: *limit }.fmt(f)
            }
            Self::Draining => SendError::Draining.fmt(f),
            Self::DuplicateId(id) => SendError::DuplicateId(id.clone()).fmt(f),
            Self::Timeout => f.write_str("no answer came in time"),
            Self::Disconnected { sent: false } => {
                f.write_str("the session ended before it was sent")
            }
            Self::Disconnected { sent: true } => {
                f.write_str("the session ended before an answer came")
            }
            Self::Rejected(rejection) => write!(f, "the other side has rejected it: {rejection}"),
            Self::Backlog => f.write_str("the other side sent too much ahead of its answer"),
            Self::Unreachable(why) => why.fmt(f),
            Self::Unconfirmed => SendError::Unconfirmed.fmt(f),
            Self::ReplyTooLarge { size, limit } => write!(
                f,
                "the answer has {size} bytes, more than the {limit} that the cluster carries; raise `max_payload` of the \
                 NATS servers, or have it answered in parts"
            ),
            Self::NodeLost => f.write_str("a node was lost"),
        }
    }
}

impl Error for RequestError {}

impl From<SendError> for RequestError {
    fn from(error: SendError) -> Self {
        match error {
            SendError::NotConnected => Self::NotConnected,
            SendError::Overflow => Self::Overflow,
            SendError::TooLarge { size, limit } => Self::TooLarge { size, limit },
            SendError::Draining => Self::Draining,
            SendError::Disconnected { sent } => Self::Disconnected { sent },
            SendError::DuplicateId(id) => Self::DuplicateId(id),
            SendError::Unreachable(why) => Self::Unreachable(why),
            SendError::Unconfirmed => Self::Unconfirmed,
        }
    }
}

impl fmt::Display for Rejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.error.as_str(), self.message.as_str()) {
            ("", "") => f.write_str("it gave no reason"),
            ("", words) | (words, "") => f.write_str(words),
            (error, message) => write!(f, "{error}: {message}"),
        }
    }
}

/// Nothing came from the client in the given time. The stream goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quiet(pub(crate) ());

impl fmt::Display for Quiet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("no message came in time")
    }
}

impl Error for Quiet {}
