//! Every interleaving of those who share a session: requests and their ends, and a reader that pauses. Who is not woken
//! waits for ever, and that fails.

use std::{future::poll_fn, sync::Arc, task::Poll};

use futures_util::StreamExt as _;
use loom::{
    future::block_on,
    thread::{JoinHandle, spawn},
};

use super::{CommandStream, Rpc, Session};
use crate::{
    backlog::Queue,
    config::HubConfig,
    contract::Awaits,
    error::RequestError,
    sample::{self, ACK, Message, Sample},
    status::Reason,
    sync::{explore, explore_without_fences},
    target::Registered,
};

type Request = Registered<Sample>;
type Outcome = Result<Message, RequestError>;

fn session() -> Arc<Session<Sample>> {
    // One message fills the inbox.
    sample::session(HubConfig::testing().with(|config| config.inbox.messages = 1))
}

/// Runs beside the model.
fn beside<T: 'static>(
    session: &Arc<Session<Sample>>,
    does: impl FnOnce(&Arc<Session<Sample>>) -> T + 'static,
) -> JoinHandle<T> {
    let session = session.clone();
    spawn(move || does(&session))
}

fn done<T>(thread: JoinHandle<T>) -> T {
    thread.join().expect("it has not panicked")
}

fn register(session: &Arc<Session<Sample>>) -> Request {
    Registered::new(session, "1".into(), Awaits::Ack).expect("the id is free")
}

fn outcome(request: &Request) -> Outcome {
    block_on(poll_fn(|cx| request.slot.poll_outcome(cx)))
}

/// The answer is read. Says whether a request was waiting for it.
fn answer(session: &Session<Sample>) -> bool {
    let answer = Message { kind: ACK, command_id: "1".into(), ..Message::default() };
    session.pending.resolve::<Sample>(answer).is_none()
}

#[test]
fn a_request_has_one_outcome_and_its_caller_is_woken() {
    explore(|| {
        let session = session();
        let request = register(&session);
        let reader = beside(&session, |session| answer(session));
        let end = beside(&session, |session| session.end(Reason::ClientGone));
        let outcome = outcome(&request);
        assert_eq!(outcome.is_ok(), done(reader), "{outcome:?}");
        done(end);
        drop(request);
        assert!(session.pending.is_empty());
    });
}

#[test]
fn a_request_that_meets_the_end_is_refused_or_ended() {
    explore(|| {
        let session = session();
        let end = beside(&session, |session| session.end(Reason::ClientGone));
        if let Ok(request) = Registered::new(&session, "1".into(), Awaits::Ack) {
            let outcome = outcome(&request);
            assert!(matches!(outcome, Err(RequestError::Disconnected { sent: false })));
        }
        done(end);
        assert!(session.pending.is_empty());
    });
}

#[test]
fn a_request_was_written_exactly_if_its_caller_is_told_so() {
    explore(|| {
        let session = session();
        let request = register(&session);
        let mut entry = sample::entry("request", 1);
        entry.request = Some(request.slot.clone());
        session.outbox.put(entry).expect("room");
        let output = beside(&session, |session| {
            let rpc = Rpc::new();
            rpc.attach(session, 0);
            let mut stream = CommandStream::new(rpc);
            let mut written = 0;
            while block_on(stream.next()).is_some_and(|command| command.is_ok()) {
                written += 1;
            }
            written
        });
        session.end(Reason::ClientGone);
        session.outbox.close(None);
        let Err(RequestError::Disconnected { sent }) = outcome(&request) else {
            panic!("nobody has answered");
        };
        let written = done(output);
        assert_eq!(written, usize::from(sent));
        assert_eq!(session.outbox.counts().0, written as u64);
    });
}

#[test]
fn whoever_waits_for_the_last_answer_is_told() {
    explore(|| {
        let session = session();
        let request = register(&session);
        let caller = beside(&session, move |_| outcome(&request));
        let drain = beside(&session, |session| block_on(session.pending.answered()));
        assert!(answer(&session));
        assert!(done(caller).is_ok());
        done(drain);
    });
}

#[test]
fn a_request_that_is_forgotten_takes_no_other_of_its_id_along() {
    explore(|| {
        let session = session();
        let request = register(&session);
        assert!(answer(&session));
        let caller = beside(&session, move |_| drop(request));
        let another = register(&session);
        assert!(answer(&session), "the other request is open");
        assert!(outcome(&another).is_ok());
        done(caller);
    });
}

/// The inbox, with so many messages in it.
fn inbox(messages: usize) -> Arc<Queue<Message>> {
    let inbox = Queue::new();
    for _ in 0..messages {
        inbox.push(Message::default(), 1, None);
    }
    inbox
}

/// As the reading task does: it reads on, or sleeps until it is woken.
fn read_on(session: &Session<Sample>, inbox: &Queue<Message>) {
    block_on(poll_fn(|cx| {
        session.task.register(cx.waker());
        if session.may_read(inbox) { Poll::Ready(()) } else { Poll::Pending }
    }));
}

/// As a handler does that takes the messages itself.
fn take(session: &Session<Sample>, inbox: &Queue<Message>) {
    block_on(poll_fn(|cx| inbox.poll_pop(cx))).expect("a message");
    session.read_on();
}

/// A reader and a handler that takes what fills the inbox.
fn taken() {
    let session = session();
    let inbox = inbox(1);
    let handler = beside(&session, {
        let inbox = inbox.clone();
        move |session| take(session, &inbox)
    });
    read_on(&session, &inbox);
    done(handler);
}

#[test]
fn a_reader_that_pauses_reads_on_when_a_message_is_taken() {
    explore(taken);
}

#[test]
#[should_panic(expected = "deadlock")]
fn without_its_fences_it_would_not() {
    explore_without_fences(taken);
}

#[test]
fn a_reader_that_pauses_reads_on_when_a_request_is_registered() {
    explore(|| {
        let session = session();
        let inbox = inbox(1);
        let caller = beside(&session, register);
        read_on(&session, &inbox);
        assert!(answer(&session), "it is open");
        done(caller);
    });
}

#[test]
fn a_request_behind_too_many_messages_ends_and_the_reader_reads_on_when_they_are_taken() {
    explore(|| {
        let session = session();
        let inbox = inbox(super::AHEAD);
        let handler = beside(&session, {
            let inbox = inbox.clone();
            move |session| {
                let request = register(session);
                let ended = outcome(&request);
                assert!(matches!(ended, Err(RequestError::Backlog)), "{ended:?}");
                (0..super::AHEAD).for_each(|_| take(session, &inbox));
            }
        });
        read_on(&session, &inbox);
        done(handler);
    });
}
