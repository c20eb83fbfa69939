//! The hub with everything switched on: registry, id checks, counters, pings, timeouts.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use streaming_runtime::{
    Client, Hub, HubConfig, Publication, Publisher, SendError, bidi_streaming,
};

use crate::pb::{
    self,
    trading_bots::{Connect, ConnectCommands as _, Service},
};

pub(crate) struct Echo;

#[bidi_streaming(pb::trading_bots::Connect)]
impl Echo {
    #[on(trade)]
    async fn trade(&self, bot: &Client<Connect>, trade: pb::Trade) -> Result<(), SendError> {
        bot.start(pb::Start { strategy: trade.symbol }).await
    }
}

/// Counts and drops.
#[derive(Clone, Default)]
pub(crate) struct Counting(Arc<AtomicU64>);

impl Publisher for Counting {
    fn publish(&self, publication: Publication) {
        self.0.fetch_add(publication.data().len() as u64, Ordering::Relaxed);
    }
}

pub(crate) fn service(publisher: Option<Counting>) -> anyhow::Result<Service<Echo>> {
    let mut builder = Hub::builder().config(HubConfig::production());
    if let Some(publisher) = publisher {
        builder = builder.publisher(publisher);
    }
    Ok(Service::new(Echo, builder.build()?))
}
