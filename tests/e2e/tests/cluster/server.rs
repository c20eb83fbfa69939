//! The real nats-server, on a free loopback port.

use std::{
    net::TcpListener,
    process::{Child, Command, Stdio},
};

use streaming_runtime::NatsCluster;

/// A server that ends with this.
#[derive(Debug)]
pub(crate) struct Nats {
    port: u16,
    more: Vec<String>,
    child: Option<Child>,
}

impl Nats {
    /// Starts one.
    pub(crate) fn start() -> Self {
        Self::with(&[])
    }

    /// Starts one with more arguments.
    pub(crate) fn with(more: &[&str]) -> Self {
        let mut server = Self::not_started(more);
        server.run();
        server
    }

    /// Has a port ready and does not start it.
    pub(crate) fn not_started(more: &[&str]) -> Self {
        let free = TcpListener::bind("127.0.0.1:0").and_then(|socket| socket.local_addr());
        let more = more.iter().map(ToString::to_string).collect();
        Self { port: free.expect("a free port").port(), more, child: None }
    }

    /// Starts it.
    pub(crate) fn run(&mut self) {
        let program = xtask::services::nats_server().expect("`cargo xtask services` builds it");
        let child = Command::new(program)
            .args(["--addr", "127.0.0.1", "--port", &self.port.to_string()])
            .args(&self.more)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn();
        self.child = Some(child.expect("it can be started"));
    }

    /// Ends it at once.
    pub(crate) fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            child.kill().expect("it runs");
            child.wait().expect("a child");
        }
    }

    pub(crate) fn url(&self) -> String {
        format!("nats://127.0.0.1:{}", self.port)
    }

    /// A connection of its own.
    pub(crate) async fn connect(&self) -> NatsCluster {
        NatsCluster::connect(self.url()).await.expect("an address")
    }
}

impl Drop for Nats {
    fn drop(&mut self) {
        self.kill();
    }
}
