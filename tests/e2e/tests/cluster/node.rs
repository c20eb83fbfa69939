//! One node: a hub of its own, and bots that are connected to it.

use e2e::{
    Probe,
    pb::{self, bot_message, trading_bots::Connect},
    until,
};
use streaming_runtime::{
    Hub, HubConfig, NatsCluster,
    testing::{Clients, Peer},
};

pub(crate) struct Node {
    pub(crate) hub: Hub<Connect>,
    clients: Clients<Connect>,
}

impl Node {
    pub(crate) fn new(cluster: NatsCluster) -> Self {
        let hub = Hub::builder().config(HubConfig::testing()).cluster(cluster).build();
        let hub = hub.expect("valid settings");
        let (handler, _) = Probe::new(hub.clone());
        let clients = Clients::new(handler, hub.clone()).over_http2();
        Self { hub, clients }
    }

    pub(crate) async fn bot(&self, id: &str) -> Peer<Connect> {
        let payload = Some(bot_message::Payload::Heartbeat(pb::Heartbeat::default()));
        self.clients.connect(pb::BotMessage { client_id: id.to_owned(), payload }).await
    }

    /// Waits until it knows so many nodes, itself included.
    pub(crate) async fn knows(&self, nodes: usize) {
        let health = || self.hub.health().cluster.expect("a node of a cluster");
        until("the nodes know each other", || health().connected && health().nodes == nodes).await;
    }
}

/// As many nodes, which know each other.
pub(crate) async fn nodes<const N: usize>(server: &crate::server::Nats) -> [Node; N] {
    let mut nodes = Vec::new();
    for _ in 0..N {
        nodes.push(Node::new(server.connect().await));
    }
    for node in &nodes {
        node.knows(N).await;
    }
    nodes.try_into().ok().expect("as many")
}
