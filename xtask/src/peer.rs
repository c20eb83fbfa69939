//! A process of the same program, told what to do line by line.

use std::{
    ffi::OsStr,
    io::{BufRead as _, BufReader, Lines, Write as _},
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
};

use anyhow::{Context as _, Result, anyhow};

/// One of this program's own subcommands. It is killed with this.
#[derive(Debug)]
pub struct Peer {
    child: Child,
    stdin: ChildStdin,
    lines: Lines<BufReader<ChildStdout>>,
}

impl Peer {
    /// Starts it.
    ///
    /// # Errors
    /// It cannot be started.
    pub fn start<S: AsRef<OsStr>>(args: impl IntoIterator<Item = S>) -> Result<Self> {
        let mut child = Command::new(std::env::current_exe()?)
            .args(args)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let stdin = child.stdin.take().context("no standard input")?;
        let stdout = child.stdout.take().context("no standard output")?;
        Ok(Self { child, stdin, lines: BufReader::new(stdout).lines() })
    }

    /// Writes it a line.
    ///
    /// # Errors
    /// It has ended.
    pub fn tell(&mut self, command: &str) -> Result<()> {
        writeln!(self.stdin, "{command}").with_context(|| format!("nobody hears `{command}`"))
    }

    /// The next line that it prints.
    ///
    /// # Errors
    /// It has ended.
    pub fn line(&mut self) -> Result<String> {
        Ok(self.lines.next().ok_or_else(|| anyhow!("a process ended early"))??)
    }

    /// The line with which it answers to this.
    ///
    /// # Errors
    /// It has ended.
    pub fn ask(&mut self, command: &str) -> Result<String> {
        self.tell(command)?;
        self.line().with_context(|| format!("no answer to `{command}`"))
    }

    /// The id of the process.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Sends it a signal, named as `kill` names it.
    ///
    /// # Errors
    /// It has ended.
    pub fn signal(&self, name: &str) -> Result<()> {
        let id = self.id().to_string();
        let status = Command::new("kill").args([&format!("-{name}"), &id]).status()?;
        anyhow::ensure!(status.success(), "a process did not get {name}");
        Ok(())
    }

    /// Waits until it ends by itself.
    ///
    /// # Errors
    /// It ends with a failure.
    pub fn end(mut self) -> Result<()> {
        let status = self.child.wait()?;
        anyhow::ensure!(status.success(), "a process failed ({status})");
        Ok(())
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
