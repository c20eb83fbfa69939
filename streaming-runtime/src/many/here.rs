//! Clients of this node as a target, for what another node has sent.

use super::{BroadcastReport, Many, Sessions, offer_here, sessions};
use crate::{
    contract::{Contract, Overflow},
    hub::Hub,
    reach::Reach,
    target::{Started, Target, sealed::Sealed},
};

/// Those clients of this node that another node means.
pub(crate) struct Here<C: Contract> {
    pub(crate) hub: Hub<C>,
    pub(crate) reach: Reach,
}

impl<C: Contract> Here<C> {
    /// Hands the command to their outboxes.
    pub(crate) fn offer(
        &self,
        command: &C::Command,
        overflow: Option<Overflow>,
    ) -> BroadcastReport {
        offer_here(self, command, overflow).1
    }
}

impl<C: Contract> Sealed for Here<C> {}

impl<C: Contract> Target<C> for Here<C> {
    type Output = BroadcastReport;
    type Waiting = std::future::Pending<BroadcastReport>;

    fn start(
        &self,
        command: &mut C::Command,
        overflow: Option<Overflow>,
    ) -> Started<Self::Output, Self::Waiting> {
        Started::Done(self.offer(command, overflow))
    }
}

impl<C: Contract> Many<C> for Here<C> {
    fn hub(&self) -> &Hub<C> {
        &self.hub
    }

    fn sessions(&self) -> Sessions<C> {
        sessions(&self.hub, &self.reach)
    }

    fn reach(&self) -> Option<Reach> {
        None
    }
}
