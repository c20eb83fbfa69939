//! A batch on its way.

use super::{answer::Answer, breaker::Permit, shared::Shared};

/// Counts its publications when it ends, in whatever way: also when the task is dropped with its runtime.
#[derive(Debug)]
pub(super) struct Flight<'a> {
    pub(super) shared: &'a Shared,
    pub(super) shard: usize,
    /// How many publications it has.
    pub(super) items: usize,
    pub(super) permit: Permit,
    /// Whether a request is open.
    pub(super) requesting: bool,
    /// Whether a request that ended may have been executed.
    pub(super) unclear: bool,
    settled: bool,
}

impl<'a> Flight<'a> {
    pub(super) fn new(shared: &'a Shared, shard: usize, items: usize, permit: Permit) -> Self {
        Self { shared, shard, items, permit, requesting: false, unclear: false, settled: false }
    }

    /// The batch is published or given up, by its last answer.
    pub(super) fn settle(mut self, answer: &Answer) {
        self.end(Some(answer));
    }

    fn end(&mut self, answer: Option<&Answer>) {
        self.settled = true;
        let mut state = self.shared.lock();
        state.settle(self, answer);
        state.breaker.release(self.permit);
        state.tell();
        drop(state);
        self.shared.settled.notify_waiters();
    }
}

impl Drop for Flight<'_> {
    fn drop(&mut self) {
        if !self.settled {
            self.unclear |= self.requesting;
            self.end(None);
            // Another shard may have waited for this one's probe.
            self.shared.wake_all();
        }
    }
}
