//! Settings that other tests do not show to apply.

use std::time::Duration;

use e2e::{Bot, Event, Server, end_reason, pb, until, within};
use pb::trading_bots::ConnectCommands as _;
use streaming_runtime::{
    HubConfig, MemoryPublisher, RequestError, SendError,
    config::{Overflow, PingStrategy},
};
use tonic::Code;

const fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

/// A command that fills a tenth of an outbox, and much of what the transport takes.
fn bulk(reason: &str) -> pb::Stop {
    pb::Stop { reason: format!("{reason:>20000}") }
}

/// A bot that reads nothing, whose transport takes nothing any more.
async fn stalled(server: &Server) -> Bot {
    let bot = Bot::connect(server.addr, "bot").await;
    until("the bot is connected", || server.hub.is_connected("bot")).await;
    // Full is what stays full: the transport has taken all that it can when it takes nothing for a while.
    let mut quiet = 0;
    while quiet < 30 {
        let info = server.hub.info("bot").expect("connected");
        if info.queued < 10 {
            quiet = 0;
            server.hub.client("bot").stop(bulk("filler")).await.expect("there is room");
        }
        tokio::time::sleep(ms(1)).await;
        quiet += 1;
    }
    bot
}

#[tokio::test]
async fn overflow_rejects_at_once() {
    let server = Server::start(HubConfig::testing().with(|config| {
        config.overflow = Overflow::Reject;
        config.send_timeout = e2e::LONG;
    }));
    let _bot = stalled(&server).await;
    let started = tokio::time::Instant::now();
    let sent = server.hub.client("bot").stop(bulk("one more")).await;
    assert_eq!(sent, Err(SendError::Overflow));
    assert!(started.elapsed() < e2e::LONG / 2);
}

#[tokio::test]
async fn overflow_drops_the_oldest() {
    let config = HubConfig::testing().with(|config| config.overflow = Overflow::DropOldest);
    let server = Server::start(config);
    let mut bot = stalled(&server).await;
    // A request that is dropped says so.
    let request = server.hub.client("bot").start(pb::Start::default()).reply();
    let request = request.timeout(e2e::LONG);
    let (dropped, ()) = tokio::join!(within("the end of the request", request), async {
        for number in 0..15 {
            let sent = server.hub.client("bot").stop(bulk(&number.to_string())).await;
            sent.expect("the newest is always taken");
        }
    });
    assert_eq!(dropped, Err(RequestError::Overflow));
    let info = server.hub.info("bot").expect("connected");
    assert_eq!(info.queued, 10);
    assert!(info.dropped_commands >= 15, "{info:?}");
    // What is left comes in order, the newest last.
    let mut last = String::new();
    while last.trim() != "14" {
        if let pb::bot_command::Payload::Stop(stop) = bot.command().await.1 {
            last = stop.reason;
        }
    }
}

#[tokio::test]
async fn overflow_disconnects_a_slow_client() {
    let mut server = Server::start(HubConfig::testing().with(|config| {
        config.overflow = Overflow::Disconnect;
        config.flush_timeout = ms(50);
    }));
    let mut bot = stalled(&server).await;
    let sent = server.hub.client("bot").stop(bulk("one more")).await;
    assert_eq!(sent, Err(SendError::Overflow));
    let reason = server.events.find(|event| match event {
        Event::Disconnected { reason, .. } => Some(reason),
        _ => None,
    });
    assert_eq!(reason.await, "slow-consumer");
    let end = bot.end().await;
    assert_eq!((end.code(), end_reason(&end)), (Code::ResourceExhausted, "slow-consumer"));
}

#[tokio::test]
async fn requests_take_as_long_as_the_reply_timeout() {
    let server = Server::start(HubConfig::testing().with(|config| config.reply_timeout = ms(50)));
    let _bot = Bot::connect(server.addr, "bot").await;
    until("the bot is connected", || server.hub.is_connected("bot")).await;
    let request = server.hub.client("bot").start(pb::Start::default()).reply();
    assert_eq!(within("the timeout", request).await, Err(RequestError::Timeout));
}

/// What is published on which channels while a bot sends a trade, gets a command and a ping.
async fn channels(change: impl FnOnce(&mut HubConfig)) -> Vec<String> {
    let published = MemoryPublisher::new();
    let config = HubConfig::testing().with(|config| {
        config.publish.messages = true;
        config.publish.commands = true;
        config.ping.strategy = PingStrategy::Interval;
        config.ping.interval = ms(10);
        change(config);
    });
    let server = Server::publishing(config, published.clone());
    let mut bot = Bot::connect(server.addr, "bot 1").await;
    bot.trade("echo").await;
    bot.command().await;
    // A ping is behind us, and the next command after it.
    bot.ping().await;
    bot.trade("echo").await;
    bot.command().await;
    drop(bot);
    until("all is done", || server.hub.is_empty()).await;
    let mut channels: Vec<_> =
        published.take().into_iter().map(|one| one.channel().to_owned()).collect();
    channels.sort();
    channels.dedup();
    channels
}

#[tokio::test]
async fn what_is_published_can_be_chosen() {
    let all = channels(|_| {}).await;
    let expected = ["grpc#bot=201#command_start", "grpc#bot=201#heartbeat", "grpc#bot=201#trade"];
    assert!(all.iter().filter(|channel| !channel.ends_with("pong")).eq(&expected), "{all:?}");
    let messages = channels(|config| config.publish.commands = false).await;
    assert!(!messages.iter().any(|channel| channel.contains("command")), "{messages:?}");
    let commands = channels(|config| config.publish.messages = false).await;
    assert_eq!(commands, ["grpc#bot=201#command_start"]);
    let pings = channels(|config| {
        config.publish.messages = false;
        config.publish.pings = true;
        config.publish.prefix = "live".to_owned();
    });
    assert_eq!(pings.await, ["live#bot=201#command_ping", "live#bot=201#command_start"]);
    let template = channels(|config| {
        config.publish.template = "bots:{client_id}/{direction}/{field}".parse().ok();
    });
    let template = template.await;
    for channel in ["bots:bot=201/command/start", "bots:bot=201/message/trade"] {
        assert!(template.iter().any(|one| one == channel), "{template:?}");
    }
}
