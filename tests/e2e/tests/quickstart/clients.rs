//! Clients that others wrote, against `quickstart --serve`.

use std::{env, fs, iter};

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
async fn three_commands_make_a_python_bot_that_trades_obeys_and_leaves() {
    let python = xtask::services::python().expect("Python with grpcio");
    let example = xtask::root().join("examples/python-bot");
    let readme = fs::read_to_string(example.join("README.md")).expect("the example's README");
    let commands = readme.split("```sh\n").nth(1).and_then(|rest| rest.split("\n```").next());
    let commands: Vec<&str> = commands.expect("commands for a shell").lines().collect();
    let [install, stubs, bot] = commands[..] else { panic!("not three: {commands:?}") };
    assert_eq!(install, "pip install -r requirements.txt", "what Python was set up with");

    // In a copy, so that no stubs lie among the sources.
    let folder = tempfile::tempdir().expect("a folder");
    for module in ["bot.py", "main.py"] {
        fs::copy(example.join(module), folder.path().join(module)).expect("it can be copied");
    }
    let inherited = env::var_os("PATH").unwrap_or_default();
    let programs = python.parent().expect("a folder of programs").to_owned();
    let path = iter::once(programs).chain(env::split_paths(&inherited));
    let path = env::join_paths(path).expect("paths without separators");
    let shell = |line: &str| {
        let mut shell = Command::new("sh");
        shell.args(["-c", &format!("exec {line}")]).env("PATH", &path).current_dir(&folder);
        shell
    };
    let protos = xtask::root().join("proto");
    let Output { code, lines } =
        run(shell(&stubs.replace("../../proto", &protos.to_string_lossy()))).await;
    assert_eq!(code, Some(0), "{}", lines.join("\n"));

    let (mut server, addr) = serving().await;
    let mut bot = Running::start(shell(&bot.replace("127.0.0.1:50051", &addr)));
    bot.line("connected to").await;
    server.line("bot-py connected").await;
    server.line("bot-py has started: trading by grid").await;
    server.line("bot-py traded 0.5 BTC-EUR").await;
    server.line("bot-py has stopped: stopped").await;
    bot.interrupt().await;
    let Output { code, lines } = bot.end().await;
    assert_eq!(code, Some(0), "{}", lines.join("\n"));
    server.line("bot-py disconnected: half-closed").await;
}
