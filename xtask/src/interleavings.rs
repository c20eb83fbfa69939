//! `cargo xtask loom`: tries every interleaving of those who share a queue, a request or a reader.

use anyhow::{Context as _, Result, ensure};

use crate::run::{cargo, line, run};

/// The compiler's flags are others, and so is the folder: else everything would be built anew each time.
const BUILD: [&str; 14] = [
    "test",
    "--target-dir",
    "target/loom",
    // loom itself is most of the work.
    "--config",
    "profile.dev.package.loom.opt-level=3",
    "--config",
    "profile.dev.package.generator.opt-level=3",
    "--package",
    "streaming-runtime",
    "--lib",
    "--no-default-features",
    "--features",
    "server",
    "interleavings::",
];

/// Fails where one does harm, or where nothing is tried.
pub(crate) fn explore() -> Result<()> {
    let mut list = cargo(BUILD);
    list.env("RUSTFLAGS", "--cfg streaming_loom").args(["--", "--list"]);
    let line = line(&list);
    let output = list.output().with_context(|| format!("`{line}` cannot be started"))?;
    let errors = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "`{line}` failed: {errors}");
    let models = String::from_utf8_lossy(&output.stdout);
    ensure!(models.contains(": test"), "there are no models of interleavings");
    run(cargo(BUILD).env("RUSTFLAGS", "--cfg streaming_loom"))
}
