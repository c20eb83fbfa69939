//! The queue itself: first come, first served, bounded in messages and bytes.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard},
    task::{Context, Poll, Waker},
};

use tokio::time::Instant;

use super::Frame;
use crate::config::QueueConfig;

/// So many entries of the priority lane wait to be written, then the client counts as stalled.
const PRIORITY: usize = 64;

/// One command in the queue.
#[derive(Debug)]
pub(crate) struct Entry<M, R> {
    pub(crate) frame: Frame<M>,
    /// The command's variant, for its channel.
    pub(crate) variant: Option<u16>,
    /// Encoded size in bytes.
    pub(crate) size: usize,
    /// The request that waits for the answer, if one does.
    pub(crate) request: Option<Arc<R>>,
    /// The publication, where it was made once for many clients.
    pub(crate) json: Option<Arc<bytes::Bytes>>,
}

/// Why an entry was not taken. The entry comes back.
#[derive(Debug)]
pub(crate) enum Refused<E> {
    /// No room, or others wait for room.
    Full(E),
    /// The session has ended.
    Closed,
}

/// What the output side finds.
#[derive(Debug)]
pub(crate) enum Popped<E> {
    /// A ping or a bare ack.
    Urgent(E),
    /// A command.
    Ordinary(E),
    /// Nothing more will come.
    End,
}

/// A bounded queue of commands. `R` marks entries that somebody waits for.
#[derive(Debug)]
pub(crate) struct Outbox<M, R> {
    limits: QueueConfig,
    state: Mutex<State<M, R>>,
}

#[derive(Debug)]
struct State<M, R> {
    /// The priority lane.
    ping: Option<Entry<M, R>>,
    acks: VecDeque<Entry<M, R>>,
    ack_bytes: usize,
    queue: VecDeque<Entry<M, R>>,
    bytes: usize,
    /// Senders that wait for room, in the order in which they came.
    waiting: VecDeque<(u64, Waker)>,
    next_ticket: u64,
    /// The output side, while it has nothing to write.
    output: Option<Waker>,
    /// Whoever waits for the flush.
    flush: Option<Waker>,
    phase: Phase,
    /// Whether anything was taken since `last_output` was set.
    active: bool,
    last_output: Instant,
    written: u64,
    dropped: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    /// Takes entries.
    Open,
    /// Takes no more; what is there is still written.
    Flushing,
    /// Nothing is written any more.
    Closed,
}

/// A place in the line of those that wait for room. Whoever takes one ends it with [`Outbox::give_up`].
#[derive(Debug)]
pub(crate) struct Ticket(u64);

impl<M, R> Outbox<M, R> {
    pub(crate) fn new(limits: QueueConfig) -> Self {
        Self {
            limits,
            state: Mutex::new(State {
                ping: None,
                acks: VecDeque::new(),
                ack_bytes: 0,
                queue: VecDeque::new(),
                bytes: 0,
                waiting: VecDeque::new(),
                next_ticket: 0,
                output: None,
                flush: None,
                phase: Phase::Open,
                active: false,
                last_output: Instant::now(),
                written: 0,
                dropped: 0,
            }),
        }
    }

