//! Requests that wait for a client's answer, keyed by command id.

use std::{collections::HashMap, sync::Arc};

use crate::{
    contract::{Awaits, Contract},
    error::RequestError,
    id::ClientId,
    planted::planted,
    slot::Slot,
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
    open: HashMap<ClientId, Arc<Slot<M>>>,
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
        let state = PendingState { open: HashMap::new(), closed: false };
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
        if state.open.contains_key(&id) {
            return Err(Unregistered::Duplicate(id));
        }
        let slot = Arc::new(Slot::new(id.clone(), awaits));
        state.open.insert(id, slot.clone());
        Ok(slot)
    }

    /// Forgets a request. A later answer finds nothing.
    pub(crate) fn forget(&self, slot: &Arc<Slot<M>>) {
        let mut state = self.lock();
        if state.open.get(&slot.id).is_some_and(|open| Arc::ptr_eq(open, slot)) {
            state.open.remove(&slot.id);
        }
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
        let Some(slot) = reply.id.with_str(|id| state.open.get(id).cloned()) else {
            return Some(message);
        };
        match verdict(slot.awaits, &reply) {
            Verdict::Ends(rejection) => {
                state.open.remove(&slot.id);
                drop(state);
                slot.end(|_| {
                    rejection
                        .map_or(Ok(message), |rejection| Err(RequestError::Rejected(rejection)))
                });
                None
            }
            Verdict::Noted => None,
            Verdict::Stray => Some(message),
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
        let ended: Vec<_> = self.lock().open.extract_if(|_, slot| ends(slot)).collect();
        for (_, slot) in ended {
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
        let age = |slot: &Arc<Slot<M>>| (slot.id.clone(), slot.since.elapsed());
        state.open.values().map(age).collect()
    }
}
