//! Open requests: which answer ends which, and that each ends once.

use std::{
    sync::Arc,
    task::{Context, Poll, Waker},
};

use super::super::{Pending, Slot, Unregistered};
use crate::{
    contract::Awaits,
    error::{Rejection, RequestError},
    sample::{ACK, Message, NOTE, READING, Sample},
};

type Outcome = Result<Message, RequestError>;

fn answer(kind: u32, id: &str, error: &str) -> Message {
    let (command_id, error) = (id.to_owned(), error.to_owned());
    Message { kind, command_id, error, ..Message::default() }
}

fn open(pending: &Pending<Message>, id: &str, awaits: Awaits) -> Arc<Slot<Message>> {
    pending.register(id.into(), awaits).expect("the id is free")
}

fn outcome(slot: &Slot<Message>) -> Option<Outcome> {
    match slot.poll_outcome(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(outcome) => Some(outcome),
        Poll::Pending => None,
    }
}

fn rejected(error: &str) -> Outcome {
    let rejection = Rejection { message: String::new(), error: error.to_owned() };
    Err(RequestError::Rejected(rejection))
}

/// What an answer does to a request: ends it, is noted, or is a stray that goes to a handler.
fn verdict(awaits: Awaits, answer: Message) -> (Option<Outcome>, bool) {
    let pending = Pending::default();
    let slot = open(&pending, "1", awaits);
    let stray = pending.resolve::<Sample>(answer).is_some();
    let outcome = outcome(&slot);
    assert_eq!(pending.is_empty(), outcome.is_some(), "an ended request stays registered");
    (outcome, stray)
}

#[test]
fn each_answer_has_its_verdict() {
    let good = || answer(ACK, "1", "");
    let failed = || answer(ACK, "1", "broken");
    let reading = || answer(READING, "1", "");
    let note = || answer(NOTE, "1", "");
    let ends = |message: Message| (Some(Ok(message)), false);
    let rejects = || (Some(rejected("broken")), false);
    let noted = (None, false);
    let stray = (None, true);

    let variant = Awaits::Variant(2);
    assert_eq!(verdict(variant, reading()), ends(reading()));
    assert_eq!(verdict(variant, good()), noted);
    assert_eq!(verdict(variant, failed()), rejects());
    assert_eq!(verdict(variant, note()), stray);

    assert_eq!(verdict(Awaits::Ack, good()), ends(good()));
    assert_eq!(verdict(Awaits::Ack, failed()), rejects());
    assert_eq!(verdict(Awaits::Ack, reading()), stray);

    assert_eq!(verdict(Awaits::Reported, good()), ends(good()));
    assert_eq!(verdict(Awaits::Reported, failed()), ends(failed()));
    assert_eq!(verdict(Awaits::Reported, reading()), stray);
    for any in [good(), failed(), reading()] {
        assert_eq!(verdict(Awaits::Whole, any.clone()), ends(any));
    }

    assert_eq!(verdict(Awaits::Any, note()), ends(note()));
    assert_eq!(verdict(Awaits::Any, good()), ends(good()));
    assert_eq!(verdict(Awaits::Any, failed()), rejects());
}

#[test]
fn an_answer_to_another_id_is_a_stray() {
    for id in ["2", ""] {
        assert_eq!(verdict(Awaits::Any, answer(NOTE, id, "")), (None, true), "{id:?}");
    }
}

#[test]
fn an_id_is_in_use_until_its_request_has_ended() {
    let pending = Pending::default();
    let first = open(&pending, "1", Awaits::Ack);
    let again = pending.register("1".into(), Awaits::Ack).map(drop);
    assert_eq!(again, Err(Unregistered::Duplicate("1".into())));
    open(&pending, "2", Awaits::Ack);
    assert!(pending.resolve::<Sample>(answer(ACK, "1", "")).is_none());
    let second = open(&pending, "1", Awaits::Ack);
    // Whoever waited before forgets only its own.
    pending.forget(&first);
    assert!(pending.resolve::<Sample>(answer(ACK, "1", "")).is_none());
    assert!(outcome(&second).is_some(), "the second was forgotten for the first");
}

#[test]
fn what_is_forgotten_is_not_resolved() {
    let pending = Pending::default();
    let slot = open(&pending, "1", Awaits::Ack);
    pending.forget(&slot);
    assert!(pending.is_empty());
    assert!(pending.resolve::<Sample>(answer(ACK, "1", "")).is_some(), "a late answer is a stray");
    assert_eq!(outcome(&slot), None);
    open(&pending, "1", Awaits::Ack);
}

#[test]
fn end_all_tells_each_whether_it_was_sent() {
    let pending = Pending::default();
    let (sent, unsent) = (open(&pending, "1", Awaits::Ack), open(&pending, "2", Awaits::Ack));
    assert!(sent.mark_sent(0));
    assert_eq!(pending.list().len(), 2);
    pending.close();
    pending.end_all(|sent| RequestError::Disconnected { sent });
    assert_eq!(outcome(&sent), Some(Err(RequestError::Disconnected { sent: true })));
    assert_eq!(outcome(&unsent), Some(Err(RequestError::Disconnected { sent: false })));
    assert!(pending.is_empty());
    let late = pending.register("3".into(), Awaits::Ack).map(drop);
    assert_eq!(late, Err(Unregistered::Closed));
}

#[test]
fn what_a_lost_stream_has_taken_counts_as_not_sent_once_that_is_known() {
    let pending = Pending::default();
    let slot = open(&pending, "1", Awaits::Ack);
    assert!(!slot.take_lost(|_| true), "nothing has taken it");
    assert!(slot.mark_sent(3));
    assert!(!slot.take_lost(|stream| stream != 3), "its stream is there");
    assert!(slot.take_lost(|stream| stream == 3));
    assert!(!slot.take_lost(|_| true), "it is lost once");
    assert!(slot.mark_sent(4));
    pending.end_all(|sent| RequestError::Disconnected { sent });
    assert!(!slot.take_lost(|_| true), "it has ended");
    assert_eq!(outcome(&slot), Some(Err(RequestError::Disconnected { sent: true })));
}

#[test]
fn what_has_ended_as_never_sent_is_not_sent() {
    let pending = Pending::default();
    let slot = open(&pending, "1", Awaits::Ack);
    pending.end_all(|sent| RequestError::Disconnected { sent });
    assert!(!slot.mark_sent(0));
    assert!(outcome(&slot).is_some());
    assert!(!slot.mark_sent(0), "nor once the outcome was taken");
}

#[test]
fn a_request_ends_once() {
    let pending = Pending::default();
    let slot = open(&pending, "1", Awaits::Ack);
    assert!(pending.resolve::<Sample>(answer(ACK, "1", "")).is_none());
    pending.end_all(|sent| RequestError::Disconnected { sent });
    assert_eq!(outcome(&slot), Some(Ok(answer(ACK, "1", ""))));
    assert_eq!(outcome(&slot), None, "the outcome came twice");
}
