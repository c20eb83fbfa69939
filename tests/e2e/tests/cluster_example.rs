//! The example of a cluster as its users run it.

use std::{net::TcpStream, path::PathBuf, sync::OnceLock};

use e2e::process::{Output, Running, built, run};
use tokio::process::Command;

/// The example, with a NATS server.
fn cluster() -> Command {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    let mut command = Command::new(BUILT.get_or_init(|| built("cluster")));
    command.env_remove("NATS_URL");
    command.env("NATS_SERVER_BIN", xtask::services::nats_server().expect("nats-server"));
    command
}

/// Nobody listens any more where a line says that somebody does.
fn assert_gone(lines: &[String]) {
    let addrs = lines.iter().filter_map(|line| line.split_once("listens on "));
    let addrs: Vec<&str> = addrs.map(|(_, addr)| addr).collect();
    assert!(addrs.len() >= 4, "{lines:?}");
    for addr in addrs {
        assert!(TcpStream::connect(addr).is_err(), "somebody still listens on {addr}");
    }
}

#[tokio::test]
async fn the_cluster_shows_everything_and_ends_by_itself() {
    let mut running = Running::start(cluster());
    for step in ["all 60 are connected", "is killed", "at other nodes", "are restarted", "is over"]
    {
        running.line(step).await;
    }
    let Output { code, lines } = running.end().await;
    let transcript = lines.join("\n");
    assert_eq!(code, Some(0), "{transcript}");
    let id = |node: &str| {
        let mut lines = lines.iter().filter_map(|line| line.split_once(&format!("{node}   is ")));
        lines.next().and_then(|(_, id)| id.split_once(' ')).expect("its id").0
    };
    for shown in [
        &format!("node-1   start bot-1, which is at {}", id("node-2")),
        &format!("node-1   request_config_schema of bot-2, which is at {}", id("node-3")),
        "node-1   20 bots are here",
        "bot-1    starts to trade by grid",
        "node-2   bot-1 traded 0.1 BTC-EUR",
        "node-1   bot-1 has started",
        r#"node-1   bot-2 answered {"type":"object"}"#,
        "node-2   stop: 60 bots of all nodes accepted it",
        "node-3   stop: 60 bots of all nodes accepted it",
    ] {
        assert!(transcript.contains(shown), "no `{shown}` in\n{transcript}");
    }
    let drained = lines.iter().filter(|line| line.contains("drained: ")).count();
    assert_eq!(drained, 3, "{transcript}");
    assert_gone(&lines);
}

#[tokio::test]
async fn an_interrupt_ends_the_cluster_with_all_its_processes() {
    let mut running = Running::start(cluster());
    running.line("all 60 are connected").await;
    running.interrupt().await;
    let Output { code, lines } = running.end().await;
    assert_eq!(code, Some(0), "{lines:?}");
    assert_gone(&lines);
}

#[tokio::test]
async fn without_a_nats_server_the_cluster_says_what_to_run() {
    let mut command = cluster();
    command.env("NATS_SERVER_BIN", "/nowhere");
    let Output { code, lines } = run(command).await;
    let text = lines.join("\n");
    assert_eq!(code, Some(1), "{text}");
    for shown in ["/nowhere", "cargo xtask services", "NATS_URL"] {
        assert!(text.contains(shown), "no `{shown}` in {text}");
    }
}
