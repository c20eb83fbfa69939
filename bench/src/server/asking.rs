//! A hub that always has so many commands open at each client.

use streaming_runtime::{Client, Hub, HubConfig, bidi_streaming};

use crate::pb::{
    self,
    trading_bots::{Connect, ConnectCommands as _, Service},
};

/// As long as the trades of the other workloads.
const STRATEGY: &str = "a grid of sixteen steps, one per cent apart, around the mean price";

pub(crate) struct Asking {
    in_flight: usize,
}

#[bidi_streaming(pb::trading_bots::Connect)]
impl Asking {
    #[on_connect]
    async fn ask(&self, bot: &Client<Connect>) {
        for _ in 0..self.in_flight {
            let bot = bot.clone();
            tokio::spawn(async move {
                let start = || pb::Start { strategy: STRATEGY.to_owned() };
                while bot.start(start()).reply().await.is_ok() {}
            });
        }
    }

    #[on_other]
    async fn rest(&self, _: pb::BotMessage) {}
}

pub(crate) fn service(in_flight: usize) -> anyhow::Result<Service<Asking>> {
    let hub = Hub::new(HubConfig::production())?;
    Ok(Service::new(Asking { in_flight }, hub))
}
