//! A link as a target: what its hub is sent.

use super::Link;
use crate::{
    at_least_once::{ById, Peer},
    contract::{Linked, Overflow},
    error::SendError,
    session::Client,
    target::{OneClient, Started, Target, WaitingForRoom, sealed::Sealed, start},
};

impl<C: Linked> Sealed for &Link<C> {}

impl<C: Linked> Target<C::Turned> for &Link<C> {
    type Output = Result<(), SendError>;
    type Waiting = WaitingForRoom<C::Turned>;

    fn start(
        &self,
        command: &mut C::Message,
        overflow: Option<Overflow>,
    ) -> Started<Self::Output, Self::Waiting> {
        start(self, command, overflow)
    }
}

impl<C: Linked> OneClient<C::Turned> for &Link<C> {
    const ENDED: SendError = SendError::Disconnected { sent: false };

    fn with_client<A, R>(
        &self,
        along: A,
        f: impl FnOnce(&Client<C::Turned>, A) -> R,
    ) -> Result<R, A> {
        let done = f(&self.0, along);
        self.count_queue();
        Ok(done)
    }
}

impl<C: Linked> Link<C> {
    pub(super) fn count_queue(&self) {
        // Where nobody counts, messages do not pay for it.
        if cfg!(feature = "metrics")
            && let Some(progress) = self.progress()
        {
            progress.meters.queued(self.0.0.outbox.len());
        }
    }
}

impl<C: Linked> ById<C::Turned> for &Link<C> {
    fn peer(&self) -> Peer<'_, C::Turned> {
        Peer::Session(&self.0)
    }
}
