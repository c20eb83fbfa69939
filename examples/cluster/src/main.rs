//! Three nodes that are one hub, sixty bots, and what happens where a node is killed and where all are restarted.
//!
//! `cargo run -p cluster` starts a NATS server, or takes that of `NATS_URL`; each node is a process of its own.

mod bots;
mod child;
mod nats;
mod node;
mod transcript;

use std::{
    net::{SocketAddr, TcpListener},
    time::{Duration, Instant},
};

use anyhow::{Context as _, bail};
use bots::{BOTS, Fleet};
use child::Child;
use nats::Nats;
use tokio::time::sleep;
use transcript::say;

/// The generated code: messages, contract, send helpers, tonic's client and server.
pub mod pb {
    streaming_runtime::include_proto!("trading.v1");
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    match args.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [] => show().await,
        ["node", addr, nats] => node::serve(addr, nats).await,
        ["nats", program, port] => nats::run(program, port).await,
        _ => bail!("usage: cluster; `NATS_URL` names a NATS server that runs"),
    }
}

/// The tour, until it is over or somebody presses Ctrl-C; then the end of all that it has started.
async fn show() -> anyhow::Result<()> {
    let nats = Nats::find().await?;
    let mut nodes = Vec::new();
    let shown = tokio::select! {
        shown = tour(&nats.url, &mut nodes) => shown,
        pressed = tokio::signal::ctrl_c() => Ok(pressed?),
    };
    for node in nodes {
        node.process.end().await?;
    }
    nats.end().await?;
    if shown.is_ok() {
        say("tour", "is over");
    }
    shown
}

async fn tour(nats: &str, nodes: &mut Vec<Node>) -> anyhow::Result<()> {
    for (number, addr) in free_addrs()?.into_iter().enumerate() {
        nodes.push(Node::start(number, addr, nats).await?);
    }
    let addrs: Vec<SocketAddr> = nodes.iter().map(|node| node.addr).collect();
    let fleet = Fleet::start(&addrs)?;
    fleet.all_connected().await;
    say("bots", format!("all {BOTS} are connected"));
    here(nodes).await?;

    // Bots of the second and of the third node.
    say("tour", "any node reaches any bot");
    nodes[0].process.tell("start bot-1").await?;
    nodes[0].process.tell("schema bot-2").await?;
    nodes[1].process.tell("stop").await?;
    sleep(Duration::from_secs(1)).await;

    say("tour", "the second node is killed");
    let (killed, since) = (nodes.remove(1), Instant::now());
    let addr = killed.addr;
    killed.process.kill().await?;
    while fleet.connected() == BOTS {
        sleep(Duration::from_millis(1)).await;
    }
    fleet.all_connected().await;
    let took = since.elapsed().as_secs_f64();
    say("bots", format!("all are back after {took:.1} s, at other nodes"));
    here(nodes).await?;
    nodes[0].process.tell("start bot-1").await?;
    nodes.insert(1, Node::start(1, addr, nats).await?);

    say("tour", "all nodes are restarted, one after the other");
    for (number, node) in nodes.iter_mut().enumerate() {
        node.process.tell("drain").await?;
        *node = Node::start(number, node.addr, nats).await?;
        fleet.all_connected().await;
    }
    here(nodes).await?;
    nodes[2].process.tell("stop").await?;
    fleet.leave().await;
    Ok(())
}

/// Each node says how many bots it has.
async fn here(nodes: &mut [Node]) -> anyhow::Result<()> {
    for node in nodes {
        node.process.tell("here").await?;
    }
    Ok(())
}

struct Node {
    addr: SocketAddr,
    process: Child,
}

impl Node {
    /// Starts one; returns once it listens.
    async fn start(number: usize, addr: SocketAddr, nats: &str) -> anyhow::Result<Self> {
        let name = format!("node-{}", number + 1);
        let mut process = Child::start(&name, &["node", &addr.to_string(), nats])?;
        process.done().await.with_context(|| format!("{name} at {addr}"))?;
        Ok(Self { addr, process })
    }
}

/// Loopback addresses for the nodes, outside of those that the system gives to connections: a link could meet itself there
/// while its node is away.
fn free_addrs() -> anyhow::Result<Vec<SocketAddr>> {
    // Two of these that begin at once do not look at the same ones.
    let first = 20_000 + std::process::id() % 1_000 * 9;
    let addrs = (first..30_000).filter_map(|port| u16::try_from(port).ok());
    let addrs = addrs.map(|port| SocketAddr::from(([127, 0, 0, 1], port)));
    let free: Vec<SocketAddr> =
        addrs.filter(|addr| TcpListener::bind(addr).is_ok()).take(3).collect();
    if free.len() < 3 {
        bail!("fewer than three ports are free");
    }
    Ok(free)
}
