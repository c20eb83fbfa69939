//! The code of the README and of docs/, line for line, in functions that nobody calls.
#![allow(dead_code, unreachable_pub, unused_variables, clippy::unused_async, clippy::unused_self, clippy::unnecessary_wraps, clippy::needless_pass_by_value, reason = "never called")]

use axum::{Json, extract::State};
use e2e::pb::{self, trading_bots::{Connect, ConnectCommands as _}};
use streaming_runtime::{Client, ClientId, Hub, HubConfig, bidi_streaming};

const LIMIT: u32 = 10;

struct Db;

impl Db {
    async fn record(&self, _: &ClientId, _: &pb::Trade) -> anyhow::Result<u32> {
        Ok(1)
    }
}

struct Bots {
    db: Db,
}

fn build() -> Result<(), streaming_build::Error> {
streaming_build::compile_protos(&["proto/trading/v1/trading.proto"], &["proto"])
}

fn build_printing() -> Result<(), streaming_build::Error> {
    streaming_build::configure()
        .client_id_from_metadata("printing.v1.Fleet/Attach", "printer-id")
        .answer("printing.v1.FromPrinter", "ask_job", "job")
        .compile_protos(&["proto/printing/v1/printing.proto"], &["proto"])
}

#[bidi_streaming(pb::trading_bots::Connect)]
impl Bots {
    #[on(trade)]
    async fn trade(&self, bot: &Client<Connect>, trade: pb::Trade) -> anyhow::Result<()> {
        if self.db.record(bot.id(), &trade).await? > LIMIT {
            bot.stop(pb::Stop { reason: "limit reached".into() }).await?;
        }
        Ok(())
    }
}

async fn anywhere_else(hub: &Hub<Connect>) -> anyhow::Result<()> {
hub.client("bot-123").start(pb::Start { strategy: "grid".into() }).await?;
let schema = hub.client("bot-123").request_config_schema(pb::RequestConfigSchema {}).reply().await?;
hub.client("bot-123").stop(pb::Stop::default()).reply().at_least_once().await?;
let report = hub.broadcast().except(["bot-456"]).stop(pb::Stop::default()).await;
Ok(())
}

async fn at_least_once(hub: &Hub<Connect>) -> anyhow::Result<()> {
use std::time::Duration;
let stop = pb::Stop { reason: "limit reached".into() };
hub.client("bot-123").stop(stop).reply().at_least_once().timeout(Duration::from_mins(2)).await?;
Ok(())
}

mod other_end {
use std::time::Duration;

use e2e::pb;
use pb::trading_bots::{Connect, ConnectMessages as _};
use streaming_runtime::{Link, LinkState, Lost, bidi_streaming, tonic::Status};

struct Bot;

#[expect(clippy::unnecessary_wraps, clippy::unused_self, reason = "as a bot would have them")]
impl Bot {
    fn new() -> Self {
        Self
    }

    fn trade_by(&self, strategy: &str) -> anyhow::Result<pb::Trade> {
        Ok(pb::Trade { symbol: strategy.to_owned(), ..pb::Trade::default() })
    }

    fn read_schema(&self) -> anyhow::Result<pb::ConfigSchema> {
        Ok(pb::ConfigSchema { json: "{}".into(), ..pb::ConfigSchema::default() })
    }

    fn pause(&self, reason: &str) {}
}

#[bidi_streaming(pb::trading_bots::Connect, client)]
impl Bot {
    #[on(start)]
    async fn start(&self, link: &Link<Connect>, start: pb::Start) -> anyhow::Result<()> {
        link.trade(self.trade_by(&start.strategy)?).await?;
        Ok(())
    }

    #[on(request_config_schema)]
    async fn schema(&self) -> anyhow::Result<pb::ConfigSchema> { self.read_schema() }

    #[on(stop)]
    async fn stop(&self, stop: pb::Stop) { self.pause(&stop.reason) }

    #[on_connect]
    async fn greeted(&self, link: &Link<Connect>) -> anyhow::Result<()> {
        link.trade(self.trade_by("what is open")?).await?;
        Ok(())
    }

