//! Where the time of a hub goes: flame graphs of its process under load.

use std::{
    fs::File,
    io::BufReader,
    path::Path,
    process::{Command, Stdio},
};

use anyhow::{Context as _, ensure};
use inferno::{
    collapse::{Collapse as _, perf::Folder},
    flamegraph::{self, Options},
};

use crate::{
    process::Pinned,
    settings::{Does, Duty, Kind, LoadSettings, ServerSettings},
};

const SECONDS: u64 = 10;
/// So often in a second the stack is taken, which does not go along with anything that happens in milliseconds.
const FREQUENCY: &str = "997";

/// Draws docs/profile-echo.svg and docs/profile-broadcast.svg.
pub(crate) fn draw() -> anyhow::Result<()> {
    let there = Command::new("perf").arg("--version").output();
    ensure!(
        there.is_ok_and(|output| output.status.success()),
        "no `perf`, which takes the profiles; install it (Debian: apt-get install linux-perf)"
    );
    one(
        "echo",
        "A hub under echo, 16 streams with 32 messages in flight",
        Does::Echo,
        Duty::Echo,
        16,
    )?;
    let broadcast = Duty::Broadcast { every_ms: 10, burst: 1 };
    one("broadcast", "A hub that broadcasts 1 KiB to 1,000 clients", Does::Listen, broadcast, 1000)
}

fn one(name: &str, title: &str, does: Does, duty: Duty, connections: usize) -> anyhow::Result<()> {
    let settings = serde_json::to_string(&ServerSettings::new(Kind::Hub, duty))?;
    let mut server = Pinned::own(Some(0), &["server", &settings])?;
    let addr = server.line().context("the server's address")?.parse()?;
    let load = LoadSettings {
        does,
        addr,
        connections,
        streams: 1,
        in_flight: 32,
        stalled: 0,
        warm_up_ms: 1000,
        measured_ms: 1000 * (SECONDS + 1),
    };
    let mut load = Pinned::own(Some(1), &["load", &serde_json::to_string(&load)?])?;
    load.line().context("the begin of the load")?;
    let folder = tempfile::tempdir()?;
    let (samples, stacks) = (folder.path().join("samples"), folder.path().join("stacks"));
    record(&server, &samples)?;
    // Inlined functions would take addr2line hours.
    let script = Command::new("perf")
        .args(["script", "--no-inline", "--input"])
        .arg(&samples)
        .stdout(File::create(&stacks)?)
        .stderr(Stdio::null())
        .status()?;
    ensure!(script.success(), "`perf script` failed ({script})");
    let picture = xtask::root().join(format!("docs/profile-{name}.svg"));
    flame(title, &stacks, &picture)?;
    println!("{}", picture.display());
    Ok(())
}

/// By the unwinding tables: nothing has to be built with frame pointers.
fn record(server: &Pinned, samples: &Path) -> anyhow::Result<()> {
    let output = Command::new("perf")
        .args(["record", "--event", "cpu-clock", "--freq", FREQUENCY])
        .args(["--call-graph", "dwarf,16384", "--pid", &server.id().to_string(), "--output"])
        .arg(samples)
        .args(["--", "sleep", &SECONDS.to_string()])
        .output()?;
    let errors = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "`perf record` failed: {errors}");
    Ok(())
}

fn flame(title: &str, stacks: &Path, picture: &Path) -> anyhow::Result<()> {
    let mut folded = Vec::new();
    Folder::default().collapse(BufReader::new(File::open(stacks)?), &mut folded)?;
    let folded = String::from_utf8(folded)?;
    ensure!(folded.lines().count() > 10, "`perf` has seen hardly anything");
    let mut options = Options::default();
    title.clone_into(&mut options.title);
    // Thinner ones are not seen, and make the file large.
    options.min_width = 0.3;
    flamegraph::from_lines(&mut options, folded.lines(), File::create(picture)?)?;
    Ok(())
}
