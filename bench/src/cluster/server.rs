//! One NATS server on a port of its own.

use std::{
    net::{SocketAddr, TcpListener, TcpStream},
    process::{Child, Command, Stdio},
    thread,
    time::Duration,
};

/// It ends with this.
pub(crate) struct NatsServer {
    addr: SocketAddr,
    child: Option<Child>,
}

impl NatsServer {
    pub(super) fn start() -> anyhow::Result<Self> {
        let addr = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
        let mut server = Self { addr, child: None };
        server.restart()?;
        Ok(server)
    }

    /// Starts it on its port; returns once it listens.
    pub(super) fn restart(&mut self) -> anyhow::Result<()> {
        self.kill();
        let child = Command::new(xtask::services::nats_server()?)
            .args(["--addr", "127.0.0.1", "--port", &self.addr.port().to_string()])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()?;
        self.child = Some(child);
        while TcpStream::connect(self.addr).is_err() {
            thread::sleep(Duration::from_millis(1));
        }
        Ok(())
    }

    pub(super) fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            // It may have ended by itself.
            let _ = child.kill();
            let _ = child.wait();
        }
    }

    pub(super) fn url(&self) -> String {
        format!("nats://{}", self.addr)
    }

    pub(super) fn id(&self) -> u32 {
        self.child.as_ref().map_or(0, Child::id)
    }
}

impl Drop for NatsServer {
    fn drop(&mut self) {
        self.kill();
    }
}
