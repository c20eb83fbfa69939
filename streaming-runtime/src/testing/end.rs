//! How a stream ended, as its client sees it.

use tonic::{Code, Status};

use crate::status::END_TRAILER;

/// How a stream ended, as its client sees it.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct End {
    /// The status. Where the line was cut it is the client's own, `UNAVAILABLE` or what HTTP/2 says.
    pub status: Status,
}

impl End {
    pub(super) fn new(status: Status) -> Self {
        Self { status }
    }

    /// What a client finds where its connection was reset.
    pub(super) fn cut() -> Self {
        Self::new(Status::unavailable("the connection was cut"))
    }

    /// The status's code.
    #[must_use]
    pub fn code(&self) -> Code {
        self.status.code()
    }

    /// The reason, as the trailer `streaming-end` names it: `half-closed`, `ping-timeout`. Empty where the hub could not
    /// say.
    #[must_use]
    pub fn reason(&self) -> &str {
        let trailer = self.status.metadata().get(END_TRAILER);
        trailer.and_then(|reason| reason.to_str().ok()).unwrap_or_default()
    }
}
