//! One stream from its request to its end.

use std::sync::Arc;

use tokio::sync::OwnedSemaphorePermit as Place;
use tonic::{Code, Request, Response, Status, Streaming};

use super::{Hub, Inner};
use crate::{
    contract::{ClientIdSource, Contract},
    id::ClientId,
    identity::{self, Handshake, Identified, Identity},
    session::{CommandStream, Handler, Rpc, Session, SessionInfo, guarded, run},
    status::{Reason, Refusal},
};

impl<C: Contract> Hub<C> {
    /// Serves one stream: what a servicer written by hand returns from its rpc. The generated `Service` calls it.
    ///
    /// Returns as soon as the client is authenticated, before it has sent anything: many clients wait for the headers
    /// first.
    ///
    /// # Errors
    /// `RESOURCE_EXHAUSTED` where the hub is full, `UNAVAILABLE` where too many streams are not identified yet, what
    /// `#[authenticate]` says, and where the id is known without a message, that there is none or that the identity may
    /// not have it. All else ends the stream that is returned.
    ///
    /// # Cancel safety
    /// Dropped before it is ready, it has left nothing.
    pub async fn serve<H: Handler<C>>(
        &self,
        handler: &Arc<H>,
        request: Request<Streaming<C::Message>>,
    ) -> Result<Response<CommandStream<C>>, Status> {
        let peer = request.remote_addr();
        let (metadata, extensions, mut input) = request.into_parts();
        let handshake = Handshake::new(metadata, extensions, peer);
        let admitted = self.0.admit(&**handler, handshake).await;
        let opening = admitted
            .inspect_err(|status| tracing::debug!(rpc = C::NAME, ?peer, %status, "refused"))?;
        let stream = CommandStream::new(opening.rpc.clone());
        let (hub, handler) = (self.0.clone(), handler.clone());
        tokio::spawn(async move {
            if let Some((registered, mut first)) = opening.identify(&hub, &mut input).await {
                run(&registered.session, &*handler, &mut input, &mut first).await;
            }
        });
        Ok(Response::new(stream))
    }
}

impl<C: Contract> Inner<C> {
    /// What happens before the headers are sent.
    async fn admit<H: Handler<C>>(
        &self,
        handler: &H,
        handshake: Handshake,
    ) -> Result<Opening<C>, Status> {
        let place = self.streams.clone().try_acquire_owned();
        let place = place.map_err(|_| Refusal::MaxStreams.status())?;
        let unidentified = self.unidentified.clone().try_acquire_owned();
        let unidentified = unidentified.map_err(|_| Refusal::MaxUnidentified.status())?;
        let identity = self.authenticate(handler, &handshake).await?;
        let known = identity::known::<C>(&handshake, identity.as_deref())?;
        Ok(Opening { rpc: Rpc::new(), handshake, identity, known, place, unidentified })
    }

    /// Who opens a stream, as far as the handler looks.
    async fn authenticate<H: Handler<C>>(
        &self,
        handler: &H,
        handshake: &Handshake,
    ) -> Result<Option<Box<Identity>>, Status> {
        if !H::AUTHENTICATES {
            if C::CLIENT_ID != ClientIdSource::Assigned {
                self.claims.call_once(|| {
                    tracing::warn!(rpc = C::NAME, "client ids are what clients claim: there is no `#[authenticate]`, so that whoever reaches the port can be any client");
                });
            }
            return Ok(None);
        }
        let within = self.context.config.identify_timeout;
        let too_long = "authentication took longer than the identify timeout";
        let call = async { handler.authenticate(handshake).await };
        match guarded(within, too_long, call).await {
            Ok(identity) => Ok(Some(Box::new(identity))),
            Err(error) => {
                if error.status().code() == Code::Internal && self.faults.is_due() {
                    tracing::error!(rpc = C::NAME, %error, "authentication failed");
                }
                Err(Reason::Refused(error.status().clone()).status())
            }
        }
    }
}

/// A stream that is not a session yet.
struct Opening<C: Contract> {
    rpc: Arc<Rpc<C>>,
    handshake: Handshake,
    identity: Option<Box<Identity>>,
    /// The client's id, where no message tells.
    known: Option<ClientId>,
    place: Place,
    unidentified: Place,
}

impl<C: Contract> Opening<C> {
    /// Makes it the session of its client, once nothing of the one before runs any more. `None`: it was refused.
    async fn identify(
        self,
        hub: &Arc<Inner<C>>,
        input: &mut Streaming<C::Message>,
    ) -> Option<(Registered<C>, Option<C::Message>)> {
        let config = &hub.context.config;
        let peer = self.handshake.peer_addr();
        let identified = if let Some(id) = self.known {
            Ok(Identified { id, first: None })
        } else {
            let identity = self.identity.as_deref();
            identity::first::<C>(input, config.identify_timeout, identity).await
        };
        let refuse = |status| {
            tracing::debug!(rpc = C::NAME, ?peer, %status, "refused");
            self.rpc.refuse(status);
        };
        let Identified { id, first } = identified.map_err(refuse).ok()?;
        drop(self.unidentified);
        let info = SessionInfo::new(id, self.handshake, self.identity);
        let session = Arc::new(Session::new(hub.context.clone(), info));
        let before = hub.registry.claim(&session, config.duplicates);
        let before = before.map_err(|refusal| refuse(refusal.status())).ok()?;
        let registered = Registered { hub: hub.clone(), session, _place: self.place };
        self.rpc.attach(&registered.session);
        if let Some(before) = before {
            before.finished().await;
        }
        tracing::debug!(client = %registered.session.id(), rpc = C::NAME, ?peer, "connected");
        Some((registered, first))
    }
}

/// A session that leaves the registry, and its place, however its task ends.
struct Registered<C: Contract> {
    hub: Arc<Inner<C>>,
    session: Arc<Session<C>>,
    _place: Place,
}

impl<C: Contract> Drop for Registered<C> {
    fn drop(&mut self) {
        self.hub.registry.release(&self.session);
    }
}
