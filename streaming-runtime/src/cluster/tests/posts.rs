//! What goes to one node goes together, and to the node where the client was last.

use futures_util::future::join_all;
use tokio::{join, time::Instant};

use super::{SECOND, answer, nodes};
use crate::{RequestError, cluster::subject::Subjects, contract::Contract as _, sample::Sample};

#[tokio::test(start_paused = true)]
async fn what_is_said_to_a_node_at_once_goes_in_one_message() {
    let (network, [one, two]) = nodes().await;
    let (mut a, mut b) = (two.connect("a").await, two.connect("b").await);
    tokio::time::sleep(2 * SECOND).await;
    for id in ["a", "b"] {
        one.reset(id, "first").await.expect("accepted");
    }
    network.sent();
    let texts: Vec<String> = (0..10).map(|number: usize| number.to_string()).collect();
    let sends = texts.iter().flat_map(|text| [one.reset("a", text), one.reset("b", text)]);
    let sent = join_all(sends.map(IntoFuture::into_future)).await;
    assert!(sent.iter().all(Result::is_ok), "{sent:?}");
    let node = two.hub.nodes().await[0].id.clone();
    assert_eq!(network.sent(), [Subjects::new(Sample::NAME).node(&node)]);
    for peer in [&mut a, &mut b] {
        assert_eq!(peer.next().await.text, "first");
        for text in &texts {
            assert_eq!(&peer.next().await.text, text, "in order");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn what_goes_together_is_no_larger_than_what_the_network_carries() {
    let (_network, [one, two]) = nodes().await;
    let mut peer = two.connect("a").await;
    one.reset("a", "first").await.expect("accepted");
    assert_eq!(peer.next().await.text, "first");
    one.line.carry_at_most(4096);
    let text = "x".repeat(1500);
    let sent = join_all((0..10).map(|_| one.reset("a", &text).into_future())).await;
    assert!(sent.iter().all(Result::is_ok), "{sent:?}");
    for _ in 0..10 {
        assert_eq!(peer.next().await.text, text);
    }
}

#[tokio::test(start_paused = true)]
async fn a_client_that_moves_is_found_at_once_though_it_was_known_where_it_was() {
    let (_network, [one, two, three]) = nodes().await;
    let _first = two.connect("a").await;
    one.reset("a", "").await.expect("accepted");
    // This node does not hear that the client comes to another.
    one.line.make_deaf(true);
    let mut peer = three.connect("a").await;
    one.line.make_deaf(false);
    let begun = Instant::now();
    one.reset("a", "moved").await.expect("accepted");
    assert_eq!(begun.elapsed().as_millis(), 0);
    assert_eq!(peer.next().await.text, "moved");
    let (reply, ()) = join!(one.measure("a").reply(), answer(&mut peer, 7));
    assert_eq!(reply, Ok(7));
}

#[tokio::test(start_paused = true)]
async fn who_waits_for_a_client_whose_node_was_known_hears_that_it_is_killed() {
    let (network, [one, two, three]) = nodes().await;
    let mut peer = two.connect("a").await;
    one.reset("a", "").await.expect("accepted");
    peer.next().await;
    let (ended, begun) = join!(one.measure("a").reply(), async {
        peer.next().await;
        network.kill(&two.line);
        Instant::now()
    });
    assert_eq!(ended, Err(RequestError::Disconnected { sent: true }));
    assert!(begun.elapsed() <= 2 * SECOND, "{:?}", begun.elapsed());
    let mut peer = three.connect("a").await;
    let (reply, ()) = join!(one.measure("a").reply(), answer(&mut peer, 7));
    assert_eq!(reply, Ok(7));
}

#[tokio::test(start_paused = true)]
async fn what_is_said_to_a_node_after_a_long_time_arrives() {
    let (_network, [one, two]) = nodes().await;
    let mut peer = two.connect("a").await;
    for text in ["1", "2", "3"] {
        one.reset("a", text).await.expect("accepted");
        assert_eq!(peer.next().await.text, text);
        tokio::time::sleep(600 * SECOND).await;
    }
}
