//! The user's handler, and beside it what the kit sees of the session.

use std::{future::Future, pin::Pin, sync::Arc};

use tokio::sync::watch;
use tonic::{Request, Response, Status, Streaming};

use crate::{
    contract::Contract,
    error::{Failure, HandlerError},
    hub::Hub,
    identity::{Handshake, Identity},
    session::{Client, CommandStream, Disconnect, Handler, Inbox},
    status::Reason,
};

/// What is seen of one session from the hub's side.
pub(crate) struct Seen<C: Contract> {
    /// Once `on_connect` is called.
    pub(super) client: Option<Client<C>>,
    /// Whether `on_connect` has returned `Ok`.
    pub(super) connected: bool,
    /// Once `on_disconnect` is called.
    pub(super) reason: Option<Reason>,
}

/// Tells what is seen; dropped when nothing of the session runs any more.
pub(crate) type Watch<C> = watch::Sender<Seen<C>>;

pub(super) fn watch<C: Contract>() -> (Watch<C>, watch::Receiver<Seen<C>>) {
    watch::channel(Seen { client: None, connected: false, reason: None })
}

/// A hub with a handler, whatever that is.
pub(crate) trait Serve<C: Contract>: Send + Sync {
    fn serve(&self, request: Request<Streaming<C::Message>>, seen: Watch<C>) -> Serving<C>;
}

pub(crate) type Serving<C> =
    Pin<Box<dyn Future<Output = Result<Response<CommandStream<C>>, Status>> + Send>>;

pub(super) struct Served<C: Contract, H> {
    pub(super) hub: Hub<C>,
    pub(super) handler: Arc<H>,
}

impl<C: Contract, H: Handler<C>> Serve<C> for Served<C, H> {
    fn serve(&self, request: Request<Streaming<C::Message>>, seen: Watch<C>) -> Serving<C> {
        let watched = Arc::new(Watched { handler: self.handler.clone(), seen });
        let hub = self.hub.clone();
        Box::pin(async move { hub.serve(&watched, request).await })
    }
}

/// The handler for one stream. It hands everything on.
struct Watched<C: Contract, H> {
    handler: Arc<H>,
    seen: Watch<C>,
}

impl<C: Contract, H: Handler<C>> Handler<C> for Watched<C, H> {
    const PULLS: bool = H::PULLS;
    const AUTHENTICATES: bool = H::AUTHENTICATES;
    const LANES: &'static [usize] = H::LANES;

    async fn dispatch(&self, client: &Client<C>, message: C::Message) -> Result<(), Failure> {
        self.handler.dispatch(client, message).await
    }

    async fn session(&self, client: &Client<C>, inbox: Inbox<C>) -> Result<(), Failure> {
        self.handler.session(client, inbox).await
    }

    async fn authenticate(&self, handshake: &Handshake) -> Result<Identity, Failure> {
        self.handler.authenticate(handshake).await
    }

    fn lane(variant: Option<u16>) -> Option<usize> {
        H::lane(variant)
    }

    fn ping(&self, client: &Client<C>, sequence: u64) -> Option<C::Command> {
        self.handler.ping(client, sequence)
    }

    async fn on_connect(&self, client: &Client<C>) -> Result<(), Failure> {
        self.seen.send_modify(|seen| seen.client = Some(client.clone()));
        self.handler.on_connect(client).await?;
        self.seen.send_modify(|seen| seen.connected = true);
        Ok(())
    }

    async fn on_resume(&self, client: &Client<C>) -> Result<(), Failure> {
        self.handler.on_resume(client).await
    }

    async fn on_disconnect(
        &self,
        client: &Client<C>,
        disconnect: &Disconnect<C>,
    ) -> Result<(), Failure> {
        self.seen.send_modify(|seen| seen.reason = Some(disconnect.reason.clone()));
        self.handler.on_disconnect(client, disconnect).await
    }

    async fn on_error(&self, client: &Client<C>, error: &HandlerError) {
        self.handler.on_error(client, error).await;
    }
}
