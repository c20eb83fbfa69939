//! A command that another node keeps: sent again on each stream of one session, and no further.

use std::{
    future::poll_fn,
    sync::Arc,
    task::{Context, Poll, Waker},
    time::Duration,
};

use super::{
    ById, Peer,
    call::{Call, Outcome},
};
use crate::{
    contract::{Awaits, Contract, Overflow},
    error::{RequestError, SendError},
    session::{Client, Session},
    target::{OneClient, Started, Target, WaitingForRoom, sealed::Sealed, start},
};

/// A session, of whose end nobody waits for another.
pub(crate) struct OfSession<C: Contract>(Client<C>);

impl<C: Contract> OfSession<C> {
    /// Sends the command until it is answered, or the session has ended.
    pub(crate) async fn send(
        session: Arc<Session<C>>,
        command: C::Command,
        overflow: Option<Overflow>,
        awaits: Awaits,
        within: Duration,
    ) -> Outcome<C> {
        let target = Self(Client(session.clone()));
        let mut call = Call::new(target, command, overflow, awaits, within);
        tokio::select! {
            biased;
            outcome = poll_fn(|cx| call.poll(cx)) => return outcome,
            () = session.ended() => {}
        }
        match call.poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(outcome) => outcome,
            Poll::Pending => Err(RequestError::Disconnected { sent: true }),
        }
    }
}

impl<C: Contract> Sealed for OfSession<C> {}

impl<C: Contract> Target<C> for OfSession<C> {
    type Output = Result<(), SendError>;
    type Waiting = WaitingForRoom<C>;

    fn start(
        &self,
        command: &mut C::Command,
        overflow: Option<Overflow>,
    ) -> Started<Self::Output, Self::Waiting> {
        start(self, command, overflow)
    }
}

impl<C: Contract> OneClient<C> for OfSession<C> {
    const ENDED: SendError = SendError::Disconnected { sent: false };

    fn with_client<A, R>(&self, along: A, f: impl FnOnce(&Client<C>, A) -> R) -> Result<R, A> {
        Ok(f(&self.0, along))
    }
}

impl<C: Contract> ById<C> for OfSession<C> {
    fn peer(&self) -> Peer<'_, C> {
        Peer::Session(&self.0)
    }
}
