//! A hub behind a real server.

use std::{net::SocketAddr, sync::Arc};

use streaming_runtime::{Hub, HubConfig, Publisher, incoming, server, session::Handler};
use tokio::task::JoinHandle;
use tonic::codec::CompressionEncoding;

use crate::{
    Events, Probe,
    pb::trading_bots::{Connect, Service},
};

/// A real server with a handler on a free loopback port. It ends with this.
#[derive(Debug)]
pub struct Serving {
    /// Where it listens.
    pub addr: SocketAddr,
    task: JoinHandle<()>,
}

impl Serving {
    /// Starts to serve.
    ///
    /// # Panics
    /// Where no port is free.
    #[must_use]
    pub fn start<H: Handler<Connect>>(hub: Hub<Connect>, handler: H) -> Self {
        let incoming = incoming("127.0.0.1:0").expect("a free port");
        let addr = incoming.local_addr().expect("a bound socket");
        // For clients that compress; those that do not say so are answered without.
        let service = Service::new(handler, hub)
            .accept_compressed(CompressionEncoding::Gzip)
            .send_compressed(CompressionEncoding::Gzip);
        let serving = server().add_service(service).serve_with_incoming(incoming);
        let task = tokio::spawn(async move { serving.await.expect("the server runs") });
        Self { addr, task }
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// A hub with a [`Probe`] behind a server on a free loopback port. It ends with this.
#[derive(Debug)]
pub struct Server {
    /// Where it listens.
    pub addr: SocketAddr,
    /// The hub.
    pub hub: Hub<Connect>,
    /// What the handler tells.
    pub events: Events,
    /// The handler.
    pub handler: Arc<Probe>,
    _serving: Serving,
}

impl Server {
    /// Starts one.
    ///
    /// # Panics
    /// Where the settings are wrong or no port is free.
    #[must_use]
    pub fn start(config: HubConfig) -> Self {
        Self::with_hub(Hub::new(config).expect("valid settings"))
    }

    /// Starts one that publishes.
    ///
    /// # Panics
    /// Where the settings are wrong or no port is free.
    #[must_use]
    pub fn publishing(config: HubConfig, publisher: impl Publisher) -> Self {
        let hub = Hub::builder().config(config).publisher(publisher).build();
        Self::with_hub(hub.expect("valid settings"))
    }

    fn with_hub(hub: Hub<Connect>) -> Self {
        let (handler, events) = Probe::new(hub.clone());
        let handler = Arc::new(handler);
        let serving = Serving::start(hub.clone(), handler.clone());
        Self { addr: serving.addr, hub, events, handler, _serving: serving }
    }
}
