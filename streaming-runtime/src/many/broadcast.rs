//! Every client of a hub as a target, or some of them.

use super::{BroadcastReport, Many, Sessions, WaitingForNodes, sessions, start};
use crate::{
    contract::{Contract, Overflow},
    hub::Hub,
    id::{ClientId, IdRef},
    macros::impl_debug,
    reach::Reach,
    target::{Sending, Started, Target, Whole, sealed::Sealed},
};

/// All clients of a hub, or some of them; in a cluster those of all nodes.
pub struct Broadcast<C: Contract> {
    hub: Hub<C>,
    reach: Reach,
}

impl<C: Contract> Hub<C> {
    /// All clients, as a target for commands.
    #[must_use]
    pub fn broadcast(&self) -> Broadcast<C> {
        Broadcast { hub: self.clone(), reach: Reach::default() }
    }
}

impl<C: Contract> Broadcast<C> {
    /// Leaves these clients out.
    #[must_use]
    pub fn except<'a, I: Into<IdRef<'a>>>(mut self, ids: impl IntoIterator<Item = I>) -> Self {
        self.reach.except.extend(ids.into_iter().map(|id| ClientId::from(id.into())));
        self
    }

    /// Only these clients, as far as they are connected.
    #[must_use]
    pub fn only<'a, I: Into<IdRef<'a>>>(mut self, ids: impl IntoIterator<Item = I>) -> Self {
        let ids = ids.into_iter().map(|id| ClientId::from(id.into()));
        self.reach.only.get_or_insert_default().extend(ids);
        self
    }

    /// Sends a whole command to all of them.
    pub fn send(self, command: C::Command) -> Sending<Self, C, Whole> {
        Sending::new(self, command)
    }
}

impl<C: Contract> Sealed for Broadcast<C> {}

impl<C: Contract> Target<C> for Broadcast<C> {
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

impl<C: Contract> Many<C> for Broadcast<C> {
    fn hub(&self) -> &Hub<C> {
        &self.hub
    }

    fn sessions(&self) -> Sessions<C> {
        sessions(&self.hub, &self.reach)
    }

    fn reach(&self) -> Option<Reach> {
        Some(self.reach.clone())
    }

    fn named(&self) -> Option<usize> {
        self.reach.named().map(Iterator::count)
    }
}

impl<C: Contract> Clone for Broadcast<C> {
    fn clone(&self) -> Self {
        Self { hub: self.hub.clone(), reach: self.reach.clone() }
    }
}

impl_debug!([C: Contract] Broadcast<C>, |broadcast| broadcast.hub, broadcast.reach);
