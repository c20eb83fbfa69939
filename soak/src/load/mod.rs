//! The load: clients on tonic's own channels, told on standard input when to come and when to leave.

mod client;
mod wire;

use std::{
    io::BufRead as _,
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use anyhow::bail;
use tokio::{runtime::Runtime, sync::watch, task::JoinSet};

use crate::{
    CLIENTS,
    figures::{Done, Tally},
};
use client::Client;
use wire::Wires;

/// So many connections carry the clients.
const WIRES: usize = 100;

/// What the clients have done.
struct Counts {
    opened: AtomicU64,
    resumed: AtomicU64,
    refused: AtomicU64,
    ends: Tally<6>,
    faults: AtomicU64,
    sent: AtomicU64,
    read: AtomicU64,
    twice: AtomicU64,
}

static COUNTS: Counts = Counts {
    opened: AtomicU64::new(0),
    resumed: AtomicU64::new(0),
    refused: AtomicU64::new(0),
    ends: Tally::new(["lost", "half-closed", "dropped", "silent", "not reading", "two streams"]),
    faults: AtomicU64::new(0),
    sent: AtomicU64::new(0),
    read: AtomicU64::new(0),
    twice: AtomicU64::new(0),
};

/// `come` lets the clients come, `leave` lets them leave; once they have left it prints what they did.
pub(crate) fn load(addr: SocketAddr) -> anyhow::Result<()> {
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let mut crowd = None;
    for line in std::io::stdin().lock().lines() {
        match line?.as_str() {
            "come" => crowd = Some(Crowd::begin(&runtime, addr)),
            "leave" => {
                if let Some(crowd) = crowd.take() {
                    runtime.block_on(crowd.end())?;
                }
                println!("{}", serde_json::to_string(&COUNTS.done())?);
            }
            other => bail!("there is no command `{other}`; come, leave"),
        }
    }
    Ok(())
}

impl Counts {
    fn done(&self) -> Done {
        let read = |count: &AtomicU64| count.load(Ordering::Relaxed);
        Done {
            opened: read(&self.opened),
            resumed: read(&self.resumed),
            refused: read(&self.refused),
            ends: self.ends.counted(),
            faults: read(&self.faults),
            sent: read(&self.sent),
            read: read(&self.read),
            twice: read(&self.twice),
        }
    }
}

/// All clients, and the wires that they use.
struct Crowd {
    leaves: watch::Sender<bool>,
    tasks: JoinSet<()>,
}

impl Crowd {
    fn begin(runtime: &Runtime, addr: SocketAddr) -> Self {
        let _entered = runtime.enter();
        let (leaves, left) = watch::channel(false);
        let wires = Arc::new(Wires::new(addr, WIRES));
        let mut tasks = JoinSet::new();
        for number in 0..CLIENTS {
            let client = Client::new(number, wires.clone(), left.clone());
            tasks.spawn(client.live());
        }
        tasks.spawn(wires.fail(left));
        Self { leaves, tasks }
    }

    async fn end(mut self) -> anyhow::Result<()> {
        self.leaves.send(true)?;
        while let Some(ended) = self.tasks.join_next().await {
            ended?;
        }
        Ok(())
    }
}
