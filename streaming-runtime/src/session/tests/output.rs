//! The writing half, in each state in which it can be polled or dropped.

use std::{
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll, Wake, Waker},
};

use futures_core::Stream as _;
use tonic::{Code, Status};

use super::super::{CommandStream, Rpc, Session};
use crate::{
    config::HubConfig,
    contract::Awaits,
    error::RequestError,
    frame::{BUFFER, buffered},
    outbox::{Popped, Refused},
    sample::{self, Sample, entry, text},
    status::{END_TRAILER, Reason},
};

fn session() -> Arc<Session<Sample>> {
    sample::session(HubConfig::testing())
}

/// A stream whose client is known.
fn attached() -> (Arc<Session<Sample>>, CommandStream<Sample>) {
    let (rpc, session) = (Rpc::new(), session());
    let stream = CommandStream::new(rpc.clone());
    rpc.attach(&session, 0);
    (session, stream)
}

fn poll(stream: &mut CommandStream<Sample>) -> Poll<Option<Result<String, Status>>> {
    let polled = Pin::new(stream).poll_next(&mut Context::from_waker(Waker::noop()));
    polled.map_ok(|frame| text(&frame).to_owned())
}

#[track_caller]
fn writes(stream: &mut CommandStream<Sample>, name: &str) {
    match poll(stream) {
        Poll::Ready(Some(Ok(written))) => assert_eq!(written, name),
        other => panic!("{other:?}"),
    }
}

/// Ends with this code and reason, and then for good.
#[track_caller]
fn ends(stream: &mut CommandStream<Sample>, code: Code, reason: &str) {
    let Poll::Ready(Some(Err(status))) = poll(stream) else { panic!("the stream goes on") };
    let trailer = status.metadata().get(END_TRAILER).map(|reason| reason.to_str().expect("ASCII"));
    assert_eq!((status.code(), trailer), (code, Some(reason)));
    assert!(matches!(poll(stream), Poll::Ready(None)), "something comes after the end");
}

fn reason(session: &Session<Sample>) -> Option<&'static str> {
    session.reason().map(Reason::name)
}

#[track_caller]
fn takes_nothing(session: &Session<Sample>) {
    assert!(matches!(session.outbox.put(entry("late", 1)), Err(Refused::Closed)));
}

#[tokio::test]
async fn it_waits_for_a_session_and_then_writes_what_is_in_its_outbox() {
    let (rpc, session) = (Rpc::new(), session());
    let mut stream = CommandStream::new(rpc.clone());
    assert!(poll(&mut stream).is_pending());
    rpc.attach(&session, 0);
    assert!(poll(&mut stream).is_pending());
    session.outbox.put(entry("a", 1)).expect("room");
    session.outbox.put(entry("b", 1)).expect("room");
    writes(&mut stream, "a");
    session.end(Reason::Closed("enough".into()));
    session.outbox.close(None);
    writes(&mut stream, "b");
    ends(&mut stream, Code::Ok, "closed");
    // Dropped after its end it says nothing new.
    drop(stream);
    assert_eq!(reason(&session), Some("closed"));
}

#[tokio::test]
async fn a_stream_that_is_refused_ends_with_the_status() {
    let rpc = Rpc::<Sample>::new();
    let mut stream = CommandStream::new(rpc.clone());
    assert!(poll(&mut stream).is_pending());
    rpc.refuse(crate::status::Refusal::NoId.status());
    ends(&mut stream, Code::InvalidArgument, "no-id");
}

#[tokio::test]
async fn dropped_before_the_client_is_known_it_ends_the_session_that_comes() {
    let (rpc, session) = (Rpc::new(), session());
    drop(CommandStream::new(rpc.clone()));
    rpc.attach(&session, 0);
    assert_eq!(reason(&session), Some("client-gone"));
    takes_nothing(&session);
}

#[tokio::test]
async fn dropped_before_it_is_polled_it_ends_the_session() {
    let (session, stream) = attached();
    drop(stream);
    assert_eq!(reason(&session), Some("client-gone"));
    takes_nothing(&session);
}

#[tokio::test]
async fn dropped_while_it_writes_it_ends_the_session_and_leaves_what_is_queued() {
    let (session, mut stream) = attached();
    session.outbox.put(entry("a", 1)).expect("room");
    session.outbox.put(entry("b", 1)).expect("room");
    writes(&mut stream, "a");
    drop(stream);
    assert_eq!(reason(&session), Some("client-gone"));
    takes_nothing(&session);
    let rest: Vec<_> = session.outbox.abort().into_iter().collect();
    assert_eq!(rest.len(), 1);
    assert_eq!(text(&rest[0].frame), "b");
}

#[tokio::test]
async fn dropped_after_the_end_was_decided_it_ends_the_flush() {
    let (session, mut stream) = attached();
    session.outbox.put(entry("a", 1)).expect("room");
    writes(&mut stream, "a");
    session.outbox.put(entry("b", 1)).expect("room");
    session.end(Reason::HalfClosed);
    session.outbox.close(None);
    let mut cx = Context::from_waker(Waker::noop());
    assert_eq!(session.outbox.poll_flushed(&mut cx), Poll::Pending);
    drop(stream);
    assert_eq!(session.outbox.poll_flushed(&mut cx), Poll::Ready(()));
    assert_eq!(reason(&session), Some("half-closed"), "the first reason stays");
}

