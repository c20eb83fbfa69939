//! Whether anything is left of clients that are gone: 2,000 that come, talk, stall, vanish and come back at random, for
//! ten minutes, under requests and broadcasts.
//!
//! `soak run` starts the server and the load as processes of their own and tells them when to begin and to end. It
//! compares the server after the last client has left with the same server after the first minute, when it was empty
//! for the first time.

mod figures;
mod load;
mod plot;
mod run;
mod server;
mod verdict;

/// The generated code.
pub mod pb {
    streaming_runtime::include_proto!("trading.v1");
}

use std::{alloc::System, time::Duration};

use anyhow::{Context as _, bail};
use stats_alloc::{INSTRUMENTED_SYSTEM, StatsAlloc};

#[global_allocator]
static HEAP: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

/// How many clients there are.
const CLIENTS: usize = 2000;

const USAGE: &str = "\
usage: soak run [SECONDS]        all of it; 600 s unless told otherwise
       soak server               the hub, told what to do on standard input
       soak load ADDR            the clients, told what to do on standard input";

fn main() -> anyhow::Result<()> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    match args[..] {
        ["run"] => run::run(run::FULL),
        ["run", seconds] => run::run(Duration::from_secs(seconds.parse().context("SECONDS")?)),
        ["server"] => server::serve(),
        ["load", addr] => load::load(addr.parse().context("ADDR")?),
        _ => bail!(USAGE),
    }
}

/// Bytes on the heap of this process.
fn live_heap() -> usize {
    let stats = HEAP.stats();
    stats.bytes_allocated.saturating_sub(stats.bytes_deallocated)
}
