//! The programs: what they say about mistakes at their start, Python, and the demo.

use std::{net::TcpListener, path::Path};

use e2e::process::{Output, Running, built, run};
use tokio::{net::TcpStream, process::Command};

use crate::stage::{Centrifugo, KEY, SECRET, Stage, TOKEN, free, trading_bots};

/// Runs the server to its end, which is to come soon, and gives what it said.
async fn refused(options: &[&str]) -> String {
    let Output { code, lines } = run(trading_bots(options)).await;
    let text = lines.join("\n");
    assert_eq!(code, Some(1), "{text}");
    text
}

#[tokio::test]
async fn mistakes_in_the_options_say_what_is_right() {
    let both = ["--api-key", "k", "--hmac-secret", "s"];
    for (options, part) in [
        (&["--bot", "3"][..], "no option `--bot`"),
        (&["--bots"], "`--bots` needs a value"),
        (&["--bots", "many"], "`many` is no value for `--bots`"),
        (&["--bots", "501"], "at most 500"),
        (&["--rate", "-1"], "from 0 to 100"),
        (&["--http", "8080"], "`8080` is no value for `--http`"),
        (&["--centrifugo", "localhost:8000"], "like http://127.0.0.1:8000"),
        (&["--token", "a b"], "letters, digits"),
    ] {
        let text = refused(&[&both[..], options].concat()).await;
        assert!(text.contains(part), "no `{part}` in\n{text}");
    }
    let text = refused(&[]).await;
    assert!(text.contains("`--api-key` is missing") && text.contains("cargo xtask demo"), "{text}");
}

#[tokio::test]
async fn bots_for_which_there_are_too_few_sockets_are_refused_with_a_word() {
    let program = built("trading-bots");
    let mut shell = Command::new("sh");
    shell.args(["-c", "ulimit -n 300 && exec \"$0\" --api-key k --hmac-secret s --bots 100"]);
    shell.arg(program);
    let Output { code, lines } = run(shell).await;
    let text = lines.join("\n");
    assert_eq!(code, Some(1), "{text}");
    assert!(text.contains("`--bots 100` needs 600 open files, and 300 are allowed"), "{text}");
}

#[tokio::test]
async fn what_is_wrong_with_centrifugo_is_said_at_the_start() {
    let (page, nobody) = (free().to_string(), format!("http://{}", free()));
    let centrifugo = Centrifugo::start(free(), page.parse().expect("an address")).await;
    let (url, other) = (centrifugo.url(), free().to_string());
    for (http, url, key, secret, part) in [
        (&page, &nobody, KEY, SECRET, "`cargo xtask demo` starts one"),
        (&page, &url, "another", SECRET, "refuses `--api-key`"),
        (&page, &url, KEY, "another", "refuses tokens signed with `--hmac-secret`"),
        (&other, &url, KEY, SECRET, "`allowed_origins`"),
    ] {
        let options = ["--http", http, "--grpc", "127.0.0.1:0", "--centrifugo", url];
        let options = [&options[..], &["--api-key", key, "--hmac-secret", secret]].concat();
        let text = refused(&options).await;
        assert!(text.contains(part), "no `{part}` in\n{text}");
    }
}

#[tokio::test]
async fn a_port_that_is_taken_is_named_with_its_option() {
    let holder = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let taken = holder.local_addr().expect("a bound socket").to_string();
    for option in ["--http", "--grpc"] {
        let others = ["--http", "127.0.0.1:0", "--grpc", "127.0.0.1:0"];
        let options =
            [&others[..], &["--api-key", "k", "--hmac-secret", "s", option, &taken]].concat();
        let text = refused(&options).await;
        assert!(text.contains(&format!("cannot listen on {taken}; `{option} ADDR`")), "{text}");
    }
}

#[tokio::test]
async fn with_ctrl_c_the_bots_leave_and_the_server_ends() {
    let stage = Stage::start(2).await;
    let mut server = stage.server;
    server.interrupt().await;
    server.line("the bots leave").await;
    let Output { code, lines } = server.end().await;
    assert_eq!(code, Some(0), "{}", lines.join("\n"));
}

#[tokio::test]
async fn python_sends_commands_and_gets_the_answers() {
    let stage = Stage::start(1).await;
    let python = xtask::services::python().expect("`cargo xtask services` installs it");
    let script =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/trading-bots/send_command.py");
    let send = async |args: &[&str], token: &str| {
        let mut command = Command::new(&python);
        command.arg(&script).args(args).args(["--server", &stage.grpc.to_string()]);
        command.env("TRADING_BOTS_TOKEN", token);
        let Output { code, lines } = run(command).await;
        (code, lines.join("\n"))
    };
    let (code, text) = send(&["bot-001", "start", r#"{"strategy": "grid"}"#], TOKEN).await;
    assert!(code == Some(0) && text.contains(r#""success": true"#), "{text}");
    let (code, text) = send(&["bot-001", "request_config_schema"], TOKEN).await;
    assert!(code == Some(0) && text.contains("mean-reversion"), "{text}");
    let start = ["bot-001", "start", r#"{"strategy": "luck"}"#];
    for (args, token, part) in [
        (&start[..], TOKEN, "ABORTED: the bot says that it failed: invalid_argument: no strategy"),
        (&["bot-001", "strat"], TOKEN, "no such command"),
        (&["bot-001", "stop", "{"], TOKEN, "no such command"),
        (&["bot-001", "ping"], TOKEN, "INVALID_ARGUMENT: no command `ping`"),
        (&["bot-999", "stop"], TOKEN, "NOT_FOUND: no bot `bot-999`"),
        (&["bot-001", "stop"], "another", "PERMISSION_DENIED"),
        (&["bot-001", "stop"], "", "no token"),
    ] {
        let (code, text) = send(args, token).await;
        assert!(code == Some(1) && text.contains(part), "no `{part}` in\n{text}");
    }
}

#[tokio::test]
async fn the_demo_starts_everything_and_leaves_nothing_behind() {
    let mut demo = Command::new(built("xtask"));
    let page = free();
    demo.args(["demo", "--http", &page.to_string(), "--bots", "3"]);
    let mut demo = Running::start(demo);
    let centrifugo = demo.line("centrifugo runs as process ").await;
    let grpc = demo.line("bots connect to http://").await;
    let address = demo.line("open http://").await;
    assert!(address.starts_with(&format!("open http://{page}/#token=")), "{address}");
    assert!(TcpStream::connect(page).await.is_ok());
    demo.interrupt().await;
    demo.line("the bots leave").await;
    let Output { code, lines } = demo.end().await;
    assert_eq!(code, Some(0), "{}", lines.join("\n"));
    let grpc = grpc.rsplit('/').next().expect("an address");
    assert!(TcpStream::connect(page).await.is_err(), "nobody listens");
    assert!(TcpStream::connect(grpc).await.is_err(), "nobody listens");
    let process = centrifugo.split(['s', ';', ' ']).find(|word| word.parse::<u32>().is_ok());
    let alive = Command::new("kill").args(["-0", process.expect("its number")]).output().await;
    assert!(!alive.expect("kill can be started").status.success(), "{centrifugo}");
}
