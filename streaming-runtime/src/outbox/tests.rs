//! The queue: bounds, the line of those that wait, and each way in which it closes.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Context, Poll, Wake, Waker},
};

use super::{Entry, Frame, Outbox, Popped, Refused, Shape, Ticket};
use crate::{
    config::QueueConfig,
    metrics::Meters,
    sample::{Sample, entry, text},
};

type Queue = Outbox<crate::sample::Command, crate::session::Slot<crate::sample::Message>>;
type Item = Entry<crate::sample::Command, crate::session::Slot<crate::sample::Message>>;

fn queue(messages: usize, bytes: usize) -> Queue {
    Outbox::new(QueueConfig { messages, bytes }, 64, Meters::new::<Sample>().dropped())
}

/// Counts how often it was woken.
#[derive(Default)]
struct Woken(AtomicUsize);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

/// A task, as far as the queue sees one.
struct Task {
    woken: Arc<Woken>,
    waker: Waker,
}

impl Task {
    fn new() -> Self {
        let woken = Arc::<Woken>::default();
        Self { waker: woken.clone().into(), woken }
    }

    fn cx(&self) -> Context<'_> {
        Context::from_waker(&self.waker)
    }

    /// Whether it was woken since the last call.
    fn was_woken(&self) -> bool {
        self.woken.0.swap(0, Ordering::Relaxed) > 0
    }
}

/// A sender that waits for room.
struct Sender<'a> {
    queue: &'a Queue,
    ticket: Ticket,
    slot: Option<Item>,
    task: Task,
}

impl<'a> Sender<'a> {
    fn new(queue: &'a Queue, name: &str, size: usize) -> Self {
        let slot = Some(entry(name, size));
        Self { queue, ticket: queue.wait(), slot, task: Task::new() }
    }

    fn poll(&mut self) -> Poll<bool> {
        self.queue.poll_push(&self.ticket, &mut self.slot, &mut self.task.cx())
    }

    fn give_up(self) {
        self.queue.give_up(&self.ticket);
    }
}

/// What the output side finds: a name, `urgent:` and a name, `end`, or nothing yet.
fn pop(queue: &Queue) -> Option<String> {
    pop_as(queue, &Task::new())
}

fn pop_as(queue: &Queue, task: &Task) -> Option<String> {
    match queue.poll_pop(0, None, &mut task.cx()) {
        Poll::Ready(Popped::Ordinary(entry)) => Some(text(&entry.frame).to_owned()),
        Poll::Ready(Popped::Urgent(entry)) => Some(format!("urgent:{}", text(&entry.frame))),
        Poll::Ready(Popped::End) => Some("end".to_owned()),
        Poll::Pending => None,
    }
}

fn names(rest: impl IntoIterator<Item = Item>) -> Vec<String> {
    rest.into_iter().map(|entry| text(&entry.frame).to_owned()).collect()
}

#[track_caller]
fn full(queue: &Queue, name: &str, size: usize) {
    assert_eq!(queue.put(entry(name, size)), Err(Refused::Full));
}

#[track_caller]
fn taken(queue: &Queue, name: &str, size: usize) {
    assert!(queue.put(entry(name, size)).is_ok(), "{name} was refused");
}

#[track_caller]
fn closed(queue: &Queue) {
    assert!(matches!(queue.put(entry("late", 1)), Err(Refused::Closed)));
    assert!(!queue.push_ping(entry("late", 0)), "a ping was taken");
    assert!(matches!(queue.push_ack(entry("late", 1)), Err(Refused::Closed)));
    assert_eq!(Sender::new(queue, "late", 1).poll(), Poll::Ready(false));
}

#[test]
fn it_holds_so_many_messages() {
    let queue = queue(2, 1000);
    taken(&queue, "a", 1);
    taken(&queue, "b", 1);
    full(&queue, "c", 1);
    assert_eq!((queue.len(), queue.counts()), (2, (0, 0)));
    assert_eq!(pop(&queue).as_deref(), Some("a"));
    taken(&queue, "c", 1);
    assert_eq!(pop(&queue).as_deref(), Some("b"));
    assert_eq!(pop(&queue).as_deref(), Some("c"));
    assert_eq!(pop(&queue), None);
    assert_eq!((queue.len(), queue.counts()), (0, (3, 0)));
}

