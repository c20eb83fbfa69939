//! Transports that fail in every way but properly.

use e2e::{
    Bot, end_reason,
    pb::trading_bots::ConnectCommands as _,
    proxy::{Line, Proxy},
    until, within,
};
use streaming_runtime::{
    RequestError,
    config::{PingStrategy, PingTimeout},
};
use tonic::Code;

use crate::{
    calm, connected, ms, name_of,
    stage::{Stage, start},
};

/// A bot behind a proxy, whose first message was handled.
async fn behind_a_proxy(stage: &mut Stage) -> (Proxy, Bot) {
    let proxy = Proxy::to(stage.addr).await;
    let bot = Bot::connect(proxy.addr, "bot").await;
    stage.find("beat bot").await;
    (proxy, bot)
}

#[tokio::test]
async fn a_peer_whose_connection_falls_silent_runs_into_the_ping_timeout() {
    let mut stage = Stage::start(calm().with(|config| {
        config.ping.strategy = PingStrategy::Interval;
        config.ping.interval = ms(100);
        config.ping.timeout = PingTimeout::After(ms(2000));
    }));
    let (proxy, _bot) = behind_a_proxy(&mut stage).await;
    proxy.set(Line::Still);
    let asked = stage.hub.client("bot").start(start("into the void")).reply();
    let asked = within("the end of the request", asked).await;
    assert_eq!(asked.map(drop), Err(RequestError::Disconnected { sent: true }));
    stage.expect(&["disconnect bot ping-timeout []", "disconnected bot"]).await;
    until("the hub is empty", || stage.hub.is_empty()).await;
}

#[tokio::test]
async fn a_client_whose_connection_fell_silent_comes_back_on_another_at_once() {
    let mut stage = Stage::start(calm());
    let (proxy, mut old) = behind_a_proxy(&mut stage).await;
    proxy.set(Line::Still);
    let mut new = Bot::connect(stage.addr, "bot").await;
    let lines = ["disconnect bot replaced []", "disconnected bot", "connect bot"];
    stage.expect(&lines).await;
    stage.find("beat bot").await;
    stage.hub.client("bot").start(start("hello")).await.expect("connected");
    assert_eq!(name_of(&new.command().await.1), "hello");
    proxy.set(Line::Open);
    let end = old.end().await;
    assert_eq!((end.code(), end_reason(&end)), (Code::Aborted, "replaced"));
}

#[tokio::test]
async fn a_slow_reader_gets_everything_in_order_and_delays_nobody() {
    let mut stage = Stage::start(calm());
    let (proxy, mut slow) = behind_a_proxy(&mut stage).await;
    let mut other = connected(&mut stage, "other").await;
    proxy.set(Line::Still);
    let filled = stage.fill("bot").await;
    let told = stage.hub.broadcast().start(start("all")).await;
    assert_eq!(told.accepted, 1, "{told:?}");
    assert_eq!(name_of(&other.command().await.1), "all");
    proxy.set(Line::Late(ms(1)));
    for number in 0..filled {
        if number % 10 == 0 {
            stage.hub.client("other").start(start(number.to_string())).await.expect("connected");
            assert_eq!(name_of(&other.command().await.1), number.to_string());
        }
        assert_eq!(name_of(&slow.command().await.1), number.to_string());
    }
    stage.hub.client("bot").start(start("last")).await.expect("there is room again");
    assert_eq!(name_of(&slow.command().await.1), "last");
}

#[tokio::test]
async fn a_connection_that_is_cut_after_a_write_leaves_it_unknown_what_arrived() {
    let mut stage = Stage::start(calm());
    let (proxy, mut bot) = behind_a_proxy(&mut stage).await;
    proxy.set(Line::Still);
    stage.hub.client("bot").start(start("plain")).await.expect("connected");
    let hub = stage.hub.clone();
    let asked = tokio::spawn(async move { hub.client("bot").start(start("asked")).reply().await });
    let written = || stage.hub.info("bot").is_some_and(|bot| bot.command_count == 2);
    until("both are written", written).await;
    proxy.set(Line::Cut);
    let asked = within("the end of the request", asked).await.expect("no panic");
    assert_eq!(asked.map(drop), Err(RequestError::Disconnected { sent: true }));
    // What was written is not given back.
    let end = stage.find("disconnect bot ").await;
    assert!(["client-gone []", "half-closed []"].contains(&end.as_str()), "{end}");
    assert_ne!(bot.end().await.code(), Code::Ok);
    assert_eq!(stage.hub.pending_requests(), []);
}

#[tokio::test]
async fn what_the_older_of_two_streams_says_late_is_not_handled() {
    let mut stage = Stage::start(calm());
    let (proxy, mut old) = behind_a_proxy(&mut stage).await;
    proxy.set(Line::Still);
    old.trade("late").await;
    let mut new = Bot::connect(stage.addr, "bot").await;
    new.trade("early").await;
    stage.find("disconnect bot replaced").await;
    stage.find("handled bot early").await;
    proxy.set(Line::Open);
    let end = old.end().await;
    assert_eq!((end.code(), end_reason(&end)), (Code::Aborted, "replaced"));
    new.trade("echo after all").await;
    stage.expect(&["handle bot echo after all", "handled bot echo after all"]).await;
    stage.hub.client("bot").start(start("still there")).await.expect("connected");
    assert_eq!(name_of(&new.command().await.1), "still there");
}

#[tokio::test]
async fn of_two_streams_the_one_that_says_last_who_it_is_stays() {
    let mut stage = Stage::start(calm());
    let proxy = Proxy::to(stage.addr).await;
    let mut first = Bot::open(proxy.addr, "bot").await;
    proxy.set(Line::Still);
    first.beat().await;
    let mut second = connected(&mut stage, "bot").await;
    proxy.set(Line::Open);
    // One after the other, as always.
    stage.expect(&["disconnect bot replaced []", "disconnected bot", "connect bot"]).await;
    stage.find("beat bot").await;
    let end = second.end().await;
    assert_eq!((end.code(), end_reason(&end)), (Code::Aborted, "replaced"));
    stage.hub.client("bot").start(start("hello")).await.expect("connected");
    assert_eq!(name_of(&first.command().await.1), "hello");
}
