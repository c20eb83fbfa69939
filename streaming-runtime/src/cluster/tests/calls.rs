//! What is sent to a client of another node.

use std::time::Duration;

use tokio::{join, time::Instant};

use super::{SECOND, acknowledge, answer, nodes, nodes_of, nodes_with, patient};
use crate::{
    Overflow, RequestError, SendError,
    error::Unreachable,
    sample::{GOODBYE, Message, Polite, READING},
    testing::settle,
};

#[tokio::test(start_paused = true)]
async fn commands_arrive_in_order_and_answers_come_back() {
    let (_network, [one, two]) = nodes().await;
    let mut peer = two.connect("a").await;
    for text in ["1", "2", "3"] {
        one.reset("a", text).await.expect("accepted");
    }
    for text in ["1", "2", "3"] {
        assert_eq!(peer.next().await.text, text);
    }
    let (reply, ()) = join!(one.measure("a").reply(), answer(&mut peer, 7));
    assert_eq!(reply, Ok(7));
    let (ack, ()) = join!(one.reset("a", "").ack(), acknowledge(&mut peer));
    assert_eq!(ack, Ok(String::new()));
}

#[tokio::test(start_paused = true)]
async fn what_is_for_a_client_of_this_node_goes_nowhere_else() {
    let (network, [one, _two]) = nodes().await;
    let mut peer = one.connect("a").await;
    tokio::time::sleep(2 * SECOND).await;
    network.sent();
    one.reset("a", "").await.expect("accepted");
    peer.next().await;
    let (reply, ()) = join!(one.measure("a").reply(), answer(&mut peer, 7));
    assert_eq!(reply, Ok(7));
    assert_eq!(network.sent(), [""; 0]);
}

#[tokio::test(start_paused = true)]
async fn a_full_outbox_of_another_node_is_waited_for_or_refuses() {
    let config = patient().with(|config| config.outbox.messages = 1);
    let (_network, [one, two]) = nodes_with(config).await;
    let mut peer = two.connect("a").await;
    peer.read_on_demand();
    settle().await;
    // What the transport holds already, and what then fills the outbox.
    while one.reset("a", "").overflow(Overflow::Reject).await.is_ok() {}
    let begun = Instant::now();
    assert_eq!(one.reset("a", "").await, Err(SendError::Overflow));
    assert_eq!(begun.elapsed().as_secs(), 10, "the time that the client's node gives it");
    let waiting = one.reset("a", "late");
    let (sent, ()) = join!(waiting, async {
        tokio::time::sleep(SECOND).await;
        peer.read_on();
    });
    sent.expect("there was room");
    while peer.next().await.text != "late" {}
}

#[tokio::test(start_paused = true)]
async fn nothing_is_left_of_a_call_that_nobody_waits_for() {
    let (_network, [one, two]) = nodes().await;
    let mut peer = two.connect("a").await;
    tokio::select! {
        _ = one.measure("a").reply() => panic!("nobody has answered"),
        _ = peer.next() => {}
    }
    settle().await;
    assert!(two.hub.pending_requests().is_empty());
    let timeout = one.measure("a").reply().timeout(SECOND);
    assert_eq!(timeout.await, Err(RequestError::Timeout));
    settle().await;
    assert!(two.hub.pending_requests().is_empty());
}

