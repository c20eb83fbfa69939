//! The rules of this workspace; docs/architecture.md tells the reasons.

use std::{env, path::PathBuf};

use architecture::{Lines, Module, Rules, lines, violations};

const RUNTIME: Rules = Rules(&[
    Module::top("lib"),
    Module::top("codegen"),
    Module::top("server"),
    // Only tests import it.
    Module::new("testing", &["hub", "server"]),
    Module::new("health", &["hub"]),
    Module::new("link", &["target", "session", "at_least_once", "lost", "input", "resume"]),
    Module::new("stats", &["hub", "session"]),
    Module::new("drain", &["hub", "session"]),
    Module::new("shutdown", &[]),
    Module::new("at_least_once", &["target", "hub"]),
    Module::new("many", &["target", "hub", "reach"]),
    Module::new(
        "cluster",
        &["at_least_once", "many", "target", "elsewhere", "escape", "room", "take_overs"],
    ),
    Module::new("anywhere", &["hub", "elsewhere"]),
    Module::new("target", &["hub", "session", "expected"]),
    Module::new(
        "hub",
        &["reserved", "authentication", "elsewhere", "take_overs", "room", "context"],
    ),
    Module::new(
        "session",
        &[
            "context",
            "outbox",
            "publish",
            "status",
            "backlog",
            "callback",
            "verdict",
            "input",
            "once",
            "slot",
            "lost",
            "resume",
            "info",
            "identity",
            "lanes",
            "line",
            "stall",
            "telemetry",
            "metrics",
            "sync",
            "macros",
            "planted",
        ],
    ),
    Module::new("context", &["arrivals", "gate", "groups", "metrics", "publish"]),
    Module::new("outbox", &["contract", "config", "frame", "metrics", "sync", "planted"]),
    Module::new("publish", &["contract", "config", "escape", "frame", "telemetry", "metrics"]),
    // The leaves; the writer of JSON is one, because contracts are written with it.
    Module::new("contract", &["id", "words", "publish::json"]),
    Module::new("words", &["id"]),
    Module::new("config", &["contract"]),
    Module::new("status", &["id", "error"]),
    Module::new("error", &[]),
    Module::new("escape", &[]),
    Module::new("expected", &["contract", "error"]),
    Module::new("identity", &["contract", "status"]),
    Module::new("id", &[]),
    Module::new("gate", &["config", "status", "planted"]),
    Module::new("arrivals", &["id"]),
    Module::new("reserved", &["session"]),
    Module::new("authentication", &["session", "callback"]),
    Module::new("elsewhere", &["session", "reach"]),
    Module::new("reach", &["id", "error", "planted"]),
    Module::new("frame", &[]),
    Module::new("slot", &["contract", "error", "sync", "planted"]),
    Module::new("take_overs", &[]),
    Module::new("backlog", &["config", "sync"]),
    Module::new("callback", &["error"]),
    Module::new("verdict", &["contract", "error"]),
    Module::new("resume", &["gate", "input", "room"]),
    Module::new("input", &[]),
    Module::new("once", &["id"]),
    Module::new("lost", &["status"]),
    Module::new("info", &["identity"]),
    Module::new("groups", &["id", "room", "planted"]),
    Module::new("lanes", &[]),
    Module::new("line", &[]),
    Module::new("stall", &[]),
    Module::new("telemetry", &["contract", "info"]),
    Module::new("metrics", &["contract", "status", "telemetry"]),
    Module::new("sync", &[]),
    Module::new("room", &[]),
    Module::new("macros", &[]),
    Module::new("planted", &[]),
    Module::new("publish::json", &[]),
]);

/// A phase imports the ones before it, never one that comes later; the builder drives them all, so that none imports it.
const BUILD: Rules = Rules(&[
    Module::top("lib"),
    Module::top("main"),
    Module::top("cli"),
    Module::top("config"),
    Module::new("emit", &["explain", "model", "source", "names"]),
    Module::new("explain", &["model", "source", "names"]),
    Module::new("roles", &["model", "source", "settings"]),
    Module::new("model", &["finding"]),
    Module::new("source", &["messages", "options", "names"]),
    Module::new("settings", &["finding"]),
    Module::new("messages", &["finding"]),
    Module::new("cargo", &["finding"]),
    Module::new("options", &[]),
    Module::new("names", &[]),
    Module::new("finding", &[]),
]);

const CORE: [&str; 5] = ["contract", "session", "outbox", "hub", "target"];
const CORE_LINES: usize = 3000;

fn sources(package: &str) -> PathBuf {
    let root = [env!("CARGO_MANIFEST_DIR"), "..", ".."];
    let root: PathBuf = root.iter().collect();
    let root = root.canonicalize().expect("the workspace is there");
    root.join(package).join("src")
}

fn hold(package: &str, rules: &Rules) {
    let violations = violations(&sources(package), rules).expect("the sources are Rust");
    let count = violations.len();
    assert!(count == 0, "{count} wrong imports\n{}", violations.join("\n"));
}

#[test]
fn the_runtime_imports_one_way() {
    hold("streaming-runtime", &RUNTIME);
}

#[test]
fn the_build_helper_imports_one_way() {
    hold("streaming-build", &BUILD);
}

#[test]
fn the_core_is_small() {
    let Lines { all, code } =
        lines(&sources("streaming-runtime"), &CORE).expect("the sources are Rust");
    let core = CORE.join(", ");
    assert!(code > 0, "none of {core} was found");
    let found =
        format!("{core}: {code} lines of code without tests ({all} with comments and blank lines)");
    assert!(code < CORE_LINES, "{found}; under {CORE_LINES} are allowed");
    println!("{found}");
}
