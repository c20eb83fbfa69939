//! A hub that always has so many commands open at each client: what links and clients by hand are compared on.

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
}

#[bidi_streaming(pb::bots::Connect)]
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

pub(crate) async fn serve(in_flight: usize) -> anyhow::Result<()> {
    let hub = Hub::new(HubConfig::production())?;
    super::listen(Service::new(Asking { in_flight }, hub)).await
}
