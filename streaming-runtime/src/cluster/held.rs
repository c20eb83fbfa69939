//! Calls of other nodes that this one has taken: none is done twice, and whoever asks is told what has become of it.

use std::{
    collections::{HashMap, VecDeque},
    sync::{Mutex, MutexGuard, PoisonError},
};

use bytes::Bytes;
use tokio::task::AbortHandle;

use super::wire::{self, State};
use crate::error::RequestError;

/// So many calls that are over are remembered, and so many bytes of their answers.
const KNOWN: usize = 65_536;
const BYTES: usize = 16 * 1024 * 1024;

/// Calls of other nodes.
#[derive(Debug, Default)]
pub(super) struct Held(Mutex<Calls>);

#[derive(Debug, Default)]
struct Calls {
    by_id: HashMap<Bytes, Call>,
    /// Those that are over, in that order.
    over: VecDeque<Bytes>,
    /// What their answers take up.
    bytes: usize,
}

#[derive(Debug)]
enum Call {
    /// Whatever waits for its outcome.
    Open(Option<AbortHandle>),
    Over(wire::Outcome),
}

impl Calls {
    fn end(&mut self, id: &Bytes, outcome: wire::Outcome) -> Option<AbortHandle> {
        let call = self.by_id.get_mut(id)?;
        let Call::Open(task) = call else { return None };
        let task = task.take();
        self.bytes += outcome.bytes.len();
        *call = Call::Over(outcome);
        self.over.push_back(id.clone());
        while self.over.len() > KNOWN || self.bytes > BYTES {
            let Some(oldest) = self.over.pop_front() else { break };
            if let Some(Call::Over(outcome)) = self.by_id.remove(&oldest) {
                self.bytes -= outcome.bytes.len();
            }
        }
        task
    }
}

impl Held {
    fn lock(&self) -> MutexGuard<'_, Calls> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What has become of a call.
    pub(super) fn state(&self, id: &Bytes) -> State {
        match self.lock().by_id.get(id) {
            None => State::Unknown(()),
            Some(Call::Open(_)) => State::Held(()),
            Some(Call::Over(outcome)) => State::Done(outcome.clone()),
        }
    }

    /// Takes a call, unless it is known.
    pub(super) fn take(&self, id: &Bytes) -> bool {
        let mut calls = self.lock();
        let is_new = !calls.by_id.contains_key(id);
        if is_new {
            calls.by_id.insert(id.clone(), Call::Open(None));
        }
        is_new
    }

    /// What waits for its outcome, unless it is over by now.
    pub(super) fn waits(&self, id: &Bytes, task: AbortHandle) {
        match self.lock().by_id.get_mut(id) {
            Some(Call::Open(waits)) => *waits = Some(task),
            // Nobody waits for it any more.
            Some(Call::Over(_)) | None => task.abort(),
        }
    }

    pub(super) fn end(&self, id: &Bytes, outcome: wire::Outcome) {
        self.lock().end(id, outcome);
    }

    /// Nobody waits for it any more.
    pub(super) fn cancel(&self, id: &Bytes) {
        let gone = wire::Outcome::from(Err(RequestError::Unconfirmed));
        let task = self.lock().end(id, gone);
        if let Some(task) = task {
            task.abort();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(number: usize) -> Bytes {
        Bytes::copy_from_slice(&number.to_be_bytes())
    }

    fn reply(size: usize) -> wire::Outcome {
        wire::Outcome { bytes: vec![0; size].into(), ..wire::Outcome::default() }
    }

    #[test]
    fn what_is_open_is_known_however_many_come_and_the_oldest_of_the_rest_are_forgotten() {
        let held = Held::default();
        assert!(held.take(&id(0)) && !held.take(&id(0)));
        for number in 1..=KNOWN + 10 {
            assert!(held.take(&id(number)));
            held.end(&id(number), reply(0));
        }
        assert_eq!(held.state(&id(0)), State::Held(()));
        assert_eq!(held.state(&id(10)), State::Unknown(()));
        assert_eq!(held.state(&id(11)), State::Done(reply(0)));
        assert_eq!(held.lock().by_id.len(), KNOWN + 1);
    }

    #[test]
    fn large_answers_are_kept_for_less_long() {
        let held = Held::default();
        for number in 0..20 {
            held.take(&id(number));
            held.end(&id(number), reply(1024 * 1024));
        }
        assert_eq!(held.state(&id(3)), State::Unknown(()));
        assert_eq!(held.state(&id(4)), State::Done(reply(1024 * 1024)));
    }

    #[tokio::test]
    async fn what_nobody_waits_for_is_ended_whichever_is_told_first() {
        let held = Held::default();
        let task = || tokio::spawn(std::future::pending::<()>());
        let (early, late) = (task(), task());
        held.take(&id(0));
        held.waits(&id(0), early.abort_handle());
        held.cancel(&id(0));
        assert!(early.await.expect_err("cancelled").is_cancelled());
        held.take(&id(1));
        held.cancel(&id(1));
        held.waits(&id(1), late.abort_handle());
        assert!(late.await.expect_err("cancelled").is_cancelled());
    }
}
