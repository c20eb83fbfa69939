//! `cargo xtask test`: the one command that says whether all is well.

use std::time::{Duration, Instant};

use anyhow::Result;

use crate::{
    cases, crates, interleavings, package,
    run::{cargo, run},
    tools,
};

/// Crates whose features are checked one set at a time.
const FEATURED: [&str; 2] = ["streaming-runtime", "streaming-build"];

type Step = (&'static str, fn() -> Result<()>);

/// Quick steps first; the tests at the end, so that their verdict is what one reads.
const STEPS: [Step; 11] = [
    ("tools", tools::check),
    ("format", format),
    ("services", services),
    ("lints", lints),
    ("docs", docs),
    ("crates", crates::check),
    ("dependencies", dependencies),
    ("packages", package::check),
    ("interleavings", interleavings::explore),
    ("tests", tests),
    ("cases", cases::count),
];

/// Runs every step, and stops at the first that fails.
pub(crate) fn all() -> Result<()> {
    let mut took: Vec<(&str, Duration)> = Vec::new();
    for (name, step) in STEPS {
        let started = Instant::now();
        step()?;
        took.push((name, started.elapsed()));
    }
    println!();
    for (name, took) in took {
        println!("{name:<14}{:>5} s", took.as_secs());
    }
    println!("all is well");
    Ok(())
}

fn format() -> Result<()> {
    run(&mut cargo(["fmt", "--all", "--check"]))
}

fn services() -> Result<()> {
    println!("\nprograms that tests need, in target/services");
    xtask::services::grpcurl()?;
    xtask::services::centrifugo()?;
    xtask::services::nats_server()?;
    xtask::services::python()?;
    xtask::services::node_modules()?;
    xtask::services::protos()?;
    xtask::services::peers()?;
    xtask::services::bench_peer()?;
    Ok(())
}

fn lints() -> Result<()> {
    clippy(["--workspace"])?;
    for package in FEATURED {
        clippy(["--package", package, "--no-default-features"])?;
        clippy(["--package", package])?;
        clippy(["--package", package, "--all-features"])?;
    }
    // On its own, a client has no server.
    clippy(["--package", "minimal-client"])
}

fn clippy<'a>(which: impl IntoIterator<Item = &'a str>) -> Result<()> {
    let mut clippy = cargo(["clippy", "--all-targets"]);
    run(clippy.args(which).args(["--", "-D", "warnings"]))
}

fn docs() -> Result<()> {
    let mut doc = cargo(["doc", "--workspace", "--no-deps", "--all-features"]);
    run(doc.env("RUSTDOCFLAGS", "-D warnings"))
}

fn dependencies() -> Result<()> {
    if tools::succeeds(&["cargo", "deny", "--version"]) {
        return run(&mut cargo(["deny", "check"]));
    }
    println!("\nlicences and advisories were not checked: cargo-deny is not installed");
    Ok(())
}

fn tests() -> Result<()> {
    run(&mut cargo(["test", "--workspace"]))?;
    // Nothing in the workspace has the feature, and with it the test that it is missing would not be there.
    let mut explain = cargo(["test", "--package", "streaming-build", "--features", "cli"]);
    run(explain.args(["--lib", "--test", "explain"]))
}
