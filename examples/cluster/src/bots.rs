//! Sixty bots. Each link knows the addresses of all nodes, and takes the next where one does not answer.

use std::{net::SocketAddr, time::Duration};

use streaming_runtime::{Link, LinkError, LinkState, SendError, bidi_streaming};
use tokio::{task::JoinSet, time::sleep};

use crate::{
    pb::{
        self,
        trading_bots::{Connect, ConnectMessages as _},
    },
    transcript::say,
};

/// So many there are.
pub(crate) const BOTS: usize = 60;

struct Bot;

#[bidi_streaming(pb::trading_bots::Connect, client)]
impl Bot {
    #[on(start)]
    async fn start(&self, link: &Link<Connect>, start: pb::Start) -> Result<(), SendError> {
        say(link.id(), format!("starts to trade by {}", start.strategy));
        let (symbol, side) = ("BTC-EUR".to_owned(), pb::Side::Buy.into());
        link.trade(pb::Trade { symbol, side, price: 61_250.5, quantity: 0.1 }).await
    }

    #[on(stop)]
    async fn stop(&self, _: pb::Stop) {}

    #[on(request_config_schema)]
    async fn schema(&self) -> anyhow::Result<pb::ConfigSchema> {
        let json = r#"{"type":"object"}"#.to_owned();
        Ok(pb::ConfigSchema { json, ..pb::ConfigSchema::default() })
    }
}

/// The bots, and what they run in.
pub(crate) struct Fleet {
    links: Vec<Link<Connect>>,
    running: JoinSet<()>,
}

impl Fleet {
    /// A third of them begins at each node.
    pub(crate) fn start(nodes: &[SocketAddr]) -> Result<Self, LinkError> {
        let mut fleet = Self { links: Vec::new(), running: JoinSet::new() };
        for number in 1..=BOTS {
            let mut builder = Link::<Connect>::builder(url(nodes[number % nodes.len()]));
            for other in 1..nodes.len() {
                builder = builder.or(url(nodes[(number + other) % nodes.len()]));
            }
            let link = builder
                .client_id(&format!("bot-{number}"))
                .config(|config| config.first_delay = Duration::from_millis(500))
                .build()?;
            fleet.links.push(link.clone());
            fleet.running.spawn(async move {
                if let Err(lost) = link.run(Bot).await {
                    say(link.id(), format!("does not come back: {lost}"));
                }
            });
        }
        Ok(fleet)
    }

    /// So many are connected.
    pub(crate) fn connected(&self) -> usize {
        let connected = |link: &&Link<Connect>| matches!(link.state(), LinkState::Online);
        self.links.iter().filter(connected).count()
    }

    /// Waits until all of them are.
    pub(crate) async fn all_connected(&self) {
        while self.connected() < BOTS {
            sleep(Duration::from_millis(20)).await;
        }
    }

    /// All of them leave: what is queued is written, then their streams are closed.
    pub(crate) async fn leave(self) {
        for link in &self.links {
            link.close("the end");
        }
        self.running.join_all().await;
    }
}

fn url(node: SocketAddr) -> String {
    format!("http://{node}")
}
