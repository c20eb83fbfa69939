//! The queue itself: first come, first served, bounded in messages and bytes.

use std::{
    collections::VecDeque,
    task::{Context, Poll, Waker},
};

use tokio::time::Instant;

use super::entry::{Entry, Popped, Refused, Shape};
use crate::{
    config::QueueConfig,
    frame::{Buffer, buffered},
    metrics::Share,
    planted::planted,
    sync::{Mutex, MutexGuard, wake},
};

/// So much is taken at once: more saves no more.
const AT_ONCE: usize = 4 * 1024;

/// A bounded queue of commands. `R` marks entries that somebody waits for.
#[derive(Debug)]
pub(crate) struct Outbox<M, R> {
    limits: QueueConfig,
    priority: usize,
    state: Mutex<State<M, R>>,
}

#[derive(Debug)]
struct State<M, R> {
    /// The priority lane.
    ping: Option<Box<Entry<M, R>>>,
    acks: VecDeque<Entry<M, R>>,
    ack_bytes: usize,
    queue: VecDeque<Entry<M, R>>,
    bytes: usize,
    /// How many entries have left the queue.
    left: u64,
    /// Where the last of each variant that coalesces came to stand, counted from the first entry of all: the queue may be
    /// long, and is not to be searched at each send.
    places: Vec<(Option<u16>, u64)>,
    /// Senders that wait for room, in the order in which they came.
    waiting: VecDeque<(u64, Waker)>,
    next_ticket: u64,
    /// The output side, while it has nothing to write.
    output: Option<Waker>,
    /// Whoever waits for the flush.
    flush: Option<Waker>,
    phase: Phase,
    /// The number of the last stream.
    last_stream: u32,
    /// The stream that is written to, if one is.
    stream: Option<u32>,
    /// Whether the last entry is one that nobody sent.
    last_word: bool,
    /// Whether anything was taken since `last_output` was set.
    active: bool,
    /// Whether the output side has asked since [`Outbox::progress`] did.
    asked: bool,
    last_output: Instant,
    written: u64,
    dropped: Share,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Phase {
    /// Takes entries.
    Open,
    /// Takes no more; what is there is still written, and then the stream stays open.
    Lingering,
    /// Takes no more; what is there is still written, and then the stream ends.
    Flushing,
    /// Nothing is written any more.
    Closed,
}

/// A place in the line of those that wait for room. Whoever takes one ends it with [`Outbox::give_up`].
#[derive(Debug)]
pub(crate) struct Ticket(u64);

impl<M, R> Outbox<M, R> {
    /// `priority`: so many entries may wait in the priority lane.
    pub(crate) fn new(limits: QueueConfig, priority: usize, dropped: Share) -> Self {
        Self {
            limits,
            priority,
            state: Mutex::new(State {
                ping: None,
                acks: VecDeque::new(),
                ack_bytes: 0,
                queue: VecDeque::new(),
                bytes: 0,
                left: 0,
                places: Vec::new(),
                waiting: VecDeque::new(),
                next_ticket: 0,
                output: None,
                flush: None,
                phase: Phase::Open,
                last_stream: 0,
                stream: Some(0),
                last_word: false,
                active: false,
                asked: false,
                last_output: Instant::now(),
                written: 0,
                dropped,
            }),
        }
    }

    fn lock(&self) -> MutexGuard<'_, State<M, R>> {
        self.state.lock().expect("nothing panics while it holds the outbox")
    }

    /// Lets `put` put something in, and wakes the output side for it, and the first in line in case it made room.
    fn insert<T>(
        &self,
        put: impl FnOnce(&mut State<M, R>) -> Result<T, Refused>,
    ) -> Result<T, Refused> {
        let mut state = self.lock();
        if state.phase != Phase::Open {
            return Err(Refused::Closed);
        }
        let put = put(&mut state)?;
        let (output, next) = (state.output.take(), state.first_waiting());
        drop(state);
        wake(output);
        wake(next);
        Ok(put)
    }

