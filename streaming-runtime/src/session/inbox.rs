//! Messages that wait for the handler, and the user's end of them in pull mode.

use std::{
    collections::VecDeque,
    fmt,
    future::poll_fn,
    sync::{
        Arc, Mutex, MutexGuard,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Context, Poll, Waker},
    time::Duration,
};

use super::Client;
use crate::{config::QueueConfig, contract::Contract};

/// A bounded queue of messages. Whoever fills it looks at its bounds first.
#[derive(Debug)]
pub(super) struct Queue<M> {
    state: Mutex<State<M>>,
    // Beside the lock: the reading task looks at them for every message.
    messages: AtomicUsize,
    bytes: AtomicUsize,
}

#[derive(Debug)]
struct State<M> {
    queue: VecDeque<(M, usize)>,
    /// Whoever pulls, while there is nothing.
    puller: Option<Waker>,
    closed: bool,
}

impl<M> Queue<M> {
    pub(super) fn new() -> Arc<Self> {
        let state = State { queue: VecDeque::new(), puller: None, closed: false };
        Arc::new(Self {
            state: Mutex::new(state),
            messages: AtomicUsize::new(0),
            bytes: AtomicUsize::new(0),
        })
    }

    fn lock(&self) -> MutexGuard<'_, State<M>> {
        self.state.lock().expect("nothing panics while it holds the inbox")
    }

    pub(super) fn is_empty(&self) -> bool {
        self.messages.load(Ordering::Relaxed) == 0
    }

    /// Whether there is room in `times` these bounds.
    pub(super) fn fits(&self, limits: QueueConfig, times: usize) -> bool {
        self.messages.load(Ordering::Relaxed) < limits.messages.saturating_mul(times)
            && self.bytes.load(Ordering::Relaxed) < limits.bytes.saturating_mul(times)
    }

    pub(super) fn push(&self, message: M, size: usize) {
        let mut state = self.lock();
        state.queue.push_back((message, size));
        self.messages.fetch_add(1, Ordering::Relaxed);
        self.bytes.fetch_add(size, Ordering::Relaxed);
        let puller = state.puller.take();
        drop(state);
        if let Some(puller) = puller {
            puller.wake();
        }
    }

    pub(super) fn pop(&self) -> Option<M> {
        // As a rule it is empty in push mode, and then the lock is not worth its cost.
        if self.is_empty() { None } else { self.take(&mut self.lock()) }
    }

    fn take(&self, state: &mut State<M>) -> Option<M> {
        let (message, size) = state.queue.pop_front()?;
        self.messages.fetch_sub(1, Ordering::Relaxed);
        self.bytes.fetch_sub(size, Ordering::Relaxed);
        Some(message)
    }

    pub(super) fn clear(&self) {
        while self.pop().is_some() {}
    }

    /// Nothing more will come.
    pub(super) fn close(&self) {
        let mut state = self.lock();
        state.closed = true;
        let puller = state.puller.take();
        drop(state);
        if let Some(puller) = puller {
            puller.wake();
        }
    }

    fn poll_pop(&self, cx: &mut Context<'_>) -> Poll<Option<M>> {
        let mut state = self.lock();
        if let Some(message) = self.take(&mut state) {
            return Poll::Ready(Some(message));
        }
        if state.closed {
            return Poll::Ready(None);
        }
        state.puller = Some(cx.waker().clone());
        Poll::Pending
    }
}

/// What a client sent, for a `#[session]` that takes it message by message.
///
/// It sees neither replies that a request waits for nor answers to pings. While it is full, reading pauses.
pub struct Inbox<C: Contract> {
    queue: Arc<Queue<C::Message>>,
    client: Client<C>,
}

impl<C: Contract> Inbox<C> {
    pub(super) fn new(queue: Arc<Queue<C::Message>>, client: Client<C>) -> Self {
        Self { queue, client }
    }

    /// The next message; `None` when the session has ended and everything read before was taken.
    ///
    /// # Cancel safety
    /// Dropped before it is ready, it has taken nothing.
    pub async fn next(&mut self) -> Option<C::Message> {
        let message = poll_fn(|cx| self.queue.poll_pop(cx)).await;
        // There is room again.
        self.client.0.read_on();
        message
    }

    /// The next message, or [`Quiet`] if none comes within `within`; it can simply be called again.
    ///
    /// # Errors
    /// Nothing came.
    ///
    /// # Cancel safety
    /// Dropped before it is ready, it has taken nothing.
    pub async fn next_within(&mut self, within: Duration) -> Result<Option<C::Message>, Quiet> {
        tokio::time::timeout(within, self.next()).await.map_err(|_| Quiet(()))
    }
}

impl<C: Contract> fmt::Debug for Inbox<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Inbox").field(self.client.id()).finish()
    }
}

/// Nothing came in the given time. The stream goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quiet(());

impl fmt::Display for Quiet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("no message came in time")
    }
}

impl std::error::Error for Quiet {}
