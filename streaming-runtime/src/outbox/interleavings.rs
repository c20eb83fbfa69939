//! Every interleaving of those who share a queue. Who is not woken waits for ever, and that fails.

use std::{future::poll_fn, iter::from_fn, task::Poll};

use loom::{
    future::block_on,
    sync::Arc,
    thread::{JoinHandle, spawn},
};

use super::{Entry, Frame, Outbox, Popped, Refused, Shape};
use crate::{config::QueueConfig, metrics::Meters, sample::Sample, sync::explore};

type Queue = Outbox<u32, ()>;
type Item = Entry<u32, ()>;

/// A queue for so many commands, in which there is command 0.
fn queue(messages: usize) -> Arc<Queue> {
    let queue =
        Outbox::new(QueueConfig { messages, bytes: 100 }, 64, Meters::new::<Sample>().dropped());
    queue.put(entry(0)).expect("room");
    Arc::new(queue)
}

fn entry(number: u32) -> Item {
    let shape = Shape { variant: None, coalesces: false, size: 1 };
    Entry { frame: Frame::Message(number), shape, request: None, json: None }
}

fn number(entry: &Item) -> u32 {
    match entry.frame {
        Frame::Message(number) => number,
        Frame::Encoded(_) => panic!("nothing was encoded"),
    }
}

fn numbers(entries: impl IntoIterator<Item = Item>) -> Vec<u32> {
    entries.into_iter().map(|entry| number(&entry)).collect()
}

/// Runs beside the model.
fn beside<T: 'static>(
    queue: &Arc<Queue>,
    does: impl FnOnce(&Queue) -> T + 'static,
) -> JoinHandle<T> {
    let queue = queue.clone();
    spawn(move || does(&queue))
}

fn done<T>(thread: JoinHandle<T>) -> T {
    thread.join().expect("it has not panicked")
}

/// Sends as a command is sent that waits for room. `false`: the queue has shut before there was any.
fn send(queue: &Queue, number: u32) -> bool {
    match queue.put(entry(number)) {
        Ok(()) => return true,
        Err(Refused::Closed) => return false,
        Err(Refused::Full) => {}
    }
    let (mut slot, ticket) = (Some(entry(number)), queue.wait());
    let taken = block_on(poll_fn(|cx| queue.poll_push(&ticket, &mut slot, cx)));
    queue.give_up(&ticket);
    assert_eq!(taken, slot.is_none(), "it was taken, or it was not");
    taken
}

/// The next command of this stream; `None`: it ends.
fn pop(queue: &Queue, stream: u32) -> Option<u32> {
    match block_on(poll_fn(|cx| queue.poll_pop(stream, None, cx))) {
        Popped::Urgent(entry) | Popped::Ordinary(entry) => Some(number(&entry)),
        Popped::End => None,
    }
}

/// Writes this stream to its end.
fn write(queue: &Queue, stream: u32) -> Vec<u32> {
    from_fn(|| pop(queue, stream)).collect()
}

fn flush(queue: &Queue) {
    block_on(poll_fn(|cx| queue.poll_flushed(cx)));
}

/// What a queue has taken that held command 0, where `sent` says whether command 1 was taken.
fn accepted(sent: bool) -> Vec<u32> {
    if sent { vec![0, 1] } else { vec![0] }
}

#[test]
fn those_who_wait_for_room_end_when_it_comes_and_the_output_sleeps_on_no_command() {
    explore(|| {
        let queue = queue(1);
        let senders = [1, 2].map(|number| beside(&queue, move |queue| send(queue, number)));
        let mut written: Vec<_> = from_fn(|| pop(&queue, 0)).take(3).collect();
        written.sort_unstable();
        assert_eq!(written, [0, 1, 2]);
        assert!(senders.into_iter().all(done));
    });
}

#[test]
fn where_there_is_room_for_two_two_come_in_though_nothing_more_is_written() {
    explore(|| {
        let queue = queue(2);
        queue.put(entry(0)).expect("room");
        let senders = [1, 2].map(|number| beside(&queue, move |queue| send(queue, number)));
        let written: Vec<_> = from_fn(|| pop(&queue, 0)).take(2).collect();
        assert_eq!(written, [0, 0]);
        assert!(senders.into_iter().all(done));
        assert_eq!(queue.len(), 2);
    });
}

