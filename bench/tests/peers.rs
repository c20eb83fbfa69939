//! Whether the servers on other stacks do the work that is measured.

use std::process::Command;

#[test]
fn every_peer_echoes_takes_heartbeats_and_refuses_who_has_no_id() {
    let output = Command::new(env!("CARGO_BIN_EXE_bench")).args(["peers", "--brief"]).output();
    let output = output.expect("it starts");
    let text = String::from_utf8_lossy(&output.stdout);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{text}\n{errors}");
    for peer in ["tonic", "hub", "grpc-go", "grpcio"] {
        let line = format!("{peer}: echo, sink, nameless");
        assert!(text.lines().any(|there| there == line), "no `{line}` in {text}");
    }
}
