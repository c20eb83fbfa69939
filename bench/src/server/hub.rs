//! The hub with everything switched on: registry, id checks, counters, pings, timeouts.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use anyhow::Context as _;
use streaming_runtime::{
    CentrifugoPublisher, Client, Hub, HubConfig, Publication, Publisher, SendError, bidi_streaming,
};

use super::duty::Clients;
use crate::{
    centrifugo,
    pb::{
        self,
        bots::{Connect, ConnectCommands as _, Service},
    },
    settings::{Duty, Kind, ServerSettings},
};

pub(crate) struct Bots {
    echoes: bool,
}

#[bidi_streaming(pb::bots::Connect)]
impl Bots {
    #[on(trade)]
    async fn trade(&self, bot: &Client<Connect>, trade: pb::Trade) -> Result<(), SendError> {
        if self.echoes {
            bot.start(pb::Start { strategy: trade.symbol }).await?;
        }
        Ok(())
    }
}

/// A hub, and what it publishes to.
pub(crate) struct Benched {
    pub(crate) hub: Hub<Connect>,
    centrifugo: Option<CentrifugoPublisher>,
}

pub(crate) fn hub(settings: &ServerSettings) -> anyhow::Result<Benched> {
    let config = HubConfig::production().with(|config| {
        if let Some(seconds) = settings.ping_seconds {
            config.ping.interval = Duration::from_secs(seconds);
        }
    });
    let mut builder = Hub::builder().config(config);
    let mut centrifugo = None;
    if settings.kind == Kind::Published {
        builder = builder.publisher(Counting::default());
    }
    if settings.kind == Kind::Centrifugo {
        let url = settings.centrifugo.as_ref().context("`centrifugo`: its address")?;
        let publisher = CentrifugoPublisher::builder(url, centrifugo::KEY).build()?;
        centrifugo = Some(publisher.clone());
        builder = builder.publisher(publisher);
    }
    Ok(Benched { hub: builder.build()?, centrifugo })
}

impl Benched {
    pub(crate) fn service(self, duty: Duty) -> Service<Bots> {
        // Else the trades of those who storm would come back in the midst of what is measured.
        Service::new(Bots { echoes: !matches!(duty, Duty::Requests { .. }) }, self.hub)
    }

    /// Tells how many publications were given up so far.
    pub(crate) fn dropped(&self) -> impl Fn() -> Option<u64> + use<> {
        let publisher = self.centrifugo.clone();
        move || {
            let stats = publisher.as_ref()?.stats();
            Some(stats.dropped.total() + stats.unconfirmed)
        }
    }
}

/// Counts and drops.
#[derive(Clone, Default)]
struct Counting(Arc<AtomicU64>);

impl Publisher for Counting {
    fn publish(&self, publication: Publication) {
        self.0.fetch_add(publication.data().len() as u64, Ordering::Relaxed);
    }
}

impl Clients for Hub<Connect> {
    fn connected(&self) -> usize {
        self.len()
    }

    fn is_connected(&self, id: &str) -> bool {
        Hub::is_connected(self, id)
    }

    async fn broadcast(&self, plan: pb::Plan) {
        Hub::broadcast(self).plan(plan).await;
    }

    async fn request(&self, id: &str, start: pb::Start) -> bool {
        self.client(id).start(start).reply().await.is_ok()
    }
}
