//! A process of this program, told what to do line by line.

use std::{
    io::{BufRead as _, BufReader, Lines, Write as _},
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
};

use anyhow::{Context as _, anyhow};
use serde::de::DeserializeOwned;

/// One of this program's own subcommands. It ends with this.
pub(crate) struct Peer {
    child: Child,
    stdin: ChildStdin,
    lines: Lines<BufReader<ChildStdout>>,
}

impl Peer {
    pub(crate) fn start(args: &[&str]) -> anyhow::Result<Self> {
        let mut child = Command::new(std::env::current_exe()?)
            .args(args)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let stdin = child.stdin.take().context("no standard input")?;
        let stdout = child.stdout.take().context("no standard output")?;
        Ok(Self { child, stdin, lines: BufReader::new(stdout).lines() })
    }

    pub(crate) fn tell(&mut self, command: &str) -> anyhow::Result<()> {
        writeln!(self.stdin, "{command}").with_context(|| format!("nobody hears `{command}`"))
    }

    /// The next line that it prints.
    pub(crate) fn line(&mut self) -> anyhow::Result<String> {
        Ok(self.lines.next().ok_or_else(|| anyhow!("a process ended early"))??)
    }

    /// What it answers to this.
    pub(crate) fn ask<T: DeserializeOwned>(&mut self, command: &str) -> anyhow::Result<T> {
        self.tell(command)?;
        Ok(serde_json::from_str(&self.line()?)?)
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