#[test]
fn it_holds_so_many_bytes() {
    let queue = queue(100, 10);
    taken(&queue, "a", 4);
    taken(&queue, "b", 6);
    full(&queue, "c", 1);
    // What has no size takes no room.
    taken(&queue, "nothing", 0);
    assert_eq!(pop(&queue).as_deref(), Some("a"));
    full(&queue, "c", 5);
    taken(&queue, "c", 4);
    full(&queue, "overflow", usize::MAX);
}

#[test]
fn the_output_is_woken_once_there_is_something() {
    let queue = queue(2, 1000);
    let output = Task::new();
    assert_eq!(pop_as(&queue, &output), None);
    taken(&queue, "a", 1);
    assert!(output.was_woken());
    assert_eq!(pop_as(&queue, &output).as_deref(), Some("a"));
    assert_eq!(pop_as(&queue, &output), None);
    assert!(queue.push_ping(entry("p", 0)));
    assert!(output.was_woken(), "a ping wakes nobody");
}

#[test]
fn those_that_wait_are_served_in_the_order_in_which_they_came() {
    let queue = queue(1, 1000);
    taken(&queue, "first", 1);
    let [mut a, mut b, mut c] = ["a", "b", "c"].map(|name| Sender::new(&queue, name, 1));
    // The order of polls does not count.
    assert_eq!((c.poll(), b.poll(), a.poll()), (Poll::Pending, Poll::Pending, Poll::Pending));
    for (next, name) in [(&mut a, "a"), (&mut b, "b"), (&mut c, "c")] {
        assert!(pop(&queue).is_some());
        assert!(next.task.was_woken(), "{name} was not woken");
        assert_eq!(next.poll(), Poll::Ready(true));
    }
    assert_eq!(pop(&queue).as_deref(), Some("c"));
}

#[test]
fn nobody_overtakes_those_that_wait() {
    let queue = queue(2, 1000);
    taken(&queue, "first", 1);
    taken(&queue, "second", 1);
    let [mut a, mut b] = ["a", "b"].map(|name| Sender::new(&queue, name, 1));
    assert_eq!((a.poll(), b.poll()), (Poll::Pending, Poll::Pending));
    assert_eq!(pop(&queue).as_deref(), Some("first"));
    // There is room, and it is promised.
    full(&queue, "pushing in", 1);
    assert_eq!(b.poll(), Poll::Pending);
    assert_eq!(a.poll(), Poll::Ready(true));
}

#[test]
fn when_one_large_entry_leaves_several_small_ones_move_up() {
    let queue = queue(10, 10);
    taken(&queue, "large", 10);
    let [mut a, mut b, mut c] = ["a", "b", "c"].map(|name| Sender::new(&queue, name, 4));
    assert_eq!((a.poll(), b.poll(), c.poll()), (Poll::Pending, Poll::Pending, Poll::Pending));
    assert!(pop(&queue).is_some());
    assert!(a.task.was_woken());
    assert_eq!(a.poll(), Poll::Ready(true));
    assert!(b.task.was_woken(), "there is room for another");
    assert_eq!(b.poll(), Poll::Ready(true));
    // It is woken, and finds that there is none for a third.
    assert_eq!(c.poll(), Poll::Pending);
    assert!(pop(&queue).is_some());
    assert!(c.task.was_woken());
    assert_eq!(c.poll(), Poll::Ready(true));
}

#[test]
fn whoever_gives_up_hands_its_turn_on() {
    let queue = queue(1, 1000);
    taken(&queue, "first", 1);
    let [mut a, mut b, mut c] = ["a", "b", "c"].map(|name| Sender::new(&queue, name, 1));
    assert_eq!((a.poll(), b.poll(), c.poll()), (Poll::Pending, Poll::Pending, Poll::Pending));
    // From the middle: nobody's turn.
    b.give_up();
    assert!(!c.task.was_woken());
    assert!(pop(&queue).is_some());
    // It was woken for room that it does not take.
    assert!(a.task.was_woken());
    a.give_up();
    assert!(c.task.was_woken(), "the turn was lost");
    assert_eq!(c.poll(), Poll::Ready(true));
    assert_eq!(pop(&queue).as_deref(), Some("c"));
    assert_eq!(pop(&queue), None, "one that gave up left something");
    taken(&queue, "nobody waits any more", 1);
}

