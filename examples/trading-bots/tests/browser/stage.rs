//! A Centrifugo, the program, and a browser that shows its page.

use std::{fs, net::TcpListener, time::Duration};

use e2e::process::Running;
use serde_json::json;
use tempfile::TempDir;
use tokio::{
    net::TcpStream,
    process::Command,
    sync::{Mutex, MutexGuard},
    time::sleep,
};

use crate::browser::{Browser, Page};

pub(crate) const TOKEN: &str = "a-token-of-these-tests";
const KEY: &str = "the-key";
const SECRET: &str = "a secret of these tests";

/// Browsers are large: one at a time.
static ONE: Mutex<()> = Mutex::const_new(());

pub(crate) struct Stage {
    pub(crate) centrifugo: Centrifugo,
    pub(crate) browser: Browser,
    /// Where the page is: `http://127.0.0.1:1234`.
    pub(crate) http: String,
    /// Where bots connect.
    pub(crate) grpc: String,
    bots: u32,
    rate: f64,
    program: Option<Running>,
    _one: MutexGuard<'static, ()>,
}

impl Stage {
    /// With so many bots, which trade so many times a second each.
    pub(crate) async fn with(bots: u32, rate: f64) -> Self {
        let one = ONE.lock().await;
        let http = format!("http://127.0.0.1:{}", free_port());
        let centrifugo = Centrifugo::start(&http).await;
        let browser = Browser::start().await;
        let grpc = String::new();
        let mut stage =
            Self { centrifugo, browser, http, grpc, bots, rate, program: None, _one: one };
        stage.start_program().await;
        stage
    }

    pub(crate) async fn start_program(&mut self) {
        let mut command = Command::new(env!("CARGO_BIN_EXE_trading-bots"));
        command
            .args(["--http", self.http.trim_start_matches("http://"), "--grpc", "127.0.0.1:0"])
            .args(["--bots", &self.bots.to_string(), "--rate", &self.rate.to_string()])
            .args(["--centrifugo", &format!("http://127.0.0.1:{}", self.centrifugo.port)])
            .args(["--api-key", KEY, "--hmac-secret", SECRET, "--token", TOKEN]);
        let mut program = Running::start(command);
        let grpc = program.line("bots connect to ").await;
        self.grpc = grpc.rsplit(' ').next().expect("an address").to_owned();
        program.line("open http").await;
        self.program = Some(program);
    }

    /// It ends as with Ctrl-C.
    pub(crate) async fn end_program(&mut self) {
        let program = self.program.take().expect("it runs");
        program.interrupt().await;
        let output = program.end().await;
        assert_eq!(output.code, Some(0), "{}", output.lines.join("\n"));
    }

    /// The page as the program's line opens it.
    pub(crate) async fn page(&self) -> Page {
        self.browser.open(&format!("{}/#token={TOKEN}", self.http)).await
    }

    /// Everything ends by itself.
    pub(crate) async fn end(mut self) {
        self.end_program().await;
        self.browser.end().await;
    }
}

pub(crate) struct Centrifugo {
    pub(crate) port: u16,
    folder: TempDir,
    running: Option<Running>,
}

impl Centrifugo {
    /// Without tokens it gives nothing; the page may come from this origin alone.
    async fn start(origin: &str) -> Self {
        let port = free_port();
        let config = json!({
            "address": "127.0.0.1",
            "port": port,
            "api_key": KEY,
            "token_hmac_secret_key": SECRET,
            "allowed_origins": [origin],
            "log_level": "error",
        });
        let folder = tempfile::tempdir().expect("a folder");
        fs::write(folder.path().join("config.json"), config.to_string()).expect("written");
        let mut centrifugo = Self { port, folder, running: None };
        centrifugo.run().await;
        centrifugo
    }

    /// Starts it, on its port.
    pub(crate) async fn run(&mut self) {
        let program = xtask::services::centrifugo().expect("`cargo xtask services` builds it");
        let mut command = Command::new(program);
        // Its settings would also come from variables that begin with CENTRIFUGO_.
        command.args(["--config", "config.json"]).current_dir(self.folder.path()).env_clear();
        self.running = Some(Running::start(command));
        e2e::within("Centrifugo listens", async {
            while TcpStream::connect(("127.0.0.1", self.port)).await.is_err() {
                sleep(Duration::from_millis(10)).await;
            }
        })
        .await;
    }

    pub(crate) async fn end(&mut self) {
        let running = self.running.take().expect("it runs");
        running.interrupt().await;
        running.end().await;
    }
}

fn free_port() -> u16 {
    let free = TcpListener::bind("127.0.0.1:0").and_then(|socket| socket.local_addr());
    free.expect("a free port").port()
}