#[tokio::test]
async fn a_refusal_that_nobody_waits_for_is_forgotten() {
    let rpc = Rpc::<Sample>::new();
    drop(CommandStream::new(rpc.clone()));
    rpc.refuse(crate::status::Refusal::NoId.status());
}

#[tokio::test]
async fn an_aborted_session_ends_its_stream_though_something_was_queued() {
    let (session, mut stream) = attached();
    session.outbox.put(entry("a", 1)).expect("room");
    session.end(Reason::PingTimeout);
    assert_eq!(session.outbox.abort().len(), 1);
    ends(&mut stream, Code::DeadlineExceeded, "ping-timeout");
}

#[tokio::test]
async fn a_request_that_ended_as_never_sent_is_passed_over() {
    let (session, mut stream) = attached();
    let slot = session.pending.register("1".into(), Awaits::Ack).expect("free");
    let mut request = entry("request", 1);
    request.request = Some(slot.clone());
    session.outbox.put(request).expect("room");
    session.outbox.put(entry("a", 1)).expect("room");
    session.end(Reason::Closed(String::new()));
    let mut cx = Context::from_waker(Waker::noop());
    let Poll::Ready(outcome) = slot.poll_outcome(&mut cx) else { panic!("the request is open") };
    assert_eq!(outcome, Err(RequestError::Disconnected { sent: false }));
    session.outbox.close(None);
    writes(&mut stream, "a");
    ends(&mut stream, Code::Ok, "closed");
    assert_eq!(session.outbox.counts().0, 1);
}

#[derive(Default)]
struct Woken(AtomicBool);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::Relaxed);
    }
}

#[tokio::test]
async fn whoever_waits_for_a_stream_hears_of_what_an_older_one_takes_after_it_has_come() {
    for comes in [false, true] {
        let (session, woken) = (session(), Arc::new(Woken::default()));
        let expected = session.context.arrivals.expect(session.id().clone());
        expected.wakes(&woken.clone().into());
        let slot = session.pending.register("1".into(), Awaits::Ack).expect("a new id");
        let mut asked = entry("a", 1);
        asked.request = Some(slot);
        session.outbox.put(asked).expect("room");
        let popped = session.outbox.poll_pop(0, &mut Context::from_waker(Waker::noop()));
        let Poll::Ready(Popped::Ordinary(asked)) = popped else { panic!("it is queued") };
        if comes {
            session.outbox.switch();
        }
        assert!(session.is_written(&asked, 0, false));
        assert_eq!(woken.0.load(Ordering::Relaxed), comes);
    }
}

#[tokio::test]
async fn tonic_takes_many_at_once_and_none_that_it_does_not_write_at_once() {
    for size in [100, 333, 700, 900] {
        takes_what_is_written(size);
    }
}

/// As tonic reads: it takes what there is until its buffer is full, and writes that.
fn takes_what_is_written(size: usize) {
    let session = sample::session(HubConfig::testing().with(|config| {
        config.outbox.messages = 1000;
    }));
    let rpc = Rpc::new();
    let mut stream = CommandStream::new(rpc.clone()).read_by_tonic(true);
    rpc.attach(&session, 0);
    // Of some, nobody waits any more: they are never written, and take no room.
    let is_over = |number: usize| number % 3 == 1;
    for number in 0..1000 {
        let mut queued = entry(&number.to_string(), size);
        if is_over(number) {
            let id = number.to_string().as_str().into();
            let slot = session.pending.register(id, Awaits::Ack).expect("a new id");
            slot.end(|_| Err(RequestError::Timeout));
            queued.request = Some(slot);
        }
        session.outbox.put(queued).expect("room");
    }
    let (mut full, mut held) = (0, false);
    for number in (0..1000).filter(|number| !is_over(*number)) {
        writes(&mut stream, &number.to_string());
        let queued = session.outbox.len();
        held |= queued + number < 998;
        full += buffered(size);
        if full >= BUFFER {
            // The next may be one that is over.
            assert!(
                queued >= 998 - number,
                "of {size}, the stream holds some that are not written"
            );
            full = 0;
        }
    }
    assert!(held, "of {size}, each was taken by itself");
    assert!(poll(&mut stream).is_pending());
}

#[tokio::test]
async fn what_is_urgent_goes_before_all_that_tonic_could_take_at_once() {
    let (session, stream) = attached();
    let mut stream = stream.read_by_tonic(true);
    session.outbox.put(entry("command", 1)).expect("room");
    for ack in ["first ack", "second ack"] {
        session.outbox.push_ack(entry(ack, 1)).expect("room");
    }
    for name in ["first ack", "second ack", "command"] {
        writes(&mut stream, name);
    }
}
