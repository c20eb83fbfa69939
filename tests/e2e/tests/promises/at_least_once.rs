//! Requests that are sent again on the next stream, and those that are not.

use e2e::{
    Bot,
    pb::{
        self,
        bot_command::Payload,
        trading_bots::{Connect, ConnectCommands as _},
    },
    until, within,
};
use streaming_runtime::{Hub, RequestError};
use tokio::task::JoinHandle;

use crate::{calm, connected, stage::Stage};

const GRACE: std::time::Duration = e2e::LONG;

type Outcome = Result<pb::CommandAck, RequestError>;

fn ask(hub: &Hub<Connect>) -> JoinHandle<Outcome> {
    let hub = hub.clone();
    tokio::spawn(async move {
        let stop = pb::Stop { reason: "for good".to_owned() };
        hub.client("bot").stop(stop).ack().at_least_once().timeout(2 * e2e::LONG).await
    })
}

async fn outcome(asked: JoinHandle<Outcome>) -> Outcome {
    within("the outcome", asked).await.expect("no panic")
}

/// The id of the next command, which must be the stop that was asked for.
async fn stop(bot: &mut Bot) -> String {
    let (id, payload) = bot.command().await;
    assert!(matches!(&payload, Payload::Stop(stop) if stop.reason == "for good"), "{payload:?}");
    id
}

/// The next command is a start that is sent now: nothing else comes before it.
async fn nothing_comes(stage: &Stage, bot: &mut Bot) {
    until("it is connected", || stage.hub.is_connected("bot")).await;
    let start = pb::Start { strategy: "last".to_owned() };
    stage.hub.client("bot").start(start).await.expect("it is connected");
    let (_, payload) = bot.command().await;
    assert!(matches!(payload, Payload::Start(_)), "{payload:?}");
}

#[tokio::test]
async fn a_request_to_a_client_that_is_away_reaches_it_when_it_comes() {
    let stage = Stage::start(calm());
    let asked = ask(&stage.hub);
    let mut bot = Bot::connect(stage.addr, "bot").await;
    let id = stop(&mut bot).await;
    bot.ack(&id, true).await;
    assert!(outcome(asked).await.expect("an answer").success);
    nothing_comes(&stage, &mut bot).await;
}

#[tokio::test]
async fn a_request_whose_connection_is_lost_is_sent_again_to_the_same_session() {
    let stage = Stage::start(calm().with(|config| config.reconnect_grace = GRACE));
    let mut bot = Bot::connect(stage.addr, "bot").await;
    until("it is connected", || stage.hub.is_connected("bot")).await;
    let asked = ask(&stage.hub);
    let first = stop(&mut bot).await;
    let key = bot.key.clone();
    drop(bot);
    until("the loss is noticed", || stage.hub.stats().away == 1).await;
    let mut bot = Bot::come_back(stage.addr, "bot", &key).await;
    assert!(bot.resumed);
    assert_eq!(stop(&mut bot).await, first);
    bot.ack(&first, false).await;
    let ack = outcome(asked).await.expect("an ack, though a failed one");
    assert_eq!(ack.error, "refused");
    nothing_comes(&stage, &mut bot).await;
}

#[tokio::test]
async fn a_request_whose_connection_is_lost_is_sent_again_to_the_next_session() {
    let mut stage = Stage::start(calm());
    let mut bot = connected(&mut stage, "bot").await;
    let asked = ask(&stage.hub);
    let first = stop(&mut bot).await;
    drop(bot);
    stage.find("disconnected bot").await;
    let mut bot = Bot::connect(stage.addr, "bot").await;
    assert_eq!(stop(&mut bot).await, first);
    // Another process with its id takes over.
    let mut other = Bot::connect(stage.addr, "bot").await;
    assert_eq!(stop(&mut other).await, first);
    other.ack(&first, true).await;
    assert!(outcome(asked).await.expect("an answer").success);
    nothing_comes(&stage, &mut other).await;
}

#[tokio::test]
async fn a_client_that_executes_a_command_twice_gives_one_outcome() {
    let stage = Stage::start(calm().with(|config| config.reconnect_grace = GRACE));
    let mut bot = Bot::connect(stage.addr, "bot").await;
    until("it is connected", || stage.hub.is_connected("bot")).await;
    let [one, other] = [ask(&stage.hub), ask(&stage.hub)];
    let ids = [stop(&mut bot).await, stop(&mut bot).await];
    let key = bot.key.clone();
    drop(bot);
    until("the loss is noticed", || stage.hub.stats().away == 1).await;
    let mut bot = Bot::come_back(stage.addr, "bot", &key).await;
    let mut again = [stop(&mut bot).await, stop(&mut bot).await];
    // Who waits first is sent again first, and that may be either.
    again.sort_by_key(|id| ids.iter().position(|first| first == id));
    assert_eq!(again, ids);
    // It did the first one before its connection was lost, and does it once more.
    for _ in 0..2 {
        bot.ack(&ids[0], true).await;
    }
    nothing_comes(&stage, &mut bot).await;
    until("one has ended", || stage.hub.pending_requests().len() == 1).await;
    bot.ack(&ids[1], true).await;
    for asked in [one, other] {
        assert!(outcome(asked).await.expect("an answer").success);
    }
}

#[tokio::test]
async fn a_request_is_sent_once_unless_it_says_otherwise() {
    let mut stage = Stage::start(calm());
    let mut bot = connected(&mut stage, "bot").await;
    let hub = stage.hub.clone();
    let asked = tokio::spawn(async move {
        hub.client("bot").stop(pb::Stop { reason: "for good".to_owned() }).ack().await
    });
    stop(&mut bot).await;
    drop(bot);
    assert_eq!(outcome(asked).await, Err(RequestError::Disconnected { sent: true }));
    stage.find("disconnected bot").await;
    let mut bot = connected(&mut stage, "bot").await;
    nothing_comes(&stage, &mut bot).await;
}
