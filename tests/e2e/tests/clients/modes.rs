//! Bots in Python that the old system had: compressing ones, and ones whose requests end after the first message.

use std::time::Duration;

use e2e::{Event, Server, pb, until};
use pb::trading_bots::ConnectCommands as _;
use streaming_runtime::{HubConfig, RequestError, config::HalfClose};

use crate::peer::script_with;

#[tokio::test]
async fn a_bot_may_compress() {
    let mut server = Server::start(HubConfig::testing());
    let script = xtask::root().join("examples/python-bot/main.py");
    let addr = server.addr.to_string();
    let _bot = script_with(script, &[&addr, "--id", "bot-py", "--gzip", "--interval", "0.1"]);
    until("the bot is connected", || server.hub.is_connected("bot-py")).await;
    let bot = server.hub.client("bot-py");
    let started = bot.start(pb::Start { strategy: "grid".to_owned() }).reply().await;
    assert_eq!(started.expect("an ack").message, "trading by grid");
    for _ in 0..3 {
        let symbol = server.events.find(|event| match event {
            Event::Trade(_, symbol) => Some(symbol),
            _ => None,
        });
        assert_eq!(symbol.await, "BTC-EUR");
    }
    let stopped = bot.stop(pb::Stop::default()).reply().await;
    assert_eq!(stopped.expect("an ack").message, "stopped");
}

#[tokio::test]
async fn a_bot_may_only_listen_after_its_first_message() {
    let config = HubConfig::testing().with(|config| config.half_close = HalfClose::Listen);
    let mut server = Server::start(config);
    let script = xtask::root().join("tests/e2e/tests/clients/listening.py");
    let mut bot = script_with(script, &[&server.addr.to_string(), "bot-py"]);
    until("the bot is connected", || server.hub.is_connected("bot-py")).await;
    for round in 0..3 {
        let start = pb::Start { strategy: format!("round {round}") };
        server.hub.client("bot-py").start(start).await.expect("it listens");
        bot.line(&format!("start round {round}")).await;
    }
    // It cannot answer any more once its requests have ended, and the hub knows.
    let asked = async || {
        let request = server.hub.client("bot-py").start(pb::Start::default());
        request.reply().timeout(Duration::from_millis(200)).await
    };
    let refused = |outcome: &Result<_, _>| !matches!(outcome, Ok(_) | Err(RequestError::Timeout));
    while !refused(&asked().await) {}
    server.hub.client("bot-py").stop(pb::Stop::default()).await.expect("it listens");
    bot.line("stop").await;
    let (id, reason) = server
        .events
        .find(|event| match event {
            Event::Disconnected { id, reason, .. } => Some((id, reason)),
            _ => None,
        })
        .await;
    assert_eq!((id.as_str(), reason.as_str()), ("bot-py", "client-gone"));
}
