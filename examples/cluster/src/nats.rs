//! The NATS server between the nodes: one that is there, or one of the example's own.

use std::{
    env, fs,
    net::TcpListener,
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};

use anyhow::{Context as _, ensure};
use tokio::{io::AsyncReadExt as _, net::TcpStream, process::Command, time::sleep};

use crate::{
    child::{Child, DONE},
    transcript::say,
};

/// Where it is, and the process if it is one of ours.
pub(crate) struct Nats {
    pub(crate) url: String,
    process: Option<Child>,
}

impl Nats {
    /// The server of `NATS_URL`; without that, one that is started here.
    pub(crate) async fn find() -> anyhow::Result<Self> {
        if let Ok(url) = env::var("NATS_URL") {
            say("nats", format!("is at {url}, as NATS_URL says"));
            return Ok(Self { url, process: None });
        }
        let program = program()?;
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let path = program.to_str().context("a path in UTF-8")?;
        let mut process = Child::start("nats", &["nats", path, &port.to_string()])?;
        process.done().await?;
        say("nats", format!("listens on 127.0.0.1:{port}"));
        Ok(Self { url: format!("nats://127.0.0.1:{port}"), process: Some(process) })
    }

    /// Ends the server if it is one of ours.
    pub(crate) async fn end(self) -> anyhow::Result<()> {
        match self.process {
            Some(process) => process.end().await,
            None => Ok(()),
        }
    }
}

/// `nats-server`, where `cargo xtask services` puts it, or where `NATS_SERVER_BIN` says.
fn program() -> anyhow::Result<PathBuf> {
    let advice = "`cargo xtask services` builds a NATS server (it needs Go), `NATS_SERVER_BIN` names a program, and \
                  `NATS_URL` a server that runs";
    if let Some(path) = env::var_os("NATS_SERVER_BIN").map(PathBuf::from) {
        ensure!(path.is_file(), "{} of `NATS_SERVER_BIN` is not there; {advice}", path.display());
        return Ok(path);
    }
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/services/bin");
    let built = fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    let is_server = |path: &PathBuf| {
        path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("nats-server-"))
    };
    built.filter(is_server).max().with_context(|| format!("there is no NATS server; {advice}"))
}

/// Runs the program until standard input ends: a server does not know when whoever started it is gone.
pub(crate) async fn run(program: &str, port: &str) -> anyhow::Result<()> {
    let mut server = Command::new(program)
        .args(["--addr", "127.0.0.1", "--port", port])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .with_context(|| format!("`{program}` cannot be started"))?;
    while TcpStream::connect(format!("127.0.0.1:{port}")).await.is_err() {
        ensure!(server.try_wait()?.is_none(), "`{program}` ends at once");
        sleep(Duration::from_millis(20)).await;
    }
    println!("{DONE}");
    tokio::io::stdin().read_to_end(&mut Vec::new()).await?;
    server.kill().await?;
    Ok(())
}
