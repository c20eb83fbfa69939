//! Bugs that tests of this crate plant, to show that the histories find them. No other build has any of it.

/// A bug, where a test has planted it.
macro_rules! planted {
    ($bug:ident => $does:expr) => {
        #[cfg(test)]
        if crate::planted::Bug::$bug.is_planted() {
            $does;
        }
    };
}

pub(crate) use planted;

/// What can be planted.
#[cfg(test)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Bug {
    /// A session opens while the one before is open.
    Overlaps,
    /// A handler runs after `on_disconnect`.
    HandlesLate,
    DisconnectsTwice,
    /// A message ends its session.
    EndsUnasked,
    /// An outbox takes more than it may.
    Overfills,
    /// An outbox with room takes nothing.
    RefusesWithRoom,
    /// A send goes on waiting where there is room.
    ForgetsWaiters,
    /// Commands are written in another order.
    MixesOrder,
    /// A stream is written to although another goes on with its session.
    WritesSuperseded,
    /// A command does not take the place of the one that it coalesces with.
    NeverCoalesces,
    /// What was accepted and not written is gone.
    LosesUndelivered,
    /// A request that was told it was never sent is sent.
    WritesEnded,
    /// A request that was written is told that it was not.
    DeniesSent,
    /// An answer reaches nobody.
    LosesReplies,
    /// A request waits less long than it may.
    TimesOutEarly,
    /// A request stays registered.
    KeepsRequests,
    /// The end of a session ends no requests.
    ForgetsRequests,
    /// A stream is let in that is to be refused, since its client has one.
    LetsInTwice,
    /// `on_resume` runs for a session that has not begun.
    ResumesStrangers,
    /// A stream ends though its session goes on.
    EndsStreams,
    /// Who waited last for room has it first.
    ServesLast,
    /// Nobody can go on with a session.
    IgnoresKeys,
    /// A session waits for its client for ever.
    NeverExpires,
    /// Who left is counted.
    Miscounts,
    /// Who left stays in its groups.
    KeepsMembers,
    /// A broadcast does not report whom it did not reach.
    HidesRefusals,
    /// A hub that drains lets streams in.
    LetsInLate,
    /// Sessions stay in the registry.
    KeepsSessions,
}

#[cfg(test)]
thread_local! {
    static PLANTED: std::cell::Cell<Option<Bug>> = const { std::cell::Cell::new(None) };
}

#[cfg(test)]
impl Bug {
    pub(crate) fn is_planted(self) -> bool {
        PLANTED.get() == Some(self)
    }

    /// Plants it in this thread for as long as `run` runs.
    pub(crate) fn during<T>(self, run: impl FnOnce() -> T) -> T {
        PLANTED.set(Some(self));
        let outcome = run();
        PLANTED.set(None);
        outcome
    }
}
