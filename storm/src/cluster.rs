//! A cluster whose nodes and NATS servers are killed and stopped, and whose connections fail.

use std::{
    env, fs, thread,
    time::{Duration, Instant, SystemTime},
};

use anyhow::{Context as _, ensure};
use e2e::{
    nats::NatsServers,
    proxy::{Line, Proxy},
};
use fastrand::Rng;
use tokio::runtime::Runtime;
use xtask::Peer;

use crate::{
    fleet::{self, Whereabouts},
    hub,
    run::{LinkTimes, Run},
    verdict::{Verdict, list},
};

const SECOND: Duration = Duration::from_secs(1);

/// So many hubs, and so many NATS servers.
pub(crate) const NODES: usize = 3;

/// Within this time after the last fault each client has one session, and every node knows where.
const BACK: Duration = Duration::from_secs(10);

/// How a run is.
pub(crate) struct Cluster {
    clients: usize,
    /// So many times each fault happens.
    rounds: usize,
    /// A fault lasts up to this long, and up to this long nothing happens before the next.
    lasts: Duration,
    rests: Duration,
    /// What each that asks rests between one and the next at most, and each of the links.
    pause: Duration,
    link_pause: Duration,
    links: LinkTimes,
    /// Whether it is written down.
    full: bool,
}

impl Cluster {
    pub(crate) const FULL: Self = Self {
        clients: 3000,
        rounds: 4,
        lasts: Duration::from_secs(5),
        rests: Duration::from_secs(4),
        pause: Duration::from_millis(500),
        link_pause: Duration::from_secs(20),
        links: LinkTimes {
            first: Duration::from_millis(100),
            max: Duration::from_secs(2),
            open_timeout: Duration::from_secs(3),
            silence: Duration::from_secs(3),
            reply: Duration::from_secs(10),
        },
        full: true,
    };

    pub(crate) const BRIEF: Self = Self {
        clients: 60,
        rounds: 1,
        lasts: Duration::from_millis(1500),
        rests: Duration::from_millis(500),
        pause: Duration::from_millis(200),
        link_pause: SECOND,
        links: LinkTimes {
            first: Duration::from_millis(100),
            max: Duration::from_millis(500),
            open_timeout: Duration::from_secs(3),
            silence: Duration::from_secs(3),
            reply: Duration::from_secs(5),
        },
        full: false,
    };
}

/// What befalls the cluster: in each round each of these, in another order.
const FAULTS: [&str; 8] = [
    "a hub was killed",
    "a NATS server was killed",
    "a hub stood still",
    "a NATS server stood still",
    "the routes of a NATS server were still, and reset",
    "a hub was drained",
    "the lines from a hub to NATS were still, and reset",
    "a NATS server ended in order",
];

pub(crate) fn run(cluster: &Cluster) -> anyhow::Result<()> {
    let seed = match env::var("STREAMING_SEED") {
        Ok(seed) => seed.parse().context("STREAMING_SEED is a number")?,
        Err(_) => fastrand::u64(..),
    };
    println!("the faults: STREAMING_SEED={seed}");
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let mut stage = Stage::new(cluster, &runtime, Rng::with_seed(seed))?;
    let (ports, times) = (stage.run.nodes.iter().map(|node| node.grpc), &cluster.links);
    let mut links = stage.run.start_links(ports.collect(), cluster.link_pause, times)?;
    let mut asker = stage.run.start_asker()?;
    let came = stage.settles(crate::run::PATIENCE)?;
    println!("{} clients are there after {came:?}", cluster.clients);
    for _ in 0..cluster.rounds {
        let mut faults = FAULTS;
        stage.random.shuffle(&mut faults);
        for fault in faults {
            stage.befalls(fault)?;
        }
    }
    let over = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH)? + BACK;
    let settled = stage.settles(BACK);
    // Nothing fails any more: each broadcast reaches all.
    let shouted = stage.shout()?;
    for quiet in [&mut asker, &mut links].into_iter().chain(&mut stage.hubs) {
        quiet.ask("quiet")?;
    }
    drop((asker, links));
    stage.hubs.clear();

    let logs = stage.run.logs(stage.spared.clone())?;
    let mut verdict = Verdict::default();
    verdict.line(format!(
        "{} links over TCP to {NODES} hubs with {NODES} NATS servers, {}, STREAMING_SEED={seed}",
        cluster.clients, stage.run.machine
    ));
    verdict.line(format!("{:.0} s of: {}", stage.took.as_secs_f64(), list(stage.befell)));
    match &settled {
        Ok(took) => verdict.line(format!(
            "{:.1} s after the last fault each client had one session, and every node knew where",
            took.as_secs_f64()
        )),
        Err(error) => verdict.hold(false, || format!("{error:#}")),
    }
    fleet::judge(&logs, cluster.clients, &shouted, &mut verdict);
    fleet::judge_again(&logs, over, &mut verdict);
    let lines = verdict.end()?;
    fs::remove_dir_all(&stage.run.folder)?;
    if cluster.full {
        xtask::write_section("Clusters whose nodes fail", &format!("{INTRODUCTION}{lines}"))?;
    }
    Ok(())
}

const INTRODUCTION: &str = "\
Written by `cargo xtask storm cluster`, which fails where a request has not exactly one outcome, where a command is executed
twice, or where 10 s after the last fault a client has not exactly one session, or a node does not know which. Links, hubs,
NATS servers and those who ask through the HTTP APIs of the hubs are processes of their own; whoever is not answered there asks
again, at any of the hubs, under the same id.

