//! A group as a target: the clients that joined it.

use super::{BroadcastReport, Many, Sessions, WaitingForNodes, start};
use crate::{
    contract::{Contract, Overflow},
    hub::Hub,
    id::{ClientId, IdRef},
    macros::impl_debug,
    reach::Reach,
    session::Client,
    target::{Sending, Started, Target, Whole, sealed::Sealed},
};

/// The clients that joined a group; in a cluster those of all nodes. It is there while it has members, and sent to as a
/// [`Broadcast`](super::Broadcast) is.
///
/// All of a group but the sender:
///
/// ```
/// # use streaming_runtime::{Client, Contract, Hub};
/// # async fn example<C: Contract>(hub: &Hub<C>, sender: &Client<C>, command: C::Command) {
/// let members = hub.group("lobby").members();
/// hub.broadcast().only(&members).except([sender.id()]).send(command).await;
/// # }
/// ```
pub struct Group<'a, C: Contract> {
    hub: &'a Hub<C>,
    name: IdRef<'a>,
}

impl<C: Contract> Hub<C> {
    /// The group of this name, as a target for commands. It need not have members.
    #[must_use]
    pub fn group<'a>(&'a self, name: impl Into<IdRef<'a>>) -> Group<'a, C> {
        Group { hub: self, name: name.into() }
    }
}

impl<C: Contract> Client<C> {
    /// Makes the client a member of a group, for as long as its session lasts. Nothing changes where it is one, or where the
    /// session has ended.
    ///
    /// From its `on_connect` on, though what is sent to the group reaches it only when that has returned. Any name is one, an
    /// integer in decimal as client ids are; where clients choose, it is on you to bound how long and how many.
    pub fn join<'a>(&self, group: impl Into<IdRef<'a>>) {
        let session = &self.0;
        group.into().with_str(|name| {
            session.memberships.join(&session.context.groups, name, session.id());
        });
    }

    /// Takes the client out of a group. What was sent to the group before still reaches it.
    pub fn leave<'a>(&self, group: impl Into<IdRef<'a>>) {
        let session = &self.0;
        group.into().with_str(|name| {
            session.memberships.leave(&session.context.groups, name, session.id());
        });
    }
}

impl<C: Contract> Group<'_, C> {
    /// Its members on this node that can be sent to, in no order.
    #[must_use]
    pub fn members(self) -> Vec<ClientId> {
        self.sessions().0.iter().map(|session| session.id().clone()).collect()
    }

    /// Sends a whole command to all of them.
    pub fn send(self, command: C::Command) -> Sending<Self, C, Whole> {
        Sending::new(self, command)
    }
}

impl<C: Contract> Sealed for Group<'_, C> {}

impl<C: Contract> Target<C> for Group<'_, C> {
    type Output = BroadcastReport;
    type Waiting = WaitingForNodes;

    fn start(
        &self,
        command: &mut C::Command,
        overflow: Option<Overflow>,
    ) -> Started<BroadcastReport, WaitingForNodes> {
        start(self, command, overflow)
    }
}

impl<C: Contract> Many<C> for Group<'_, C> {
    fn hub(&self) -> &Hub<C> {
        self.hub
    }

    fn sessions(&self) -> Sessions<C> {
        let members = self.name.with_str(|name| self.hub.0.context.groups.members(name));
        Sessions(members.iter().filter_map(|id| self.hub.session(id.into())).collect())
    }

    fn reach(&self) -> Option<Reach> {
        Some(Reach { group: Some(self.name.into()), ..Reach::default() })
    }
}

impl<C: Contract> Clone for Group<'_, C> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<C: Contract> Copy for Group<'_, C> {}

impl_debug!([C: Contract] Group<'_, C>, |group| group.name);
