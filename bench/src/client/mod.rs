//! The clients that are compared: each trades for every command, and acknowledges it.

mod by_hand;
mod link;

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use tokio::{spawn, time::sleep};

use crate::{
    load::something,
    pb::{Start, Trade},
    settings::{ClientKind, ClientSettings, Seen},
};

/// Does what the server says. Tells on standard output when the measured part begins, and how much was done in it.
pub(crate) async fn run(settings: ClientSettings) -> anyhow::Result<()> {
    let ClientSettings { kind, addr, connections, warm_up_ms, measured_ms } = settings;
    let done = Arc::new(AtomicU64::new(0));
    for number in 0..connections {
        let id = format!("bot-{number}");
        if kind == ClientKind::Link {
            spawn(link::link(addr, &id)?.run(link::Bot(done.clone())));
        } else {
            let bot = by_hand::Bot::open(addr, id, kind == ClientKind::ByHandMemory).await?;
            spawn(bot.run(done.clone()));
        }
    }
    let done = || done.load(Ordering::Relaxed);
    sleep(Duration::from_millis(warm_up_ms)).await;
    println!("begin");
    let (from, start) = (done(), Instant::now());
    sleep(Duration::from_millis(measured_ms)).await;
    something(|| done() > from).await;
    let seconds = start.elapsed().as_secs_f64();
    let seen = Seen { count: done() - from, seconds, ..Seen::default() };
    println!("{}", serde_json::to_string(&seen)?);
    // What it has cost is looked at meanwhile.
    std::future::pending().await
}

fn trade(start: Start) -> Trade {
    Trade { symbol: start.strategy, ..Trade::default() }
}
