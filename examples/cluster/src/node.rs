//! One node: a hub that shares its clients with the others through NATS.

use std::time::Duration;

use anyhow::{Context as _, bail};
use streaming_runtime::{Client, Hub, HubConfig, NatsCluster, bidi_streaming, serve_until};
use tokio::{
    io::{AsyncBufReadExt as _, BufReader},
    sync::oneshot,
};

use crate::{
    child::DONE,
    pb::{
        self,
        trading_bots::{Connect, ConnectCommands as _},
    },
};

/// What is done with the bots' messages, wherever they are.
struct Bots;

#[bidi_streaming(pb::trading_bots::Connect)]
impl Bots {
    #[on(trade)]
    async fn trade(&self, bot: &Client<Connect>, trade: pb::Trade) {
        println!("{} traded {} {}", bot.id(), trade.quantity, trade.symbol);
    }
}

/// Serves until standard input ends, or until it is drained.
pub(crate) async fn serve(addr: &str, nats: &str) -> anyhow::Result<()> {
    let cluster = NatsCluster::connect(nats).await.with_context(|| format!("NATS at {nats}"))?;
    let config = HubConfig::low_latency();
    let hub = Hub::builder().config(config).cluster(cluster).build()?;
    let incoming = streaming_runtime::incoming(addr)?;
    let (stop, stopped) = oneshot::channel();
    let service = pb::trading_bots::Service::new(Bots, hub.clone());
    let router = streaming_runtime::server().add_service(service);
    let drain = {
        let hub = hub.clone();
        async move { hub.drain(Duration::from_secs(2)).await }
    };
    let serving = tokio::spawn(serve_until(
        async { stopped.await.unwrap_or_default() },
        move |stopped| router.serve_with_incoming_shutdown(incoming, stopped),
        drain,
    ));
    println!("listens on {addr}");
    let nodes = hub.nodes().await;
    let here = nodes.iter().find(|node| node.here).context("it is no node")?;
    println!("is {} to the others\n{DONE}", short(&here.id));
    let mut lines = BufReader::new(tokio::io::stdin()).lines();
    while let Some(line) = lines.next_line().await? {
        if line == "drain" {
            stop.send(()).ok().context("it drains already")?;
            let report = serving.await??.context("it was not drained")?;
            println!("drained: {} bots were told to go elsewhere\n{DONE}", report.clients);
            return Ok(());
        }
        obey(&hub, &line).await?;
        println!("{DONE}");
    }
    Ok(())
}

/// As much of a node's id as tells three apart.
fn short(id: &str) -> &str {
    id.get(..6).unwrap_or(id)
}

/// Where a bot is.
async fn located(hub: &Hub<Connect>, bot: &str) -> String {
    match hub.locate(bot).await {
        Ok(located) => short(&located.node).to_owned(),
        Err(error) => error.to_string(),
    }
}

/// What any other part of the server does with the hub. None of it says where a bot is.
async fn obey(hub: &Hub<Connect>, line: &str) -> anyhow::Result<()> {
    match line.split(' ').collect::<Vec<_>>()[..] {
        ["start", bot] => {
            println!("start {bot}, which is at {}", located(hub, bot).await);
            match hub.client(bot).start(pb::Start { strategy: "grid".into() }).reply().await {
                Ok(_) => println!("{bot} has started"),
                Err(error) => println!("{bot}: {error}"),
            }
        }
        ["schema", bot] => {
            println!("request_config_schema of {bot}, which is at {}", located(hub, bot).await);
            let schema = hub.client(bot).request_config_schema(pb::RequestConfigSchema {});
            match schema.reply().await {
                Ok(schema) => println!("{bot} answered {}", schema.json),
                Err(error) => println!("{bot}: {error}"),
            }
        }
        ["stop"] => {
            let stop = pb::Stop { reason: "end of the day".into() };
            let report = hub.broadcast().stop(stop).await;
            println!("stop: {} bots of all nodes accepted it", report.accepted);
        }
        ["here"] => println!("{} bots are here", hub.len()),
        _ => bail!("there is no command `{line}`"),
    }
    Ok(())
}
