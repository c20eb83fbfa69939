//! What happens where an outbox is full.

use std::{
    future::Future as _,
    pin::Pin,
    task::{Context, Poll, Waker},
};

use crate::{
    Overflow,
    Overflow::{Disconnect, DropOldest, Reject, Wait},
    config::HubConfig,
    error::{RequestError, SendError},
    sample::{Command, NEWS, PRICE, RESET, Sample, session, text},
    session::Client,
    status::Reason,
};

fn of(kind: u32) -> Command {
    Command { kind, ..Command::default() }
}

/// A client whose outbox has one place.
fn client(overflow: Overflow) -> Client<Sample> {
    Client(session(HubConfig::testing().with(|config| {
        config.outbox.messages = 1;
        config.overflow = overflow;
    })))
}

/// What becomes of a command of this kind where the hub and the send say this.
fn done(hub: Overflow, kind: u32, send: Option<Overflow>) -> Overflow {
    let client = client(hub);
    let mut cx = Context::from_waker(Waker::noop());
    let mut first = client.send(of(RESET));
    assert_eq!(Pin::new(&mut first).poll(&mut cx), Poll::Ready(Ok(())));
    let mut second = client.send(of(kind));
    if let Some(overflow) = send {
        second = second.overflow(overflow);
    }
    let outcome = Pin::new(&mut second).poll(&mut cx);
    let ended = client.0.reason().map(Reason::name);
    match (outcome, client.0.outbox.counts().1, ended) {
        (Poll::Pending, 0, None) => Wait,
        (Poll::Ready(Err(SendError::Overflow)), 0, None) => Reject,
        (Poll::Ready(Ok(())), 1, None) => DropOldest,
        (Poll::Ready(Err(SendError::Overflow)), 0, Some("slow-consumer")) => Disconnect,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn what_the_send_says_precedes_its_variant_and_that_the_hub() {
    for hub in [Wait, Reject, DropOldest, Disconnect] {
        assert_eq!(done(hub, RESET, None), hub, "nothing but the hub has a say");
        assert_eq!(done(hub, NEWS, None), Reject, "{hub:?} precedes the variant");
        // A command whose variant nobody knows is as the hub says.
        assert_eq!(done(hub, 99, None), hub);
        for send in [Wait, Reject, DropOldest, Disconnect] {
            for kind in [RESET, NEWS] {
                assert_eq!(done(hub, kind, Some(send)), send, "of {kind}, {hub:?} precedes it");
            }
        }
    }
}

#[tokio::test]
async fn what_a_send_says_holds_for_its_request() {
    let client = client(Wait);
    client.send(of(RESET)).await.expect("room");
    let refused = client.send(of(RESET)).overflow(Reject).ack().await;
    assert_eq!(refused, Err(RequestError::Overflow));
    let mut first = client.send(of(RESET)).overflow(DropOldest).ack();
    let mut cx = Context::from_waker(Waker::noop());
    assert!(Pin::new(&mut first).poll(&mut cx).is_pending());
    assert_eq!(client.0.outbox.len(), 1, "it waits for room");
    client.send(of(RESET)).overflow(DropOldest).await.expect("it drops the request");
    assert_eq!(first.await, Err(RequestError::Overflow));
    assert!(client.0.pending.is_empty(), "a dropped request stays registered");
}

#[tokio::test]
async fn of_a_variant_that_coalesces_the_newest_is_queued_and_what_is_awaited_keeps_its_place() {
    let client = Client(session::<Sample>(HubConfig::testing()));
    let price = |text: &str| Command { text: text.to_owned(), ..of(PRICE) };
    let mut cx = Context::from_waker(Waker::noop());
    let mut awaited = ["first", "second"].map(|text| client.send(price(text)).ack());
    for request in &mut awaited {
        assert!(Pin::new(request).poll(&mut cx).is_pending());
    }
    for text in ["third", "fourth"] {
        client.send(price(text)).await.expect("room");
    }
    let queued = client.0.outbox.abort();
    let queued: Vec<_> = queued.iter().map(|entry| text(&entry.frame)).collect();
    assert_eq!(queued, ["first", "second", "fourth"]);
}
