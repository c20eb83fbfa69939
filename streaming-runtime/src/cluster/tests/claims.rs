//! Who has a client that several nodes have.

use std::sync::atomic::Ordering;

use super::{Node, SECOND, network::Network, nodes, nodes_with, patient};
use crate::{
    cluster::subject::Subjects, config::Duplicates, contract::Contract as _, sample::Sample,
    testing::settle,
};

/// Which of the nodes have the client.
fn holders<const N: usize>(nodes: &[Node; N], id: &str) -> Vec<usize> {
    (0..N).filter(|node| nodes[*node].hub.is_connected(id)).collect()
}

async fn epoch(node: &Node, id: &str) -> u64 {
    node.hub.locate(id).await.expect("found").epoch
}

#[tokio::test(start_paused = true)]
async fn the_newest_stream_of_an_id_ends_the_one_on_another_node() {
    let (_network, nodes) = nodes::<3>().await;
    let mut old = nodes[0].connect("a").await;
    let first = epoch(&nodes[2], "a").await;
    let mut new = nodes[1].connect("a").await;
    assert_eq!(old.end().await.reason(), "replaced");
    assert_eq!(holders(&nodes, "a"), [1]);
    assert!(epoch(&nodes[2], "a").await > first);
    nodes[2].reset("a", "to the newest").await.expect("accepted");
    assert_eq!(new.next().await.text, "to the newest");
}

#[tokio::test(start_paused = true)]
async fn it_is_the_newest_whatever_the_other_nodes_clock_says() {
    let (_network, nodes) = nodes::<2>().await;
    let _ahead = nodes[0].connect("a").await;
    nodes[0].hub.0.context.epochs.fetch_add(3_600_000, Ordering::Relaxed);
    let mut old = nodes[0].connect("a").await;
    let first = epoch(&nodes[0], "a").await;
    let _new = nodes[1].connect("a").await;
    assert_eq!(old.end().await.reason(), "replaced");
    assert_eq!(holders(&nodes, "a"), [1]);
    assert_eq!(epoch(&nodes[1], "a").await, first + 1);
}

#[tokio::test(start_paused = true)]
async fn after_a_partition_one_holder_stays_and_the_other_may_come_back() {
    let (_network, nodes) = nodes::<2>().await;
    nodes[0].line.connect(false);
    let mut old = nodes[0].connect("a").await;
    // The first claim and its repetition are heard by nobody.
    tokio::time::sleep(2 * SECOND).await;
    // The clock does not stand still while tests' time does not pass.
    nodes[1].hub.0.context.exceed(epoch(&nodes[0], "a").await);
    let _new = nodes[1].connect("a").await;
    tokio::time::sleep(2 * SECOND).await;
    assert_eq!(holders(&nodes, "a"), [0, 1], "each side serves the one that it has");
    nodes[0].line.connect(true);
    let end = old.end().await;
    assert_eq!((end.code(), end.reason()), (tonic::Code::Unavailable, "moved"));
    assert_eq!(holders(&nodes, "a"), [1]);
}

#[tokio::test(start_paused = true)]
async fn of_equal_epochs_the_node_with_the_higher_id_stays() {
    let (_network, nodes) = nodes::<2>().await;
    for node in &nodes {
        node.line.connect(false);
        // Far in the future, so that both give the same.
        node.hub.0.context.epochs.store(1 << 50, Ordering::Relaxed);
        node.connect("a").await.read_on();
    }
    let [one, two] = &nodes;
    let (mut first, mut second) = (one.connect("b").await, two.connect("b").await);
    assert_eq!(epoch(one, "b").await, epoch(two, "b").await);
    let winner = usize::from(two.hub.nodes().await[0].id > one.hub.nodes().await[0].id);
    one.line.connect(true);
    two.line.connect(true);
    let loser = if winner == 0 { &mut second } else { &mut first };
    assert_eq!(loser.end().await.reason(), "moved");
    settle().await;
    assert_eq!(holders(&nodes, "b"), [winner]);
}

#[tokio::test(start_paused = true)]
async fn claims_are_repeated_after_a_second_and_in_portions_when_there_is_a_reason() {
    let (network, [one, two]) = nodes().await;
    let mut peers = Vec::new();
    for id in 0..600 {
        peers.push(one.connect(&id.to_string()).await);
    }
    tokio::time::sleep(2 * SECOND).await;
    let claims = |network: &Network| network.sent().len();
    claims(&network);
    let _late = one.connect("late").await;
    assert_eq!(claims(&network), 2, "a look, and a claim");
    tokio::time::sleep(SECOND).await;
    // With the heartbeats of two nodes.
    let again = claims(&network);
    assert!((2..=3).contains(&again), "{again} after a second");
    two.line.connect(true);
    one.line.connect(true);
    settle().await;
    let at_once = claims(&network);
    assert!((1..=5).contains(&at_once), "{at_once} at once, for 500 claims");
    tokio::time::sleep(SECOND).await;
    let rest = claims(&network);
    assert!((1..=10).contains(&rest), "{rest} for the rest");
}

#[tokio::test(start_paused = true)]
async fn a_node_that_comes_is_told_alone_which_clients_the_others_have() {
    let (network, [one, two]) = nodes().await;
    let mut peers = Vec::new();
    for id in 0..600 {
        peers.push(one.connect(&id.to_string()).await);
    }
    tokio::time::sleep(2 * SECOND).await;
    network.sent();
    let three = Node::<Sample>::new(&network, patient());
    tokio::time::sleep(SECOND / 2).await;
    let subjects = Subjects::new(Sample::NAME);
    let node = three.hub.nodes().await[0].id.clone();
    let sent = network.sent();
    let told = sent.iter().filter(|subject| **subject == subjects.node(&node));
    assert_eq!(told.count(), 2, "600 clients");
    assert!(!sent.contains(&subjects.node(&two.hub.nodes().await[0].id)), "{sent:?}");
}

#[tokio::test(start_paused = true)]
async fn where_duplicates_are_rejected_the_holder_on_another_node_stays() {
    let config = patient().with(|config| config.duplicates = Duplicates::Reject);
    let (_network, nodes) = nodes_with::<2>(config).await;
    let _held = nodes[0].connect("a").await;
    let hello = crate::sample::Message { sensor: "a".to_owned(), ..crate::sample::note(0) };
    let refused = nodes[1].clients.try_connect(hello).await.expect_err("the id is taken");
    assert_eq!(refused.code(), tonic::Code::AlreadyExists);
    assert_eq!(holders(&nodes, "a"), [0]);
}

#[tokio::test(start_paused = true)]
async fn two_nodes_clients_with_one_id_cannot_chase_each_other() {
    let (_network, nodes) = nodes::<2>().await;
    let mut holders_in_turn = Vec::new();
    for turn in 0..6 {
        holders_in_turn.push(nodes[turn % 2].connect("a").await);
    }
    let hello = crate::sample::Message { sensor: "a".to_owned(), ..crate::sample::note(0) };
    let refused = nodes[0].clients.try_connect(hello.clone()).await.expect_err("too often");
    assert_eq!(
        (refused.code(), refused.reason()),
        (tonic::Code::ResourceExhausted, "take-over-limit")
    );
    assert_eq!(holders(&nodes, "a"), [1], "it stays with its holder");
    tokio::time::sleep(60 * SECOND).await;
    let _newest = nodes[0].clients.try_connect(hello).await.expect("a minute has passed");
    settle().await;
    assert_eq!(holders(&nodes, "a"), [0]);
}
