//! What is sent to a client of another node.

use std::time::Duration;

use futures_util::StreamExt as _;

use e2e::{
    pb::{
        self,
        trading_bots::{ConnectCommands as _, ConnectExpects as _},
    },
    until, within,
};
use streaming_runtime::{RequestError, SendError};

use crate::{node::nodes, server::Nats};

fn start(strategy: &str) -> pb::Start {
    pb::Start { strategy: strategy.to_owned() }
}

#[tokio::test]
async fn a_command_reaches_a_client_of_another_node_in_order() {
    let server = Nats::start();
    let [one, two] = nodes(&server).await;
    let mut bot = two.bot("bot-1").await;
    assert!(!one.hub.is_connected("bot-1"));
    for number in 0..10 {
        one.hub.client("bot-1").start(start(&number.to_string())).await.expect("accepted");
    }
    for number in 0..10 {
        assert_eq!(bot.expect_start().await.strategy, number.to_string());
    }
}

#[tokio::test]
async fn an_answer_of_another_nodes_client_is_the_reply_or_its_rejection() {
    let server = Nats::start();
    let [one, two] = nodes(&server).await;
    let mut bot = two.bot("bot-1").await;
    let target = one.hub.client("bot-1");

    let schema = pb::ConfigSchema { json: "{}".to_owned(), ..pb::ConfigSchema::default() };
    let asked = target.request_config_schema(pb::RequestConfigSchema {}).reply();
    let (reply, _) = tokio::join!(asked, bot.expect_request_config_schema().reply(schema));
    assert_eq!(reply.expect("a schema").json, "{}");

    let (ack, _) = tokio::join!(target.start(start("grid")).ack(), bot.expect_start().fail("no"));
    let ack = ack.expect("an ack, good or failed");
    assert_eq!((ack.success, ack.error.as_str()), (false, "no"));

    let (refused, _) =
        tokio::join!(target.start(start("grid")).reply(), bot.expect_start().fail("no"));
    match refused {
        Err(RequestError::Rejected(rejection)) => assert_eq!(rejection.error, "no"),
        other => panic!("not rejected: {other:?}"),
    }
}

#[tokio::test]
async fn nothing_stays_open_of_a_request_that_nobody_waits_for() {
    let server = Nats::start();
    let [one, two] = nodes(&server).await;
    let mut bot = two.bot("bot-1").await;
    let asked = one.hub.client("bot-1").start(start("grid")).ack().timeout(Duration::from_mins(1));
    tokio::select! {
        outcome = asked => panic!("nobody has answered: {outcome:?}"),
        _ = bot.expect_start() => {}
    }
    until("it is forgotten", || two.hub.pending_requests().is_empty()).await;
}

#[tokio::test]
async fn a_client_that_no_node_has_is_not_connected() {
    let server = Nats::start();
    let [one, two] = nodes(&server).await;
    let sent = one.hub.client("bot-1").start(start("grid")).await;
    assert_eq!(sent, Err(SendError::NotConnected));
    let asked = one.hub.client("bot-1").start(start("grid")).ack().await;
    assert_eq!(asked, Err(RequestError::NotConnected));
    assert_eq!(one.hub.locate("bot-1").await, Err(SendError::NotConnected));
    assert!(!one.hub.disconnect("bot-1", "").await);
    // Its client leaves.
    let bot = two.bot("bot-1").await;
    assert!(one.hub.disconnect("bot-1", "by another node").await);
    let mut bot = bot;
    assert_eq!(within("the end", bot.end()).await.reason(), "closed");
    assert_eq!(one.hub.locate("bot-1").await, Err(SendError::NotConnected));
}

#[tokio::test]
async fn a_client_is_located_and_nodes_are_listed_with_their_clients() {
    let server = Nats::start();
    let [one, two] = nodes(&server).await;
    let _bot = two.bot("bot-1").await;
    let located = one.hub.locate("bot-1").await.expect("found");
    let own = two.hub.locate("bot-1").await.expect("found");
    assert!(!located.here && own.here);
    assert_eq!((&located.node, located.epoch), (&own.node, own.epoch));
    let counts = async || {
        let nodes = one.hub.nodes().await;
        nodes.into_iter().map(|node| (node.here, node.clients)).collect::<Vec<_>>()
    };
    within("the next heartbeat", async {
        while counts().await != [(true, 0), (false, 1)] {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    })
    .await;
}

#[tokio::test]
async fn a_broadcast_and_its_answers_come_from_all_nodes() {
    let server = Nats::start();
    let [one, two, three] = nodes(&server).await;
    let mut bots = [one.bot("a").await, two.bot("b").await, three.bot("c").await];
    let report = one.hub.broadcast().stop(pb::Stop::default()).await;
    assert_eq!((report.accepted, report.silent_nodes.len()), (3, 0));
    for bot in &mut bots {
        bot.expect_stop().await;
    }
    let mut replies = one.hub.broadcast().start(start("grid")).replies();
    let [a, b, c] = &mut bots;
    let answers = async {
        tokio::join!(a.expect_start().ack(), b.expect_start().ack(), c.expect_start().ack())
    };
    let items = async {
        let mut items = Vec::new();
        while let Some((client, ack)) = replies.next().await {
            items.push((client.to_string(), ack.expect("an ack").success));
        }
        items.sort();
        items
    };
    let (items, _) = tokio::join!(items, answers);
    assert_eq!(items, ["a", "b", "c"].map(|client| (client.to_owned(), true)));
}

#[tokio::test]
async fn a_request_follows_a_bot_that_moves() {
    let server = Nats::start();
    let [one, two, three] = nodes(&server).await;
    let mut bot = two.bot("bot-1").await;
    let moving = async {
        let first = bot.expect_stop().await.id;
        let mut bot = three.bot("bot-1").await;
        let again = bot.expect_stop().ack().await;
        assert_eq!(again.id, first, "under the same id");
        bot
    };
    let stopped = one.hub.client("bot-1").stop(pb::Stop::default()).reply().at_least_once();
    let (stopped, _bot) = tokio::join!(stopped.timeout(e2e::LONG), moving);
    assert!(stopped.expect("an ack").success);
}