#[test]
fn a_ping_goes_first_takes_no_room_and_is_alone() {
    let queue = queue(1, 1);
    taken(&queue, "a", 1);
    assert!(queue.push_ping(entry("one", 0)));
    assert!(!queue.push_ping(entry("two", 0)), "a second ping was taken");
    assert_eq!(queue.len(), 1);
    assert_eq!(pop(&queue).as_deref(), Some("urgent:one"));
    assert!(queue.push_ping(entry("three", 0)));
    assert_eq!(pop(&queue).as_deref(), Some("urgent:three"));
    assert_eq!(pop(&queue).as_deref(), Some("a"));
    assert_eq!(queue.counts(), (1, 0), "pings do not count");
}

#[test]
fn acks_precede_commands_in_their_order_and_take_none_of_their_room() {
    let queue = queue(1, 2);
    let output = Task::new();
    assert_eq!(pop_as(&queue, &output), None);
    for name in ["a", "b"] {
        assert!(queue.push_ack(entry(name, 1)).is_ok(), "{name} was refused");
    }
    assert!(matches!(queue.push_ack(entry("c", 1)), Err(Refused::Full)), "so many bytes");
    assert!(output.was_woken(), "an ack wakes nobody");
    taken(&queue, "command", 2);
    assert!(queue.push_ping(entry("p", 0)), "a ping finds no place beside acks");
    for name in ["urgent:p", "urgent:a", "urgent:b", "command"] {
        assert_eq!(pop(&queue).as_deref(), Some(name));
    }
    assert_eq!(queue.counts(), (1, 0), "acks count as commands");
}

#[test]
fn the_priority_lane_has_64_places() {
    let queue = queue(1, 64);
    for _ in 0..63 {
        assert!(queue.push_ack(entry("ack", 1)).is_ok());
    }
    assert!(queue.push_ping(entry("p", 0)));
    assert!(matches!(queue.push_ack(entry("65th", 1)), Err(Refused::Full)));
    assert_eq!(pop(&queue).as_deref(), Some("urgent:p"));
    assert!(queue.push_ack(entry("64th", 1)).is_ok(), "there is a place again");
    // They are nobody's to give back.
    assert_eq!(names(queue.abort()), Vec::<String>::new());
    assert_eq!(pop(&queue).as_deref(), Some("end"));
}

#[test]
fn the_last_word_is_taken_at_the_close_whatever_the_room_and_written_last() {
    let full = queue(1, 1);
    taken(&full, "a", 1);
    assert!(full.push_ack(entry("ack", 1)).is_ok());
    full.close(Some(entry("goodbye", 100)));
    full.close(Some(entry("again", 1)));
    closed(&full);
    for name in ["urgent:ack", "a", "goodbye", "end"] {
        assert_eq!(pop(&full).as_deref(), Some(name));
    }
    let gone = queue(1, 1);
    gone.output_gone();
    gone.close(Some(entry("goodbye", 1)));
    assert_eq!(names(gone.abort()), Vec::<String>::new(), "nobody will read it");
    // Nobody has sent it, so that it is not given back.
    let unread = queue(2, 10);
    taken(&unread, "a", 1);
    unread.close(Some(entry("goodbye", 1)));
    assert_eq!(names(unread.abort()), ["a"]);
}

#[test]
fn after_the_last_word_the_stream_may_stay_open() {
    let queue = queue(1, 10);
    taken(&queue, "a", 1);
    assert!(!queue.lingers());
    queue.linger(Some(entry("goodbye", 1)));
    closed(&queue);
    assert!(queue.lingers());
    let said = Task::new();
    assert_eq!(queue.poll_said(&mut said.cx()), Poll::Pending);
    for name in ["a", "goodbye"] {
        assert_eq!(pop(&queue).as_deref(), Some(name));
    }
    assert!(!said.was_woken(), "perhaps the transport has not asked for more");
    assert_eq!(pop(&queue), None, "it has ended");
    assert!(said.was_woken(), "whoever waits is not told that it was said");
    assert_eq!(queue.poll_said(&mut said.cx()), Poll::Ready(()));
    queue.close(Some(entry("again", 1)));
    assert!(!queue.lingers());
    assert_eq!(pop(&queue).as_deref(), Some("end"));
    // Whoever waits for the last word leaves the place to those who wait for the end.
    let left = self::queue(1, 10);
    left.linger(Some(entry("goodbye", 1)));
    left.close(None);
    assert_eq!(left.poll_said(&mut said.cx()), Poll::Ready(()));
    assert_eq!(left.poll_flushed(&mut said.cx()), Poll::Pending);
}

