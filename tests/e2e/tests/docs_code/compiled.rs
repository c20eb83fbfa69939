//! The code of the README and of docs/, line for line, in functions that nobody calls.
#![allow(dead_code, unreachable_pub, unused_variables, clippy::unused_async, clippy::needless_pass_by_value, reason = "never called")]

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
let report = hub.broadcast().except(["bot-456"]).stop(pb::Stop::default()).await;
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
