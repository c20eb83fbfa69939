//! Answers of many: one for each that accepted the command, and none outlives its time.

use std::{
    sync::{Arc, atomic::Ordering},
    task::{Context, Poll, Waker},
    time::Duration,
};

use futures_util::{FutureExt as _, Stream, StreamExt as _};
use tokio::time::Instant;

use super::report;
use crate::{
    Client, Hub, Overflow,
    config::HubConfig,
    contract::{Awaits, Contract, Replies},
    error::{Rejection, RequestError, SendError},
    id::ClientId,
    many::{Broadcast, Requests},
    outbox::{Frame, Popped},
    sample::{ACK, Command, MEASURE, Measure, Message, READING, RESET, Sample, Small},
    session::{Queued, Session},
    status::Reason,
    target::{Sending, Target},
};

const SECOND: Duration = Duration::from_secs(1);

type Item = (ClientId, Result<u64, RequestError>);

/// A hub with these clients.
fn hub_of<C: Contract, const N: usize>(ids: [&str; N]) -> (Hub<C>, [Arc<Session<C>>; N]) {
    let config = HubConfig::testing().with(|config| config.reply_timeout = 30 * SECOND);
    let hub = Hub::<C>::new(config).expect("valid settings");
    let sessions = ids.map(|id| hub.connect(id));
    (hub, sessions)
}

fn command() -> Command {
    Command { kind: MEASURE, ..Command::default() }
}

fn measure<T: Target<Sample>>(target: T) -> Sending<T, Sample, Measure> {
    Sending::new(target, command())
}

fn next<C: Contract>(session: &Session<C>) -> Option<Queued<C>> {
    match session.outbox.poll_pop(0, None, &mut Context::from_waker(Waker::noop())) {
        Poll::Ready(Popped::Ordinary(entry)) => Some(entry),
        _ => None,
    }
}

fn skip<C: Contract>(session: &Session<C>) {
    assert!(next(session).is_some(), "nothing is queued");
}

/// The copy that the transport takes next of a session's outbox.
fn written<C: Contract<Command = Command>>(session: &Session<C>) -> Option<bytes::Bytes> {
    let entry = next(session)?;
    if let Some(request) = entry.request {
        assert!(request.mark_sent(0), "nobody waits any more");
    }
    let Frame::Encoded(bytes) = entry.frame else { panic!("it was not encoded once for all") };
    Some(bytes)
}

fn id_of(bytes: &bytes::Bytes) -> String {
    <Command as prost::Message>::decode(bytes.clone()).expect("a command").id
}

/// The client answers what it was sent last.
fn answer(session: &Session<Sample>, kind: u32, value: u64, error: &str) {
    let command_id = id_of(&written(session).expect("a command"));
    let answer = Message { kind, command_id, value, error: error.into(), ..Message::default() };
    assert!(session.pending.resolve::<Sample>(answer).is_none(), "nobody waits for it");
}

fn polled<S: Stream + Unpin>(stream: &mut S) -> Option<S::Item> {
    stream.next().now_or_never().flatten()
}

fn sorted(mut items: Vec<Item>) -> Vec<Item> {
    items.sort_by(|(a, _), (b, _)| a.cmp(b));
    items
}

#[track_caller]
fn nothing_is_registered(sessions: &[Arc<Session<Sample>>]) {
    for session in sessions {
        assert!(session.pending.is_empty(), "a request to {} stays registered", session.id());
    }
}

