//! What it costs to reach a client of another node, beside a bare loop over async-nats on the same server.
//!
//! The bare side is one process that asks and one that answers under a subject for each client. The other side is two hubs: one
//! asks, the other has the clients, which are a process of their own and answer over gRPC.

mod bare;
mod clients;
mod figures;
mod nodes;
mod outage;
mod server;

use std::{fmt::Write as _, time::Duration};

use anyhow::{Context as _, bail};
use xtask::Peer;

use self::{bare::Side, clients::answer, figures::Figures, nodes::node, server::NatsServer};

/// So many clients are asked, one after the other.
const CLIENTS: usize = 1_000;
/// So many requests are under way where it is the rate that counts.
const IN_FLIGHT: usize = 256;
const SECONDS: u64 = 3;

/// A side: those who ask, and who has a part in it.
struct Pair {
    asks: Peer,
    others: Vec<Peer>,
}

impl Pair {
    fn bare(url: &str) -> anyhow::Result<Self> {
        let answers = Peer::start(["cluster", "bare", "answers", url])?;
        let asks = Peer::start(["cluster", "bare", "asks", url])?;
        let mut pair = Self { asks, others: vec![answers] };
        pair.ready()?;
        Ok(pair)
    }

    fn hubs(url: &str, clients: usize) -> anyhow::Result<Self> {
        let mut holds = Peer::start(["cluster", "node", url])?;
        let addr = holds.line().context("where the node with the clients listens")?;
        let mut asks = Peer::start(["cluster", "node", url])?;
        asks.line().context("where the node that asks listens")?;
        let mut answers = Peer::start(["cluster", "clients", &addr, &clients.to_string()])?;
        let ready = answers.line().context("the clients")?;
        anyhow::ensure!(ready == "ready", "clients say `{ready}`");
        Ok(Self { asks, others: vec![holds, answers] })
    }

    fn ready(&mut self) -> anyhow::Result<()> {
        for peer in self.others.iter_mut().chain([&mut self.asks]) {
            let line = peer.line()?;
            anyhow::ensure!(line == "ready", "a side says `{line}`");
        }
        Ok(())
    }

    /// Lets it do so for a while, and counts what that costs here and in the server.
    fn measure(
        &mut self,
        server: &NatsServer,
        what: &str,
        in_flight: usize,
    ) -> anyhow::Result<Figures> {
        let ids: Vec<u32> = self.others.iter().chain([&self.asks]).map(Peer::id).collect();
        let spent = || -> anyhow::Result<Vec<Duration>> {
            ids.iter().copied().chain([server.id()]).map(figures::cpu).collect()
        };
        self.asks.ask(&format!("{what} {in_flight} 1"))?;
        let before = spent()?;
        let line = self.asks.ask(&format!("{what} {in_flight} {SECONDS}"))?;
        let spent = spent()?.into_iter().zip(before);
        let cpu: Vec<_> = spent.map(|(after, before)| after.saturating_sub(before)).collect();
        Figures::of(&line, &cpu)
    }
}

/// Compares, and with `write` puts it into the docs.
pub(crate) fn compare(runs: usize, write: bool) -> anyhow::Result<()> {
    let server = NatsServer::start()?;
    let [mut bare_one, mut bare_many, mut hub_one, mut hub_many, mut sends] =
        [const { Vec::new() }; 5];
    for _ in 0..runs {
        let mut bare = Pair::bare(&server.url())?;
        bare_one.push(bare.measure(&server, "ask", 1)?);
        bare_many.push(bare.measure(&server, "ask", IN_FLIGHT)?);
        drop(bare);
        let mut hubs = Pair::hubs(&server.url(), CLIENTS)?;
        hub_one.push(hubs.measure(&server, "ask", 1)?);
        hub_many.push(hubs.measure(&server, "ask", IN_FLIGHT)?);
        sends.push(hubs.measure(&server, "send", IN_FLIGHT)?);
    }
    drop(server);
    let [bare_one, bare_many, hub_one, hub_many, sends] =
        [bare_one, bare_many, hub_one, hub_many, sends].map(|runs| figures::median(&runs));
    let mut text = String::new();
    for (name, figures, bare) in [
        ("bare request, one at a time", &bare_one, &bare_one),
        ("bare request, 256 at a time", &bare_many, &bare_many),
        ("request across nodes, one at a time", &hub_one, &bare_one),
        ("request across nodes, 256 at a time", &hub_many, &bare_many),
        ("send across nodes, 256 at a time", &sends, &bare_many),
    ] {
        writeln!(text, "- {name}: {}", figures.beside(bare))?;
    }
    let limits = [
        ("the round trip of a request, of the bare one", hub_one.p50 / bare_one.p50, 2.5, true),
        ("the rate of sends, of bare requests", sends.rate / bare_many.rate, 0.6, false),
        (
            "the CPU time of a send in all processes, of a bare request",
            sends.cost() / bare_many.cost(),
            1.7,
            true,
        ),
    ];
    for (what, ratio, limit, most) in limits {
        let holds = if most { ratio <= limit } else { ratio >= limit };
        let (word, holds) =
            (if most { "at most" } else { "at least" }, if holds { "holds" } else { "MISSED" });
        writeln!(text, "- {what}: {ratio:.2}, {word} {limit}: {holds}")?;
    }
    print!("{text}");
    if write {
        xtask::write_section(
            "Requests to clients of another node",
            &format!("{INTRODUCTION}{text}"),
        )?;
    }
    Ok(())
}

const INTRODUCTION: &str = "\
Written by `cargo xtask bench cluster write`. One NATS server; the bare side is two programs on async-nats with a
subject for each of 1,000 clients and 64 bytes each way. Across nodes, one hub asks and another has the clients, which answer over
gRPC; a command holds 64 bytes, and what answers a send is a word. As many are under way on both sides, but commands for one node
share messages where several are there to be sent, and bare requests are one message each. CPU time is that of all processes, the
parts in this order: the node or program that answers, clients if there are any, who asks, the NATS server.

";

/// How soon so many clients are reachable when NATS was away and is back.
pub(crate) fn outages(clients: &[usize], write: bool) -> anyhow::Result<()> {
    let mut text = String::new();
    for &clients in clients {
        let line = outage::measure(clients)?;
        println!("- {line}");
        writeln!(text, "- {line}")?;
    }
    if write {
        xtask::write_section("Clients of a node when NATS is back", &format!("{OUTAGE}{text}"))?;
    }
    Ok(())
}

const OUTAGE: &str = "\
Written by `cargo xtask bench cluster outage write`. A node has the clients; NATS is killed, and started again 2 s later; another node looks for
500 of the clients, chosen evenly, again and again until each takes a command.

";

pub(crate) fn run(args: &[&str]) -> anyhow::Result<()> {
    match args {
        [] => compare(3, false),
        ["write"] => compare(3, true),
        ["outage"] => outages(&[10_000, 100_000], false),
        ["outage", "write"] => outages(&[10_000, 100_000], true),
        ["outage", clients] => outages(&[clients.parse()?], false),
        ["bare", "asks", url] => bare::run(Side::Asks, url),
        ["bare", "answers", url] => bare::run(Side::Answers, url),
        ["node", url] => node(url),
        ["clients", addr, count] => answer(addr.parse()?, count.parse()?),
        _ => bail!("usage: bench cluster [write]; bench cluster outage [CLIENTS|write]"),
    }
}
