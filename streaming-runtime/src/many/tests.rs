//! One command for many clients.

mod group;
mod replies;

use std::sync::Arc;

use super::BroadcastReport;
use crate::{
    Hub, Overflow,
    config::HubConfig,
    error::SendError,
    sample::{Command, NEWS, PRICE, RESET, Sample},
    session::Session,
};

fn of(kind: u32) -> Command {
    Command { kind, ..Command::default() }
}

/// A hub whose clients have outboxes of one place.
fn hub() -> Hub<Sample> {
    let config = HubConfig::testing().with(|config| config.outbox.messages = 1);
    Hub::new(config).expect("valid settings")
}

/// Accepted by these, refused for want of room by those.
fn report(accepted: usize, refused: &[&str]) -> BroadcastReport {
    let refused = refused.iter().map(|id| ((*id).into(), SendError::Overflow)).collect();
    BroadcastReport { accepted, refused, ..BroadcastReport::default() }
}

/// What a session of these has queued and dropped.
fn counts(session: &Arc<Session<Sample>>) -> (usize, u64) {
    (session.outbox.len(), session.outbox.counts().1)
}

#[tokio::test]
async fn a_broadcast_waits_for_nobody() {
    let hub = hub();
    let [one, two] = ["one", "two"].map(|id| hub.connect(id));
    hub.client("one").send(of(RESET)).await.expect("room");
    // The hub says that sends wait; that a send says it changes nothing.
    assert_eq!(hub.broadcast().send(of(RESET)).await, report(1, &["one"]));
    let said = hub.broadcast().only(["one"]).send(of(RESET)).overflow(Overflow::Wait).await;
    assert_eq!(said, report(0, &["one"]));
    assert_eq!([counts(&one), counts(&two)], [(1, 0), (1, 0)]);
}

#[tokio::test]
async fn what_a_broadcast_says_on_full_outboxes_holds_for_each() {
    let hub = hub();
    let [one, two] = ["one", "two"].map(|id| hub.connect(id));
    hub.client("one").send(of(RESET)).await.expect("room");
    let dropping = hub.broadcast().send(of(NEWS)).overflow(Overflow::DropOldest).await;
    assert_eq!(dropping, report(2, &[]));
    assert_eq!([counts(&one), counts(&two)], [(1, 1), (1, 0)]);
    let ending = hub.broadcast().only(["two"]).send(of(NEWS)).overflow(Overflow::Disconnect).await;
    assert_eq!(ending, report(0, &["two"]));
    assert!(two.has_ended() && !one.has_ended());
}

#[tokio::test]
async fn broadcasts_of_a_variant_that_coalesces_take_each_others_place_and_that_of_sends() {
    let hub = hub();
    let one = hub.connect("one");
    hub.client("one").send(of(PRICE)).await.expect("room");
    for _ in 0..2 {
        assert_eq!(hub.broadcast().send(of(PRICE)).await, report(1, &[]));
    }
    assert_eq!(counts(&one), (1, 2));
    assert_eq!(hub.broadcast().send(of(RESET)).await, report(0, &["one"]));
    hub.client("one").send(of(PRICE)).await.expect("its place");
    assert_eq!(counts(&one), (1, 3));
}