";

/// The hubs, their NATS servers, and the lines between.
struct Stage<'a> {
    cluster: &'a Cluster,
    runtime: &'a Runtime,
    random: Rng,
    run: Run,
    servers: NatsServers,
    /// Of each hub to each NATS server.
    lines: Vec<Vec<Proxy>>,
    /// One of each node.
    hubs: Vec<Peer>,
    /// Which of all that were started these are.
    numbers: Vec<usize>,
    /// Those that were not killed.
    spared: Vec<usize>,
    befell: Vec<&'static str>,
    took: Duration,
}

impl<'a> Stage<'a> {
    fn new(cluster: &'a Cluster, runtime: &'a Runtime, random: Rng) -> anyhow::Result<Self> {
        let settings = hub::Settings {
            clients: cluster.clients,
            pause: cluster.pause,
            drain: SECOND,
            ping: SECOND,
            silence: 6 * SECOND,
            reply: cluster.links.reply / 2,
            // Longer than it takes until all is well.
            at_least_once: 2 * BACK,
            ..hub::Settings::default()
        };
        let run = Run::new("cluster", NODES, settings)?;
        let servers = runtime.block_on(NatsServers::start(NODES));
        let lines = (0..NODES).map(|_| {
            let to = |server| runtime.block_on(Proxy::to(servers.addr(server)));
            (0..NODES).map(to).collect()
        });
        let lines = lines.collect();
        let (hubs, numbers, spared, befell) = Default::default();
        let took = Duration::ZERO;
        let mut stage = Self {
            cluster,
            runtime,
            random,
            run,
            servers,
            lines,
            hubs,
            numbers,
            spared,
            befell,
            took,
        };
        for node in 0..NODES {
            let hub = stage.start(node)?;
            stage.hubs.push(hub);
            stage.numbers.push(node);
        }
        stage.spared = (0..NODES).collect();
        Ok(stage)
    }

    /// Starts a node; the NATS server with its number is its first.
    fn start(&mut self, node: usize) -> anyhow::Result<Peer> {
        let lines = self.lines[node].iter().cycle().skip(node).take(NODES);
        let nats = lines.map(|line| format!("nats://{}", line.addr)).collect();
        self.run.start_node(node, nats)
    }

    /// Ends what there is of a node, and starts it again this much later.
    fn restart(&mut self, node: usize, later: Duration) -> anyhow::Result<()> {
        drop(self.hubs.remove(node));
        thread::sleep(later);
        let hub = self.start(node)?;
        self.hubs.insert(node, hub);
        self.numbers[node] = self.run.hubs - 1;
        self.spared.push(self.numbers[node]);
        Ok(())
    }

    /// Lets this happen somewhere after some time.
    fn befalls(&mut self, fault: &'static str) -> anyhow::Result<()> {
        let since = Instant::now();
        thread::sleep(self.cluster.rests.mul_f64(self.random.f64()));
        let which = self.random.usize(..NODES);
        let lasts = self.cluster.lasts.mul_f64(0.1 + 0.9 * self.random.f64());
        println!("{fault}: {which}, for {lasts:.1?}");
        self.befell.push(fault);
        match fault {
            "a hub was killed" => {
                let number = self.numbers[which];
                self.spared.retain(|spared| *spared != number);
                self.restart(which, lasts)?;
            }
            "a hub stood still" => {
                self.hubs[which].signal("STOP")?;
                thread::sleep(lasts);
                self.hubs[which].signal("CONT")?;
            }
            "a hub was drained" => {
                println!("{}", self.hubs[which].ask("drain")?);
                self.restart(which, Duration::ZERO)?;
            }
            "the lines from a hub to NATS were still, and reset" => {
                self.lines[which].iter().for_each(|line| line.set(Line::Still));
                thread::sleep(lasts);
                self.lines[which].iter().for_each(Proxy::reset);
            }
            "the routes of a NATS server were still, and reset" => {
                self.servers.set_routes(which, Line::Still);
                thread::sleep(lasts);
                self.servers.reset_routes(which);
            }
            "a NATS server stood still" => {
                self.servers.stop(which);
                thread::sleep(lasts);
                self.servers.go_on(which);
            }
            _ => {
                if fault == "a NATS server was killed" {
                    self.servers.kill(which);
                } else {
                    self.servers.terminate(which);
                }
                thread::sleep(lasts);
                self.runtime.block_on(self.servers.restart(which));
            }
        }
        self.took += since.elapsed();
        Ok(())
    }

    /// Waits until each client has one session and every node knows where, and says how long that took.
    fn settles(&mut self, within: Duration) -> anyhow::Result<Duration> {
        let since = Instant::now();
        loop {
            // What is asked before the time is over may be answered later.
            let begun = since.elapsed();
            let there = Whereabouts::of(&mut self.hubs)?;
            let Err(fault) = there.judge(self.cluster.clients) else { return Ok(begun) };
            ensure!(begun < within, "{:.1} s after the last fault {fault}", begun.as_secs_f64());
            thread::sleep(Duration::from_millis(100));
        }
    }

    /// Each node broadcasts once; gives the numbers, and how many accepted each.
    fn shout(&mut self) -> anyhow::Result<Vec<(String, usize)>> {
        let mut numbers = Vec::new();
        for hub in &mut self.hubs {
            let shouted = hub.ask("shout")?;
            let (number, accepted) = shouted.split_once(' ').context("a number and a count")?;
            numbers.push((number.to_owned(), accepted.parse()?));
        }
        Ok(numbers)
    }
}
