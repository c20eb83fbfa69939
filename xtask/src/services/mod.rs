//! Programs of others that tests start: built or installed once, into `target/services` of the workspace.
//!
//! Each function gives a path at once where the program is there already. Otherwise it makes it, under a lock that all
//! processes share: tests that run side by side wait for one build.

mod bench_peer;
mod chromium;
mod go;
mod lock;
mod node;
mod peers;
mod protos;
mod python;

use std::{path::PathBuf, process::Command};

use anyhow::{Context as _, Result, ensure};

/// `grpcurl`, built from its Go module; with `GRPCURL_BIN` set, the program of that path.
///
/// # Errors
///
/// `GRPCURL_BIN` leads nowhere, Go is missing, or the build fails.
pub fn grpcurl() -> Result<PathBuf> {
    go::GRPCURL.path()
}

/// The Centrifugo server 5.4.9, built from its Go module; with `CENTRIFUGO_BIN` set, the program of that path.
///
/// # Errors
///
/// `CENTRIFUGO_BIN` leads nowhere, Go is missing, or the build fails.
pub fn centrifugo() -> Result<PathBuf> {
    go::CENTRIFUGO.path()
}

/// The NATS server 2.15.2, built from its Go module; with `NATS_SERVER_BIN` set, the program of that path.
///
/// # Errors
///
/// `NATS_SERVER_BIN` leads nowhere, Go is missing, or the build fails.
pub fn nats_server() -> Result<PathBuf> {
    go::NATS_SERVER.path()
}

/// The interpreter of a virtual environment that has the packages of `examples/python-bot/requirements.txt`.
///
/// # Errors
///
/// Python is missing, or a package cannot be installed.
pub fn python() -> Result<PathBuf> {
    python::interpreter()
}

/// Chromium, as it is on the machine; with `CHROMIUM_BIN` set, the program of that path.
///
/// # Errors
///
/// `CHROMIUM_BIN` leads nowhere, or there is none.
pub fn chromium() -> Result<PathBuf> {
    chromium::path()
}

/// The folder with the npm packages of `tests/e2e/tests/centrifugo/node/package.json`: where it is `NODE_PATH`, a script
/// that `node` runs finds them.
///
/// # Errors
///
/// Node or npm is missing, or a package cannot be installed.
pub fn node_modules() -> Result<PathBuf> {
    node::modules()
}

/// The folder with the protos that `tests/real` takes its contracts from, a folder each.
///
/// # Errors
///
/// Go is missing, or a package cannot be fetched.
pub fn protos() -> Result<PathBuf> {
    protos::protos()
}

/// The folder with the programs of `tests/real/peers`, each called as its package there.
///
/// # Errors
///
/// Go is missing, or a program cannot be built.
pub fn peers() -> Result<PathBuf> {
    peers::programs()
}

/// The benchmark's server on grpc-go, `bench/peers/go`.
///
/// # Errors
///
/// Go or Python is missing, or the program cannot be built.
pub fn bench_peer() -> Result<PathBuf> {
    bench_peer::program()
}

/// Everything in here can be deleted; it is made again.
fn folder() -> PathBuf {
    crate::root().join("target/services")
}

/// Runs an installer, and fails with what it says if it does.
fn run(command: &mut Command) -> Result<()> {
    output(command).map(drop)
}

/// What an installer prints; it fails as [`run`] does.
fn output(command: &mut Command) -> Result<String> {
    let output = command
        .output()
        .with_context(|| format!("{} cannot be started", command.get_program().display()))?;
    let errors = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "{command:?} failed: {errors}");
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}
