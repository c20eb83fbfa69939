//! What `streaming-build explain` tells, kept as files.
//!
//! `UPDATE_GOLDEN=1 cargo test -p streaming-build --features cli` writes them anew.

#![allow(clippy::unwrap_used, reason = "tests fail so")]

use std::{
    env, fs,
    path::Path,
    process::{Command, Output, Stdio},
};

/// Runs `explain` into pipes. That there are no colours in them must not be `NO_COLOR`'s doing.
fn explain(args: &[&str]) -> Output {
    let mut explain = Command::new(env!("CARGO_BIN_EXE_streaming-build"));
    explain.env_remove("NO_COLOR").arg("explain").args(args).output().unwrap()
}

/// What is told with `args` must be what the file `name` holds.
fn check(name: &str, args: &[&str]) {
    let output = explain(args);
    let errors = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "{errors}");
    let told = String::from_utf8(output.stdout).unwrap();
    let kept = Path::new("tests/golden/explain").join(name);
    if env::var_os("UPDATE_GOLDEN").is_some() {
        fs::create_dir_all("tests/golden/explain").unwrap();
        fs::write(&kept, &told).unwrap();
    }
    let expected = fs::read_to_string(&kept).unwrap_or_default();
    assert_eq!(told, expected, "{} differs from what is told", kept.display());
}

const TRADING: [&str; 3] = ["../proto/trading/v1/trading.proto", "-I", "../proto"];
const FLAG: [&str; 3] = ["tests/protos/flag.proto", "-I", "tests/protos"];

#[test]
fn conventions() {
    check("trading.txt", &TRADING);
    check("trading.json", &[&TRADING[..], &["--format", "json"]].concat());
}

#[test]
fn options() {
    check("flag.txt", &FLAG);
    check("flag.json", &[&FLAG[..], &["--format", "json"]].concat());
}

#[test]
fn rpcs_that_are_no_contracts_and_names_that_give_way() {
    check("several.txt", &["tests/protos/several.proto", "-Itests/protos"]);
    check("names.txt", &["tests/protos/names.proto", "-I", "tests/protos"]);
}

/// Runs `explain` on a pseudo-terminal, which Python makes, and gives what it shows there.
fn on_a_terminal(args: &[&str], no_color: bool) -> String {
    const SPAWN: &str =
        "import os, pty, sys; sys.exit(os.waitstatus_to_exitcode(pty.spawn(sys.argv[1:])))";
    let mut python = Command::new("python3");
    python.args(["-c", SPAWN, env!("CARGO_BIN_EXE_streaming-build"), "explain"]).args(args);
    python.env_remove("NO_COLOR").env("TERM", "xterm").stdin(Stdio::null());
    if no_color {
        python.env("NO_COLOR", "1");
    }
    let output = python.output().expect("a terminal needs `python3`; install Python 3.10 or newer");
    // A terminal gets a carriage return in front of each line's end.
    let shown = String::from_utf8(output.stdout).unwrap().replace("\r\n", "\n");
    // Python's mistakes are on its stderr, those of `explain` on the terminal.
    assert!(output.status.success(), "{shown}{}", String::from_utf8_lossy(&output.stderr));
    shown
}

#[test]
fn colours_are_for_terminals() {
    let plain = fs::read_to_string("tests/golden/explain/flag.txt").unwrap();
    let coloured = on_a_terminal(&FLAG, false);
    assert!(coloured.contains("\u{1b}["), "{coloured}");
    assert_eq!(without_colours(&coloured), plain);
    assert_eq!(on_a_terminal(&FLAG, true), plain, "NO_COLOR is set");
    let json = on_a_terminal(&[&FLAG[..], &["--format", "json"]].concat(), false);
    assert_eq!(json, fs::read_to_string("tests/golden/explain/flag.json").unwrap());
}

/// `text` less its escape sequences, each of which ends with an `m`.
fn without_colours(text: &str) -> String {
    let mut parts = text.split("\u{1b}[");
    let first = parts.next().unwrap_or_default();
    let rest = parts.filter_map(|part| part.split_once('m')).map(|(_, rest)| rest);
    first.to_owned() + &rest.collect::<String>()
}

#[test]
fn a_set_of_descriptors() {
    let output = explain(&["--set", "tests/golden/flag/flag.v1.bin"]);
    assert!(output.status.success());
    let told = String::from_utf8(output.stdout).unwrap();
    // It was made without source info.
    assert!(told.starts_with("flag.v1.Devices/Talk is a contract (flag.proto)\n"), "{told}");
    assert!(told.contains("[(streaming.ack) = true] (flag.proto)\n"), "{told}");
}

#[test]
fn mistakes_are_told_beside_what_was_found() {
    let proto = "tests/errors/options/misplaced_options.proto";
    let output = explain(&[proto, "-I", "tests/errors/options"]);
    assert_eq!(output.status.code(), Some(1));
    let told = String::from_utf8(output.stdout).unwrap();
    assert!(told.starts_with("misplaced.v1.Bots/Connect is no contract ("), "{told}");
    let errors = String::from_utf8(output.stderr).unwrap();
    assert_eq!(errors, fs::read_to_string("tests/errors/options/misplaced_options.txt").unwrap());
    let output = explain(&["tests/protos/nothing.proto"]);
    assert_eq!(output.status.code(), Some(1));
    let errors = String::from_utf8(output.stderr).unwrap();
    assert!(errors.starts_with("streaming-build: `tests/protos/nothing.proto` does not exist"));
}

#[test]
fn arguments() {
    let output = explain(&["--help"]);
    assert!(output.status.success());
    let help = String::from_utf8(output.stdout).unwrap();
    assert!(help.contains("The calls in a build.rs are not known here"), "{help}");
    for (wrong, told) in [
        (&["--format", "yaml"][..], "no format `yaml`; formats: `text`, `json`"),
        (&["-I"], "`-I` needs a value"),
        (&["--sets", "x"], "no option `--sets`"),
        (&[], "no proto is named"),
        (&["--set", "x", "y.proto"], "`--set` takes the place of protos"),
    ] {
        let output = explain(wrong);
        assert_eq!(output.status.code(), Some(2), "{wrong:?}");
        let errors = String::from_utf8(output.stderr).unwrap();
        assert!(errors.starts_with(&format!("{told}\n\nTells of each")), "{errors}");
    }
}
