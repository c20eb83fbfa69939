//! The example as its users run it: the program, and a Centrifugo that takes nobody without a token.

use std::{
    iter,
    net::{SocketAddr, TcpListener},
    path::PathBuf,
    process::Stdio,
    sync::{
        OnceLock,
        atomic::{AtomicU16, Ordering},
    },
    time::Duration,
};

use e2e::{
    process::{Running, built},
    within,
};
use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use tokio::{
    net::TcpStream,
    process::{Child, Command},
    time::sleep,
};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async, tungstenite::Message};

pub(crate) const KEY: &str = "the-key";
pub(crate) const SECRET: &str = "a secret of these tests";
pub(crate) const TOKEN: &str = "the-token";

/// A loopback address that nobody has. Below the ports that the kernel gives to connections: those of the tests beside this one
/// would take it before the program does that it is for.
pub(crate) fn free() -> SocketAddr {
    static TRIED: AtomicU16 = AtomicU16::new(0);
    // Tests that run side by side begin at different ones.
    let [one, two, ..] = std::process::id().to_le_bytes();
    let first = u16::from_le_bytes([one, two]).wrapping_mul(64);
    let mut addrs = iter::repeat_with(|| {
        let port = 20_000 + first.wrapping_add(TRIED.fetch_add(1, Ordering::Relaxed)) % 12_000;
        SocketAddr::from(([127, 0, 0, 1], port))
    });
    addrs.find(|addr| TcpListener::bind(addr).is_ok()).expect("a free port")
}

/// The program, with these options.
pub(crate) fn trading_bots(options: &[&str]) -> Command {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    let mut command = Command::new(BUILT.get_or_init(|| built("trading-bots")));
    command.args(options);
    command
}

/// A Centrifugo that ends with this.
pub(crate) struct Centrifugo {
    pub(crate) addr: SocketAddr,
    child: Child,
}

impl Centrifugo {
    /// One for pages of this address.
    pub(crate) async fn start(addr: SocketAddr, page: SocketAddr) -> Self {
        let program = xtask::services::centrifugo().expect("`cargo xtask services` builds it");
        let mut command = Command::new(program);
        command
            .env_clear()
            .env("CENTRIFUGO_ADDRESS", "127.0.0.1")
            .env("CENTRIFUGO_PORT", addr.port().to_string())
            .env("CENTRIFUGO_API_KEY", KEY)
            .env("CENTRIFUGO_TOKEN_HMAC_SECRET_KEY", SECRET)
            .env("CENTRIFUGO_ALLOWED_ORIGINS", format!("http://{page}"))
            .env("CENTRIFUGO_LOG_LEVEL", "error")
            .stdout(Stdio::null())
            .kill_on_drop(true);
        let child = command.spawn().expect("it can be started");
        within("Centrifugo's start", async {
            while TcpStream::connect(addr).await.is_err() {
                sleep(Duration::from_millis(10)).await;
            }
        })
        .await;
        Self { addr, child }
    }

    pub(crate) async fn end(mut self) {
        self.child.kill().await.expect("it runs");
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.addr)
    }
}

/// The server with its bots. It ends with this.
pub(crate) struct Stage {
    pub(crate) centrifugo: Option<Centrifugo>,
    pub(crate) page: SocketAddr,
    pub(crate) grpc: SocketAddr,
    pub(crate) server: Running,
}

impl Stage {
    /// With so many simulated bots.
    pub(crate) async fn start(bots: usize) -> Self {
        Self::trading(bots, 5.0).await
    }

    /// With so many simulated bots, which trade so many times a second each.
    pub(crate) async fn trading(bots: usize, rate: f64) -> Self {
        let page = free();
        let centrifugo = Centrifugo::start(free(), page).await;
        let (server, grpc) = serve(page, &centrifugo, bots, rate).await;
        let stage = Self { centrifugo: Some(centrifugo), page, grpc, server };
        stage.until("all bots", |overview| overview["hub"]["total_connections"] == bots).await;
        stage
    }

    /// An answer of the API: its status and JSON.
    pub(crate) async fn ask(
        &self,
        method: &str,
        path: &str,
        token: Option<&str>,
        body: impl Into<reqwest::Body>,
    ) -> (u16, Value) {
        let method = method.parse().expect("a method");
        let url = format!("http://{}{path}", self.page);
        let mut request = reqwest::Client::new().request(method, url).body(body);
        if let Some(token) = token {
            request = request.header("authorization", token);
        }
        let answer = within(path, request.send()).await.expect("the server is there");
        let status = answer.status().as_u16();
        let text = within(path, answer.text()).await.expect("an answer");
        let json = serde_json::from_str(&text);
        (status, json.unwrap_or_else(|_| panic!("{path} answers {status} {text}")))
    }