#[tokio::test(start_paused = true)]
async fn what_is_larger_than_the_cluster_carries_is_refused_before_it_is_sent() {
    let (network, [one, two]) = nodes().await;
    let _peer = two.connect("a").await;
    one.line.carry_at_most(2048);
    network.sent();
    let sent = one.reset("a", &"x".repeat(2000)).await;
    assert!(matches!(sent, Err(SendError::TooLarge { limit: 1024, .. })), "{sent:?}");
    assert_eq!(network.sent(), [""; 0]);
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_is_larger_than_the_cluster_carries_is_told_at_once() {
    let (_network, [one, two]) = nodes().await;
    let mut peer = two.connect("a").await;
    two.line.carry_at_most(2048);
    let large = |command_id| Message {
        kind: READING,
        command_id,
        error: "x".repeat(2000),
        ..Message::default()
    };
    let begun = Instant::now();
    let (reply, ()) = join!(one.measure("a").reply(), async {
        let id = peer.next().await.id;
        peer.send(large(id));
    });
    let Err(error @ RequestError::ReplyTooLarge { limit: 1024, .. }) = reply else {
        panic!("{reply:?}")
    };
    assert!(error.to_string().contains("raise `max_payload` of the NATS servers"), "{error}");
    assert!(begun.elapsed() < SECOND, "{:?}", begun.elapsed());
}

#[tokio::test(start_paused = true)]
async fn errors_of_the_clients_node_are_the_callers() {
    let (_network, [one, two]) = nodes().await;
    let mut peer = two.connect("a").await;
    two.hub.set_max_command_size(10);
    let sent = one.reset("a", &"x".repeat(20)).await;
    assert!(matches!(sent, Err(SendError::TooLarge { limit: 10, .. })), "{sent:?}");
    let named = || one.measure("a").with(|command| command.id = "1".to_owned()).reply();
    let first = named();
    let (first, second) = join!(first, async {
        let asked = peer.next().await;
        let second = named().await;
        two.hub.disconnect("a", "").await;
        (asked.id, second)
    });
    assert_eq!(first, Err(RequestError::Disconnected { sent: true }));
    assert_eq!(second, ("1".to_owned(), Err(RequestError::DuplicateId("1".to_owned()))));
}

#[tokio::test(start_paused = true)]
async fn a_client_that_no_node_has_is_looked_for_and_then_not_connected() {
    let (_network, [one, two]) = nodes().await;
    let begun = Instant::now();
    assert_eq!(one.reset("a", "").await, Err(SendError::NotConnected));
    assert_eq!(one.measure("a").reply().await, Err(RequestError::NotConnected));
    assert_eq!(one.hub.locate("a").await, Err(SendError::NotConnected));
    let each = begun.elapsed() / 3;
    assert!((Duration::from_millis(30)..Duration::from_millis(40)).contains(&each), "{each:?}");
    // It comes while it is looked for.
    let (sent, _peer) = join!(one.reset("a", ""), two.connect("a"));
    sent.expect("it came in time");
}

#[tokio::test(start_paused = true)]
async fn a_client_of_another_node_is_located_listed_and_disconnected() {
    let (_network, [one, two]) = nodes().await;
    let mut peer = two.connect("a").await;
    let (located, own) = (one.hub.locate("a").await, two.hub.locate("a").await);
    let (located, own) = (located.expect("found"), own.expect("found"));
    assert!(own.here && !located.here);
    assert_eq!((located.node, located.epoch), (own.node.clone(), own.epoch));
    tokio::time::sleep(SECOND).await;
    let nodes = one.hub.nodes().await;
    assert_eq!((nodes[0].here, nodes[0].clients), (true, 0));
    assert_eq!((&nodes[1].id, nodes[1].clients), (&own.node, 1));
    assert!(one.hub.disconnect("a", "enough").await);
    assert_eq!(peer.end().await.reason(), "closed");
    assert!(!one.hub.disconnect("a", "enough").await);
}

#[tokio::test(start_paused = true)]
async fn while_its_node_drains_a_client_is_looked_for_for_two_seconds() {
    let config = patient().with(|config| config.goodbye_timeout = 10 * SECOND);
    let (_network, [one, two, three]) = nodes_of::<Polite, 3>(config).await;
    let mut peer = two.connect("a").await;
    let hub = two.hub.clone();
    let drain = tokio::spawn(async move { hub.drain(30 * SECOND).await });
    settle().await;
    // It has heard the goodbye, and comes back.
    assert_eq!(peer.next().await.kind, GOODBYE);
    let begun = Instant::now();
    assert_eq!(one.reset("a", "").await, Err(SendError::Draining));
    assert_eq!(begun.elapsed().as_secs(), 2);
    let coming_back = async {
        tokio::time::sleep(SECOND).await;
        three.connect("a").await
    };
    let (sent, mut peer) = join!(one.reset("a", "found"), coming_back);
    sent.expect("it has come back on another node");
    assert_eq!(peer.next().await.text, "found");
    drain.await.expect("no panic");
    // Who has said goodbye is not missing.
    tokio::time::sleep(10 * SECOND).await;
    assert_eq!(one.reset("b", "").await, Err(SendError::NotConnected));
    assert_eq!(one.hub.health().cluster.expect("a node").missing, 0);
}

#[tokio::test(start_paused = true)]
async fn clocks_that_differ_are_told() {
    let (_network, [one, two]) = nodes().await;
    let cluster = one.hub.health().cluster.expect("a node of a cluster");
    assert!(!cluster.clocks_differ && cluster.max_skew_ms < 1000, "{cluster:?}");
    let sent = super::received::late_call(&one, &two, "a").await;
    assert_eq!(sent, Err(RequestError::Unreachable(Unreachable::ClocksDiffer)));
    super::received::beat_of_a_clock_ahead(&one, 7000).await;
    let cluster = one.hub.health().cluster.expect("a node of a cluster");
    assert!(cluster.clocks_differ && cluster.max_skew_ms > 5000, "{cluster:?}");
}
