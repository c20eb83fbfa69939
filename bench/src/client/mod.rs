//! The clients that are compared: each trades for every command, and acknowledges it.

mod by_hand;
mod link;

use std::{
    cell::Cell,
    net::SocketAddr,
    rc::Rc,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use anyhow::bail;
use tokio::{task::LocalSet, time::sleep};

use crate::pb::{Start, Trade};

/// Does what the server says. Tells on standard output when the measured part begins, and how much was done in it.
pub(crate) async fn run(
    kind: &str,
    addr: SocketAddr,
    connections: usize,
    seconds: u64,
) -> anyhow::Result<()> {
    let local = LocalSet::new();
    let (by_hand, linked) = (Rc::new(Cell::new(0)), Arc::new(AtomicU64::new(0)));
    for number in 0..connections {
        let id = format!("bot-{number}");
        match kind {
            "by-hand" | "by-hand+memory" => {
                let bot = by_hand::Bot::open(addr, id, kind == "by-hand+memory").await?;
                local.spawn_local(bot.run(by_hand.clone()));
            }
            "link" => {
                let link = link::link(addr, &id)?;
                local.spawn_local(link.run(link::Bot(linked.clone())));
            }
            _ => bail!("there is no client called `{kind}`; by-hand, by-hand+memory, link"),
        }
    }
    let done = || by_hand.get() + linked.load(Ordering::Relaxed);
    local
        .run_until(async {
            sleep(Duration::from_secs(1)).await;
            println!("begin");
            let (from, start) = (done(), Instant::now());
            sleep(Duration::from_secs(seconds)).await;
            println!("{} {}", done() - from, start.elapsed().as_secs_f64());
        })
        .await;
    Ok(())
}

fn trade(start: Start) -> Trade {
    Trade { symbol: start.strategy, ..Trade::default() }
}