    pub(crate) async fn post(&self, path: &str, body: &str) -> (u16, Value) {
        self.ask("POST", path, Some(&format!("Bearer {TOKEN}")), body.to_owned()).await
    }

    pub(crate) async fn get(&self, path: &str) -> Value {
        let (status, json) = self.ask("GET", path, Some(&format!("Bearer {TOKEN}")), "").await;
        assert_eq!(status, 200, "{json}");
        json
    }

    /// Waits until the overview is as wanted, and gives it.
    pub(crate) async fn until(&self, what: &str, wanted: impl Fn(&Value) -> bool) -> Value {
        within(what, async {
            loop {
                let overview = self.get("/api/overview").await;
                if wanted(&overview) {
                    return overview;
                }
                sleep(Duration::from_millis(50)).await;
            }
        })
        .await
    }

    /// Waits until a bot is in a state.
    pub(crate) async fn until_bot(&self, id: &str, state: &str) -> Value {
        let what = format!("{id} {state}");
        let overview = self.until(&what, |overview| bot(overview, id)["state"] == state).await;
        bot(&overview, id).clone()
    }

    /// A page's connection, with the token that the API gives.
    pub(crate) async fn browser(&self) -> Browser {
        let live = self.get("/api/live").await;
        let url = live["url"].as_str().expect("where Centrifugo is");
        let (socket, _) = within("the WebSocket", connect_async(url)).await.expect("a WebSocket");
        let mut browser = Browser { socket };
        let connected =
            browser.ask(json!({ "id": 1, "connect": { "token": live["token"] } })).await;
        assert!(connected.get("connect").is_some(), "{connected}");
        browser
    }
}

/// Starts the server, and gives where its bots connect.
pub(crate) async fn serve(
    page: SocketAddr,
    centrifugo: &Centrifugo,
    bots: usize,
    rate: f64,
) -> (Running, SocketAddr) {
    let mut command = trading_bots(&["--grpc", "127.0.0.1:0", "--http", &page.to_string()]);
    command
        .args(["--bots", &bots.to_string(), "--rate", &rate.to_string(), "--token", TOKEN])
        .args(["--centrifugo", &centrifugo.url()])
        .env("TRADING_BOTS_API_KEY", KEY)
        .env("TRADING_BOTS_HMAC_SECRET", SECRET);
    let mut server = Running::start(command);
    let line = server.line("bots connect to http://").await;
    let grpc = line.rsplit('/').next().and_then(|addr| addr.parse().ok());
    server.line(&format!("open http://{page}/#token={TOKEN}")).await;
    (server, grpc.expect("it says where"))
}

/// A bot's row; null where there is none.
pub(crate) fn bot<'a>(overview: &'a Value, id: &str) -> &'a Value {
    let rows = overview["bots"].as_array().or(overview["changed"].as_array());
    let mut rows = rows.expect("rows").iter();
    rows.find(|bot| bot["id"] == id).unwrap_or(&Value::Null)
}

/// What a page is to Centrifugo.
pub(crate) struct Browser {
    socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
}

impl Browser {
    /// Asks for a subscription, and gives the answer; to be disconnected is an error as well.
    pub(crate) async fn subscribe(&mut self, channel: &str, token: &Value) -> Value {
        let subscribe = json!({ "channel": channel, "token": token });
        self.ask(json!({ "id": 2, "subscribe": subscribe })).await
    }

    async fn ask(&mut self, question: Value) -> Value {
        let text = Message::text(question.to_string());
        self.socket.send(text).await.expect("an open WebSocket");
        self.find("an answer", |line| line["id"] == question["id"]).await
    }

    /// The data of the next publication on a channel that is as wanted.
    pub(crate) async fn hear(&mut self, channel: &str, wanted: impl Fn(&Value) -> bool) -> Value {
        let heard = |line: &Value| {
            line["push"]["channel"] == channel && wanted(&line["push"]["pub"]["data"])
        };
        self.find(channel, heard).await["push"]["pub"]["data"].take()
    }

    async fn find(&mut self, what: &str, wanted: impl Fn(&Value) -> bool) -> Value {
        within(what, async {
            loop {
                let frame = self.socket.next().await.expect("an open WebSocket");
                let frame = frame.expect("a frame");
                if let Message::Close(why) = &frame {
                    return json!({ "error": format!("{why:?}") });
                }
                let frame = frame.into_text().expect("text");
                let mut lines = frame.lines().map(|line| serde_json::from_str(line).expect("JSON"));
                if let Some(found) = lines.find(|line: &Value| wanted(line)) {
                    return found;
                }
            }
        })
        .await
    }
}
