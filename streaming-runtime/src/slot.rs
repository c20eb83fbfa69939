//! One request that waits for a client's answer: where its outcome is put.

use std::{
    borrow::Borrow,
    hash::{Hash, Hasher},
    sync::Arc,
    task::{Context, Poll, Waker},
};

use tokio::time::Instant;

use crate::{
    contract::Awaits,
    error::RequestError,
    id::ClientId,
    planted::planted,
    sync::{AtomicBool, Mutex, MutexGuard},
};

/// One request: shared by the future that waits, the map, and the entry in the outbox.
#[derive(Debug)]
pub(crate) struct Slot<M> {
    pub(crate) id: ClientId,
    pub(crate) awaits: Awaits,
    pub(crate) since: Instant,
    /// Whether it may still be among its session's open requests.
    pub(crate) listed: AtomicBool,
    state: Mutex<State<M>>,
}

#[derive(Debug)]
enum State<M> {
    /// `sent`: the stream whose transport has taken the command.
    Waiting {
        waker: Option<Waker>,
        sent: Option<u32>,
    },
    Ended(Result<M, RequestError>),
    Taken,
}

impl<M> Slot<M> {
    pub(crate) fn new(id: ClientId, awaits: Awaits) -> Self {
        let state = Mutex::new(State::Waiting { waker: None, sent: None });
        Self { id, awaits, since: Instant::now(), listed: AtomicBool::new(true), state }
    }

    /// The stream's transport takes the command: from here on nobody knows whether it arrived. `false` where the request
    /// has ended before: its caller was told that the command was never sent, and so it must not be.
    pub(crate) fn mark_sent(&self, stream: u32) -> bool {
        match &mut *self.lock() {
            State::Waiting { sent, .. } => {
                planted!(DeniesSent => return true);
                *sent = Some(stream);
                true
            }
            State::Ended(_) | State::Taken => false,
        }
    }

    /// Whether a transport has taken the command, and no outcome is known.
    #[cfg(feature = "link")]
    pub(crate) fn is_sent(&self) -> bool {
        matches!(*self.lock(), State::Waiting { sent: Some(_), .. })
    }

    /// Whether a stream has taken the command of which `lost` says that it is lost. Then it counts as not sent again.
    pub(crate) fn take_lost(&self, lost: impl FnOnce(u32) -> bool) -> bool {
        match &mut *self.lock() {
            State::Waiting { sent, .. } if sent.is_some_and(lost) => sent.take().is_some(),
            _ => false,
        }
    }

    /// The outcome, once there is one. The first to come stays.
    pub(crate) fn poll_outcome(&self, cx: &mut Context<'_>) -> Poll<Result<M, RequestError>> {
        let mut state = self.lock();
        if let State::Waiting { waker, .. } = &mut *state {
            *waker = Some(cx.waker().clone());
            return Poll::Pending;
        }
        match std::mem::replace(&mut *state, State::Taken) {
            State::Ended(outcome) => Poll::Ready(outcome),
            State::Taken | State::Waiting { .. } => Poll::Pending,
        }
    }

    /// Ends the request; `outcome` is told whether the command was sent. The first end stays.
    pub(crate) fn end(&self, outcome: impl FnOnce(bool) -> Result<M, RequestError>) {
        let mut state = self.lock();
        if let State::Waiting { waker, sent } = &mut *state {
            let (waker, sent) = (waker.take(), sent.is_some());
            *state = State::Ended(outcome(sent));
            drop(state);
            if let Some(waker) = waker {
                waker.wake();
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, State<M>> {
        self.state.lock().expect("nothing panics while it holds a request")
    }
}

/// A request in a set that is searched by ids: so each search hashes once, and the id lies in one place.
#[derive(Debug)]
pub(crate) struct ById<M>(pub(crate) Arc<Slot<M>>);

impl<M> Borrow<str> for ById<M> {
    fn borrow(&self) -> &str {
        &self.0.id
    }
}

impl<M> Hash for ById<M> {
    fn hash<H: Hasher>(&self, hasher: &mut H) {
        str::hash(self.borrow(), hasher);
    }
}

impl<M> PartialEq for ById<M> {
    fn eq(&self, other: &Self) -> bool {
        self.0.id == other.0.id
    }
}

impl<M> Eq for ById<M> {}