#[test]
fn the_oldest_make_room_for_a_new_one() {
    let queue = queue(3, 10);
    for (name, size) in [("a", 2), ("b", 2), ("c", 2)] {
        taken(&queue, name, size);
    }
    assert!(queue.push_ping(entry("p", 0)));
    let dropped = queue.push_dropping(entry("d", 2)).expect("it is open");
    assert_eq!(names(dropped), ["a"]);
    // As many as its size takes.
    let dropped = queue.push_dropping(entry("e", 7)).expect("it is open");
    assert_eq!(names(dropped), ["b", "c"]);
    let dropped = queue.push_dropping(entry("f", 1)).expect("it is open");
    assert_eq!(names(dropped), Vec::<String>::new());
    assert_eq!((queue.len(), queue.counts()), (3, (0, 3)));
    for name in ["urgent:p", "d", "e", "f"] {
        assert_eq!(pop(&queue).as_deref(), Some(name));
    }
    queue.close(None);
    assert!(queue.push_dropping(entry("late", 1)).is_none());
}

#[cfg(feature = "link")]
#[test]
fn the_oldest_expire_by_how_many_came_before_and_make_room() {
    let queue = queue(3, 10);
    for name in ["a", "b"] {
        taken(&queue, name, 1);
    }
    let (expired, came) = queue.expire(0);
    assert_eq!((names(expired), came), (Vec::new(), 2));
    assert_eq!(pop(&queue).as_deref(), Some("a"));
    for name in ["c", "d"] {
        taken(&queue, name, 1);
    }
    let mut waiting = Sender::new(&queue, "e", 1);
    assert_eq!(waiting.poll(), Poll::Pending);
    let (expired, came) = queue.expire(2);
    assert_eq!((names(expired), came), (vec!["b".to_owned()], 4));
    assert!(waiting.task.was_woken(), "there is room");
    assert_eq!(waiting.poll(), Poll::Ready(true));
    let (expired, came) = queue.expire(5);
    assert_eq!((names(expired).len(), came), (3, 5));
    assert_eq!((queue.len(), queue.counts()), (0, (1, 4)));
    taken(&queue, "as large as all", 10);
}

#[cfg(feature = "link")]
#[test]
fn answers_are_dropped_from_between_the_others_and_make_room() {
    let queue = queue(4, 10);
    for name in ["a", "answer", "b", "another answer"] {
        taken(&queue, name, 2);
    }
    assert!(queue.push_ack(entry("ack", 10)).is_ok());
    assert!(queue.push_ping(entry("p", 0)));
    let mut waiting = Sender::new(&queue, "c", 6);
    assert_eq!(waiting.poll(), Poll::Pending);
    queue.drop_answers(|entry| text(&entry.frame).ends_with("answer"));
    assert!(waiting.task.was_woken(), "there is room");
    assert_eq!(waiting.poll(), Poll::Ready(true));
    assert!(queue.push_ack(entry("ack of the next", 10)).is_ok(), "acks take bytes that are gone");
    assert_eq!((queue.len(), queue.counts()), (3, (0, 2)));
    for name in ["urgent:p", "urgent:ack of the next", "a", "b", "c"] {
        assert_eq!(pop(&queue).as_deref(), Some(name));
    }
}

/// One that takes the place of the queued one of its variant.
fn newest(variant: u16, name: &str, size: usize) -> Item {
    let shape = Shape { variant: Some(variant), coalesces: true, size };
    Entry { shape, ..entry(name, size) }
}

#[test]
fn the_newest_of_a_variant_takes_the_place_of_the_queued_one() {
    let queue = queue(4, 100);
    for entry in [
        entry("a", 1),
        newest(6, "p1", 5),
        newest(7, "q1", 1),
        entry("b", 1),
        // Full in messages: each of these takes a place that is taken already.
        newest(6, "p2", 5),
        newest(7, "q2", 1),
        newest(6, "p3", 92),
    ] {
        assert!(queue.put(entry).is_ok());
    }
    assert_eq!((queue.len(), queue.counts()), (4, (0, 3)), "a replaced one is dropped");
    full(&queue, "of no variant that coalesces", 1);
    for name in ["a", "p3", "q2", "b"] {
        assert_eq!(pop(&queue).as_deref(), Some(name));
    }
    // What was written gives up no place, however often others came and went.
    for name in ["p4", "p5"] {
        taken(&queue, "c", 50);
        assert!(queue.put(newest(6, name, 50)).is_ok());
        assert_eq!(pop(&queue).as_deref(), Some("c"));
        assert_eq!(pop(&queue).as_deref(), Some(name));
    }
    assert_eq!(queue.counts(), (8, 3));
}

