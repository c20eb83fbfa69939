//! A hub, three bots over real gRPC, and what passes between them. `--serve [ADDR]` serves other clients instead.

mod bots;
mod serve;
mod transcript;

use std::time::Duration;

use anyhow::Context as _;
use bots::Fleet;
use streaming_runtime::{
    Client, Disconnect, Hub, HubConfig, Publication, Publisher, bidi_streaming, config::PingTimeout,
};
use tokio::time::sleep;
use transcript::say;

/// The generated code: messages, contract, send helpers, tonic's client and server.
pub mod pb {
    streaming_runtime::include_proto!("trading.v1");
}
use pb::trading_bots::{Connect, ConnectCommands as _};

/// What the server does with the bots' messages. Answers and heartbeats need no handler.
struct Bots;

#[bidi_streaming(pb::trading_bots::Connect)]
impl Bots {
    #[on_connect]
    async fn connected(&self, bot: &Client<Connect>) {
        say("hub", format!("{} connected", bot.id()));
    }

    #[on(trade)]
    async fn trade(&self, bot: &Client<Connect>, trade: pb::Trade) {
        say("hub", format!("{} traded {} {}", bot.id(), trade.quantity, trade.symbol));
    }

    #[on(heartbeat)]
    async fn beat(&self, bot: &Client<Connect>, beat: pb::Heartbeat) {
        say("hub", format!("{} beats, cpu {:.0} %", bot.id(), beat.cpu * 100.0));
    }

    #[on_disconnect]
    async fn disconnected(&self, bot: &Client<Connect>, end: &Disconnect<Connect>) {
        say("hub", format!("{} disconnected: {}", bot.id(), end.reason));
    }
}

/// Prints what would go to browsers.
struct Printer;

impl Publisher for Printer {
    fn publish(&self, publication: Publication) {
        let data = String::from_utf8_lossy(publication.data());
        say("publish", format!("{} {data}", publication.channel()));
    }
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let serve = serve::address()?;
    let config = HubConfig::low_latency().with(|config| {
        config.ping.interval = Duration::from_secs(3);
        config.ping.timeout = PingTimeout::After(Duration::from_secs(5));
    });
    let hub = Hub::builder().config(config).publisher(Printer).build()?;
    let addr = serve.unwrap_or(serve::ANY_PORT);
    let incoming = streaming_runtime::incoming(addr)
        .with_context(|| format!("cannot listen on {addr}; `--serve ADDR` takes another"))?;
    let addr = incoming.local_addr()?;

    let reflection = tonic_reflection::server::Builder::configure()
        .register_encoded_file_descriptor_set(pb::FILE_DESCRIPTOR_SET)
        .register_encoded_file_descriptor_set(tonic_health::pb::FILE_DESCRIPTOR_SET)
        .build_v1()?;
    let serving = streaming_runtime::server()
        .add_service(pb::trading_bots::Service::new(Bots, hub.clone()))
        .add_service(streaming_runtime::health::service(&hub).await)
        .add_service(reflection)
        .serve_with_incoming(incoming);
    tokio::spawn(serving);
    say("hub", format!("listens on {addr}"));
    if serve.is_some() {
        return serve::until_ctrl_c(&hub).await;
    }
    let fleet = Fleet::start(addr)?;
    tour(&hub).await?;
    fleet.leave().await;
    Ok(())
}

/// What any other part of the server can do with the hub: an HTTP handler, for instance.
async fn tour(hub: &Hub<Connect>) -> anyhow::Result<()> {
    sleep(Duration::from_secs(2)).await;
    say("call", "start bot-1");
    hub.client("bot-1").start(pb::Start { strategy: "grid".into() }).await?;

    sleep(Duration::from_secs(1)).await;
    say("call", "request_config_schema of bot-2, and wait for the typed reply");
    let schema =
        hub.client("bot-2").request_config_schema(pb::RequestConfigSchema {}).reply().await?;
    say("call", format!("bot-2 answered {}", schema.json));

    sleep(Duration::from_secs(1)).await;
    say("call", "stop everybody except bot-2");
    let stop = pb::Stop { reason: "end of the day".into() };
    let report = hub.broadcast().except(["bot-2"]).stop(stop).await;
    say("call", format!("{} accepted it, {} refused", report.accepted, report.refused.len()));

    // Meanwhile another process takes over bot-2, and bot-3 hangs, is dropped for it, and comes back.
    sleep(Duration::from_secs(9)).await;
    say("stats", format!("{:?}", hub.stats()));
    for bot in hub.clients() {
        say("stats", format!("{bot:?}"));
    }
    Ok(())
}
