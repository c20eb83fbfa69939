//! How a link's stream was lost.

use tokio::time::Instant;
use tonic::Status;

use crate::status::END_TRAILER;

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
