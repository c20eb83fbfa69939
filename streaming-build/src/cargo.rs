//! Everything that is between us and cargo: its environment, and the lines it reads.

#[cfg(feature = "protox")]
use std::path::Path;
use std::{env, path::PathBuf};

use crate::finding::{Error, Finding};

/// Whether cargo runs us as a build script: only then does it read what we print.
fn is_build_script() -> bool {
    // A test run by cargo has `CARGO`, and `OUT_DIR` if its package has a build script, but never these.
    ["OUT_DIR", "TARGET", "HOST", "NUM_JOBS"].iter().all(|name| env::var_os(name).is_some())
}

/// Where generated files go.
pub(crate) fn out_dir() -> Result<PathBuf, Error> {
    env::var_os("OUT_DIR").map(PathBuf::from).ok_or(Error::NoOutDir)
}

/// Has cargo run the build script again when `path` changes.
#[cfg(feature = "protox")]
pub(crate) fn rerun_if_changed(path: &Path) {
    if is_build_script() {
        println!("cargo::rerun-if-changed={}", path.display());
    }
}

/// Hands over what was found, once and in the order of places: to cargo, which shows it and fails the build by itself,
/// or else to the caller.
///
/// An `Err` from a build script's `main` would have cargo print everything twice more.
pub(crate) fn report(mut findings: Vec<Finding>) -> Result<(), Error> {
    // Two rpcs that share a message have the same mistakes.
    findings.sort();
    findings.dedup();
    if !is_build_script() {
        let lines = findings.iter().map(ToString::to_string).collect();
        return Err(Error::Findings(lines));
    }
    for finding in findings {
        println!("cargo::error={finding}");
    }
    Ok(())
}
