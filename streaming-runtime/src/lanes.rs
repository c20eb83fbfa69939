//! Handlers that run beside the ordered line: up to so many at once of each kind.

use std::{
    future::{self, Future, Ready},
    task::{Context, Poll, ready},
};

use futures_util::{
    StreamExt as _,
    future::{Join, join},
    stream::FuturesUnordered,
};

/// What runs in the lanes of one client.
pub(crate) struct Lanes<F: Future> {
    limits: &'static [usize],
    /// How many run in each lane.
    running: Vec<usize>,
    /// Each with the number of its lane.
    futures: FuturesUnordered<Join<Ready<usize>, F>>,
}

impl<F: Future> Lanes<F> {
    pub(crate) fn new(limits: &'static [usize]) -> Self {
        Self { limits, running: vec![0; limits.len()], futures: FuturesUnordered::new() }
    }

    /// How many run.
    pub(crate) fn running(&self) -> usize {
        self.futures.len()
    }

    /// Starts what `next` gives for each lane that has room, then gives the output of one that is done; `None`: none
    /// runs.
    pub(crate) fn poll_next(
        &mut self,
        cx: &mut Context<'_>,
        next: impl Fn(usize) -> Option<F>,
    ) -> Poll<Option<F::Output>> {
        for (lane, (running, limit)) in self.running.iter_mut().zip(self.limits).enumerate() {
            while *running < *limit
                && let Some(started) = next(lane)
            {
                *running += 1;
                self.futures.push(join(future::ready(lane), started));
            }
        }
        let done = ready!(self.futures.poll_next_unpin(cx));
        Poll::Ready(done.map(|(lane, output)| {
            self.running[lane] -= 1;
            output
        }))
    }
}
