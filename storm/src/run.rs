//! What all storms have in common: where their processes listen, and where these write.

use std::{
    fs,
    path::PathBuf,
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context as _, ensure};
use e2e::nats::free_ports;
use serde::{Deserialize, Serialize};
use xtask::Peer;

use crate::{
    asker, hub, links,
    log::{self, Line},
    verdict::Logs,
};

/// For what takes no longer even on a slow machine.
pub(crate) const PATIENCE: Duration = Duration::from_mins(4);

/// How patient a link is.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct LinkTimes {
    /// The bound of its first delay, and the largest.
    pub(crate) first: Duration,
    pub(crate) max: Duration,
    /// How long opening a stream may take, and how long a hub may be silent.
    pub(crate) open_timeout: Duration,
    pub(crate) silence: Duration,
    /// How long an answer is waited for.
    pub(crate) reply: Duration,
}

/// Where a hub listens.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ports {
    pub(crate) grpc: u16,
    pub(crate) http: u16,
}

/// One run: its processes, and the folder of their logs.
pub(crate) struct Run {
    pub(crate) folder: PathBuf,
    /// Where each node listens; a hub alone is the first.
    pub(crate) nodes: Vec<Ports>,
    /// What else it had to do when the run began.
    pub(crate) machine: String,
    hub: hub::Settings,
    /// So many were started.
    pub(crate) hubs: usize,
}

impl Run {
    /// `hub` says how its hubs are; their ports and names are given here.
    pub(crate) fn new(name: &str, nodes: usize, hub: hub::Settings) -> anyhow::Result<Self> {
        let folder = format!("target/storm/{name}-{}", std::process::id());
        let folder = xtask::root().join(folder);
        fs::create_dir_all(&folder)?;
        let load = fs::read_to_string("/proc/loadavg").context("/proc/loadavg")?;
        let load = load.split(' ').next().unwrap_or_default();
        let machine =
            format!("{} processors with a load of {load}", thread::available_parallelism()?);
        // A link could connect to itself on a port that the system gives to connections, while no hub listens there.
        let ports = free_ports(2 * nodes);
        let nodes = ports.chunks(2).map(|it| Ports { grpc: it[0], http: it[1] }).collect();
        Ok(Self { folder, machine, nodes, hub, hubs: 0 })
    }

    /// Starts the next hub, on the same ports as the one before; returns once it listens.
    pub(crate) fn start_hub(&mut self) -> anyhow::Result<Peer> {
        self.start_node(0, Vec::new())
    }

    /// The same of this node of a cluster, which finds NATS there.
    pub(crate) fn start_node(&mut self, node: usize, nats: Vec<String>) -> anyhow::Result<Peer> {
        self.hubs += 1;
        let Ports { grpc, http } = self.nodes[node];
        let settings = hub::Settings {
            log: self.folder.join(format!("hub-{}", self.hubs)),
            number: self.hubs,
            grpc,
            http,
            nats,
            ..self.hub.clone()
        };
        let mut hub = Peer::start(["hub", &serde_json::to_string(&settings)?])?;
        let listens = hub.line().context("a hub that comes back on its port")?;
        ensure!(listens == "listens", "a hub says `{listens}`");
        Ok(hub)
    }

    /// Starts the links to the hubs, or to the line before one.
    pub(crate) fn start_links(
        &self,
        ports: Vec<u16>,
        pause: Duration,
        times: &LinkTimes,
    ) -> anyhow::Result<Peer> {
        let (log, clients) = (self.folder.join("links"), self.hub.clients);
        let settings = links::Settings { log, ports, clients, pause, times: times.clone() };
        Peer::start(["links", &serde_json::to_string(&settings)?])
    }

    pub(crate) fn start_asker(&self) -> anyhow::Result<Peer> {
        let log = self.folder.join("asker");
        let hub::Settings { clients, pause, reply, .. } = self.hub;
        let ports = self.nodes.iter().map(|node| node.http).collect();
        let settings = asker::Settings { log, ports, clients, pause, timeout: 2 * reply };
        Peer::start(["asker", &serde_json::to_string(&settings)?])
    }

    /// Waits until so many clients are connected.
    pub(crate) fn all_are_there(&self, hub: &mut Peer) -> anyhow::Result<()> {
        let since = Instant::now();
        loop {
            let connected: usize = hub.ask("connected")?.parse()?;
            if connected == self.hub.clients {
                return Ok(());
            }
            ensure!(since.elapsed() < PATIENCE, "only {connected} clients are there");
            thread::sleep(Duration::from_millis(20));
        }
    }

    /// All that was written down; these of the hubs were not killed.
    pub(crate) fn logs(&self, spared: Vec<usize>) -> anyhow::Result<Logs> {
        let read = |name: &str| log::read(&self.folder.join(name));
        let hubs = (1..=self.hubs).map(|number| read(&format!("hub-{number}")));
        let hubs: Vec<Vec<Line>> = hubs.collect::<anyhow::Result<_>>()?;
        Ok(Logs { hubs, spared, links: read("links")?, asker: read("asker")? })
    }
}
