//! Processes of this program's own subcommands, told what to do line by line.

use std::process::Stdio;

use anyhow::{Context as _, bail};
use tokio::{
    io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader},
    process::{Child as Process, Command},
    sync::mpsc,
};

use crate::transcript::say;

/// With this line a process says that it has done what it was told.
pub(crate) const DONE: &str = "done";

/// One process. It ends when its input does: with this, and with the program.
pub(crate) struct Child {
    process: Process,
    done: mpsc::UnboundedReceiver<()>,
    name: String,
}

impl Child {
    /// Starts one, and prints all it says under its name.
    pub(crate) fn start(name: &str, args: &[&str]) -> anyhow::Result<Self> {
        let mut process = Command::new(std::env::current_exe()?)
            .args(args)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            // Ctrl-C is for the program alone, which ends them in order.
            .process_group(0)
            .spawn()?;
        let output = process.stdout.take().context("no standard output")?;
        let (sender, done) = mpsc::unbounded_channel();
        let mut lines = BufReader::new(output).lines();
        let name = name.to_owned();
        let child = Self { process, done, name: name.clone() };
        tokio::spawn(async move {
            while let Ok(Some(line)) = lines.next_line().await {
                if line == DONE {
                    // Whoever has given it up does not wait.
                    let _ = sender.send(());
                } else {
                    say(&name, line);
                }
            }
        });
        Ok(child)
    }

    /// Waits until it has done the first thing that it does by itself, or what it was told.
    pub(crate) async fn done(&mut self) -> anyhow::Result<()> {
        let Some(()) = self.done.recv().await else { bail!("{} ended early", self.name) };
        Ok(())
    }

    /// Tells it to do something, and waits until it has.
    pub(crate) async fn tell(&mut self, command: &str) -> anyhow::Result<()> {
        let input = self.process.stdin.as_mut().context("no standard input")?;
        input.write_all(format!("{command}\n").as_bytes()).await?;
        self.done().await
    }

    /// Kills it, as the system does with a process that takes too much memory.
    pub(crate) async fn kill(mut self) -> anyhow::Result<()> {
        Ok(self.process.kill().await?)
    }

    /// Waits until it has ended: its input does.
    pub(crate) async fn end(mut self) -> anyhow::Result<()> {
        drop(self.process.stdin.take());
        self.process.wait().await?;
        Ok(())
    }
}
