//! A process pinned to a core, and what it costs.

use std::{
    fs,
    io::{BufRead as _, BufReader, Lines, Write as _},
    process::{Child, ChildStdout, Command, Stdio},
    time::Duration,
};

use anyhow::{Context as _, anyhow};

use crate::{peers, settings::Kind};

/// Another process on one core, told what to do line by line. It ends with this.
pub(crate) struct Pinned {
    child: Child,
    lines: Lines<BufReader<ChildStdout>>,
}

impl Pinned {
    /// This program with one of its own subcommands; without a core it is not pinned.
    pub(crate) fn own(core: Option<usize>, args: &[&str]) -> anyhow::Result<Self> {
        let mut command = Command::new(std::env::current_exe()?);
        command.args(args);
        Self::start(core, &command)
    }

    /// A server, which is another program where it is on another stack.
    pub(crate) fn server(kind: Kind, core: Option<usize>, settings: &str) -> anyhow::Result<Self> {
        match peers::command(kind)? {
            Some(command) => Self::start(core, &command),
            None => Self::own(core, &["server", settings]),
        }
    }

    fn start(core: Option<usize>, command: &Command) -> anyhow::Result<Self> {
        let program = command.get_program();
        let mut pinned = core.map_or_else(
            || Command::new(program),
            |core| {
                let mut pinned = Command::new("taskset");
                pinned.args(["-c", &core.to_string()]).arg(program);
                pinned
            },
        );
        let mut child = pinned
            .args(command.get_args())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .context("`taskset` pins processes to cores; it comes with util-linux")?;
        let stdout = child.stdout.take().context("no standard output")?;
        Ok(Self { child, lines: BufReader::new(stdout).lines() })
    }

    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// The next line that it prints.
    pub(crate) fn line(&mut self) -> anyhow::Result<String> {
        Ok(self.lines.next().ok_or_else(|| anyhow!("the process ended early"))??)
    }

    /// The line with which it answers to this.
    pub(crate) fn ask(&mut self, command: &str) -> anyhow::Result<String> {
        let mut stdin = self.child.stdin.as_ref().context("no standard input")?;
        writeln!(stdin, "{command}")?;
        self.line().with_context(|| format!("no answer to `{command}`"))
    }

    /// CPU time so far, over all threads.
    pub(crate) fn cpu(&self) -> anyhow::Result<Duration> {
        let mut nanos = 0;
        for task in fs::read_dir(format!("/proc/{}/task", self.child.id()))? {
            // A thread may end meanwhile.
            let Ok(stat) = fs::read_to_string(task?.path().join("schedstat")) else {
                continue;
            };
            let running = stat.split(' ').next().context("schedstat")?;
            nanos += running.parse::<u64>().context("schedstat")?;
        }
        Ok(Duration::from_nanos(nanos))
    }

    /// Resident memory in bytes, without the pages of the program's file: they are read as its code is first run, and are as
    /// many however many streams there are.
    pub(crate) fn memory(&self) -> anyhow::Result<u64> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let line =
            status.lines().find_map(|line| line.strip_prefix("RssAnon:")).context("RssAnon")?;
        let kib = line.trim().trim_end_matches(" kB").trim();
        Ok(kib.parse::<u64>().context("RssAnon")? * 1024)
    }
}

impl Drop for Pinned {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
