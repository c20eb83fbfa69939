//! What waits to be sent: one queue in shards, each with one batch in flight at most.

use std::collections::VecDeque;

use tokio::{task::AbortHandle, time::Instant};

use super::config::{BatchConfig, QueueConfig, WhenFull};
use crate::publish::Publication;

/// One publication that waits.
#[derive(Debug)]
pub(super) struct Item {
    pub(super) publication: Publication,
    /// Its place in the order of all.
    number: u64,
}

impl Item {
    pub(super) fn size(&self) -> usize {
        self.publication.channel().len().saturating_add(self.publication.data().len())
    }
}

#[derive(Debug, Default)]
pub(super) struct Shard {
    items: VecDeque<Item>,
    bytes: usize,
    /// When the batch that gathers at the front began to wait.
    since: Option<Instant>,
    /// The number of the oldest publication in flight.
    in_flight: Option<u64>,
    /// The task that sends.
    pub(super) worker: Option<AbortHandle>,
}

/// The bounds hold for all shards together, so that one busy client may use all of it.
#[derive(Debug)]
pub(super) struct Queue {
    limits: QueueConfig,
    batch: BatchConfig,
    shards: Vec<Shard>,
    messages: usize,
    bytes: usize,
    next: u64,
}

/// What became of a publication that was pushed.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Pushed {
    /// It waits.
    Queued {
        /// So many went for it.
        dropped: u64,
        /// Whether the shard's worker has something to do that it did not have before.
        wake: bool,
    },
    /// There was no room.
    Full,
    /// There can never be room.
    TooLarge,
}

impl Queue {
    pub(super) fn new(limits: QueueConfig, batch: BatchConfig, shards: usize) -> Self {
        let shards = (0..shards).map(|_| Shard::default()).collect();
        Self { limits, batch, shards, messages: 0, bytes: 0, next: 0 }
    }

    pub(super) fn shards(&mut self) -> &mut [Shard] {
        &mut self.shards
    }

    /// Messages and bytes that wait.
    pub(super) fn len(&self) -> (usize, usize) {
        (self.messages, self.bytes)
    }

    pub(super) fn push(&mut self, shard: usize, publication: Publication, now: Instant) -> Pushed {
        let item = Item { publication, number: self.next };
        let size = item.size();
        if size > self.limits.bytes {
            return Pushed::TooLarge;
        }
        let mut dropped = 0;
        while self.messages >= self.limits.messages || self.bytes + size > self.limits.bytes {
            if self.limits.when_full == WhenFull::DropNewest || !self.drop_oldest() {
                return Pushed::Full;
            }
            dropped += 1;
        }
        self.next += 1;
        self.messages += 1;
        self.bytes += size;
        let was_full = self.is_full(shard);
        let shard_state = &mut self.shards[shard];
        let was_empty = shard_state.items.is_empty();
        shard_state.since.get_or_insert(now);
        shard_state.items.push_back(item);
        shard_state.bytes += size;
        Pushed::Queued { dropped, wake: was_empty || was_full != self.is_full(shard) }
    }

    fn drop_oldest(&mut self) -> bool {
        let fronts = self.shards.iter().enumerate();
        let oldest = fronts.filter_map(|(at, shard)| Some((shard.items.front()?.number, at))).min();
        oldest.and_then(|(_, shard)| self.pop(shard)).is_some()
    }

    fn pop(&mut self, shard: usize) -> Option<Item> {
        let shard = &mut self.shards[shard];
        let item = shard.items.pop_front()?;
        let size = item.size();
        shard.bytes -= size;
        self.messages -= 1;
        self.bytes -= size;
        if shard.items.is_empty() {
            shard.since = None;
        }
        Some(item)
    }

    /// Whether a batch need not wait for more.
    fn is_full(&self, shard: usize) -> bool {
        let shard = &self.shards[shard];
        shard.items.len() >= self.batch.messages || shard.bytes >= self.batch.bytes
    }

    /// When the shard's next batch may go; none where there is nothing.
    pub(super) fn due(&self, shard: usize, hurry: bool) -> Option<Instant> {
        let since = self.shards[shard].since?;
        let linger = if hurry || self.is_full(shard) { None } else { Some(self.batch.linger) };
        Some(linger.map_or(since, |linger| since + linger))
    }

    /// Takes the shard's next batch, which is then in flight.
    pub(super) fn take(&mut self, shard: usize, now: Instant) -> Vec<Item> {
        let mut items = Vec::with_capacity(self.shards[shard].items.len().min(self.batch.messages));
        let mut bytes = 0;
        while let Some(next) = self.shards[shard].items.front() {
            bytes += next.size();
            if items.len() == self.batch.messages || (bytes > self.batch.bytes && !items.is_empty())
            {
                break;
            }
            items.extend(self.pop(shard));
        }
        let shard = &mut self.shards[shard];
        shard.in_flight = items.first().map(|item| item.number);
        shard.since = (!shard.items.is_empty()).then_some(now);
        items
    }

