//! A hub that asks its clients so often, and no more.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use anyhow::ensure;
use streaming_runtime::{Client, Hub, HubConfig, bidi_streaming};

use crate::pb::{
    self,
    trading_bots::{Connect, ConnectCommands as _, Service},
};

/// As long as the trades of the other workloads.
const STRATEGY: &str = "a grid of sixteen steps, one per cent apart, around the mean price";

struct Asking {
    in_flight: usize,
    /// By each of those in flight.
    each: usize,
    open: Arc<AtomicUsize>,
}

#[bidi_streaming(pb::trading_bots::Connect)]
impl Asking {
    #[on_connect]
    async fn ask(&self, bot: &Client<Connect>) {
        for _ in 0..self.in_flight {
            let (bot, each, open) = (bot.clone(), self.each, self.open.clone());
            tokio::spawn(async move {
                for _ in 0..each {
                    let start = pb::Start { strategy: STRATEGY.to_owned() };
                    if let Err(error) = bot.start(start).reply().await {
                        println!("{error}");
                        return;
                    }
                }
                if open.fetch_sub(1, Ordering::Relaxed) == 1 {
                    println!("done");
                }
            });
        }
    }

    #[on_other]
    async fn rest(&self, _: pb::BotMessage) {}
}

/// Serves on a free loopback port, which it prints, and prints `done` when all questions are answered.
pub(crate) async fn serve(
    connections: usize,
    in_flight: usize,
    messages: usize,
) -> anyhow::Result<()> {
    let open = connections * in_flight;
    ensure!(messages.is_multiple_of(open), "each of those in flight asks as often");
    let asking =
        Asking { in_flight, each: messages / open, open: Arc::new(AtomicUsize::new(open)) };
    let incoming = streaming_runtime::incoming("127.0.0.1:0")?;
    println!("{}", incoming.local_addr()?);
    let service = Service::new(asking, Hub::new(HubConfig::production())?);
    streaming_runtime::server().add_service(service).serve_with_incoming(incoming).await?;
    Ok(())
}
