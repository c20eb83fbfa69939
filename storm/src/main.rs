//! Whether links and hubs keep what they promise while hubs are killed and lines fail.
//!
//! `storm restart` kills a hub under its links and starts it again on the same port; `storm faults` puts a line between
//! them that is cut, slow, still or dead in one direction. Hub, links and those who ask through the hub's HTTP API are
//! processes of their own. Each writes down what it does as it does it, and what holds is counted from that afterwards.

mod asker;
mod faults;
mod hub;
mod links;
mod log;
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

use faults::Faults;
use restart::Restart;

const USAGE: &str = "\
usage: storm restart [brief]    a hub that is killed and comes back
       storm faults [brief]     lines that fail
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
        ["hub", settings] => hub::serve(&serde_json::from_str(settings)?),
        ["links", settings] => links::run(&serde_json::from_str(settings)?),
        ["asker", settings] => asker::run(&serde_json::from_str(settings)?),
        _ => bail!(USAGE),
    }
}
