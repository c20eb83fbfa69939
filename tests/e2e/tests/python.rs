//! Bots in Python that the old system had: compressing ones, and ones whose requests end after the first message.

use e2e::{Event, Server, pb, process::Running, until};
use pb::trading_bots::ConnectCommands as _;
use streaming_runtime::{HubConfig, RequestError, config::HalfClose};
use tokio::process::Command;

fn bot(server: &Server, args: &[&str]) -> Running {
    let mut bot = Command::new(xtask::services::python().expect("Python with grpcio"));
    bot.arg(xtask::root().join("examples/python-bot/bot.py"));
    bot.args([&server.addr.to_string(), "--id", "bot-py"]).args(args);
    Running::start(bot)
}

#[tokio::test]
async fn a_bot_may_compress() {
    let mut server = Server::start(HubConfig::testing());
    let mut bot = bot(&server, &["--gzip", "--messages", "3"]);
    for _ in 0..3 {
        let symbol = server.events.find(|event| match event {
            Event::Trade(_, symbol) => Some(symbol),
            _ => None,
        });
        assert_eq!(symbol.await, "BTC-EUR");
    }
    let ack = server.hub.client("bot-py").stop(pb::Stop::default()).reply().await;
    assert_eq!(ack.expect("an ack").message, "stopped");
    bot.line(r#""code": "OK""#).await;
}

#[tokio::test]
async fn a_bot_may_only_listen_after_its_first_message() {
    let config = HubConfig::testing().with(|config| config.half_close = HalfClose::Listen);
    let mut server = Server::start(config);
    let mut bot = bot(&server, &["--listen"]);
    until("the bot is connected", || server.hub.is_connected("bot-py")).await;
    bot.line(r#""event": "connected""#).await;
    for round in 0..3 {
        let start = pb::Start { strategy: format!("round {round}") };
        server.hub.client("bot-py").start(start).await.expect("it listens");
        bot.line(&format!(r#""strategy": "round {round}""#)).await;
    }
    // It cannot answer any more once its requests have ended, and the hub knows.
    let asked = async || {
        let request = server.hub.client("bot-py").start(pb::Start::default());
        request.reply().timeout(std::time::Duration::from_millis(200)).await
    };
    let refused = |outcome: &Result<_, _>| !matches!(outcome, Ok(_) | Err(RequestError::Timeout));
    while !refused(&asked().await) {}
    server.hub.client("bot-py").stop(pb::Stop::default()).await.expect("it listens");
    bot.line(r#""variant": "stop""#).await;
    let (id, reason) = server
        .events
        .find(|event| match event {
            Event::Disconnected { id, reason, .. } => Some((id, reason)),
            _ => None,
        })
        .await;
    assert_eq!((id.as_str(), reason.as_str()), ("bot-py", "client-gone"));
}
