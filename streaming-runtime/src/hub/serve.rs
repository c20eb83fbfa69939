//! One stream from its request to its end.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use tonic::{Request, Response, Status, Streaming, metadata::MetadataMap};

use super::{Hub, Inner};
use crate::{
    contract::Contract,
    session::{CommandStream, Handler, Rpc, Session, SessionInfo, identify, run},
    status::Refusal,
};

impl<C: Contract> Hub<C> {
    /// Serves one stream: what a servicer written by hand returns from its rpc. The generated `Service` calls it.
    ///
    /// Returns at once, before the client has sent anything: many clients wait for the headers first.
    ///
    /// # Errors
    /// `RESOURCE_EXHAUSTED` where the hub is full, `UNAVAILABLE` where too many streams are not identified yet. All
    /// else ends the stream that is returned.
    #[expect(clippy::unused_async, reason = "authentication will wait here")]
    pub async fn serve<H: Handler<C>>(
        &self,
        handler: &Arc<H>,
        request: Request<Streaming<C::Message>>,
    ) -> Result<Response<CommandStream<C>>, Status> {
        let hub = &self.0;
        let limit = hub.context.config.max_streams.unwrap_or(usize::MAX);
        let open = Counted::new(hub.clone(), |hub| &hub.streams, limit)
            .ok_or_else(|| Refusal::MaxStreams.status())?;
        let limit = hub.context.config.max_unidentified;
        let unidentified = Counted::new(hub.clone(), |hub| &hub.unidentified, limit)
            .ok_or_else(|| Refusal::MaxUnidentified.status())?;

        let peer = request.remote_addr();
        let (metadata, _, input) = request.into_parts();
        let rpc = Rpc::new();
        let stream = CommandStream::new(rpc.clone());
        let opening = Opening { rpc, metadata, peer, open, unidentified };
        tokio::spawn(opening.run(hub.clone(), handler.clone(), input));
        Ok(Response::new(stream))
    }
}

/// A stream that is not a session yet.
struct Opening<C: Contract> {
    rpc: Arc<Rpc<C>>,
    metadata: MetadataMap,
    peer: Option<std::net::SocketAddr>,
    open: Counted<C>,
    unidentified: Counted<C>,
}

impl<C: Contract> Opening<C> {
    async fn run<H: Handler<C>>(
        self,
        hub: Arc<Inner<C>>,
        handler: Arc<H>,
        mut input: Streaming<C::Message>,
    ) {
        let config = &hub.context.config;
        let identified = match identify::<C>(&mut input, config.identify_timeout).await {
            Ok(identified) => identified,
            Err(status) => {
                tracing::debug!(rpc = C::NAME, peer = ?self.peer, %status, "refused");
                return self.rpc.refuse(status);
            }
        };
        drop(self.unidentified);
        let info = SessionInfo::new(identified.id.clone(), self.metadata, self.peer);
        let session = Arc::new(Session::new(hub.context.clone(), info));
        let before = match hub.registry.claim(&session, config.duplicates) {
            Ok(before) => before,
            Err(refusal) => {
                tracing::debug!(client = %session.id(), rpc = C::NAME, "refused: the id is taken");
                return self.rpc.refuse(refusal.status());
            }
        };
        let registered = Registered { hub: &hub, session: &session };
        self.rpc.attach(&session);
        drop(self.rpc);
        if let Some(before) = before {
            before.finished().await;
        }
        tracing::debug!(client = %session.id(), rpc = C::NAME, peer = ?self.peer, "connected");
        run(session.clone(), handler, input, identified).await;
        drop(registered);
        drop(self.open);
    }
}

/// Takes the session out of the registry however its task ends.
struct Registered<'a, C: Contract> {
    hub: &'a Inner<C>,
    session: &'a Arc<Session<C>>,
}

impl<C: Contract> Drop for Registered<'_, C> {
    fn drop(&mut self) {
        self.hub.registry.release(self.session);
    }
}

/// One of a bounded number, counted while it lives.
struct Counted<C: Contract> {
    hub: Arc<Inner<C>>,
    counter: fn(&Inner<C>) -> &AtomicUsize,
}

impl<C: Contract> Counted<C> {
    fn new(
        hub: Arc<Inner<C>>,
        counter: fn(&Inner<C>) -> &AtomicUsize,
        limit: usize,
    ) -> Option<Self> {
        let before = counter(&hub).fetch_add(1, Ordering::Relaxed);
        let this = Self { hub, counter };
        (before < limit).then_some(this)
    }
}

impl<C: Contract> Drop for Counted<C> {
    fn drop(&mut self) {
        (self.counter)(&self.hub).fetch_sub(1, Ordering::Relaxed);
    }
}
