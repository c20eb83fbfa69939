//! Clients that can connect to a hub.

use std::{
    future::Future,
    panic::Location,
    sync::{Arc, atomic::AtomicBool},
    time::Duration,
};

use tokio::sync::{mpsc::unbounded_channel, watch};
use tonic::{Extensions, Request, metadata::MetadataMap};

use super::{
    end::End,
    frame::{Up, frame},
    http2, late,
    line::Line,
    listen::{Ears, Reading, hear, take},
    memory,
    peer::Peer,
    script::Scripted,
    watched::{Serve, Served, watch as seen_by},
};
use crate::{contract::Contract, hub::Hub, macros::impl_debug, session::Handler};

/// Clients that can connect to one hub, whose messages a handler handles. Cheap to clone.
///
/// In memory, message by message, unless it is told [`over_http2`](Self::over_http2). They answer pings.
///
/// ```
/// use streaming_runtime::{Hub, HubConfig, session::Handler, testing::{Clients, Scripted}};
///
/// async fn nobody_comes_without_a_token<C: Scripted, H: Handler<C>>(handler: H, hello: C::Message) {
///     let hub = Hub::new(HubConfig::testing()).expect("valid settings");
///     let clients = Clients::new(handler, hub).metadata("authorization", "Bearer nonsense");
///     let refused = clients.try_connect(hello).await.expect_err("refused");
///     assert_eq!(refused.code(), streaming_runtime::tonic::Code::Unauthenticated);
/// }
/// ```
#[must_use = "nobody is connected yet"]
pub struct Clients<C: Contract> {
    serve: Arc<dyn Serve<C>>,
    http2: bool,
    metadata: MetadataMap,
    extensions: Extensions,
    reading: Reading,
    patience: Duration,
}

impl<C: Contract> Clients<C> {
    /// Clients of `hub`, handled by `handler`.
    pub fn new<H: Handler<C>>(handler: H, hub: Hub<C>) -> Self {
        Self::from_arc(Arc::new(handler), hub)
    }

    /// Clients of `hub`, handled by `handler`, of which the test keeps a clone.
    pub fn from_arc<H: Handler<C>>(handler: Arc<H>, hub: Hub<C>) -> Self {
        Self::served_by(Served { hub, handler })
    }

    /// Clients of whatever that is.
    pub(crate) fn served_by(serve: impl Serve<C> + 'static) -> Self {
        Self {
            serve: Arc::new(serve),
            http2: false,
            metadata: MetadataMap::new(),
            extensions: Extensions::new(),
            reading: Reading::AtOnce,
            patience: Duration::from_mins(5),
        }
    }

    /// Each on an HTTP/2 connection of its own to a tonic server, [`server()`](crate::server()), all in memory: with the
    /// windows and keep-alives of a real one. Slower by far.
    pub fn over_http2(mut self) -> Self {
        self.http2 = true;
        self
    }

    /// With this header in addition.
    ///
    /// # Panics
    /// One of both is not valid.
    #[track_caller]
    pub fn metadata(mut self, name: &'static str, value: &str) -> Self {
        let value = value.parse().unwrap_or_else(|_| panic!("{value:?} is no value of a header"));
        self.metadata.append(name, value);
        self
    }

    /// With what a tower layer or an interceptor would leave in the request's extensions.
    pub fn extension<T: Clone + Send + Sync + 'static>(mut self, extension: T) -> Self {
        self.extensions.insert(extension);
        self
    }

    /// They take a command only when the test asks for one, as after [`Peer::read_on_demand`]: not even the first.
    pub fn read_on_demand(mut self) -> Self {
        self.reading = Reading::OnDemand(false);
        self
    }

    /// How long whatever a test waits for may take, on the clock of tokio, before that panics. Default 5 min, longer than
    /// any timeout of the hub: paused time costs nothing. A test that does not pause it wants less.
    pub fn patience(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }
}

impl<C: Scripted> Clients<C> {
    /// Connects a client whose first message is this one; `None` for one that sends none. Returns once it is addressable.
    ///
    /// # Panics
    /// It is refused, or `on_connect` takes longer than the test's [`patience`](Self::patience).
    #[track_caller]
    pub fn connect<F: Into<Option<C::Message>>>(
        &self,
        first: F,
    ) -> impl Future<Output = Peer<C>> + Send + use<C, F> {
        let at = Location::caller();
        let connecting = self.try_connect(first);
        async move {
            let connected = connecting.await;
            connected
                .unwrap_or_else(|end| panic!("the client was refused: {}, at {at}", end.status))
        }
    }

    /// Connects a client as [`connect`](Self::connect) does.
    ///
    /// # Errors
    /// How the stream ended, where it did so before the client was addressable.
    ///
    /// # Panics
    /// `on_connect` takes longer than the test's [`patience`](Self::patience).
    #[track_caller]
    pub fn try_connect<F: Into<Option<C::Message>>>(
        &self,
        first: F,
    ) -> impl Future<Output = Result<Peer<C>, End>> + Send + use<C, F> {
        let at = Location::caller();
        let opening = self.open(first);
        async move {
            let mut peer = opening.await?;
            peer.connected_at(at).await?;
            Ok(peer)
        }
    }

    /// Opens a stream and sends the first message, if there is one. Returns once the hub has sent its headers, which is
    /// before it knows who it is: for tests of what happens before `on_connect` returns.
    ///
    /// # Errors
    /// The stream was refused before the headers.
    pub fn open<F: Into<Option<C::Message>>>(
        &self,
        first: F,
    ) -> impl Future<Output = Result<Peer<C>, End>> + Send + use<C, F> {
        let (first, this) = (first.into(), self.clone());
        async move {
            let line = Arc::new(Line::new());
            // Over HTTP/2 it is bytes that are late, see `http2::carry`.
            let messages = if this.http2 { Arc::new(Line::new()) } else { line.clone() };
            let (up, sent) = late::channel(&messages);
            let (taken, to_hear) = late::channel(&messages);
            let (heard, came) = unbounded_channel();
            let reading = watch::Sender::new(this.reading);
            let ears = Arc::new(Ears { reading, pongs: AtomicBool::new(true) });
            let (watch, seen) = seen_by();
            if let Some(first) = first {
                up.send(Up::Frame(frame(&first)));
            }
            let request = Request::from_parts(this.metadata, this.extensions, ());
            let headers = if this.http2 {
                let opened = http2::open(this.serve, request, sent, &line, watch).await;
                let (headers, down) = opened.map_err(End::new)?;
                tokio::spawn(take::<C>(down, ears.clone(), line.clone(), taken));
                headers
            } else {
                let opened = memory::open(&*this.serve, request, sent, &line, watch).await;
                let (headers, down) = opened.map_err(End::new)?;
                tokio::spawn(take::<C>(down, ears.clone(), line.clone(), taken));
                headers
            };
            tokio::spawn(hear::<C>(to_hear, ears.clone(), up.clone(), heard));
            Ok(Peer::new(headers, up, line, ears, came, seen, this.patience))
        }
    }
}

impl<C: Contract> Clone for Clients<C> {
    fn clone(&self) -> Self {
        Self {
            serve: self.serve.clone(),
            http2: self.http2,
            metadata: self.metadata.clone(),
            extensions: self.extensions.clone(),
            reading: self.reading,
            patience: self.patience,
        }
    }
}

impl_debug!([C: Contract] Clients<C>, |clients| C::NAME, clients.http2);
