//! What can happen, and histories of it.

use std::fmt;

use proptest::{collection::vec, prelude::*, sample::select};

use super::model::IDS;
use crate::{
    config::Duplicates,
    contract::Overflow,
    sample::{NEWS, PRICE, RESET},
};

/// What happens to one hub.
#[derive(Clone)]
pub(super) struct History {
    pub(super) setup: Setup,
    /// Not every step is waited for (`true`): what comes next then meets it half done.
    pub(super) steps: Vec<(Step, bool)>,
}

/// A line for each step.
impl fmt::Debug for History {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.setup)?;
        for (number, (step, settled)) in self.steps.iter().enumerate() {
            let at_once = if *settled { "" } else { ", and at once" };
            write!(f, "\n{number:>3} {step:?}{at_once}")?;
        }
        Ok(())
    }
}

/// The settings of a hub.
#[derive(Clone, Copy, Debug)]
pub(super) struct Setup {
    /// So many commands an outbox holds.
    pub(super) messages: usize,
    pub(super) overflow: Overflow,
    pub(super) duplicates: Duplicates,
    /// Whether sessions outlive their streams for a while.
    pub(super) grace: bool,
    /// Whether the contract has a goodbye.
    pub(super) polite: bool,
}

/// One thing that happens. `stream` and `open` are numbers of things that exist, modulo how many there are.
#[derive(Clone, Copy, Debug)]
pub(super) enum Step {
    /// A stream opens; where the client has a session, it takes over. `slow`: how long `on_connect` takes, in ms.
    Connect {
        id: usize,
        slow: u64,
    },
    /// A stream opens that shows the key of another.
    Resume {
        stream: usize,
    },
    Send {
        id: usize,
        kind: u32,
        overflow: Option<Overflow>,
        by_handle: bool,
    },
    Broadcast {
        kind: u32,
        overflow: Option<Overflow>,
        group: bool,
    },
    Request {
        id: usize,
        overflow: Option<Overflow>,
        by_handle: bool,
    },
    /// A send or request that waits is given up.
    GiveUp {
        open: usize,
    },
    Join {
        id: usize,
        leave: bool,
    },
    /// A client takes commands from its stream, so many at most.
    Read {
        stream: usize,
        most: usize,
    },
    /// A client answers the oldest request that it has read.
    Reply {
        stream: usize,
        failed: bool,
    },
    /// A client sends a message, whose handler takes so many ms.
    Say {
        stream: usize,
        takes: u64,
    },
    HalfClose {
        stream: usize,
    },
    /// A client's connection is reset.
    Cut {
        stream: usize,
    },
    /// A client drops its stream.
    Abandon {
        stream: usize,
    },
    Disconnect {
        id: usize,
        by_handle: bool,
    },
    Sleep {
        millis: u64,
    },
    Drain {
        millis: u64,
    },
}

/// At least so many steps has a history.
const STEPS: usize = 30;

pub(super) fn histories() -> impl Strategy<Value = History> {
    let steps = vec((steps(), prop::bool::weighted(0.8)), STEPS..=STEPS + 20);
    (setups(), steps).prop_map(|(setup, steps)| History { setup, steps })
}

fn setups() -> impl Strategy<Value = Setup> {
    let duplicates = select(vec![Duplicates::TakeOver, Duplicates::Reject]);
    (1..=4_usize, overflows(), duplicates, any::<bool>(), any::<bool>()).prop_map(
        |(messages, overflow, duplicates, grace, polite)| Setup {
            messages,
            overflow,
            duplicates,
            grace,
            polite,
        },
    )
}

fn overflows() -> impl Strategy<Value = Overflow> {
    select(vec![Overflow::Wait, Overflow::Reject, Overflow::DropOldest, Overflow::Disconnect])
}

fn own_overflow() -> impl Strategy<Value = Option<Overflow>> {
    prop_oneof![3 => Just(None), 1 => overflows().prop_map(Some)]
}

fn steps() -> impl Strategy<Value = Step> {
    let id = || 0..IDS;
    let stream = || 0..64_usize;
    let kind = || select(vec![RESET, RESET, NEWS, PRICE]);
    let slow = || prop_oneof![3 => Just(0), 1 => 1..900_u64];
    prop_oneof![
        8 => (id(), slow()).prop_map(|(id, slow)| Step::Connect { id, slow }),
        5 => stream().prop_map(|stream| Step::Resume { stream }),
        12 => (id(), kind(), own_overflow(), any::<bool>()).prop_map(|(id, kind, overflow, by_handle)| Step::Send { id, kind, overflow, by_handle }),
        4 => (kind(), own_overflow(), any::<bool>()).prop_map(|(kind, overflow, group)| Step::Broadcast { kind, overflow, group }),
        8 => (id(), own_overflow(), any::<bool>()).prop_map(|(id, overflow, by_handle)| Step::Request { id, overflow, by_handle }),
        2 => stream().prop_map(|open| Step::GiveUp { open }),
        2 => (id(), any::<bool>()).prop_map(|(id, leave)| Step::Join { id, leave }),
        10 => (stream(), 1..5_usize).prop_map(|(stream, most)| Step::Read { stream, most }),
        8 => (stream(), any::<bool>()).prop_map(|(stream, failed)| Step::Reply { stream, failed }),
        3 => (stream(), slow()).prop_map(|(stream, takes)| Step::Say { stream, takes }),
        2 => stream().prop_map(|stream| Step::HalfClose { stream }),
        2 => stream().prop_map(|stream| Step::Cut { stream }),
        2 => stream().prop_map(|stream| Step::Abandon { stream }),
        2 => (id(), any::<bool>()).prop_map(|(id, by_handle)| Step::Disconnect { id, by_handle }),
        4 => (1..2500_u64).prop_map(|millis| Step::Sleep { millis }),
        1 => (0..5000_u64).prop_map(|millis| Step::Drain { millis }),
    ]
}
