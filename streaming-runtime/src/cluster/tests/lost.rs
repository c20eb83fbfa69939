//! Nodes that are lost, and requests that outlive that.

use tokio::{join, time::Instant};

use super::{SECOND, acknowledge, answer, nodes};
use crate::{RequestError, SendError, error::Unreachable};

#[tokio::test(start_paused = true)]
async fn who_waits_for_a_client_of_a_killed_node_hears_of_it_within_two_seconds() {
    let (network, [one, two]) = nodes().await;
    let mut peer = two.connect("a").await;
    let (ended, begun) = join!(one.measure("a").reply(), async {
        peer.next().await;
        tokio::time::sleep(5 * SECOND).await;
        network.kill(&two.line);
        Instant::now()
    });
    assert_eq!(ended, Err(RequestError::Disconnected { sent: true }));
    assert!(begun.elapsed() <= 2 * SECOND, "{:?}", begun.elapsed());
}

#[tokio::test(start_paused = true)]
async fn a_node_that_only_falls_silent_costs_its_callers_their_own_timeout() {
    let (_network, [one, two, three]) = nodes().await;
    let mut peer = two.connect("a").await;
    let mut other = three.connect("b").await;
    let silent = async {
        peer.next().await;
        two.line.make_deaf(true);
        two.line.connect(false);
        // Nobody else is concerned.
        let (reply, ()) = join!(one.measure("b").reply(), answer(&mut other, 7));
        assert_eq!(reply, Ok(7));
    };
    let begun = Instant::now();
    let (ended, ()) = join!(one.measure("a").reply().timeout(20 * SECOND), silent);
    assert_eq!((ended, begun.elapsed().as_secs()), (Err(RequestError::Timeout), 20));
    // What it does not even confirm.
    let begun = Instant::now();
    assert_eq!(one.reset("a", "").await, Err(SendError::Unconfirmed));
    assert_eq!(begun.elapsed().as_secs(), 11, "a second more than the send may take there");
    let asked = one.measure("a").reply().timeout(SECOND).await;
    assert_eq!(asked, Err(RequestError::Unconfirmed));
}

#[tokio::test(start_paused = true)]
async fn while_a_node_is_missing_who_is_nowhere_is_unreachable() {
    let (network, [one, two]) = nodes().await;
    network.kill(&two.line);
    tokio::time::sleep(4 * SECOND).await;
    let missing = Unreachable::NodeMissing;
    assert_eq!(one.reset("a", "").await, Err(SendError::Unreachable(missing)));
    assert_eq!(one.measure("a").reply().await, Err(RequestError::Unreachable(missing)));
    assert_eq!(one.hub.locate("a").await, Err(SendError::Unreachable(missing)));
    let cluster = one.hub.health().cluster.expect("a node of a cluster");
    assert_eq!((cluster.nodes, cluster.missing), (1, 1));
    // It is not waited for for ever.
    tokio::time::sleep(300 * SECOND).await;
    assert_eq!(one.reset("a", "").await, Err(SendError::NotConnected));
}

#[tokio::test(start_paused = true)]
async fn a_request_is_sent_again_to_a_client_that_moves() {
    let (_network, [one, two, three]) = nodes().await;
    let mut peer = two.connect("a").await;
    let moving = async {
        let first = peer.next().await.id;
        let mut peer = three.connect("a").await;
        assert_eq!(peer.next().await.id, first, "under the same id");
        let mut peer = one.connect("a").await;
        assert_eq!(peer.next().await.id, first, "here as well");
        let mut peer = two.connect("a").await;
        answer(&mut peer, 7).await;
        // Open until it is read.
        peer
    };
    let (reply, _peer) = join!(one.measure("a").reply().at_least_once(), moving);
    assert_eq!(reply, Ok(7));
}

#[tokio::test(start_paused = true)]
async fn a_request_is_sent_again_to_a_client_whose_node_dies() {
    let (network, [one, two, three]) = nodes().await;
    let mut peer = two.connect("a").await;
    let dying = async {
        let first = peer.next().await.id;
        network.kill(&two.line);
        tokio::time::sleep(5 * SECOND).await;
        let mut peer = three.connect("a").await;
        let again = peer.next().await;
        assert_eq!(again.id, first, "under the same id");
        peer.ack(crate::id::OwnedId::Str(again.id));
        peer
    };
    let sending = one.reset("a", "").ack().at_least_once();
    let (reply, _peer) = join!(sending, dying);
    assert_eq!(reply, Ok(String::new()));
    // One that is nowhere is waited for.
    let coming = async {
        tokio::time::sleep(5 * SECOND).await;
        let mut peer = three.connect("b").await;
        acknowledge(&mut peer).await;
        peer
    };
    let (reply, _peer) = join!(one.reset("b", "").ack().at_least_once(), coming);
    assert_eq!(reply, Ok(String::new()));
}
