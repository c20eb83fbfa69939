//! Requests that wait for a client's answer, keyed by command id.

use std::{
    collections::HashSet,
    sync::{Arc, atomic::Ordering},
};

use crate::{
    contract::{Awaits, Contract},
    error::RequestError,
    id::ClientId,
    planted::planted,
    slot::{ById, Slot},
    sync::{Mutex, MutexGuard, Notify},
    verdict::{Verdict, verdict},
};

/// The open requests of one session.
#[derive(Debug)]
pub(crate) struct Pending<M> {
    state: Mutex<PendingState<M>>,
    /// Told when the last one has ended.
    answered: Notify,
}

#[derive(Debug)]
struct PendingState<M> {
    open: HashSet<ById<M>>,
    closed: bool,
}

/// Why a request was not registered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Unregistered {
    /// Another open request has this id.
    Duplicate(ClientId),
    /// The session has ended.
    Closed,
}

impl<M> Default for Pending<M> {
    fn default() -> Self {
        let state = PendingState { open: HashSet::new(), closed: false };
        Self { state: Mutex::new(state), answered: Notify::new() }
    }
}

impl<M> Pending<M> {
    fn lock(&self) -> MutexGuard<'_, PendingState<M>> {
        self.state.lock().expect("nothing panics while it holds the requests")
    }

    pub(crate) fn register(
        &self,
        id: ClientId,
        awaits: Awaits,
    ) -> Result<Arc<Slot<M>>, Unregistered> {
        let mut state = self.lock();
        if state.closed {
            return Err(Unregistered::Closed);
        }
        let slot = Arc::new(Slot::new(id, awaits));
        if state.open.insert(ById(slot.clone())) {
            Ok(slot)
        } else {
            Err(Unregistered::Duplicate(slot.id.clone()))
        }
    }

    /// Forgets a request. A later answer finds nothing.
    pub(crate) fn forget(&self, slot: &Arc<Slot<M>>) {
        if !slot.listed.load(Ordering::Relaxed) {
            return;
        }
        let mut state = self.lock();
        if state.open.get(&*slot.id).is_some_and(|open| Arc::ptr_eq(&open.0, slot)) {
            state.open.remove(&*slot.id);
        }
        self.removed(&state);
    }

    /// Tells whoever waits for that if none is open any more.
    fn removed(&self, state: &PendingState<M>) {
        if state.open.is_empty() {
            self.answered.notify_waiters();
        }
    }

    /// Gives a reply to the request that it answers. It comes back where none waits for it.
    pub(crate) fn resolve<C>(&self, message: M) -> Option<M>
    where
        C: Contract<Message = M>,
    {
        planted!(LosesReplies => return None);
        let Some(reply) = C::reply(&message) else {
            return Some(message);
        };
        let mut state = self.lock();
        // Nearly every reply ends its request.
        let Some(ById(slot)) = reply.id.with_str(|id| state.open.take(id)) else {
            return Some(message);
        };
        match verdict(slot.awaits, &reply) {
            Verdict::Ends(rejection) => {
                self.removed(&state);
                drop(state);
                slot.listed.store(false, Ordering::Relaxed);
                slot.end(|_| {
                    rejection
                        .map_or(Ok(message), |rejection| Err(RequestError::Rejected(rejection)))
                });
                None
            }
            other => {
                state.open.insert(ById(slot));
                matches!(other, Verdict::Stray).then_some(message)
            }
        }
    }

    /// Ends every open request as `outcome` says; it is told whether the command was sent.
    pub(crate) fn end_all(&self, outcome: impl Fn(bool) -> RequestError) {
        self.end_where(|_| true, outcome);
    }

    /// Ends those of which `ends` says so.
    pub(crate) fn end_where(
        &self,
        ends: impl Fn(&Slot<M>) -> bool,
        outcome: impl Fn(bool) -> RequestError,
    ) {
        let mut state = self.lock();
        let ended: Vec<_> = state.open.extract_if(|open| ends(&open.0)).collect();
        self.removed(&state);
        drop(state);
        for ById(slot) in ended {
            slot.listed.store(false, Ordering::Relaxed);
            slot.end(|sent| Err(outcome(sent)));
        }
    }

    /// Takes no more requests.
    pub(crate) fn close(&self) {
        self.lock().closed = true;
    }

    /// Waits until no request is open.
    pub(crate) async fn answered(&self) {
        loop {
            let answered = self.answered.notified();
            if self.is_empty() {
                return;
            }
            answered.await;
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.lock().open.len()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.lock().open.is_empty()
    }

    /// Ids and ages of the open requests.
    pub(crate) fn list(&self) -> Vec<(ClientId, std::time::Duration)> {
        let state = self.lock();
        state.open.iter().map(|ById(slot)| (slot.id.clone(), slot.since.elapsed())).collect()
    }
}
