//! How a link's stream was lost.

use std::{error::Error, fmt};

use tokio::time::Instant;
use tonic::{Code, Status};

use crate::status::{END_TRAILER, code_name};

/// How a link's stream was lost, and what happens next.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Lost {
    /// How it ended: what the hub said, or `UNAVAILABLE` where the connection was cut. `OK` where the hub has closed it.
    pub status: Status,
    /// When it is tried again; `None`: it is not, the link has ended.
    pub retry_at: Option<Instant>,
}

impl Lost {
    /// The reason, as the hub's trailer `streaming-end` names it: `replaced`, `drained`. Empty where the hub could not say.
    #[must_use]
    pub fn reason(&self) -> &str {
        let trailer = self.status.metadata().get(END_TRAILER);
        trailer.and_then(|reason| reason.to_str().ok()).unwrap_or_default()
    }
}

impl fmt::Display for Lost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (code, reason) = (self.status.code(), self.reason());
        let what = if code == Code::Ok { "the stream has ended" } else { "the stream was lost" };
        match (code, reason) {
            (Code::Ok, "") => f.write_str(what)?,
            (_, "") => write!(f, "{what}: {}", code_name(code))?,
            _ => write!(f, "{what}: {reason}")?,
        }
        match self.status.message() {
            "" => Ok(()),
            message => write!(f, ", {message}"),
        }
    }
}

impl Error for Lost {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_says_what_the_hub_said() {
        let lost = |status| Lost { status, retry_at: None }.to_string();
        assert_eq!(lost(Status::ok("")), "the stream has ended");
        let cut = Status::unavailable("the hub cannot be reached: Connection refused");
        assert_eq!(
            lost(cut),
            "the stream was lost: unavailable, the hub cannot be reached: Connection refused"
        );
        let mut replaced = Status::aborted("another stream with this client id took over");
        replaced.metadata_mut().insert(END_TRAILER, "replaced".parse().expect("ASCII"));
        assert_eq!(
            lost(replaced),
            "the stream was lost: replaced, another stream with this client id took over"
        );
        let mut drained = Status::ok("");
        drained.metadata_mut().insert(END_TRAILER, "drained".parse().expect("ASCII"));
        assert_eq!(lost(drained), "the stream has ended: drained");
    }
}
