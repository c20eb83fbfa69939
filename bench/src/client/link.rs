//! A link with everything switched on: it would come back, and executes no command twice.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use streaming_runtime::{Link, LinkError, SendError, bidi_streaming};

use super::trade;
use crate::pb::{
    self,
    bots::{Connect, ConnectMessages as _},
};

pub(crate) struct Bot(pub(crate) Arc<AtomicU64>);

#[bidi_streaming(pb::bots::Connect, client)]
impl Bot {
    #[on(start)]
    async fn start(&self, link: &Link<Connect>, start: pb::Start) -> Result<(), SendError> {
        self.0.fetch_add(1, Ordering::Relaxed);
        link.trade(trade(start)).await
    }

    #[on_other]
    async fn rest(&self, _: pb::BotCommand) {}
}

pub(crate) fn link(addr: SocketAddr, id: &str) -> Result<Link<Connect>, LinkError> {
    Link::builder(format!("http://{addr}")).client_id(id).build()
}