    /// Takes the entry that `make` gives if there is room and nobody waits for it, or in the place of the one that it
    /// coalesces with. Commands are large: this way one is moved once, from where it lies into the queue.
    pub(crate) fn push(
        &self,
        shape: Shape,
        make: impl FnOnce() -> Entry<M, R>,
    ) -> Result<(), Refused> {
        planted!(RefusesWithRoom => return Err(Refused::Full));
        self.insert(|state| {
            let twin = state.twin(shape);
            let in_line = !state.waiting.is_empty() && twin.is_none();
            if in_line || !state.has_room(self.limits, shape, twin) {
                return Err(Refused::Full);
            }
            state.accept(make(), twin);
            Ok(())
        })
    }

    /// Takes `entry` in any case; the oldest entries go until it fits, and are given back. `None`: the session has ended.
    pub(crate) fn push_dropping(&self, entry: Entry<M, R>) -> Option<Vec<Entry<M, R>>> {
        let inserted = self.insert(|state| {
            let mut dropped = Vec::new();
            let mut twin = state.twin(entry.shape);
            while !state.has_room(self.limits, entry.shape, twin) {
                let Some(oldest) = state.pop() else { break };
                dropped.push(oldest);
                twin = state.twin(entry.shape);
            }
            state.dropped.add(dropped.len());
            state.accept(entry, twin);
            Ok(dropped)
        });
        inserted.ok()
    }

    /// Drops the oldest entries until `until` of all that came have left, and gives how many came.
    #[cfg(feature = "link")]
    pub(crate) fn expire(&self, until: u64) -> (Vec<Entry<M, R>>, u64) {
        let mut state = self.lock();
        let expired: Vec<_> = (state.left..until).map_while(|_| state.pop()).collect();
        state.dropped.add(expired.len());
        let (came, next) = (state.left + state.queue.len() as u64, state.first_waiting());
        drop(state);
        wake(next);
        (expired, came)
    }

    /// Drops all acks, and the other entries that are answers.
    #[cfg(feature = "link")]
    pub(crate) fn drop_answers(&self, is_answer: impl Fn(&Entry<M, R>) -> bool) {
        let mut state = self.lock();
        (state.ack_bytes, state.bytes) = (0, 0);
        state.acks.clear();
        for entry in std::mem::take(&mut state.queue) {
            if is_answer(&entry) {
                state.dropped.add(1);
                state.left += 1;
            } else {
                state.accept(entry, None);
            }
        }
        let next = state.first_waiting();
        drop(state);
        wake(next);
    }

    /// Takes a ping, unless one is still queued: then says `false`.
    pub(crate) fn push_ping(&self, entry: Entry<M, R>) -> bool {
        let inserted = self.insert(|state| {
            if state.ping.is_some() {
                return Err(Refused::Full);
            }
            state.ping = Some(Box::new(entry));
            Ok(())
        });
        inserted.is_ok()
    }