    #[on_disconnect]
    async fn lost(&self, link: &Link<Connect>, lost: &Lost) {
        println!("{}: {lost}, again at {:?}", link.id(), lost.retry_at);
    }
}

async fn shortest() -> anyhow::Result<()> {
let link = Link::<Connect>::builder("http://127.0.0.1:50051").client_id("bot-123").build()?;
link.run(Bot::new()).await?;
Ok(())
}

fn heartbeat() -> pb::BotMessage {
    let beat = pb::Heartbeat { cpu: 0.5, memory_bytes: 64 << 20 };
    let payload = Some(pb::bot_message::Payload::Heartbeat(beat));
    pb::BotMessage { payload, ..pb::BotMessage::default() }
}

async fn whole() -> anyhow::Result<()> {
let link = Link::<Connect>::builder("http://hub-1.example.com:50051")
    .or("http://hub-2.example.com:50051")
    .client_id("bot-123")
    .heartbeat(Duration::from_secs(10), heartbeat)
    .config(|config| config.send_timeout = Duration::from_secs(1))
    .build()?;
let running = tokio::spawn(link.run(Bot::new()));

link.trade(pb::Trade { symbol: "BTC-EUR".into(), ..pb::Trade::default() }).await?;

link.close("end of the day");
running.await??;
Ok(())
}

fn watched(link: &Link<Connect>) {
let mut states = link.watch();
tokio::spawn(async move {
    while states.changed().await.is_ok() {
        match &*states.borrow_and_update() {
            LinkState::Online => println!("online"),
            LinkState::Waiting { until } => println!("the next attempt is at {until:?}"),
            LinkState::Ended(how) => println!("over: {how:?}"),
            _ => {}
        }
    }
});
}

mod tested {
use e2e::pb::trading_bots::ConnectCommands as _;
use streaming_runtime::{Hub, HubConfig};

use super::{Bot, Connect, Link, pb};
use super::super::{Bots, Db};

#[tokio::test]
async fn the_bot_tells_its_schema() -> anyhow::Result<()> {
    let hub = Hub::new(HubConfig::development())?;
    let incoming = streaming_runtime::incoming("127.0.0.1:0")?;
    let addr = incoming.local_addr()?;
    let service = pb::trading_bots::Service::new(Bots { db: Db }, hub.clone());
    tokio::spawn(streaming_runtime::server().add_service(service).serve_with_incoming(incoming));

    let link = Link::<Connect>::builder(format!("http://{addr}")).client_id("bot-1").build()?;
    let running = tokio::spawn(link.run(Bot::new()));
    let bot = hub.client("bot-1");
    let schema = bot.request_config_schema(pb::RequestConfigSchema {}).reply().at_least_once().await?;
    assert_eq!(schema.json, "{}");

    link.close("tested");
    running.await??;
    Ok(())
}

async fn without_a_hub(bot: Bot, start: pb::Start) -> anyhow::Result<()> {
    let link = Link::<Connect>::builder("http://127.0.0.1:1").client_id("bot-1").build()?;
    bot.start(&link, start).await
}
}

mod refuses {
use super::*;

struct Bot;

#[bidi_streaming(pb::trading_bots::Connect, client)]
impl Bot {
    #[on(start)]
    async fn start(&self, start: pb::Start) -> Result<(), Status> {
        Err(Status::failed_precondition(format!("no strategy `{}`", start.strategy)))
    }

    #[on_other]
    async fn rest(&self, _: pb::BotCommand) {}
}
}
}

async fn full_outboxes(hub: &Hub<Connect>, start: pb::Start) -> anyhow::Result<()> {
use streaming_runtime::Overflow;
hub.client("bot-123").start(start.clone()).overflow(Overflow::Reject).await?;
hub.broadcast().start(start).overflow(Overflow::DropOldest).await;
Ok(())
}

async fn groups(hub: &Hub<Connect>, client: Client<Connect>, start: pb::Start) {
client.join("lobby");
let report = hub.group("lobby").start(start.clone()).await;
let others = hub.group("lobby").members();
hub.broadcast().only(&others).except([client.id()]).start(start).await;
}

async fn replies_of_many(hub: &Hub<Connect>, start: pb::Start) {
use std::time::Duration;
use tokio_stream::StreamExt as _;
let mut replies = hub.group("lobby").start(start).replies().timeout(Duration::from_secs(5));
while let Some((client, reply)) = replies.next().await {
    println!("{client}: {reply:?}");
}
println!("not accepted: {:?}", replies.report().refused);
}

async fn several_nodes(config: HubConfig) -> anyhow::Result<()> {
use streaming_runtime::NatsCluster;
let cluster = NatsCluster::connect("nats://nats-1:4222,nats://nats-2:4222").await?;
let hub: Hub<Connect> = Hub::builder().config(config).cluster(cluster).build()?;
Ok(())
}

async fn shutting_down(router: tonic::transport::server::Router, hub: Hub<Connect>) -> anyhow::Result<()> {
use std::time::Duration;
let incoming = streaming_runtime::incoming("0.0.0.0:50051")?;
let drained = streaming_runtime::serve_until(
    async { tokio::signal::ctrl_c().await.expect("signals can be listened to") },
    |stopped| router.serve_with_incoming_shutdown(incoming, stopped),
    hub.drain(Duration::from_secs(30)),
)
.await?;
Ok(())
}

