//! What the hub costs, as a ratio to a server written by hand on tonic for the same proto, and what a link costs beside
//! a client written by hand.
//!
//! `bench run` starts each side as a process of its own on core 0 and the load on core 1, by turns, and prints the
//! medians. The figure that counts is the side's CPU time per message: it hardly depends on the machine's mood.

mod centrifugo;
mod client;
mod cluster;
mod json;
mod load;
mod process;
mod run;
mod server;

/// The generated code.
pub mod pb {
    streaming_runtime::include_proto!("trading.v1");
}

use anyhow::{Context as _, bail};

const USAGE: &str = "\
usage: bench run [RUNS [SECONDS [WORKLOAD]]]      compare; 3 runs of 4 seconds, every workload unless told otherwise
       bench centrifugo [RUNS]                        the publisher against a bare loop
       bench cluster [write|outage [CLIENTS|write]]   clients of another node against bare requests over NATS
       bench server hub|published|tonic|tonic+json|asking [IN_FLIGHT]
       bench client by-hand|by-hand+memory|link ADDR CONNECTIONS SECONDS
       bench load echo|sink|idle ADDR CONNECTIONS IN_FLIGHT SECONDS";

fn main() -> anyhow::Result<()> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    match args[..] {
        ["run"] => run::compare(3, 4, ""),
        ["run", runs] => run::compare(number(runs)?, 4, ""),
        ["run", runs, seconds] => run::compare(number(runs)?, number(seconds)?, ""),
        ["run", runs, seconds, only] => run::compare(number(runs)?, number(seconds)?, only),
        ["centrifugo"] => alone(centrifugo::compare(3)),
        ["centrifugo", runs] => alone(centrifugo::compare(number(runs)?)),
        ["cluster", ref args @ ..] => cluster::run(args),
        ["server", kind] => alone(server::serve(kind, 1)),
        ["server", kind, in_flight] => alone(server::serve(kind, number(in_flight)?)),
        ["client", kind, addr, connections, seconds] => alone(client::run(
            kind,
            addr.parse().context("ADDR")?,
            number(connections)?,
            number(seconds)?,
        )),
        ["load", workload, addr, connections, in_flight, seconds] => alone(load::run(
            workload,
            addr.parse().context("ADDR")?,
            number(connections)?,
            number(in_flight)?,
            number(seconds)?,
        )),
        _ => bail!(USAGE),
    }
}

fn number<T: std::str::FromStr<Err: std::error::Error + Send + Sync + 'static>>(
    text: &str,
) -> anyhow::Result<T> {
    text.parse().with_context(|| format!("`{text}` is no number that fits"))
}

/// Runs on the one thread that is pinned.
fn alone(work: impl Future<Output = anyhow::Result<()>>) -> anyhow::Result<()> {
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(work)
}
