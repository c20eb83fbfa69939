//! Clients that others wrote, against `quickstart --serve`.

use std::fs;

use e2e::process::{Output, Running, run};
use tokio::process::Command;

use crate::quickstart;

/// A quickstart that serves, and where.
async fn serving() -> (Running, String) {
    let mut server = Running::start(quickstart(&["--serve", "127.0.0.1:0"]));
    let line = server.line("listens on").await;
    let addr = line.rsplit(' ').next().expect("an address").to_owned();
    (server, addr)
}

#[tokio::test]
async fn the_readmes_grpcurl_line_works() {
    let grpcurl = xtask::services::grpcurl().expect("grpcurl");
    let readme = fs::read_to_string(xtask::root().join("README.md")).expect("the README");
    let line = readme.lines().find(|line| line.contains("| grpcurl ")).expect("a line for grpcurl");
    let (mut server, addr) = serving().await;
    let line = line
        .replace("| grpcurl ", &format!("| {} ", grpcurl.display()))
        .replace("127.0.0.1:50051", &addr);
    let mut shell = Command::new("sh");
    shell.args(["-c", &line]);
    let Output { code, lines } = run(shell).await;
    let printed = lines.join("\n");
    assert_eq!(code, Some(0), "{line}\n{printed}");
    assert!(printed.contains(r#""strategy": "grid""#), "{printed}");
    server.line("disconnected: half-closed").await;
}

#[tokio::test]
async fn reflection_and_health_are_registered() {
    let grpcurl = xtask::services::grpcurl().expect("grpcurl");
    let (_server, addr) = serving().await;
    let mut list = Command::new(&grpcurl);
    list.args(["-plaintext", &addr, "list"]);
    let printed = run(list).await.lines.join("\n");
    assert!(printed.contains("trading.v1.TradingBots"), "{printed}");
    let mut health = Command::new(&grpcurl);
    health.args(["-plaintext", &addr, "grpc.health.v1.Health/Check"]);
    let printed = run(health).await.lines.join("\n");
    assert!(printed.contains("SERVING"), "{printed}");
}

#[tokio::test]
async fn a_python_bot_trades_obeys_and_leaves() {
    let python = xtask::services::python().expect("Python with grpcio");
    let (mut server, addr) = serving().await;
    let mut bot = Command::new(python);
    bot.arg(xtask::root().join("examples/python-bot/bot.py"));
    bot.args([&addr, "--id", "bot-py", "--messages", "5", "--heartbeat", "0.5"]);
    let Output { code, lines } = run(bot).await;
    let told = lines.join("\n");
    assert_eq!(code, Some(0), "{told}");
    for event in [
        r#""event": "connected""#,
        r#""event": "sent", "variant": "trade""#,
        r#""event": "sent", "variant": "heartbeat""#,
        r#""event": "command", "variant": "start""#,
        r#""event": "sent", "variant": "command_ack""#,
        r#""event": "command", "variant": "request_config_schema""#,
        r#""event": "command", "variant": "stop""#,
        r#""event": "ended", "code": "OK""#,
    ] {
        assert!(told.contains(event), "no {event} in\n{told}");
    }
    // The other side saw the same.
    server.line("bot-py connected").await;
    server.line("bot-py has started: trading by grid").await;
    server.line("bot-py has stopped: stopped").await;
    server.line("bot-py disconnected: half-closed").await;
}
