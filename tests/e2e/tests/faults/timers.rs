//! What time alone does: h, i; and what is counted: j.

use e2e::{Bot, Server, end_reason, pb, until};
use pb::trading_bots::ConnectCommands as _;
use streaming_runtime::config::{PingStrategy, PingTimeout};
use tonic::Code;

use crate::{calm, disconnect, ms};

#[tokio::test]
async fn h_a_silent_client_is_dropped_and_one_that_answers_stays() {
    let mut server = Server::start(calm().with(|config| {
        config.ping.strategy = PingStrategy::Interval;
        config.ping.interval = ms(50);
        config.ping.timeout = PingTimeout::After(ms(1000));
    }));
    let mut silent = Bot::connect(server.addr, "silent").await;
    silent.answers_pings = false;
    let mut lively = Bot::connect(server.addr, "lively").await;
    let lively = tokio::spawn(async move { lively.end().await });
    let end = silent.end().await;
    assert_eq!((end.code(), end_reason(&end)), (Code::DeadlineExceeded, "ping-timeout"));
    let (id, reason, _) = disconnect(&mut server.events).await;
    assert_eq!((id.as_str(), reason.as_str()), ("silent", "ping-timeout"));
    let known = || server.hub.info("lively").is_some_and(|bot| bot.round_trip.is_some());
    until("the other answers", known).await;
    lively.abort();
}

#[tokio::test]
async fn i_pings_come_each_interval_also_under_traffic() {
    let server = Server::start(calm().with(|config| {
        config.ping.strategy = PingStrategy::Interval;
        config.ping.interval = ms(20);
    }));
    let mut bot = Bot::connect(server.addr, "bot").await;
    until("the bot is connected", || server.hub.is_connected("bot")).await;
    // Traffic both ways without a pause.
    let start = tokio::time::Instant::now();
    while bot.pings < 5 {
        assert!(start.elapsed() < e2e::LONG, "only {} pings came", bot.pings);
        server.hub.client("bot").stop(pb::Stop::default()).await.expect("connected");
        bot.trade("echo").await;
        bot.command().await;
        bot.command().await;
    }
    let intervals = start.elapsed().as_millis() / 20 + 2;
    assert!((bot.pings as u128) <= intervals, "{} pings in {intervals} intervals", bot.pings);
}

#[tokio::test]
async fn j_messages_and_connections_are_counted() {
    let server = Server::start(calm());
    let mut bot = Bot::connect(server.addr, "bot").await;
    let _other = Bot::connect(server.addr, "other").await;
    for _ in 0..9 {
        bot.trade("echo").await;
        bot.command().await;
    }
    let info = server.hub.info("bot").expect("connected");
    assert_eq!((info.message_count, info.command_count), (10, 9));
    assert!(info.last_message_at >= info.connected_at);
    until("both are connected", || server.hub.len() == 2).await;
    let stats = server.hub.stats();
    assert_eq!((stats.total_connections, stats.active_connections), (2, 2));
    let mut ids: Vec<_> = server.hub.clients().into_iter().map(|bot| bot.client_id).collect();
    ids.sort();
    assert_eq!(ids, ["bot", "other"]);
}

#[tokio::test]
async fn m6_the_ping_timeout_is_six_intervals_unless_it_is_set() {
    let server = Server::start(calm().with(|config| {
        config.ping.strategy = PingStrategy::Interval;
        config.ping.interval = ms(50);
        config.ping.timeout = PingTimeout::Auto;
    }));
    let mut silent = Bot::connect(server.addr, "silent").await;
    silent.answers_pings = false;
    let start = tokio::time::Instant::now();
    let end = silent.end().await;
    assert_eq!((end.code(), end_reason(&end)), (Code::DeadlineExceeded, "ping-timeout"));
    assert!(start.elapsed() >= ms(5 * 50), "after {:?}", start.elapsed());
    assert!((1..=7).contains(&silent.pings), "{} pings", silent.pings);
}