#[tokio::test(start_paused = true)]
async fn each_that_accepted_has_one_answer_and_they_come_as_they_end() {
    let ids = ["rejects", "answers", "goes", "is dropped"];
    let (hub, sessions) = hub_of::<Sample, _>(ids);
    let [rejects, answers, goes, dropped] = &sessions;
    let mut replies = measure(hub.broadcast()).replies();
    assert!(sessions.iter().all(|session| session.outbox.len() == 0), "it was not polled yet");
    assert_eq!(*replies.report(), report(0, &[]));

    assert_eq!(polled(&mut replies), None);
    assert_eq!(*replies.report(), report(4, &[]));
    answer(answers, READING, 21, "");
    assert_eq!(replies.next().await, Some(("answers".into(), Ok(21))));
    answer(rejects, ACK, 0, "broken");
    let rejection = Rejection { message: String::new(), error: "broken".to_owned() };
    let rejected = Err(RequestError::Rejected(rejection));
    assert_eq!(replies.next().await, Some(("rejects".into(), rejected)));
    written(goes).expect("a command");
    goes.end(Reason::ClientGone);
    let gone = Err(RequestError::Disconnected { sent: true });
    assert_eq!(replies.next().await, Some(("goes".into(), gone)));
    for _ in 0..10 {
        let reset = Command { kind: RESET, ..Command::default() };
        let sending = hub.client("is dropped").send(reset);
        sending.overflow(Overflow::DropOldest).await.expect("the oldest go");
    }
    let overflow = Err(RequestError::Overflow);
    assert_eq!(replies.next().await, Some(("is dropped".into(), overflow)));
    // All are there: there is nothing to wait for.
    let start = Instant::now();
    assert_eq!(replies.next().await, None);
    assert_eq!(replies.next().await, None);
    assert_eq!(start.elapsed(), Duration::ZERO);
    nothing_is_registered(&[rejects.clone(), answers.clone(), goes.clone(), dropped.clone()]);
}

#[tokio::test(start_paused = true)]
async fn they_end_at_their_timeout_with_one_for_each_that_said_nothing() {
    let (hub, sessions) = hub_of::<Sample, _>(["answers", "late", "silent"]);
    for (timeout, seconds) in [(None, 30), (Some(5 * SECOND), 5)] {
        let mut replies = measure(hub.broadcast()).replies();
        if let Some(timeout) = timeout {
            replies = replies.timeout(timeout);
        }
        assert_eq!(polled(&mut replies), None);
        let start = Instant::now();
        answer(&sessions[0], READING, 1, "");
        assert_eq!(replies.next().await, Some(("answers".into(), Ok(1))));
        // It answers in time, and is asked for too late.
        tokio::time::advance(Duration::from_secs(seconds)).await;
        answer(&sessions[1], READING, 2, "");
        let rest = sorted(replies.by_ref().collect().await);
        let late = ("late".into(), Ok(2));
        assert_eq!(rest, [late, ("silent".into(), Err(RequestError::Timeout))]);
        assert_eq!(start.elapsed(), Duration::from_secs(seconds));
        nothing_is_registered(&sessions);
        skip(&sessions[2]);
    }
}

#[tokio::test(start_paused = true)]
async fn when_they_are_dropped_nothing_stays_registered() {
    let (hub, sessions) = hub_of::<Sample, _>(["one", "two"]);
    drop(measure(hub.broadcast()).replies());
    assert_eq!(sessions.each_ref().map(|session| session.outbox.len()), [0, 0]);
    let mut replies = measure(hub.broadcast()).replies();
    assert_eq!(polled(&mut replies), None);
    assert_eq!(hub.pending_requests().len(), 2);
    drop(replies);
    nothing_is_registered(&sessions);
}

/// As every future of a send is, so that it can be spawned and selected.
fn movable<S: Stream + Send + Unpin>(stream: S) -> S {
    stream
}

#[tokio::test(start_paused = true)]
async fn all_copies_are_one_encoding_with_one_id() {
    let (hub, sessions) = hub_of::<Sample, _>(["one", "two", "three"]);
    let mut replies = movable(measure(hub.broadcast()).replies());
    assert_eq!(polled(&mut replies), None);
    let copies = sessions.each_ref().map(|session| written(session).expect("a command"));
    assert!(copies.iter().all(|copy| copy.as_ptr() == copies[0].as_ptr()), "encoded twice");
    assert_eq!(id_of(&copies[0]).len(), 36, "no UUID was filled in");
    // One that is there already is kept.
    let chosen = measure(hub.broadcast()).with(|command| "mine".clone_into(&mut command.id));
    let mut chosen = chosen.replies();
    assert_eq!(polled(&mut chosen), None);
    for session in &sessions {
        assert_eq!(id_of(&written(session).expect("a command")), "mine");
    }
}

