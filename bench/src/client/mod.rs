//! The clients that are compared: each trades for every command, and acknowledges it.

mod by_hand;
mod link;

use std::{
    cell::Cell,
    rc::Rc,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use tokio::{task::LocalSet, time::sleep};

use crate::{
    load::something,
    pb::{Start, Trade},
    settings::{ClientKind, ClientSettings, Seen},
};

/// Does what the server says. Tells on standard output when the measured part begins, and how much was done in it.
pub(crate) async fn run(settings: ClientSettings) -> anyhow::Result<()> {
    let ClientSettings { kind, addr, connections, warm_up_ms, measured_ms } = settings;
    let local = LocalSet::new();
    let (by_hand, linked) = (Rc::new(Cell::new(0)), Arc::new(AtomicU64::new(0)));
    for number in 0..connections {
        let id = format!("bot-{number}");
        if kind == ClientKind::Link {
            let link = link::link(addr, &id)?;
            local.spawn_local(link.run(link::Bot(linked.clone())));
        } else {
            let bot = by_hand::Bot::open(addr, id, kind == ClientKind::ByHandMemory).await?;
            local.spawn_local(bot.run(by_hand.clone()));
        }
    }
    let done = || by_hand.get() + linked.load(Ordering::Relaxed);
    local
        .run_until(async {
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
        })
        .await
}

fn trade(start: Start) -> Trade {
    Trade { symbol: start.strategy, ..Trade::default() }
}
