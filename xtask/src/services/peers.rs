//! Clients on Go, for contracts that others wrote and for ours.

use std::{
    fs, io,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context as _, Result};

use super::{folder, lock, run};

/// One Go module: its `go.mod` and `go.sum` pin the clients, and each of its folders is a program.
const SOURCES: &str = "tests/real/peers";

/// The folder with the programs; builds them if they are missing or of other sources.
pub(super) fn programs() -> Result<PathBuf> {
    let folder = folder();
    let programs = folder.join("peers");
    let from = crate::root().join(SOURCES);
    let sources =
        sources(&from).with_context(|| format!("cannot read the sources in {}", from.display()))?;
    // Written last: a folder without it is half made.
    let built = programs.join("built.txt");
    let made = || {
        let same = fs::read_to_string(&built).is_ok_and(|built| built == sources);
        same.then(|| programs.clone())
    };
    lock::once(&folder, made, || {
        run(Command::new("go").arg("version")).context("install Go 1.26 or newer (go.dev/dl)")?;
        build(&from, &programs).context("cannot build the clients of others")?;
        fs::write(&built, &sources)?;
        Ok(programs.clone())
    })
}

/// All files, one after another in the order of their names.
pub(super) fn sources(folder: &Path) -> io::Result<String> {
    let entries = folder.read_dir()?.map(|entry| Ok(entry?.path()));
    let mut entries = entries.collect::<io::Result<Vec<PathBuf>>>()?;
    entries.sort();
    let read = |path: &PathBuf| {
        if path.is_dir() { sources(path) } else { fs::read_to_string(path) }
    };
    entries.iter().map(read).collect()
}

fn build(from: &Path, programs: &Path) -> Result<()> {
    eprintln!("building the clients of others in {}", programs.display());
    if programs.exists() {
        fs::remove_dir_all(programs)?;
    }
    fs::create_dir_all(programs)?;
    let mut go = Command::new("go");
    go.args(["build", "-buildvcs=false", "-o"]).arg(programs).arg("./...");
    run(go.env("GOWORK", "off").current_dir(from))
}