#[test]
fn who_gives_up_leaves_its_turn_to_the_next() {
    explore(|| {
        let queue = queue(1);
        let impatient = beside(&queue, |queue| {
            let mut slot = Some(entry(1));
            let ticket = queue.wait();
            let mut polled = false;
            // It is woken, and takes nothing.
            let taken = block_on(poll_fn(|cx| {
                if std::mem::replace(&mut polled, true) {
                    return Poll::Ready(false);
                }
                queue.poll_push(&ticket, &mut slot, cx)
            }));
            queue.give_up(&ticket);
            taken
        });
        let patient = beside(&queue, |queue| send(queue, 2));
        let written: Vec<_> = from_fn(|| pop(&queue, 0)).take(2).collect();
        assert_eq!(written[0], 0);
        let taken = done(impatient);
        let left: Vec<_> = from_fn(|| pop(&queue, 0)).take(usize::from(taken)).collect();
        assert!(written.contains(&2) || left == [2], "{written:?}, then {left:?}");
        assert!(done(patient));
    });
}

#[test]
fn an_abort_ends_those_who_wait_and_each_command_is_written_or_returned() {
    explore(|| {
        let queue = queue(1);
        let sender = beside(&queue, |queue| send(queue, 1));
        let output = beside(&queue, |queue| write(queue, 0));
        let returned = numbers(queue.abort());
        let written = done(output);
        assert_eq!([written, returned].concat(), accepted(done(sender)));
    });
}

#[test]
fn a_queue_that_closes_writes_what_it_has_taken_and_the_last_word_last() {
    explore(|| {
        let queue = queue(1);
        let sender = beside(&queue, |queue| send(queue, 1));
        let output = beside(&queue, |queue| write(queue, 0));
        queue.close(Some(entry(9)));
        flush(&queue);
        assert_eq!(queue.len(), 0, "it was flushed");
        let mut written = done(output);
        assert_eq!(written.pop(), Some(9));
        assert_eq!(written, accepted(done(sender)));
    });
}

#[test]
fn a_queue_that_lingers_says_its_last_word_and_then_ends() {
    explore(|| {
        let queue = queue(1);
        let output = beside(&queue, |queue| write(queue, 0));
        queue.linger(Some(entry(9)));
        block_on(poll_fn(|cx| queue.poll_said(cx)));
        assert_eq!(queue.len(), 0, "it was said");
        queue.close(None);
        flush(&queue);
        assert_eq!(done(output), [0, 9]);
    });
}

#[test]
fn where_another_stream_takes_over_each_command_is_written_to_one_of_both() {
    explore(|| {
        let queue = queue(2);
        let sender = beside(&queue, |queue| send(queue, 1));
        let older = beside(&queue, |queue| write(queue, 0));
        let stream = queue.switch();
        queue.close(None);
        let newer = write(&queue, stream);
        assert_eq!([done(older), newer].concat(), accepted(done(sender)));
    });
}

#[test]
fn what_a_lost_stream_has_not_written_the_next_one_writes() {
    explore(|| {
        let queue = queue(2);
        let sender = beside(&queue, |queue| send(queue, 1));
        let older = beside(&queue, |queue| {
            let written = pop(queue, 0);
            queue.lose(0);
            Vec::from_iter(written)
        });
        let stream = queue.switch();
        queue.close(None);
        let newer = write(&queue, stream);
        assert_eq!([done(older), newer].concat(), accepted(done(sender)));
    });
}

#[test]
fn a_stream_that_is_lost_after_the_end_ends_the_flush() {
    explore(|| {
        let queue = queue(1);
        let output = beside(&queue, |queue| queue.lose(0));
        queue.close(None);
        flush(&queue);
        assert_eq!(numbers(queue.abort()), [0]);
        done(output);
    });
}

#[test]
fn an_output_that_is_gone_ends_those_who_wait_and_keeps_what_is_queued() {
    explore(|| {
        let queue = queue(1);
        let sender = beside(&queue, |queue| send(queue, 1));
        let output = beside(&queue, |queue| {
            let written = pop(queue, 0);
            queue.output_gone();
            Vec::from_iter(written)
        });
        flush(&queue);
        let (written, sent) = (done(output), done(sender));
        assert_eq!([written, numbers(queue.abort())].concat(), accepted(sent));
    });
}

#[test]
fn the_oldest_commands_are_dropped_or_written_and_those_who_wait_get_their_room() {
    explore(|| {
        let queue = queue(1);
        let sender = beside(&queue, |queue| send(queue, 1));
        let urgent = beside(&queue, |queue| queue.push_dropping(entry(2)).map(numbers));
        let written: Vec<_> = from_fn(|| pop(&queue, 0)).take(1).collect();
        let dropped = done(urgent).expect("it is open");
        // Whatever was not dropped is still to be written.
        let left = 3 - written.len() - dropped.len();
        let left: Vec<_> = from_fn(|| pop(&queue, 0)).take(left).collect();
        assert!(done(sender));
        let mut all = [written, dropped, left].concat();
        all.sort_unstable();
        assert_eq!(all, [0, 1, 2]);
    });
}
