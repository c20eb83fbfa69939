//! One client as a target: by its handle, or by its id.

use super::{
    OneClient, Sending, Started, Target, WaitingForRoom, Whole, accept::hand_over, sealed::Sealed,
};
use crate::{
    contract::{Contract, Overflow},
    error::SendError,
    hub::Hub,
    id::IdRef,
    macros::impl_debug,
    session::Client,
};

/// A client by its id. It need not be connected.
pub struct ClientTarget<'a, C: Contract> {
    pub(crate) hub: &'a Hub<C>,
    pub(crate) id: IdRef<'a>,
}

impl<C: Contract> Hub<C> {
    /// The client with this id, as a target for commands. It need not be connected.
    #[must_use]
    pub fn client<'a>(&'a self, id: impl Into<IdRef<'a>>) -> ClientTarget<'a, C> {
        ClientTarget { hub: self, id: id.into() }
    }
}

impl<C: Contract> ClientTarget<'_, C> {
    /// Sends a whole command.
    pub fn send(self, command: C::Command) -> Sending<Self, C, Whole> {
        Sending::new(self, command)
    }
}

impl<C: Contract> Client<C> {
    /// Sends a whole command to this session.
    pub fn send(&self, command: C::Command) -> Sending<&Self, C, Whole> {
        Sending::new(self, command)
    }
}

impl<C: Contract> Sealed for ClientTarget<'_, C> {}
impl<C: Contract> Sealed for &Client<C> {}

#[inline]
pub(crate) fn start<T: OneClient<C>, C: Contract>(
    target: &T,
    command: &mut C::Command,
    overflow: Option<Overflow>,
) -> Started<Result<(), SendError>, WaitingForRoom<C>> {
    let handed = target.with_client(command, |client, command| {
        hand_over(&client.0, command, overflow, None, T::ENDED)
    });
    match handed {
        Ok(Ok(None)) => Started::Done(Ok(())),
        Ok(Ok(Some(waiting))) => Started::Waits(waiting),
        Ok(Err(error)) => Started::Done(Err(error)),
        Err(command) => match target.by_id().and_then(|(hub, id)| Some((hub.elsewhere()?, id))) {
            Some((elsewhere, id)) => Started::Waits(WaitingForRoom::elsewhere(elsewhere.send(
                id.into(),
                std::mem::take(command),
                overflow,
            ))),
            None => Started::Done(Err(T::ENDED)),
        },
    }
}

impl<C: Contract> Target<C> for ClientTarget<'_, C> {
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

impl<C: Contract> Target<C> for &Client<C> {
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

impl<C: Contract> OneClient<C> for ClientTarget<'_, C> {
    const ENDED: SendError = SendError::NotConnected;

    fn with_client<A, R>(&self, along: A, f: impl FnOnce(&Client<C>, A) -> R) -> Result<R, A> {
        match self.hub.session(self.id) {
            Some(session) => Ok(f(&Client(session), along)),
            None => Err(along),
        }
    }

    fn by_id(&self) -> Option<(&Hub<C>, IdRef<'_>)> {
        Some((self.hub, self.id))
    }
}

impl<C: Contract> OneClient<C> for &Client<C> {
    const ENDED: SendError = SendError::Disconnected { sent: false };

    fn with_client<A, R>(&self, along: A, f: impl FnOnce(&Client<C>, A) -> R) -> Result<R, A> {
        Ok(f(self, along))
    }
}

impl<C: Contract> Clone for ClientTarget<'_, C> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<C: Contract> Copy for ClientTarget<'_, C> {}

impl_debug!([C: Contract] ClientTarget<'_, C>, |target| target.id);
