//! A hub of a cluster of two.

use std::{
    io::BufRead as _,
    time::{Duration, Instant},
};

use anyhow::Context as _;
use streaming_runtime::{Client, Hub, HubConfig, NatsCluster, bidi_streaming};
use tokio::{
    task::JoinSet,
    time::{sleep, timeout},
};

use super::{CLIENTS, bare};
use crate::pb::{
    self,
    bots::{Connect, ConnectCommands as _, Service},
};

/// So many are looked for.
const SOME: usize = 500;
const PATIENCE: Duration = Duration::from_mins(1);

struct Quiet;

#[bidi_streaming(pb::bots::Connect)]
impl Quiet {
    #[on(trade)]
    async fn trade(&self, _: &Client<Connect>, _: pb::Trade) {}
}

/// Prints where it listens; then `ask` and `send` reach the clients one after the other, wherever they are, and
/// `reach CLIENTS` waits until it can send to some of them.
pub(crate) fn node(url: &str) -> anyhow::Result<()> {
    let runtime = bare::runtime()?;
    let hub = runtime.block_on(async {
        let cluster = NatsCluster::connect(url).await?;
        let config = HubConfig::production().with(|config| {
            config.max_unidentified = 200_000;
            config.ping.interval = Duration::from_mins(1);
        });
        let hub = Hub::builder().config(config).cluster(cluster).build()?;
        let incoming = streaming_runtime::incoming("127.0.0.1:0")?;
        println!("{}", incoming.local_addr()?);
        let service = Service::new(Quiet, hub.clone());
        let mut server = streaming_runtime::server().max_concurrent_streams(10_000);
        tokio::spawn(server.add_service(service).serve_with_incoming(incoming));
        anyhow::Ok(hub)
    })?;
    let asking = hub.clone();
    let ask = move |waits, number| {
        let hub = asking.clone();
        async move {
            let strategy = "x".repeat(64);
            let id = format!("bot-{}", number % CLIENTS);
            let start = hub.client(&id).start(pb::Start { strategy });
            if waits {
                start.reply().await?;
            } else {
                start.await?;
            }
            Ok(())
        }
    };
    for line in std::io::stdin().lock().lines() {
        let line = line?;
        let answer = match line.split_once(' ') {
            Some(("reach", clients)) => runtime.block_on(reach(&hub, clients.parse()?))?,
            _ => bare::obey(&runtime, &line, &ask)?,
        };
        println!("{answer}");
    }
    Ok(())
}

/// Sends to some of so many clients, each until it takes it; says after how many seconds the last did.
async fn reach(hub: &Hub<Connect>, clients: usize) -> anyhow::Result<String> {
    let since = Instant::now();
    let mut reaching = JoinSet::new();
    for some in 0..SOME {
        let (hub, id) = (hub.clone(), format!("bot-{}", some * clients / SOME));
        reaching.spawn(async move {
            loop {
                let sent = hub.client(&id).start(pb::Start::default()).await;
                if sent.is_ok() {
                    return;
                }
                sleep(Duration::from_millis(5)).await;
            }
        });
    }
    timeout(PATIENCE, reaching.join_all()).await.context("some clients were never reached")?;
    Ok(since.elapsed().as_secs_f64().to_string())
}
