//! A hub that always has so many commands open at each client: what links and clients by hand are compared on.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use anyhow::ensure;
use streaming_runtime::{Client, Hub, HubConfig, bidi_streaming};

use crate::pb::{
    self,
    bots::{Connect, ConnectCommands as _, Service},
};

/// As long as the trades of the other workloads.
pub(crate) const STRATEGY: &str =
    "a grid of sixteen steps, one per cent apart, around the mean price";

struct Asking {
    in_flight: usize,
    /// By each of those in flight.
    each: usize,
    /// How many of all are not done.
    open: Arc<AtomicUsize>,
}

#[bidi_streaming(pb::bots::Connect)]
impl Asking {
    #[on_connect]
    async fn ask(&self, bot: &Client<Connect>) {
        for _ in 0..self.in_flight {
            let (bot, each, open) = (bot.clone(), self.each, self.open.clone());
            tokio::spawn(async move {
                for _ in 0..each {
                    let start = pb::Start { strategy: STRATEGY.to_owned() };
                    if bot.start(start).reply().await.is_err() {
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

/// For ever, or so many commands to so many clients, after which it prints `done`.
pub(crate) async fn serve(in_flight: usize, bounded: Option<(usize, usize)>) -> anyhow::Result<()> {
    let (each, open) = match bounded {
        None => (usize::MAX, usize::MAX),
        Some((clients, messages)) => (messages / (clients * in_flight), clients * in_flight),
    };
    ensure!(each > 0, "there are fewer messages than there are in flight");
    let hub = Hub::new(HubConfig::production())?;
    let asking = Asking { in_flight, each, open: Arc::new(AtomicUsize::new(open)) };
    super::listen(Service::new(asking, hub)).await
}
