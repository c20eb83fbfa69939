//! What a link counts of its streams.

use std::sync::atomic::{AtomicUsize, Ordering};

use tonic::Code;

use super::{
    LINK_ATTEMPTS, LINK_LOSSES, LINK_QUEUE, LINKS,
    figure::Reading,
    sink::{Gauge, counter, gauge},
};
use crate::{contract::Contract, status::code_name};

/// What a link is doing, as a label.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Doing {
    Connecting,
    Online,
    Waiting,
    /// It is not run, or not any more.
    Nothing,
}

/// The figures of one link.
#[derive(Debug)]
pub(crate) struct LinkMeters {
    rpc: &'static str,
    states: [Gauge; 3],
    doing: AtomicUsize,
    queue: Reading,
}

impl LinkMeters {
    pub(crate) fn new<C: Contract>() -> Self {
        let rpc = ("rpc", C::NAME);
        let states = ["connecting", "online", "waiting"];
        Self {
            rpc: C::NAME,
            states: states.map(|state| gauge(&LINKS, &[rpc, ("state", state)])),
            doing: AtomicUsize::new(Doing::Nothing as usize),
            queue: Reading::new(gauge(&LINK_QUEUE, &[rpc])),
        }
    }

    pub(crate) fn does(&self, doing: Doing) {
        let was = self.doing.swap(doing as usize, Ordering::Relaxed);
        if let Some(left) = self.states.get(was) {
            left.decrement(1.0);
        }
        if let Some(entered) = self.states.get(doing as usize) {
            entered.increment(1.0);
        }
    }

    /// So many messages wait.
    pub(crate) fn queued(&self, now: usize) {
        self.queue.set(now);
    }

    /// An attempt has opened a stream, which goes on with the hub's session or begins one.
    pub(crate) fn opened(&self, resumed: bool) {
        self.attempt(if resumed { "resumed" } else { "opened" });
    }

    /// An attempt has failed, or a stream is lost that was opened.
    pub(crate) fn no_stream(&self, opened: bool, code: Code) {
        if opened {
            let labels = [("rpc", self.rpc), ("code", code_name(code))];
            counter(&LINK_LOSSES, &labels).increment(1);
        } else {
            self.attempt(code_name(code));
        }
    }

    fn attempt(&self, outcome: &'static str) {
        counter(&LINK_ATTEMPTS, &[("rpc", self.rpc), ("outcome", outcome)]).increment(1);
    }
}
