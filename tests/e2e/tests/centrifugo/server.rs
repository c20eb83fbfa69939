//! The real server, on a free loopback port, with a config of its own.

use std::{
    net::TcpListener,
    process::{Child, Command, Stdio},
};

use serde_json::{Value, json};
use streaming_runtime::publish::centrifugo::{CentrifugoBuilder, CentrifugoPublisher};
use tempfile::TempDir;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    time::sleep,
};

use crate::ms;

pub(crate) const KEY: &str = "the-key";
/// What tokens are signed with.
pub(crate) const SECRET: &str = "a secret of these tests";

/// A server that ends with this.
#[derive(Debug)]
pub(crate) struct Centrifugo {
    pub(crate) port: u16,
    folder: TempDir,
    child: Option<Child>,
}

impl Centrifugo {
    /// Starts one.
    pub(crate) async fn start() -> Self {
        Self::with(json!({})).await
    }

    /// Starts one with more settings.
    pub(crate) async fn with(more: Value) -> Self {
        let mut server = Self::not_started(more);
        server.run().await;
        server
    }

    /// Has everything ready and does not start it.
    pub(crate) fn not_started(more: Value) -> Self {
        let free = TcpListener::bind("127.0.0.1:0").and_then(|socket| socket.local_addr());
        let port = free.expect("a free port").port();
        let mut config = json!({
            "address": "127.0.0.1",
            "port": port,
            "api_key": KEY,
            "token_hmac_secret_key": SECRET,
            "allow_anonymous_connect_without_token": true,
            "allow_subscribe_for_client": true,
            "allow_subscribe_for_anonymous": true,
            "health": true,
            "log_level": "error",
        });
        let (Value::Object(config_fields), Value::Object(more)) = (&mut config, more) else {
            panic!("settings are an object");
        };
        config_fields.extend(more);
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::write(folder.path().join("config.json"), config.to_string()).expect("written");
        Self { port, folder, child: None }
    }

    /// Starts it, and waits until it is healthy.
    pub(crate) async fn run(&mut self) {
        let program = xtask::services::centrifugo().expect("`cargo xtask services` builds it");
        let child = Command::new(program)
            .args(["--config", "config.json"])
            .current_dir(self.folder.path())
            // Its settings would also come from variables that begin with CENTRIFUGO_.
            .env_clear()
            .stdout(Stdio::null())
            .spawn();
        self.child = Some(child.expect("it can be started"));
        e2e::within("Centrifugo's health", async {
            while !self.is_healthy().await {
                let child = self.child.as_mut().expect("it was started");
                let ended = child.try_wait().expect("a child");
                assert!(ended.is_none(), "Centrifugo ended: {ended:?}");
                sleep(ms(10)).await;
            }
        })
        .await;
    }

    async fn is_healthy(&self) -> bool {
        let Ok(mut socket) = TcpStream::connect(("127.0.0.1", self.port)).await else {
            return false;
        };
        let request = b"GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
        let mut answer = String::new();
        socket.write_all(request).await.is_ok()
            && socket.read_to_string(&mut answer).await.is_ok()
            && answer.starts_with("HTTP/1.1 200")
    }

    /// Ends it at once; [`run`](Self::run) starts it again on the same port.
    pub(crate) fn end(&mut self) {
        if let Some(mut child) = self.child.take() {
            // It may have ended by itself, which a test would have noticed.
            let _ = child.kill();
            let _ = child.wait();
        }
    }

    /// Stops it by signal: the kernel goes on accepting connections for it, and it answers nothing.
    pub(crate) async fn hang(&self) {
        self.signal("-STOP");
        // A signal takes a while on a busy machine; until then it may answer.
        e2e::within("the server's stop", async {
            while !self.state().starts_with('T') {
                sleep(ms(5)).await;
            }
        })
        .await;
    }

    /// Its state, as `ps` has it.
    fn state(&self) -> String {
        let id = self.child.as_ref().expect("it was started").id().to_string();
        let output = Command::new("ps").args(["-o", "stat=", "-p", &id]).output().expect("ps");
        String::from_utf8_lossy(&output.stdout).trim().to_owned()
    }

    /// Lets it go on.
    pub(crate) fn wake(&self) {
        self.signal("-CONT");
    }

    fn signal(&self, signal: &str) {
        let child = self.child.as_ref().expect("it was started");
        let status = Command::new("kill").args([signal, &child.id().to_string()]).status();
        assert!(status.expect("kill").success(), "{signal} did not reach it");
    }

    /// A publisher for it.
    pub(crate) fn publisher(&self) -> CentrifugoBuilder {
        CentrifugoPublisher::builder(format!("http://127.0.0.1:{}", self.port), KEY)
    }
}

impl Drop for Centrifugo {
    fn drop(&mut self) {
        self.end();
    }
}
