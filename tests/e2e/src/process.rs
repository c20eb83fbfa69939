//! Programs under test: what they print, line by line, and how they end.

use std::{path::PathBuf, process::Stdio};

use tokio::{
    io::{AsyncBufReadExt as _, AsyncRead, AsyncWriteExt as _, BufReader},
    process::{Child, Command},
    sync::mpsc,
};

use crate::within;

/// How a program ended, and all that it printed.
#[derive(Debug)]
pub struct Output {
    /// Its exit code; `None` where a signal ended it.
    pub code: Option<i32>,
    /// Standard output and standard error, as they came.
    pub lines: Vec<String>,
}

/// A program that runs. It ends with this.
#[derive(Debug)]
pub struct Running {
    child: Child,
    lines: mpsc::UnboundedReceiver<String>,
    seen: Vec<String>,
}

/// The program of a package of this workspace; built first, for as long as that takes.
///
/// # Panics
/// Where it cannot be built.
#[must_use]
pub fn built(package: &str) -> PathBuf {
    let mut build = std::process::Command::new(env!("CARGO"));
    build.current_dir(env!("CARGO_MANIFEST_DIR")).args(["build", "--quiet", "--package", package]);
    assert!(build.status().expect("cargo can be started").success(), "{package} builds");
    // Tests lie in the folder `deps` beside it.
    let test = std::env::current_exe().expect("the test's path");
    test.ancestors().nth(2).expect("the folder of programs").join(package)
}

/// Runs a program to its end.
///
/// # Panics
/// Where it cannot be started or does not end.
pub async fn run(command: Command) -> Output {
    Running::start(command).end().await
}

impl Running {
    /// Starts a program.
    ///
    /// # Panics
    /// Where it cannot be started.
    #[must_use]
    pub fn start(mut command: Command) -> Self {
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command.kill_on_drop(true);
        let mut child = command.spawn().expect("the program can be started");
        let (sender, lines) = mpsc::unbounded_channel();
        forward(child.stdout.take().expect("piped"), sender.clone());
        forward(child.stderr.take().expect("piped"), sender);
        Self { child, lines, seen: Vec::new() }
    }

    /// Writes a line to its input.
    ///
    /// # Panics
    /// Where it does not read any more.
    pub async fn say(&mut self, line: &str) {
        let input = self.child.stdin.as_mut().expect("piped");
        input.write_all(format!("{line}\n").as_bytes()).await.expect("it reads");
    }

    /// Presses Ctrl-C.
    ///
    /// # Panics
    /// Where it does not run any more.
    pub async fn interrupt(&self) {
        let id = self.child.id().expect("it runs").to_string();
        let sent = Command::new("kill").args(["-INT", &id]).status().await;
        assert!(sent.expect("kill can be started").success(), "it can be interrupted");
    }

    /// Waits until it ends.
    ///
    /// # Panics
    /// Where it does not.
    pub async fn end(mut self) -> Output {
        let status = within("the end of the program", self.child.wait()).await;
        let code = status.expect("a child").code();
        while let Some(line) = within("the rest of the output", self.lines.recv()).await {
            self.seen.push(line);
        }
        Output { code, lines: self.seen }
    }

    /// The next line that contains `text`.
    ///
    /// # Panics
    /// Where none comes.
    pub async fn line(&mut self, text: &str) -> String {
        let found = async {
            while let Some(line) = self.lines.recv().await {
                self.seen.push(line.clone());
                if line.contains(text) {
                    return Some(line);
                }
            }
            None
        };
        let found = within(text, found).await;
        found.unwrap_or_else(|| panic!("no `{text}` in\n{}", self.seen.join("\n")))
    }
}

fn forward(output: impl AsyncRead + Send + Unpin + 'static, lines: mpsc::UnboundedSender<String>) {
    let mut output = BufReader::new(output).lines();
    tokio::spawn(async move {
        while let Ok(Some(line)) = output.next_line().await {
            // A test that has seen enough does not listen any more.
            let _ = lines.send(line);
        }
    });
}
