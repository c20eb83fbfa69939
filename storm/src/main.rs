//! Whether links and hubs keep what they promise while hubs are killed and lines fail.
//!
//! `storm restart` kills a hub under its links and starts it again on the same port; `storm faults` puts a line between
//! them that is cut, slow, still or dead in one direction; `storm cluster` does both to several hubs and NATS servers. Hubs, links and those who ask through the hub's HTTP API are
//! processes of their own. Each writes down what it does as it does it, and what holds is counted from that afterwards.

mod asker;
mod cluster;
mod faults;
mod fleet;
mod hub;
mod links;
mod log;
mod node;
mod notes;
mod outcome;
mod restart;
mod run;
mod traffic;
mod verdict;

/// The generated code.
pub mod pb {
    streaming_runtime::include_proto!("storm.v1");
}

use anyhow::bail;

use cluster::Cluster;
use faults::Faults;
use restart::Restart;

const USAGE: &str = "\
usage: storm restart [brief]    a hub that is killed and comes back
       storm faults [brief]     lines that fail
       storm cluster [brief]    hubs and NATS servers that are killed and stopped, and lines between them that fail
       storm hub SETTINGS       the hub, told what to do on standard input
       storm links SETTINGS     the links, likewise
       storm asker SETTINGS     those who ask through the hub's HTTP API, likewise";

fn main() -> anyhow::Result<()> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    match args[..] {
        ["restart"] => restart::run(&Restart::FULL),
        ["restart", "brief"] => restart::run(&Restart::BRIEF),
        ["faults"] => faults::run(&Faults::FULL),
        ["faults", "brief"] => faults::run(&Faults::BRIEF),
        ["cluster"] => cluster::run(&Cluster::FULL),
        ["cluster", "brief"] => cluster::run(&Cluster::BRIEF),
        ["hub", settings] => hub::serve(&serde_json::from_str(settings)?),
        ["links", settings] => links::run(&serde_json::from_str(settings)?),
        ["asker", settings] => asker::run(&serde_json::from_str(settings)?),
        _ => bail!(USAGE),
    }
}
