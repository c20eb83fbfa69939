//! Whether the benchmarks still measure something.

use std::process::Command;

#[test]
fn every_side_of_every_workload_gives_a_figure() {
    let bench = Command::new(env!("CARGO_BIN_EXE_bench")).arg("brief").output();
    let output = bench.expect("it starts");
    let text = String::from_utf8_lossy(&output.stdout);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{text}\n{errors}");
    assert!(text.ends_with("all workloads run\n"), "{text}");
}

#[test]
fn an_unknown_workload_is_answered_with_those_that_there_are() {
    let bench = Command::new(env!("CARGO_BIN_EXE_bench")).args(["run", "1", "1", "ehco"]).output();
    let output = bench.expect("it starts");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success(), "it passed");
    assert!(errors.contains("no workload begins with `ehco`; there are: echo 1x1, "), "{errors}");
}
