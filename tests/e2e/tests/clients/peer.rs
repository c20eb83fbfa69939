//! The clients, each a program that does what a line on its input says: `trade SYMBOL`, `go`, `close`.

use std::{fs, net::SocketAddr, path::PathBuf};

use e2e::{
    pb,
    process::{Output, Running},
};
use tempfile::TempDir;
use tokio::process::Command;

/// A client that runs. It ends with this.
pub(crate) struct Peer {
    program: Running,
    /// What was made for it alone.
    _folder: TempDir,
}

impl Peer {
    pub(crate) async fn say(&mut self, line: &str) {
        self.program.say(line).await;
    }

    pub(crate) async fn line(&mut self, text: &str) {
        self.program.line(text).await;
    }

    pub(crate) async fn end(self) -> Output {
        self.program.end().await
    }
}

/// How a client is started: where to, and its id.
pub(crate) type Start = fn(SocketAddr, &str) -> Peer;

/// The module of the example, with handlers for tests.
pub(crate) fn python(addr: SocketAddr, id: &str) -> Peer {
    let script = xtask::root().join("tests/e2e/tests/clients/peer.py");
    script_with(script, &[&addr.to_string(), id])
}

/// A script that finds the example's modules and its stubs.
pub(crate) fn script_with(script: PathBuf, args: &[&str]) -> Peer {
    let python = xtask::services::python().expect("Python with grpcio");
    let folder = tempfile::tempdir().expect("a folder");
    let (stubs, protos) = (folder.path(), xtask::root().join("proto"));
    let made = std::process::Command::new(&python)
        .args(["-m", "grpc_tools.protoc", "trading/v1/trading.proto"])
        .arg(format!("-I{}", protos.display()))
        .args(["python", "grpc_python"].map(|kind| format!("--{kind}_out={}", stubs.display())))
        .status();
    assert!(made.expect("Python can be started").success(), "the stubs can be made");
    let path = [stubs.to_owned(), xtask::root().join("examples/python-bot")];
    let mut command = Command::new(python);
    command.arg(script).args(args).env("PYTHONDONTWRITEBYTECODE", "1");
    command.env("PYTHONPATH", std::env::join_paths(path).expect("paths without separators"));
    Peer { program: Running::start(command), _folder: folder }
}

/// A client on grpc-go.
pub(crate) fn go(addr: SocketAddr, id: &str) -> Peer {
    let program = xtask::services::peers().expect("clients in Go").join("bot");
    let folder = tempfile::tempdir().expect("a folder");
    let descriptors = folder.path().join("trading.bin");
    fs::write(&descriptors, pb::FILE_DESCRIPTOR_SET).expect("it can be written");
    let mut command = Command::new(program);
    command.args([&addr.to_string(), id]).arg(descriptors);
    Peer { program: Running::start(command), _folder: folder }
}