#[tokio::test(start_paused = true)]
async fn those_that_did_not_accept_are_in_the_report_and_have_no_answer() {
    let (hub, sessions) = hub_of::<Sample, _>(["busy", "fine", "full", "member", "outside"]);
    let mut open = measure(hub.client("busy")).with(|command| command.id = "7".into()).reply();
    assert!((&mut open).now_or_never().is_none());
    while sessions[2].outbox.len() < 10 {
        hub.client("full").send(command()).await.expect("room");
    }
    let chosen: Broadcast<Sample> = hub.broadcast().except(["member", "outside"]);
    let sending = measure(chosen).with(|command| command.id = "7".into());
    let mut replies = sending.replies();
    assert_eq!(polled(&mut replies), None);
    let mut refused = replies.report().refused.clone();
    refused.sort_by(|(a, _), (b, _)| a.cmp(b));
    let duplicate = ("busy".into(), SendError::DuplicateId("7".to_owned()));
    assert_eq!(refused, [duplicate, ("full".into(), SendError::Overflow)]);
    assert_eq!(replies.report().accepted, 1);
    nothing_is_registered(&sessions[2..3]);
    answer(&sessions[1], READING, 3, "");
    let items: Vec<Item> = replies.collect().await;
    assert_eq!(items, [("fine".into(), Ok(3))]);

    // A group is asked in the same way.
    Client(sessions[3].clone()).join("lobby");
    let mut replies = measure(hub.group("lobby")).replies();
    assert_eq!(polled(&mut replies), None);
    answer(&sessions[3], READING, 4, "");
    let items: Vec<Item> = replies.collect().await;
    assert_eq!(items, [("member".into(), Ok(4))]);
    // Nobody has nothing to say.
    let start = Instant::now();
    assert_eq!(measure(hub.group("nobody")).replies().next().await, None);
    assert_eq!(start.elapsed(), Duration::ZERO);
}

impl Replies<Measure> for Small {
    type Reply = u64;
    const AWAITS: Awaits = Awaits::Any;

    fn into_reply(message: Message) -> Option<u64> {
        Some(message.value)
    }
}

#[tokio::test(start_paused = true)]
async fn a_small_id_is_new_to_every_session_and_each_counts_on_from_it() {
    let (hub, [one, two]) = hub_of::<Small, _>(["one", "two"]);
    let asks = |id: &str| {
        let id = id.to_owned();
        hub.client("one").send(Command { id, ..command() }).ack()
    };
    // Of the one, 1 and 2 were counted; 3 and 4 are in use by choice.
    let mut open = ["", "", "3", "4"].map(asks);
    for request in &mut open {
        assert!(request.now_or_never().is_none());
    }
    let start = || -> Requests<_, Small, u64> {
        let mut replies = Sending::<_, Small, Measure>::new(hub.broadcast(), command()).replies();
        assert_eq!(polled(&mut replies), None);
        replies
    };
    let first = start();
    for _ in 0..4 {
        skip(&one);
    }
    let ids = [&one, &two].map(|session| id_of(&written(session).expect("a command")));
    assert_eq!(ids, ["5", "5"]);
    let mut next = hub.client("two").send(command()).ack();
    assert!((&mut next).now_or_never().is_none());
    assert!(two.pending.list().iter().any(|(id, _)| *id == "6"), "{:?}", two.pending.list());

    // After the largest comes 1 again, of which the first are in use by one or the other.
    one.next_id.store(i32::MAX, Ordering::Relaxed);
    let more = [start(), start()];
    let mut open: Vec<_> = two.pending.list().into_iter().map(|(id, _)| id).collect();
    open.sort_by_key(|id| id.parse::<i32>().expect("a number"));
    assert_eq!(open, ["5", "6", "7", "2147483647"].map(ClientId::from));
    drop((first, more));
}

#[tokio::test(start_paused = true)]
async fn a_client_that_is_told_to_leave_is_in_the_report_and_nothing_stays_registered() {
    let (hub, [one, two, three]) = hub_of(["one", "two", "three"]);
    // One takes no requests any more. The other does for a moment, though nothing is accepted for it.
    one.outbox.linger(None);
    one.pending.close();
    two.outbox.linger(None);
    let mut replies = measure(hub.broadcast()).replies();
    assert_eq!(polled(&mut replies), None);
    let mut refused = replies.report().refused.clone();
    refused.sort_by(|(one, _), (other, _)| one.cmp(other));
    let told = |id: &str| (id.into(), SendError::Draining);
    assert_eq!((replies.report().accepted, refused), (1, vec![told("one"), told("two")]));
    assert!(one.pending.is_empty() && two.pending.is_empty());
    answer(&three, READING, 3, "");
    assert_eq!(polled(&mut replies), Some(("three".into(), Ok(3))));
    assert_eq!(replies.next().await, None, "it waits for those who leave");
}
