//! Every client of a hub as a target, or some of them.

use std::{collections::HashSet, future::Pending};

use super::{BroadcastReport, Many, Sessions, start};
use crate::{
    contract::{Contract, Overflow},
    hub::Hub,
    id::{ClientId, IdRef},
    macros::impl_debug,
    target::{Sending, Started, Target, Whole, sealed::Sealed},
};

/// All clients of a hub, or some of them.
pub struct Broadcast<C: Contract> {
    hub: Hub<C>,
    except: HashSet<ClientId>,
    only: Option<HashSet<ClientId>>,
}

impl<C: Contract> Hub<C> {
    /// All clients, as a target for commands.
    #[must_use]
    pub fn broadcast(&self) -> Broadcast<C> {
        Broadcast { hub: self.clone(), except: HashSet::new(), only: None }
    }
}

impl<C: Contract> Broadcast<C> {
    /// Leaves these clients out.
    #[must_use]
    pub fn except<'a, I: Into<IdRef<'a>>>(mut self, ids: impl IntoIterator<Item = I>) -> Self {
        self.except.extend(ids.into_iter().map(|id| ClientId::from(id.into())));
        self
    }

    /// Only these clients, as far as they are connected.
    #[must_use]
    pub fn only<'a, I: Into<IdRef<'a>>>(mut self, ids: impl IntoIterator<Item = I>) -> Self {
        let ids = ids.into_iter().map(|id| ClientId::from(id.into()));
        self.only.get_or_insert_default().extend(ids);
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
    type Waiting = Pending<BroadcastReport>;

    fn start(
        &self,
        command: &mut C::Command,
        overflow: Option<Overflow>,
    ) -> Started<BroadcastReport, Pending<BroadcastReport>> {
        start(self, command, overflow)
    }
}

impl<C: Contract> Many<C> for Broadcast<C> {
    fn hub(&self) -> &Hub<C> {
        &self.hub
    }

    fn sessions(&self) -> Sessions<C> {
        let mut sessions = Vec::new();
        match &self.only {
            Some(only) => {
                let ids = only.iter().filter(|id| !self.except.contains(*id));
                sessions.extend(ids.filter_map(|id| self.hub.session(id.into())));
            }
            None => self.hub.0.registry.for_each_live(|session| {
                if self.except.is_empty() || !self.except.contains(session.id()) {
                    sessions.push(session.clone());
                }
            }),
        }
        Sessions(sessions)
    }
}

impl<C: Contract> Clone for Broadcast<C> {
    fn clone(&self) -> Self {
        Self { hub: self.hub.clone(), except: self.except.clone(), only: self.only.clone() }
    }
}

impl_debug!([C: Contract] Broadcast<C>, |broadcast| broadcast.hub, broadcast.except, broadcast.only);