    fn lock(&self) -> MutexGuard<'_, State<M, R>> {
        self.state.lock().expect("nothing panics while it holds the outbox")
    }

    /// Lets `put` put something in, and wakes the output side for it.
    fn insert<T>(
        &self,
        put: impl FnOnce(&mut State<M, R>) -> Result<T, Refused<Entry<M, R>>>,
    ) -> Result<T, Refused<Entry<M, R>>> {
        let mut state = self.lock();
        if state.phase != Phase::Open {
            return Err(Refused::Closed);
        }
        let put = put(&mut state)?;
        let output = state.output.take();
        drop(state);
        wake(output);
        Ok(put)
    }

    /// Takes `entry` if there is room and nobody waits for it.
    pub(crate) fn push(&self, entry: Entry<M, R>) -> Result<(), Refused<Entry<M, R>>> {
        self.insert(|state| {
            if !state.waiting.is_empty() || !state.has_room(self.limits, entry.size) {
                return Err(Refused::Full(entry));
            }
            state.accept(entry);
            Ok(())
        })
    }

    /// Takes `entry` in any case; the oldest entries go until it fits, and are given back. `None`: the session has ended.
    pub(crate) fn push_dropping(&self, entry: Entry<M, R>) -> Option<Vec<Entry<M, R>>> {
        let inserted = self.insert(|state| {
            let mut dropped = Vec::new();
            while !state.has_room(self.limits, entry.size) {
                let Some(oldest) = state.queue.pop_front() else { break };
                state.bytes -= oldest.size;
                dropped.push(oldest);
            }
            state.dropped += dropped.len() as u64;
            state.accept(entry);
            Ok(dropped)
        });
        inserted.ok()
    }

    /// Takes a ping, unless one is still queued: then says `false`.
    pub(crate) fn push_ping(&self, entry: Entry<M, R>) -> bool {
        let inserted = self.insert(|state| {
            if state.ping.is_some() {
                return Err(Refused::Full(entry));
            }
            state.ping = Some(entry);
            Ok(())
        });
        inserted.is_ok()
    }

    /// Takes an ack into the priority lane, if that has a place. All acks together hold no more bytes than the queue may.
    pub(crate) fn push_ack(&self, entry: Entry<M, R>) -> Result<(), Refused<Entry<M, R>>> {
        self.insert(|state| {
            let places = state.acks.len() + usize::from(state.ping.is_some());
            let bytes = state.ack_bytes.saturating_add(entry.size);
            if places >= PRIORITY || bytes > self.limits.bytes {
                return Err(Refused::Full(entry));
            }
            state.ack_bytes = bytes;
            state.acks.push_back(entry);
            Ok(())
        })
    }

    /// Takes a place in the line of those that wait for room.
    pub(crate) fn wait(&self) -> Ticket {
        let mut state = self.lock();
        let ticket = state.next_ticket;
        state.next_ticket += 1;
        state.waiting.push_back((ticket, Waker::noop().clone()));
        Ticket(ticket)
    }

    /// Takes the entry out of `slot` when it is this ticket's turn and there is room. `false`: the session has ended.
    pub(crate) fn poll_push(
        &self,
        ticket: &Ticket,
        slot: &mut Option<Entry<M, R>>,
        cx: &mut Context<'_>,
    ) -> Poll<bool> {
        let mut state = self.lock();
        if state.phase != Phase::Open {
            return Poll::Ready(false);
        }
        let size = slot.as_ref().map_or(0, |entry| entry.size);
        if state.is_first(ticket) && state.has_room(self.limits, size) {
            state.waiting.pop_front();
            if let Some(entry) = slot.take() {
                state.accept(entry);
            }
            let output = state.output.take();
            // The next in line may fit as well.
            let next = state.first_waiting();
            drop(state);
            wake(output);
            wake(next);
            return Poll::Ready(true);
        }
        let mut waiting = state.waiting.iter_mut();
        if let Some((_, waker)) = waiting.find(|(other, _)| *other == ticket.0) {
            waker.clone_from(cx.waker());
        }
        Poll::Pending
    }

    /// Leaves the line.
    pub(crate) fn give_up(&self, ticket: &Ticket) {
        let mut state = self.lock();
        let was_first = state.is_first(ticket);
        state.waiting.retain(|(other, _)| *other != ticket.0);
        // It may have been woken for room that it now leaves to the next in line.
        let next = if was_first { state.first_waiting() } else { None };
        drop(state);
        wake(next);
    }

    /// The output side: the next entry, the priority lane first.
    pub(crate) fn poll_pop(&self, cx: &mut Context<'_>) -> Poll<Popped<Entry<M, R>>> {
        let mut state = self.lock();
        if state.phase == Phase::Closed {
            return Poll::Ready(Popped::End);
        }
        if let Some(ping) = state.ping.take() {
            return Poll::Ready(Popped::Urgent(ping));
        }
        if let Some(ack) = state.acks.pop_front() {
            state.ack_bytes -= ack.size;
            state.active = true;
            return Poll::Ready(Popped::Urgent(ack));
        }
        if let Some(entry) = state.queue.pop_front() {
            state.bytes -= entry.size;
            state.active = true;
            state.written += 1;
            let waiting = state.first_waiting();
            drop(state);
            wake(waiting);
            return Poll::Ready(Popped::Ordinary(entry));
        }
        state.note_output();
        if state.phase == Phase::Flushing {
            let flush = state.flush.take();
            state.phase = Phase::Closed;
            drop(state);
            wake(flush);
            return Poll::Ready(Popped::End);
        }
        if !state.output.as_ref().is_some_and(|output| output.will_wake(cx.waker())) {
            state.output = Some(cx.waker().clone());
        }
        Poll::Pending
    }

    /// Lets `change` end what this takes or writes, and wakes everybody who waits for something.
    fn shut<T>(&self, change: impl FnOnce(&mut State<M, R>) -> T) -> T {
        let mut state = self.lock();
        let changed = change(&mut state);
        let waiting = std::mem::take(&mut state.waiting);
        let others = [state.output.take(), state.flush.take()];
        drop(state);
        wake(waiting.into_iter().map(|(_, waker)| waker));
        wake(others.into_iter().flatten());
        changed
    }

    /// Takes no more entries but for `last`, whatever its size; says whether it took that. What is queued is still
    /// written; those that wait for room are turned away.
    pub(crate) fn close(&self, last: Option<Entry<M, R>>) -> bool {
        self.shut(|state| {
            if state.phase != Phase::Open {
                return false;
            }
            state.phase = Phase::Flushing;
            last.map(|last| state.accept(last)).is_some()
        })
    }

    /// After [`close`](Self::close): ready when everything queued was taken by the transport, or nothing will be.
    pub(crate) fn poll_flushed(&self, cx: &mut Context<'_>) -> Poll<()> {
        let mut state = self.lock();
        if state.phase == Phase::Closed {
            return Poll::Ready(());
        }
        state.flush = Some(cx.waker().clone());
        Poll::Pending
    }

    /// Writes nothing more, and gives back in order what was not written.
    pub(crate) fn abort(&self) -> VecDeque<Entry<M, R>> {
        self.shut(|state| {
            state.phase = Phase::Closed;
            (state.bytes, state.ack_bytes) = (0, 0);
            state.ping = None;
            state.acks.clear();
            std::mem::take(&mut state.queue)
        })
    }

    /// The output side is gone: nothing will be written any more, and nothing taken. What is queued stays for
    /// [`abort`](Self::abort).
    pub(crate) fn output_gone(&self) {
        self.shut(|state| state.phase = Phase::Closed);
    }

    /// How many entries wait.
    pub(crate) fn len(&self) -> usize {
        self.lock().queue.len()
    }

    /// How many commands the transport has taken, and how many the overflow policy has dropped.
    pub(crate) fn counts(&self) -> (u64, u64) {
        let state = self.lock();
        (state.written, state.dropped)
    }

    /// The entry that was popped last was not written after all.
    pub(crate) fn was_not_written(&self) {
        self.lock().written -= 1;
    }

    /// When a command was last written.
    pub(crate) fn last_output(&self) -> Instant {
        let mut state = self.lock();
        state.note_output();
        state.last_output
    }
}

impl<M, R> State<M, R> {
    fn has_room(&self, limits: QueueConfig, size: usize) -> bool {
        self.queue.len() < limits.messages && self.bytes.saturating_add(size) <= limits.bytes
    }

    fn accept(&mut self, entry: Entry<M, R>) {
        self.bytes += entry.size;
        self.queue.push_back(entry);
    }

    fn is_first(&self, ticket: &Ticket) -> bool {
        self.waiting.front().is_some_and(|(first, _)| *first == ticket.0)
    }

    fn first_waiting(&self) -> Option<Waker> {
        self.waiting.front().map(|(_, waker)| waker.clone())
    }

    /// The clock is read once for a run of entries, not for each.
    fn note_output(&mut self) {
        if std::mem::take(&mut self.active) {
            self.last_output = Instant::now();
        }
    }
}

fn wake(wakers: impl IntoIterator<Item = Waker>) {
    for waker in wakers {
        waker.wake();
    }
}
