//! `cargo xtask fuzz`: raw bytes into a hub for some minutes.

use std::{fs, process::Command};

use anyhow::{Context as _, Result, ensure};

use crate::{run::run, tools};

/// The binaries of the package in `fuzz`.
const TARGETS: [&str; 2] = ["frames", "connection"];
/// Five minutes.
const SECONDS: u64 = 300;

/// Fuzzes each target for its share of `seconds`, and stops at the first harm. What is found to be new goes on top of
/// the corpus, into `target/fuzz/corpus`.
pub(crate) fn run_for(seconds: Option<&str>) -> Result<()> {
    let seconds = match seconds {
        Some(seconds) => seconds.parse().with_context(|| format!("`{seconds}` are no seconds"))?,
        None => SECONDS,
    };
    check()?;
    let share = seconds.div_ceil(TARGETS.len() as u64);
    for target in TARGETS {
        let found = xtask::root().join("target/fuzz/corpus").join(target);
        fs::create_dir_all(&found).with_context(|| format!("cannot make {}", found.display()))?;
        let mut fuzz = nightly(&["fuzz", "run", "--target-dir", "target/fuzz", target]);
        fuzz.arg(found).arg(format!("fuzz/corpus/{target}")).arg("--");
        fuzz.arg(format!("-max_total_time={share}"));
        // A hub with a few clients is small, and done in no time.
        run(fuzz.args(["-timeout=60", "-malloc_limit_mb=64", "-rss_limit_mb=2048"]))?;
    }
    Ok(())
}

fn check() -> Result<()> {
    for (program, advice) in [
        (
            &["rustup", "run", "nightly", "cargo", "--version"][..],
            "rustup toolchain install nightly",
        ),
        (&["rustup", "run", "nightly", "cargo", "fuzz", "--version"], "cargo install cargo-fuzz"),
    ] {
        let missing = program[3..].join(" ");
        ensure!(tools::succeeds(program), "no `{missing}` with nightly; install: {advice}");
    }
    Ok(())
}

/// A cargo that knows sanitizers, in the workspace's folder.
fn nightly(args: &[&str]) -> Command {
    let mut command = Command::new("rustup");
    command.args(["run", "nightly", "cargo"]).args(args).current_dir(xtask::root());
    command
}