    /// Takes an ack into the priority lane, if that has a place. All acks together hold no more bytes than the queue may.
    pub(crate) fn push_ack(&self, entry: Entry<M, R>) -> Result<(), Refused> {
        self.insert(|state| {
            let places = state.acks.len() + usize::from(state.ping.is_some());
            let bytes = state.ack_bytes.saturating_add(entry.shape.size);
            if places >= self.priority || bytes > self.limits.bytes {
                return Err(Refused::Full);
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
        planted!(ServesLast => state.waiting.rotate_right(1));
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
        let twin = slot.as_ref().and_then(|entry| state.twin(entry.shape));
        let fits = |entry: &mut Entry<M, R>| state.has_room(self.limits, entry.shape, twin);
        if state.is_first(ticket)
            && let Some(entry) = slot.take_if(fits)
        {
            state.waiting.pop_front();
            state.accept(entry, twin);
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

    /// From here on another stream is written to, the one of the number that this gives. The first has number 0.
    pub(crate) fn switch(&self) -> u32 {
        let mut state = self.lock();
        state.last_stream += 1;
        state.stream = Some(state.last_stream);
        let (stream, output) = (state.last_stream, state.output.take());
        drop(state);
        wake(output);
        stream
    }

    /// The stream of this number is written to no more, if it still is. What is queued stays for the next; after the
    /// end there is none.
    pub(crate) fn lose(&self, stream: u32) {
        let mut state = self.lock();
        if state.stream != Some(stream) {
            return;
        }
        state.stream = None;
        if state.phase > Phase::Open {
            state.phase = Phase::Closed;
        }
        let wakers = [state.output.take(), state.flush.take()];
        drop(state);
        wake(wakers.into_iter().flatten());
    }

    /// Whether the stream of this number is written to.
    pub(crate) fn is_current(&self, stream: u32) -> bool {
        self.lock().stream == Some(stream)
    }

    /// Whether another stream came after the one of this number.
    pub(crate) fn is_superseded(&self, stream: u32) -> bool {
        self.lock().last_stream != stream
    }

    /// The output side of the stream of this number: the next entry, the priority lane first. With the transport's buffer,
    /// what follows in the same lane and fits there is put beside it: then one lock does for many.
    pub(crate) fn poll_pop(
        &self,
        stream: u32,
        following: Option<(&Buffer, &mut VecDeque<Entry<M, R>>)>,
        cx: &mut Context<'_>,
    ) -> Poll<Popped<Entry<M, R>>> {
        let mut state = self.lock();
        if state.phase == Phase::Closed || state.stream != Some(stream) {
            planted!(WritesSuperseded => if let Some(entry) = state.pop() { return Poll::Ready(Popped::Ordinary(entry)) });
            return Poll::Ready(Popped::End);
        }
        planted!(EndsStreams => if state.written > 0 { return Poll::Ready(Popped::End) });
        state.asked = true;
        if let Some(ping) = state.ping.take() {
            return Poll::Ready(Popped::Urgent(*ping));
        }
        if let Some(ack) = state.acks.pop_front() {
            let (_, bytes) = follow(&mut state.acks, &ack, following);
            state.ack_bytes -= ack.shape.size + bytes;
            state.active = true;
            return Poll::Ready(Popped::Urgent(ack));
        }
        planted!(MixesOrder => if !state.last_word { state.queue.make_contiguous().reverse() });
        if let Some(entry) = state.pop() {
            let (count, bytes) = follow(&mut state.queue, &entry, following);
            state.bytes -= bytes;
            state.left += count;
            state.written += 1 + count;
            state.active = true;
            planted!(ForgetsWaiters => return Poll::Ready(Popped::Ordinary(entry)));
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
        if state.phase == Phase::Lingering {
            wake(state.flush.take());
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

    /// Takes no more entries but for `last`, whatever its size. What is queued is still written, and then the stream
    /// ends; those that wait for room are turned away.
    pub(crate) fn close(&self, last: Option<Entry<M, R>>) {
        self.take_last(last, Phase::Flushing);
    }

    /// As [`close`](Self::close), but the stream stays open.
    pub(crate) fn linger(&self, last: Option<Entry<M, R>>) {
        self.take_last(last, Phase::Lingering);
    }

    fn take_last(&self, last: Option<Entry<M, R>>, phase: Phase) {
        self.shut(|state| {
            if state.stream.is_none() {
                state.phase = Phase::Closed;
            } else if state.phase == Phase::Open
                && let Some(last) = last
            {
                state.accept(last, None);
                state.last_word = true;
            }
            state.phase = state.phase.max(phase);
        });
    }

    /// Whether it takes no more although the stream stays open.
    pub(crate) fn lingers(&self) -> bool {
        self.lock().phase == Phase::Lingering
    }

    /// After [`close`](Self::close): ready when everything queued was taken by the transport, or nothing will be.
    pub(crate) fn poll_flushed(&self, cx: &mut Context<'_>) -> Poll<()> {
        self.poll_written(Phase::Closed, cx)
    }

    /// After [`linger`](Self::linger): ready when everything queued was taken by the transport, or the stream ends.
    pub(crate) fn poll_said(&self, cx: &mut Context<'_>) -> Poll<()> {
        self.poll_written(Phase::Flushing, cx)
    }

    /// Ready from `phase` on, and before where nothing waits.
    fn poll_written(&self, phase: Phase, cx: &mut Context<'_>) -> Poll<()> {
        let mut state = self.lock();
        if state.phase >= phase || (state.phase == Phase::Lingering && !state.waits()) {
            return Poll::Ready(());
        }
        // There is one at a time that waits: what waits for the last word leaves before the end is flushed.
        state.flush = Some(cx.waker().clone());
        Poll::Pending
    }

    /// Writes nothing more, and gives back in order what was sent and not written.
    pub(crate) fn abort(&self) -> VecDeque<Entry<M, R>> {
        self.shut(|state| {
            state.phase = Phase::Closed;
            (state.bytes, state.ack_bytes) = (0, 0);
            state.ping = None;
            state.acks.clear();
            if std::mem::take(&mut state.last_word) {
                state.queue.pop_back();
            }
            std::mem::take(&mut state.queue)
        })
    }

    /// The output side is gone: nothing will be written any more, and nothing taken. What is queued stays for
    /// [`abort`](Self::abort).
    pub(crate) fn output_gone(&self) {
        self.shut(|state| state.phase = Phase::Closed);
    }

    /// Whether the transport has taken anything since this was last asked; `None`: nothing waits for it.
    pub(crate) fn progress(&self) -> Option<bool> {
        let mut state = self.lock();
        let asked = std::mem::take(&mut state.asked);
        state.waits().then_some(asked)
    }

    /// How many entries wait.
    pub(crate) fn len(&self) -> usize {
        self.lock().queue.len()
    }

    /// How many commands the transport has taken, and how many the overflow policy or newer ones have dropped.
    pub(crate) fn counts(&self) -> (u64, u64) {
        let state = self.lock();
        (state.written, state.dropped.get())
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
    /// Whether anything waits to be written.
    fn waits(&self) -> bool {
        self.ping.is_some() || !self.acks.is_empty() || !self.queue.is_empty()
    }

    /// Where the queued entry stands whose place `entry` takes.
    fn twin(&self, shape: Shape) -> Option<usize> {
        planted!(NeverCoalesces => return None);
        if !shape.coalesces {
            return None;
        }
        let (_, place) = self.places.iter().find(|(variant, _)| *variant == shape.variant)?;
        usize::try_from(place.checked_sub(self.left)?).ok()
    }

    fn has_room(&self, limits: QueueConfig, shape: Shape, twin: Option<usize>) -> bool {
        planted!(Overfills => return true);
        let (entries, bytes) = match twin {
            Some(at) => (self.queue.len() - 1, self.bytes - self.queue[at].shape.size),
            None => (self.queue.len(), self.bytes),
        };
        entries < limits.messages && bytes.saturating_add(shape.size) <= limits.bytes
    }

    #[inline]
    fn accept(&mut self, entry: Entry<M, R>, twin: Option<usize>) {
        let Shape { variant, coalesces, size } = entry.shape;
        self.bytes += size;
        if let Some(at) = twin {
            self.bytes -= std::mem::replace(&mut self.queue[at], entry).shape.size;
            self.dropped.add(1);
            return;
        }
        if coalesces {
            self.places.retain(|(other, _)| *other != variant);
            self.places.push((variant, self.left + self.queue.len() as u64));
        }
        self.queue.push_back(entry);
    }

    fn pop(&mut self) -> Option<Entry<M, R>> {
        let entry = self.queue.pop_front()?;
        self.bytes -= entry.shape.size;
        self.left += 1;
        Some(entry)
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

/// Takes what follows `first` in its lane, as far as it fits the transport's buffer; says how many, and their size.
fn follow<M, R>(
    lane: &mut VecDeque<Entry<M, R>>,
    first: &Entry<M, R>,
    following: Option<(&Buffer, &mut VecDeque<Entry<M, R>>)>,
) -> (u64, usize) {
    let (mut count, mut bytes) = (0, 0);
    let Some((buffer, taken)) = following.filter(|_| !lane.is_empty()) else { return (0, 0) };
    let Some(room) = buffer.room_after(first.shape.size) else { return (0, 0) };
    let mut room = room.min(AT_ONCE);
    for entry in &*lane {
        let Some(rest) = room.checked_sub(buffered(entry.shape.size)) else { break };
        (room, count, bytes) = (rest, count + 1, bytes + entry.shape.size);
    }
    if count == lane.len() {
        std::mem::swap(lane, taken);
    } else {
        taken.extend(lane.drain(..count));
    }
    (count as u64, bytes)
}

#[cfg(test)]
impl<M, R> Outbox<M, R> {
    /// Takes the entry if there is room for it.
    pub(crate) fn put(&self, entry: Entry<M, R>) -> Result<(), Refused> {
        self.push(entry.shape, || entry)
    }
}