fn settings(text: String) -> anyhow::Result<()> {
let config: HubConfig = toml::from_str(&text)?;
let config = HubConfig::production().with_env("STREAMING", std::env::vars())?;
Ok(())
}

async fn stats(State(hub): State<Hub<Connect>>) -> Json<serde_json::Value> {
    let mut stats = serde_json::to_value(hub.stats()).expect("figures are a JSON object");
    stats["clients"] = serde_json::to_value(hub.clients()).expect("figures are a JSON array");
    Json(stats)
}

fn routes(hub: Hub<Connect>) -> axum::Router {
    axum::Router::new().route("/stats", axum::routing::get(stats)).with_state(hub)
}

async fn centrifugo(api_key: &str) -> anyhow::Result<()> {
use std::time::Duration;
use streaming_runtime::CentrifugoPublisher;
let publisher = CentrifugoPublisher::builder("http://centrifugo:8000", api_key).build()?;
let hub: Hub<Connect> = Hub::builder().config(HubConfig::production()).publisher(publisher.clone()).build()?;
let _ = tokio::time::timeout(Duration::from_secs(5), publisher.flush()).await;
Ok(())
}

mod own_project {
pub mod pb { streaming_runtime::include_proto!("trading.v1"); }
use pb::trading_bots::{Connect, ConnectCommands as _};

async fn uses(bot: &streaming_runtime::Client<Connect>) -> anyhow::Result<()> {
    Ok(bot.stop(pb::Stop::default()).await?)
}
}

mod tested {
use e2e::pb;
use pb::trading_bots::{Connect, ConnectCommands as _, ConnectExpects as _};
use streaming_runtime::testing::Clients;
use streaming_runtime::{Hub, HubConfig, testing::{MemoryPublisher, Peer}};

use super::{Bots, Db};

fn heartbeat(id: &str) -> pb::BotMessage {
    let payload = Some(pb::bot_message::Payload::Heartbeat(pb::Heartbeat::default()));
    pb::BotMessage { client_id: id.to_owned(), payload }
}

#[tokio::test(start_paused = true)]
async fn a_bot_is_started_and_reports() -> anyhow::Result<()> {
    let hub = Hub::new(HubConfig::testing())?;
    let clients = Clients::new(Bots { db: Db }, hub.clone());
    let mut bot = clients.connect(heartbeat("bot-1")).await;

    let started = hub.client("bot-1").start(pb::Start { strategy: "grid".into() }).reply();
    let (started, start) = tokio::join!(started, bot.expect_start().ack());
    assert_eq!(start.strategy, "grid");
    assert!(started?.success);

    bot.half_close();
    assert_eq!(bot.end().await.reason(), "half-closed");
    Ok(())
}

async fn a_request_is_answered(hub: &Hub<Connect>, mut bot: Peer<Connect>) {
let schema = hub.client("bot-1").request_config_schema(pb::RequestConfigSchema {}).reply();
let answer = pb::ConfigSchema { json: "{}".into(), ..pb::ConfigSchema::default() };
let (schema, _) = tokio::join!(schema, bot.expect_request_config_schema().reply(answer));
}

async fn a_bot_vanishes(mut bot: Peer<Connect>) {
bot.vanish();
assert_eq!(bot.disconnected().await.name(), "ping-timeout");
}

fn publications() -> anyhow::Result<()> {
let publisher = MemoryPublisher::new();
let config = HubConfig::testing().with(|config| config.publish.messages = true);
let hub: Hub<Connect> = Hub::builder().config(config).publisher(publisher.clone()).build()?;
Ok(())
}
}

/// `metrics-exporter-prometheus` as far as the docs use it: with what it pulls in it is 19 crates.
#[expect(clippy::unnecessary_wraps, clippy::unused_self, reason = "the signatures of that crate")]
mod metrics_exporter_prometheus {
    pub(super) struct PrometheusBuilder;

    impl PrometheusBuilder {
        pub(super) fn new() -> Self {
            Self
        }

        pub(super) fn with_http_listener(self, _: impl Into<std::net::SocketAddr>) -> Self {
            self
        }

        pub(super) fn set_buckets(self, _: &[f64]) -> std::io::Result<Self> {
            Ok(self)
        }

        pub(super) fn install(self) -> std::io::Result<()> {
            Ok(())
        }
    }
}

fn exporting() -> anyhow::Result<()> {
use metrics_exporter_prometheus::PrometheusBuilder;
PrometheusBuilder::new()
    .with_http_listener(([0, 0, 0, 0], 9000))
    .set_buckets(&[0.001, 0.005, 0.025, 0.1, 0.5, 2.5, 10.0])?
    .install()?;
let hub: Hub<Connect> = Hub::new(HubConfig::production())?;
Ok(())
}
