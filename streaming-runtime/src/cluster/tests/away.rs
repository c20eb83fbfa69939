//! A node without a connection to the cluster.

use tokio::{join, time::Instant};

use super::{SECOND, answer, nodes};
use crate::{RequestError, SendError, error::Unreachable};

#[tokio::test(start_paused = true)]
async fn while_the_network_is_away_clients_of_this_node_are_served_and_others_refused_at_once() {
    let (network, [one, two]) = nodes().await;
    let mut peer = one.connect("a").await;
    let _other = two.connect("b").await;
    tokio::time::sleep(2 * SECOND).await;
    one.line.connect(false);
    two.line.connect(false);
    network.sent();
    let (reply, ()) = join!(one.measure("a").reply(), answer(&mut peer, 7));
    assert_eq!(reply, Ok(7));
    let begun = Instant::now();
    let away = Unreachable::NotInCluster;
    assert_eq!(one.reset("b", "").await, Err(SendError::Unreachable(away)));
    assert_eq!(one.measure("b").reply().await, Err(RequestError::Unreachable(away)));
    assert_eq!(one.hub.locate("b").await, Err(SendError::Unreachable(away)));
    assert!(!one.hub.disconnect("b", "").await);
    let report = one.hub.broadcast().send(super::reset("")).await;
    assert_eq!((report.accepted, report.silent_nodes.len()), (1, 1));
    assert_eq!(begun.elapsed().as_millis(), 0, "it was known at once");
    assert!(!one.hub.health().cluster.expect("a node of a cluster").connected);
    // Clients come as always.
    let _new = one.connect("c").await;
    assert!(one.hub.is_connected("c"));
    tokio::time::sleep(60 * SECOND).await;
    assert_eq!(network.sent(), [""; 0], "nothing is kept for later");
    one.line.connect(true);
    two.line.connect(true);
    tokio::time::sleep(SECOND).await;
    one.reset("b", "").await.expect("accepted");
    assert!(one.hub.health().cluster.expect("a node of a cluster").connected);
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_came_while_the_network_was_away_is_found_afterwards() {
    let (_network, [one, two]) = nodes().await;
    let mut peer = two.connect("a").await;
    let (reply, ()) = join!(one.measure("a").reply(), async {
        let asked = peer.next().await;
        two.line.connect(false);
        let reading = crate::sample::READING;
        peer.send(crate::sample::Message {
            kind: reading,
            command_id: asked.id,
            value: 7,
            ..crate::sample::Message::default()
        });
        tokio::time::sleep(2 * SECOND).await;
        two.line.connect(true);
    });
    assert_eq!(reply, Ok(7));
}
