//! The quickstart as its users run it: by itself, with `grpcurl`, with a bot in Python.

mod clients;

use std::{path::PathBuf, sync::OnceLock};

use e2e::process::{Output, built, run};
use tokio::process::Command;

/// The quickstart.
fn quickstart(args: &[&str]) -> Command {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    let program = BUILT.get_or_init(|| built("quickstart"));
    let mut command = Command::new(program);
    command.args(args);
    command
}

#[tokio::test]
async fn the_quickstart_shows_everything_and_ends_by_itself() {
    let Output { code, lines } = run(quickstart(&[])).await;
    let transcript = lines.join("\n");
    assert_eq!(code, Some(0), "{transcript}");
    for shown in [
        "bot-3 connected",
        "bot-1 traded 0.1 BTC-EUR",
        "bot-2 beats, cpu 50 %",
        "bot-1    starts to trade by grid",
        r#"bot-2 answered {"type":"object""#,
        "2 accepted it, 0 refused",
        r#"grpc#bot-1#pong {"client_id":"bot-1","pong":{"sequence":"1"}"#,
        "bot-3 disconnected: ping-timeout",
        "the stream was lost: ping-timeout",
        "bot-2 disconnected: replaced",
        "bot-2    does not come back: the stream was lost: replaced",
        r#"grpc#bot-1#command_start {"start":{"strategy":"grid"}"#,
        r#"grpc#bot-1#trade {"client_id":"bot-1","trade":{"symbol":"BTC-EUR""#,
        "total_connections: 3",
        "bot-1    has left",
    ] {
        assert!(transcript.contains(shown), "no `{shown}` in\n{transcript}");
    }
    let connected =
        |bot: &str| lines.iter().filter(|line| line.ends_with(&format!("{bot} connected"))).count();
    assert_eq!(["bot-1", "bot-2", "bot-3"].map(connected), [1, 2, 2], "{transcript}");
    let stopped = lines.iter().filter(|line| line.contains("command_stop")).collect::<Vec<_>>();
    assert!(!stopped.iter().any(|line| line.contains("bot-2")), "{stopped:?}");
}

#[tokio::test]
async fn a_wrong_command_line_says_what_is_right() {
    for args in [&["--help-me"][..], &["--serve", "here"]] {
        let Output { code, lines } = run(quickstart(args)).await;
        assert_eq!(code, Some(1));
        let text = lines.join("\n");
        assert!(text.contains("127.0.0.1:50051"), "{text}");
    }
}
