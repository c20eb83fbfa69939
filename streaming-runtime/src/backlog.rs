//! Messages that wait for the handler: those of the ordered line, and those of the lanes beside it.

use std::{
    collections::VecDeque,
    sync::{Arc, atomic::Ordering},
    task::{Context, Poll, Waker},
};

use crate::{
    config::QueueConfig,
    sync::{AtomicUsize, Mutex, MutexGuard},
};

/// A bounded queue of messages. Whoever fills it looks at its bounds first.
#[derive(Debug)]
pub(crate) struct Queue<M> {
    state: Mutex<State<M>>,
    // Beside the lock: the reading task looks at them for every message.
    messages: AtomicUsize,
    bytes: AtomicUsize,
}

/// Messages, each with its size.
type Waiting<M> = VecDeque<(M, usize)>;

#[derive(Debug)]
struct State<M> {
    queue: Waiting<M>,
    /// What waits for handlers beside the line, per lane.
    lanes: Vec<Waiting<M>>,
    /// Whoever pulls, while there is nothing.
    puller: Option<Waker>,
    closed: bool,
}

impl<M> Queue<M> {
    pub(crate) fn new() -> Arc<Self> {
        let state =
            State { queue: VecDeque::new(), lanes: Vec::new(), puller: None, closed: false };
        Arc::new(Self {
            state: Mutex::new(state),
            messages: AtomicUsize::new(0),
            bytes: AtomicUsize::new(0),
        })
    }

    fn lock(&self) -> MutexGuard<'_, State<M>> {
        self.state.lock().expect("nothing panics while it holds the inbox")
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.messages.load(Ordering::Relaxed) == 0
    }

    /// Whether there is room in `times` these bounds.
    pub(crate) fn fits(&self, limits: QueueConfig, times: usize) -> bool {
        self.messages.load(Ordering::Relaxed) < limits.messages.saturating_mul(times)
            && self.bytes.load(Ordering::Relaxed) < limits.bytes.saturating_mul(times)
    }

    /// `lane`: which of those beside the line it waits in.
    pub(crate) fn push(&self, message: M, size: usize, lane: Option<usize>) {
        let mut state = self.lock();
        match lane {
            None => {
                // The first word waits for `on_connect`, and many clients say no more.
                if state.queue.capacity() == 0 {
                    state.queue.reserve_exact(1);
                }
                state.queue.push_back((message, size));
            }
            Some(lane) => {
                if state.lanes.len() <= lane {
                    state.lanes.resize_with(lane + 1, VecDeque::new);
                }
                state.lanes[lane].push_back((message, size));
            }
        }
        self.messages.fetch_add(1, Ordering::Relaxed);
        self.bytes.fetch_add(size, Ordering::Relaxed);
        let puller = state.puller.take();
        drop(state);
        if let Some(puller) = puller {
            puller.wake();
        }
    }

    pub(crate) fn pop(&self) -> Option<M> {
        // As a rule it is empty in push mode, and then the lock is not worth its cost.
        if self.is_empty() { None } else { self.take(&mut self.lock().queue) }
    }

    pub(crate) fn pop_lane(&self, lane: usize) -> Option<M> {
        if self.is_empty() { None } else { self.take(self.lock().lanes.get_mut(lane)?) }
    }

    fn take(&self, queue: &mut Waiting<M>) -> Option<M> {
        let (message, size) = queue.pop_front()?;
        self.messages.fetch_sub(1, Ordering::Relaxed);
        self.bytes.fetch_sub(size, Ordering::Relaxed);
        Some(message)
    }

    /// Gives back the room that is not used.
    pub(crate) fn give_back(&self) {
        let mut state = self.lock();
        state.queue.shrink_to_fit();
        state.lanes.iter_mut().for_each(VecDeque::shrink_to_fit);
    }

    pub(crate) fn clear(&self) {
        let mut state = self.lock();
        state.queue.clear();
        state.lanes.clear();
        self.messages.store(0, Ordering::Relaxed);
        self.bytes.store(0, Ordering::Relaxed);
    }

    /// Nothing more will come.
    pub(crate) fn close(&self) {
        let mut state = self.lock();
        state.closed = true;
        let puller = state.puller.take();
        drop(state);
        if let Some(puller) = puller {
            puller.wake();
        }
    }

    /// The next message of the line; `None`: it is closed, and nothing is left.
    pub(crate) fn poll_pop(&self, cx: &mut Context<'_>) -> Poll<Option<M>> {
        let mut state = self.lock();
        if let Some(message) = self.take(&mut state.queue) {
            return Poll::Ready(Some(message));
        }
        if state.closed {
            return Poll::Ready(None);
        }
        state.puller = Some(cx.waker().clone());
        Poll::Pending
    }
}