#[test]
fn a_larger_one_that_has_no_room_in_its_place_is_treated_as_any_other() {
    let queue = queue(4, 10);
    taken(&queue, "a", 4);
    assert!(queue.put(newest(6, "p1", 4)).is_ok());
    let p2 = newest(6, "p2", 7);
    assert_eq!(queue.put(newest(6, "p2", 7)), Err(Refused::Full), "too many bytes");
    // Waits for room in its place, though there is a place at the end of the line.
    let mut waiting = Sender { slot: Some(p2), ..Sender::new(&queue, "p2", 0) };
    assert_eq!(waiting.poll(), Poll::Pending);
    // A smaller one passes it, since it needs no room.
    assert!(queue.put(newest(6, "p3", 4)).is_ok());
    assert_eq!(pop(&queue).as_deref(), Some("a"));
    assert_eq!(waiting.poll(), Poll::Ready(true));
    assert_eq!((queue.len(), queue.counts()), (1, (1, 2)));
    // Where the oldest go for it, the one that it replaces is not spared.
    let dropped = queue.push_dropping(newest(6, "p4", 10)).expect("it is open");
    assert_eq!((names(dropped).len(), queue.counts()), (0, (1, 3)));
    taken(&queue, "nothing", 0);
    let dropped = queue.push_dropping(entry("b", 10)).expect("it is open");
    assert_eq!(names(dropped), ["p4"]);
    assert!(queue.put(newest(6, "p5", 0)).is_ok());
    for name in ["nothing", "b", "p5"] {
        assert_eq!(pop(&queue).as_deref(), Some(name));
    }
}

#[test]
fn the_last_word_takes_nobodys_place() {
    let queue = queue(4, 10);
    assert!(queue.put(newest(6, "p", 1)).is_ok());
    taken(&queue, "a", 1);
    queue.close(Some(newest(6, "goodbye", 1)));
    for name in ["p", "a", "goodbye", "end"] {
        assert_eq!(pop(&queue).as_deref(), Some(name));
    }
}

#[test]
fn what_makes_more_room_than_it_takes_leaves_the_rest_to_the_first_in_line() {
    let queue = queue(3, 10);
    taken(&queue, "large", 10);
    let mut waiting = Sender::new(&queue, "waits", 2);
    assert_eq!(waiting.poll(), Poll::Pending);
    let dropped = queue.push_dropping(entry("small", 1)).expect("it is open");
    assert_eq!(names(dropped), ["large"]);
    assert!(waiting.task.was_woken(), "there is room for two more");
    assert_eq!(waiting.poll(), Poll::Ready(true));
}

#[test]
fn after_close_what_is_there_is_written_and_nothing_more_is_taken() {
    let queue = queue(2, 1000);
    taken(&queue, "a", 1);
    taken(&queue, "b", 1);
    assert!(queue.push_ping(entry("p", 0)));
    let mut waiting = Sender::new(&queue, "c", 1);
    assert_eq!(waiting.poll(), Poll::Pending);
    queue.close(None);
    assert!(waiting.task.was_woken());
    assert_eq!(waiting.poll(), Poll::Ready(false));
    waiting.give_up();
    closed(&queue);

    let flush = Task::new();
    assert_eq!(queue.poll_flushed(&mut flush.cx()), Poll::Pending);
    for name in ["urgent:p", "a", "b"] {
        assert_eq!(pop(&queue).as_deref(), Some(name));
        assert!(!flush.was_woken(), "{name} was still in the hands of the output");
    }
    assert_eq!(pop(&queue).as_deref(), Some("end"));
    assert!(flush.was_woken());
    assert_eq!(queue.poll_flushed(&mut flush.cx()), Poll::Ready(()));
    assert_eq!(names(queue.abort()), Vec::<String>::new());
    assert_eq!(pop(&queue).as_deref(), Some("end"));
}

