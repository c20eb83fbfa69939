//! Short storms: the same checks as those of `cargo xtask storm`, without times.

use std::process::Command;

#[test]
fn a_hub_that_is_killed_or_drained_under_its_links_costs_no_promise() {
    hold("restart");
}

#[test]
fn lines_that_fail_cost_no_promise() {
    hold("faults");
}

#[test]
fn nodes_and_nats_servers_that_fail_cost_no_promise() {
    hold("cluster");
}

fn hold(storm: &str) {
    let output = Command::new(env!("CARGO_BIN_EXE_storm")).args([storm, "brief"]).output();
    let output = output.expect("it can be started");
    let [out, err] = [&output.stdout, &output.stderr].map(|text| String::from_utf8_lossy(text));
    assert!(output.status.success(), "{}\n{out}\n{err}", output.status);
    assert!(out.ends_with("it holds\n"), "{out}\n{err}");
}
