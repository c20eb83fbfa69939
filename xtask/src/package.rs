//! `cargo xtask package`: the crates that are published.

use anyhow::Result;

use crate::run::{cargo, run};

/// In the order of their dependencies.
const PUBLISHED: [&str; 3] = ["streaming-macros", "streaming-runtime", "streaming-build"];

/// Packages them, and builds each from its package: nothing that it needs lies outside of its folder.
pub(crate) fn check() -> Result<()> {
    let mut package = cargo(["package", "--allow-dirty"]);
    for name in PUBLISHED {
        package.args(["--package", name]);
    }
    run(&mut package)
}