#[test]
fn close_wakes_an_output_that_has_nothing_to_write() {
    let queue = queue(2, 1000);
    let output = Task::new();
    assert_eq!(pop_as(&queue, &output), None);
    queue.close(None);
    assert!(output.was_woken());
    assert_eq!(pop_as(&queue, &output).as_deref(), Some("end"));
}

#[test]
fn abort_gives_back_what_was_not_written() {
    let queue = queue(3, 1000);
    let output = Task::new();
    assert_eq!(pop_as(&queue, &output), None);
    for name in ["a", "b", "c"] {
        taken(&queue, name, 1);
    }
    assert!(queue.push_ping(entry("p", 0)));
    let mut waiting = Sender::new(&queue, "d", 1);
    assert_eq!(waiting.poll(), Poll::Pending);
    assert_eq!(pop_as(&queue, &output).as_deref(), Some("urgent:p"));
    assert_eq!(pop_as(&queue, &output).as_deref(), Some("a"));
    queue.close(None);
    let flush = Task::new();
    assert_eq!(queue.poll_flushed(&mut flush.cx()), Poll::Pending);

    assert_eq!(names(queue.abort()), ["b", "c"]);
    assert!(flush.was_woken());
    assert!(waiting.task.was_woken());
    assert_eq!(waiting.poll(), Poll::Ready(false));
    assert_eq!(pop_as(&queue, &output).as_deref(), Some("end"));
    closed(&queue);
    assert_eq!(names(queue.abort()), Vec::<String>::new());
}

#[test]
fn abort_wakes_an_output_that_waits() {
    let queue = queue(3, 1000);
    let output = Task::new();
    assert_eq!(pop_as(&queue, &output), None);
    queue.abort();
    assert!(output.was_woken());
    assert_eq!(pop_as(&queue, &output).as_deref(), Some("end"));
}

#[test]
fn when_the_output_is_gone_nothing_is_taken_and_what_is_there_stays_for_abort() {
    let queue = queue(2, 1000);
    taken(&queue, "a", 1);
    taken(&queue, "b", 1);
    let mut waiting = Sender::new(&queue, "c", 1);
    assert_eq!(waiting.poll(), Poll::Pending);
    let flush = Task::new();
    assert_eq!(queue.poll_flushed(&mut flush.cx()), Poll::Pending);
    queue.output_gone();
    assert!(flush.was_woken());
    assert_eq!(queue.poll_flushed(&mut flush.cx()), Poll::Ready(()));
    assert!(waiting.task.was_woken());
    assert_eq!(waiting.poll(), Poll::Ready(false));
    closed(&queue);
    // Closing comes too late and changes nothing.
    queue.close(None);
    assert_eq!(queue.poll_flushed(&mut flush.cx()), Poll::Ready(()));
    assert_eq!(names(queue.abort()), ["a", "b"]);
}

#[tokio::test(start_paused = true)]
async fn the_last_output_is_the_last_command_or_ack_and_no_ping() {
    let queue = queue(2, 1000);
    let second = std::time::Duration::from_secs(1);
    let start = queue.last_output();
    tokio::time::advance(second).await;
    taken(&queue, "a", 1);
    assert_eq!(queue.last_output(), start, "queued is not written");
    assert!(pop(&queue).is_some());
    assert_eq!(pop(&queue), None);
    tokio::time::advance(second).await;
    assert_eq!(queue.last_output(), start + second);
    tokio::time::advance(second).await;
    assert!(queue.push_ping(entry("p", 0)));
    assert!(pop(&queue).is_some());
    assert_eq!(pop(&queue), None);
    assert_eq!(queue.last_output(), start + second);
    tokio::time::advance(second).await;
    assert!(queue.push_ack(entry("ack", 1)).is_ok());
    assert!(pop(&queue).is_some());
    assert_eq!(queue.last_output(), start + 4 * second, "an ack is output");
}

#[test]
fn an_encoded_frame_is_shared() {
    let bytes = bytes::Bytes::from_static(b"abc");
    let frame: Frame<crate::sample::Command> = Frame::Encoded(bytes.clone());
    let Frame::Encoded(copy) = frame.clone() else { panic!("it was decoded") };
    assert_eq!(copy.as_ptr(), bytes.as_ptr());
}
