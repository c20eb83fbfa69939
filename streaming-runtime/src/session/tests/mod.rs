//! The parts of a session, each for itself, under paused time where time counts.

mod answers;
mod goodbye;
mod lanes;
mod output;
mod pending;
mod run;
mod stage;
mod timers;
mod unhandled;

use super::{Phase, Session};
use crate::{contract::Contract, status::Reason};

/// For the tests of other modules.
impl<C: Contract> Session<C> {
    pub(crate) fn make_live(&self) {
        self.pass(Phase::Live);
    }

    pub(crate) fn reason(&self) -> Option<&Reason> {
        self.end.get()
    }
}
