//! What a hub does as a node of a cluster.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use anyhow::Context as _;
use streaming_runtime::{Hub, NatsCluster};
use tokio::task::JoinSet;

use crate::{
    log::Log,
    pb::{
        self,
        fleet::{Attach, AttachCommands as _},
    },
    traffic::{GoesOn, client},
};

/// How often a hub asks its NATS server whether it is there.
const PING: Duration = Duration::from_secs(1);

/// So many clients are looked for at once.
const LOOKING: usize = 64;

/// A broadcast comes after so many rests.
const RESTS: usize = 16;

/// NATS at these addresses, of which one is enough.
pub(crate) async fn cluster(urls: &[String]) -> anyhow::Result<NatsCluster> {
    let nats = NatsCluster::builder(urls.join(",")).ping_interval(PING);
    nats.connect().await.context("NATS")
}

/// Which clients are here, how many nodes this one hears, and where it finds each client.
pub(crate) async fn whereabouts(hub: &Hub<Attach>, clients: usize) -> anyhow::Result<String> {
    let here = hub.connected();
    let here: Vec<&str> = here.iter().map(|id| &**id).collect();
    let nodes = hub.nodes().await;
    let node = nodes.iter().find(|node| node.here).context("no node of a cluster")?;
    let heard = nodes.iter().filter(|node| !node.missing).count();
    let here = format!("{}:{heard}:{}", node.id, here.join(" "));
    let mut looking = JoinSet::new();
    for first in 0..LOOKING {
        let hub = hub.clone();
        looking.spawn(async move {
            let mut found = Vec::new();
            for number in (first..clients).step_by(LOOKING) {
                found.push((number, located(&hub, &client(number)).await));
            }
            found
        });
    }
    let mut found: Vec<_> = looking.join_all().await.into_iter().flatten().collect();
    found.sort_unstable();
    let found: Vec<String> = found.into_iter().map(|(_, node)| node).collect();
    Ok(format!("{here}\n{}", found.join(" ")))
}

async fn located(hub: &Hub<Attach>, client: &str) -> String {
    match hub.locate(client).await {
        Ok(located) => located.node,
        Err(error) => format!("{error:?}").replace(' ', ""),
    }
}

/// Says words to all.
pub(crate) struct Shouts {
    hub: Hub<Attach>,
    log: Arc<Log>,
    next: AtomicU64,
}

impl Shouts {
    /// The numbers of one that comes later are greater.
    pub(crate) fn new(hub: Hub<Attach>, log: Arc<Log>, number: usize) -> Self {
        Self { hub, log, next: AtomicU64::new(number as u64 * 1_000_000_000) }
    }

    /// Its number, and how many accepted it.
    pub(crate) async fn shout(&self) -> (u64, usize) {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        self.log.say("shouts", "-", number, "-");
        let report = self.hub.broadcast().word(pb::Word { number }).await;
        self.log.say("shouted", "-", number, &report.accepted.to_string());
        (number, report.accepted)
    }

    pub(crate) async fn go_on(self: Arc<Self>, goes_on: GoesOn) {
        loop {
            for _ in 0..RESTS {
                if !goes_on.rest().await {
                    return;
                }
            }
            self.shout().await;
        }
    }
}
