//! NATS that is away, and comes back.

use std::time::Duration;

use e2e::{
    pb::{
        self,
        trading_bots::{ConnectCommands as _, ConnectExpects as _},
    },
    until, within,
};
use streaming_runtime::{RequestError, SendError, Unreachable};

use crate::{
    node::{Node, nodes},
    server::Nats,
};

#[tokio::test]
async fn while_nats_is_away_bots_of_this_node_are_served_and_afterwards_all_is_as_before() {
    let mut server = Nats::start();
    let [one, two] = nodes(&server).await;
    let mut near = one.bot("near").await;
    let mut far = two.bot("far").await;
    one.hub.client("far").stop(pb::Stop::default()).await.expect("accepted");
    far.expect_stop().await;

    server.kill();
    let connected = |node: &Node| node.hub.health().cluster.expect("a node").connected;
    until("the nodes notice", || !connected(&one) && !connected(&two)).await;
    let started = one.hub.client("near").start(pb::Start::default()).reply();
    let (started, _) = tokio::join!(started, near.expect_start().ack());
    started.expect("an ack");
    let away = Unreachable::NotInCluster;
    let sent = one.hub.client("far").stop(pb::Stop::default()).await;
    assert_eq!(sent, Err(SendError::Unreachable(away)));
    let asked = one.hub.client("far").stop(pb::Stop::default()).reply().await;
    assert_eq!(asked, Err(RequestError::Unreachable(away)));
    // Both come on both nodes.
    let mut late = two.bot("late").await;
    let mut twice = one.bot("twice").await;
    tokio::time::sleep(Duration::from_millis(10)).await;
    let _newest = two.bot("twice").await;

    server.run();
    until("the nodes are connected", || connected(&one) && connected(&two)).await;
    within("what was subscribed meanwhile", async {
        while one.hub.client("late").stop(pb::Stop::default()).await.is_err() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    })
    .await;
    late.expect_stop().await;
    assert_eq!(within("the end of the older one", twice.end()).await.reason(), "moved");
    one.hub.client("far").stop(pb::Stop::default()).await.expect("accepted");
    far.expect_stop().await;
    // Nothing was kept while it was away.
    far.hears_nothing_for(Duration::from_millis(100)).await;
}

#[tokio::test]
async fn a_hub_starts_without_nats_and_is_found_when_it_comes() {
    let mut server = Nats::not_started(&[]);
    let one = Node::new(server.connect().await);
    let mut bot = one.bot("bot-1").await;
    one.hub.client("bot-1").stop(pb::Stop::default()).await.expect("it is here");
    bot.expect_stop().await;
    assert!(!one.hub.health().cluster.expect("a node").connected);
    server.run();
    let two = Node::new(server.connect().await);
    one.knows(2).await;
    two.knows(2).await;
    two.hub.client("bot-1").stop(pb::Stop::default()).await.expect("accepted");
    bot.expect_stop().await;
}
