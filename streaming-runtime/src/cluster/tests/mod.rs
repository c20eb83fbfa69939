//! The rules of a cluster, over a network in memory and under paused time. Over NATS: tests/e2e.

mod away;
mod broadcasts;
mod calls;
mod claims;
mod lost;
#[cfg(feature = "metrics")]
mod metrics;
mod network;
mod posts;
mod received;

use std::{sync::Arc, time::Duration};

use network::{Line, Network};

use crate::{
    Client, Contract, Hub, HubConfig,
    error::Failure,
    sample::{ACK, Command, MEASURE, Measure, Message, READING, RESET, Sample, note},
    session::Handler,
    target::{ClientTarget, Sending, Whole},
    testing::{Clients, Peer, Scripted, settle},
};

const SECOND: Duration = Duration::from_secs(1);

/// A handler that puts whoever has a group's name in its first message into that group.
struct Station;

impl<C: Contract<Message = Message, Command = Command>> Handler<C> for Station {
    async fn dispatch(&self, client: &Client<C>, message: Message) -> Result<(), Failure> {
        if !message.error.is_empty() {
            client.join(&message.error);
        }
        Ok(())
    }
}

/// One node, and what connects to it.
struct Node<C: Contract = Sample> {
    hub: Hub<C>,
    line: Line,
    clients: Clients<C>,
}

impl<C: Scripted<Message = Message, Command = Command>> Node<C> {
    fn new(network: &Network, config: HubConfig) -> Self {
        let line = network.line();
        let hub = Hub::builder().config(config).cluster(line.clone()).build();
        let hub = hub.expect("valid settings");
        let clients = Clients::from_arc(Arc::new(Station), hub.clone());
        Self { hub, line, clients }
    }

    /// A client, found by all nodes.
    async fn connect(&self, id: &str) -> Peer<C> {
        self.join(id, "").await
    }

    /// The same, as a member of a group.
    async fn join(&self, id: &str, group: &str) -> Peer<C> {
        let hello = Message { sensor: id.to_owned(), error: group.to_owned(), ..note(0) };
        let peer = self.clients.connect(hello).await;
        settle().await;
        peer
    }

    fn client<'a>(&'a self, id: &'a str) -> ClientTarget<'a, C> {
        self.hub.client(id)
    }

    fn reset<'a>(&'a self, id: &'a str, text: &str) -> Sending<ClientTarget<'a, C>, C, Whole> {
        self.client(id).send(reset(text))
    }
}

impl Node {
    fn measure<'a>(&'a self, id: &'a str) -> Sending<ClientTarget<'a, Sample>, Sample, Measure> {
        Sending::new(self.client(id), Command { kind: MEASURE, ..Command::default() })
    }
}

fn reset(text: &str) -> Command {
    Command { kind: RESET, text: text.to_owned(), ..Command::default() }
}

/// Settings of which nothing ends by itself.
fn patient() -> HubConfig {
    HubConfig::testing().with(|config| {
        config.send_timeout = 10 * SECOND;
        config.reply_timeout = 30 * SECOND;
        config.write_timeout = 1000 * SECOND;
    })
}

/// So many nodes that know each other.
async fn nodes<const N: usize>() -> (Network, [Node; N]) {
    nodes_with(patient()).await
}

async fn nodes_with<const N: usize>(config: HubConfig) -> (Network, [Node; N]) {
    nodes_of(config).await
}

async fn nodes_of<C, const N: usize>(config: HubConfig) -> (Network, [Node<C>; N])
where
    C: Scripted<Message = Message, Command = Command>,
{
    let network = Network::default();
    let nodes = std::array::from_fn(|_| Node::new(&network, config.clone()));
    settle().await;
    for node in &nodes {
        assert_eq!(node.hub.health().cluster.expect("a node of a cluster").nodes, N);
    }
    (network, nodes)
}

/// The client answers the command that comes next.
async fn answer(peer: &mut Peer<Sample>, value: u64) {
    let command_id = peer.next().await.id;
    peer.send(Message { kind: READING, command_id, value, ..Message::default() });
}

async fn acknowledge(peer: &mut Peer<Sample>) {
    let command_id = peer.next().await.id;
    peer.send(Message { kind: ACK, command_id, ..Message::default() });
}