    /// The shard's batch is no longer in flight.
    pub(super) fn landed(&mut self, shard: usize) {
        self.shards[shard].in_flight = None;
    }

    /// Drops everything that waits, and gives how much it was.
    pub(super) fn clear(&mut self) -> u64 {
        let dropped = self.messages;
        for shard in &mut self.shards {
            shard.items = VecDeque::new();
            shard.bytes = 0;
            shard.since = None;
        }
        self.messages = 0;
        self.bytes = 0;
        dropped as u64
    }

    /// The number that the next publication gets.
    pub(super) fn next_number(&self) -> u64 {
        self.next
    }

    /// Whether everything before this number is neither queued nor in flight.
    pub(super) fn is_past(&self, number: u64) -> bool {
        self.shards.iter().all(|shard| {
            let oldest = shard.in_flight.or(shard.items.front().map(|item| item.number));
            oldest.is_none_or(|oldest| oldest >= number)
        })
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use tokio::time::Instant;

    use super::{Pushed, Queue};
    use crate::publish::{
        Publication,
        centrifugo::{BatchConfig, QueueConfig, WhenFull},
    };

    fn queue(when_full: WhenFull) -> Queue {
        let limits = QueueConfig { messages: 4, bytes: 100, when_full };
        Queue::new(limits, BatchConfig { messages: 2, bytes: 50, ..BatchConfig::default() }, 2)
    }

    fn push(queue: &mut Queue, shard: usize, data: &str) -> Pushed {
        let data = Bytes::copy_from_slice(data.as_bytes());
        queue.push(shard, Publication::new("c".into(), "c", "", data), Instant::now())
    }

    fn take(queue: &mut Queue, shard: usize) -> Vec<Bytes> {
        queue
            .take(shard, Instant::now())
            .into_iter()
            .map(|item| item.publication.data().clone())
            .collect()
    }

    const QUIET: Pushed = Pushed::Queued { dropped: 0, wake: false };
    const WAKE: Pushed = Pushed::Queued { dropped: 0, wake: true };

    #[test]
    fn wakes_the_worker_when_there_is_something_new_to_do() {
        let mut queue = queue(WhenFull::DropNewest);
        let woken = [0, 0, 0, 1].map(|shard| push(&mut queue, shard, "x"));
        assert_eq!(woken, [WAKE, WAKE, QUIET, WAKE]);
    }

    #[test]
    fn drops_the_newest() {
        let mut queue = queue(WhenFull::DropNewest);
        for data in ["1", "2", "3", "4"] {
            push(&mut queue, 0, data);
        }
        assert_eq!(push(&mut queue, 1, "5"), Pushed::Full);
        assert_eq!(take(&mut queue, 0), ["1", "2"]);
        assert_eq!(push(&mut queue, 1, "6"), WAKE);
    }

    #[test]
    fn drops_the_oldest_of_all_shards() {
        let mut queue = queue(WhenFull::DropOldest);
        for (shard, data) in [(0, "1"), (1, "2"), (0, "3"), (1, "4")] {
            push(&mut queue, shard, data);
        }
        assert_eq!(push(&mut queue, 1, "5"), Pushed::Queued { dropped: 1, wake: false });
        assert_eq!(take(&mut queue, 0), ["3"]);
        // It needs the room of two.
        push(&mut queue, 0, "6");
        let large = "x".repeat(95);
        assert_eq!(push(&mut queue, 0, &large), Pushed::Queued { dropped: 2, wake: true });
        assert_eq!(take(&mut queue, 1), ["5"]);
        assert_eq!(take(&mut queue, 0), ["6"]);
        assert_eq!(take(&mut queue, 0), [large]);
        assert_eq!(queue.len(), (0, 0));
    }

    #[test]
    fn what_can_never_fit_costs_nobody_anything() {
        let mut queue = queue(WhenFull::DropOldest);
        push(&mut queue, 0, "1");
        assert_eq!(push(&mut queue, 0, &"x".repeat(100)), Pushed::TooLarge);
        assert_eq!(queue.len(), (1, 2));
    }

    #[test]
    fn batches_keep_to_their_bytes_and_take_one_at_least() {
        let mut queue = queue(WhenFull::DropNewest);
        let large = "x".repeat(60);
        push(&mut queue, 0, &large);
        push(&mut queue, 0, "2");
        assert_eq!(take(&mut queue, 0), [large]);
        assert_eq!(take(&mut queue, 0), ["2"]);
    }

    #[test]
    fn knows_what_is_still_on_its_way() {
        let mut queue = queue(WhenFull::DropNewest);
        push(&mut queue, 0, "1");
        let all = queue.next_number();
        assert!(!queue.is_past(all));
        take(&mut queue, 0);
        push(&mut queue, 1, "2");
        assert!(!queue.is_past(all));
        queue.landed(0);
        assert!(queue.is_past(all));
        assert!(!queue.is_past(queue.next_number()));
        assert_eq!(queue.clear(), 1);
        assert!(queue.is_past(queue.next_number()));
    }
}
