//! The npm packages that a browser's client needs.

use std::{
    fs, io,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context as _, Result};

use super::{folder, lock, run};

/// Where the test that needs them pins them.
const PINS: &str = "tests/e2e/tests/centrifugo/node";
/// The second has the versions and hashes of what the packages of the first need themselves.
const FILES: [&str; 2] = ["package.json", "package-lock.json"];
const NEEDED: &str =
    "install Node 20 or newer with npm (nodejs.org, or Debian: apt-get install nodejs npm)";

/// The folder of the packages; installs them if it is missing or has other pins.
pub(super) fn modules() -> Result<PathBuf> {
    run(Command::new("node").arg("--version")).context(NEEDED)?;
    let folder = folder();
    let environment = folder.join("node");
    let from = crate::root().join(PINS);
    let pins = FILES.into_iter().map(|name| fs::read_to_string(from.join(name)));
    let pins = pins.collect::<io::Result<String>>();
    let pins = pins.with_context(|| format!("cannot read {}", from.display()))?;
    let modules = environment.join("node_modules");
    // Written last: an environment without it is half made.
    let installed = environment.join("installed.txt");
    let made = || {
        let same = fs::read_to_string(&installed).is_ok_and(|installed| installed == pins);
        (same && modules.exists()).then(|| modules.clone())
    };
    lock::once(&folder, made, || {
        make(&environment, &from).context("cannot install npm packages")?;
        fs::write(&installed, &pins)?;
        Ok(modules.clone())
    })
}

fn make(environment: &Path, from: &Path) -> Result<()> {
    run(Command::new("npm").arg("--version")).context(NEEDED)?;
    eprintln!("installing npm packages in {}", environment.display());
    if environment.exists() {
        fs::remove_dir_all(environment)?;
    }
    fs::create_dir_all(environment)?;
    for name in FILES {
        fs::copy(from.join(name), environment.join(name))?;
    }
    // Exactly what is locked, and no script of a package is run.
    let mut npm = Command::new("npm");
    npm.args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"]).current_dir(environment);
    run(&mut npm)
}
