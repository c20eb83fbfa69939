//! `cargo xtask package`: the crates that are published.

use std::{
    fs,
    time::{SystemTime, UNIX_EPOCH},
};

use anyhow::Result;

use crate::run::{cargo, run};

/// In the order of their dependencies.
const PUBLISHED: [&str; 3] = ["streaming-macros", "streaming-runtime", "streaming-build"];

/// Packages them, and builds each from its package: nothing that it needs lies outside of its folder.
pub(crate) fn check() -> Result<()> {
    // cargo unpacks what it has packaged once for each version and folder, and takes an older package of the same
    // version for the new one: so each run has a folder of its own.
    let folders = xtask::root().join("target/packages");
    if folders.exists() {
        fs::remove_dir_all(&folders)?;
    }
    let now = SystemTime::now().duration_since(UNIX_EPOCH)?.as_nanos();
    let mut package = cargo(["package", "--allow-dirty", "--target-dir"]);
    package.arg(folders.join(now.to_string()));
    for name in PUBLISHED {
        package.args(["--package", name]);
    }
    run(&mut package)
}
