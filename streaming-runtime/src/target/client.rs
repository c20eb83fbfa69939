//! One client as a target: by its handle, or by its id.

use std::{fmt, sync::Arc};

use super::{Accept, OneClient, Sending, Target, Whole, sealed::Sealed};
use crate::{
    contract::Contract,
    error::SendError,
    hub::Hub,
    id::IdRef,
    session::{Client, Session},
};

/// A client by its id. It need not be connected.
pub struct ClientTarget<'a, C: Contract> {
    hub: &'a Hub<C>,
    id: IdRef<'a>,
}

/// A session that was looked up, or why there is none.
pub struct Found<C: Contract> {
    pub(super) session: Result<Arc<Session<C>>, SendError>,
    /// What a send is told when the session has ended.
    pub(super) ended: SendError,
}

impl<C: Contract> Hub<C> {
    /// The client with this id, as a target for commands. It need not be connected.
    #[must_use]
    pub fn client<'a>(&'a self, id: impl Into<IdRef<'a>>) -> ClientTarget<'a, C> {
        ClientTarget {
            hub: self,
            id: id.into(),
        }
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

impl<C: Contract> Target<C> for ClientTarget<'_, C> {
    type Output = Result<(), SendError>;
    type Accepting = Accept<C>;

    fn accept(self, command: C::Command) -> Accept<C> {
        Accept::new(self.find(), command, None)
    }
}

impl<C: Contract> Target<C> for &Client<C> {
    type Output = Result<(), SendError>;
    type Accepting = Accept<C>;

    fn accept(self, command: C::Command) -> Accept<C> {
        Accept::new(self.find(), command, None)
    }
}

impl<C: Contract> OneClient<C> for ClientTarget<'_, C> {
    fn find(self) -> Found<C> {
        Found {
            session: self.hub.session(self.id).ok_or(SendError::NotConnected),
            ended: SendError::NotConnected,
        }
    }
}

impl<C: Contract> OneClient<C> for &Client<C> {
    fn find(self) -> Found<C> {
        Found {
            session: Ok(self.0.clone()),
            ended: SendError::Disconnected { sent: false },
        }
    }
}

impl<C: Contract> fmt::Debug for Found<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let session = self.session.as_ref().map(|session| session.id());
        f.debug_struct("Found")
            .field("session", &session)
            .finish_non_exhaustive()
    }
}

impl<C: Contract> Clone for ClientTarget<'_, C> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<C: Contract> Copy for ClientTarget<'_, C> {}

impl<C: Contract> fmt::Debug for ClientTarget<'_, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ClientTarget").field(&self.id).finish()
    }
}
