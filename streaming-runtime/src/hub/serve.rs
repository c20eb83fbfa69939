//! One stream from its request to its end.

use std::{net::SocketAddr, sync::Arc};

use tokio::time::Instant;
use tonic::{Request, Response, Status, Streaming};
use tracing::Instrument as _;

use super::{Hub, Inner};
use crate::{
    contract::Contract,
    gate::{Place, Places},
    id::ClientId,
    identity::{self, Handshake, Identified, Identity},
    input::Input,
    planted::planted,
    reserved::Reserved,
    resume::{Arrival, Key},
    session::{CommandStream, Handler, Rpc, Session, SessionInfo, run},
    status::Refusal,
    telemetry,
};

impl<C: Contract> Hub<C> {
    /// Serves one stream: what a servicer written by hand returns from its rpc. The generated `Service` calls it.
    ///
    /// Returns as soon as the client is authenticated, before it has sent anything: many clients wait for the headers
    /// first.
    ///
    /// The response's headers hold the key of the session, `streaming-session`, and whether the stream goes on with one
    /// whose key the client has shown, `streaming-resumed`.
    ///
    /// # Errors
    /// `RESOURCE_EXHAUSTED` where the hub is full, `UNAVAILABLE` where too many streams are not identified yet or the hub
    /// drains, what
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
        let peer = identity::peer(&request);
        let refused = |status: &Status| self.0.refused(peer, status);
        let mut opening = Opening::new(&self.0, request).inspect_err(refused)?;
        self.0.admit(&**handler, &mut opening).await.inspect_err(refused)?;
        let stream = CommandStream::new(opening.rpc.clone()).read_by_tonic(true);
        let mut response = Response::new(stream);
        opening.key.tell(opening.resumes.is_some(), response.metadata_mut());
        let (hub, handler) = (self.0.clone(), handler.clone());
        tokio::spawn(async move {
            // Boxed, so that a session keeps no room for what came before.
            if let Some(mut registered) = Box::pin(opening.identify(&hub)).await {
                let Registered { session, input, first, place, .. } = &mut *registered;
                let span = telemetry::session::<C>(&session.info);
                run(session, &*handler, input, first, place).instrument(span).await;
            }
        });
        Ok(response)
    }
}

impl<C: Contract> Inner<C> {
    /// What happens before the headers are sent.
    async fn admit<H: Handler<C>>(
        &self,
        handler: &H,
        opening: &mut Opening<C>,
    ) -> Result<(), Status> {
        let within = self.context.config.identify_timeout;
        opening.identity = self.authentication.of(handler, &opening.handshake, within).await?;
        opening.known = identity::known::<C>(&opening.handshake, opening.identity.as_deref())?;
        opening.shown = Key::shown(opening.handshake.metadata());
        opening.resumes = opening.shown.and_then(|key| Reserved::of(&self.keys, key));
        opening.since = Instant::now();
        Ok(())
    }

    /// A stream never becomes a session.
    fn refused(&self, peer: Option<SocketAddr>, status: &Status) {
        tracing::debug!(rpc = C::NAME, ?peer, %status, "refused");
        self.context.meters.refused(status);
    }
}

/// A stream that is not a session yet.
struct Opening<C: Contract> {
    rpc: Arc<Rpc<C>>,
    handshake: Handshake,
    input: Streaming<C::Message>,
    identity: Option<Box<Identity>>,
    /// The client's id, where no message tells.
    known: Option<ClientId>,
    places: Places,
    since: Instant,
    /// The key that it was told, and the one that it has shown.
    key: Key,
    shown: Option<Key>,
    /// The session that it was told it goes on with.
    resumes: Option<Reserved<C>>,
}

impl<C: Contract> Opening<C> {
    /// Boxed, so that its room is free again once it is a session.
    fn new(hub: &Inner<C>, request: Request<Streaming<C::Message>>) -> Result<Box<Self>, Status> {
        let places = hub.context.gate.admit().map_err(Refusal::status)?;
        let peer = identity::peer(&request);
        let (metadata, extensions, input) = request.into_parts();
        let handshake = Handshake::new(metadata, extensions, peer);
        let (rpc, key, since) = (Rpc::new(), Key::new(), Instant::now());
        let (identity, known, shown, resumes) = (None, None, None, None);
        let opening =
            Self { rpc, handshake, input, identity, known, places, since, key, shown, resumes };
        Ok(Box::new(opening))
    }

    /// Makes it the session of its client, once nothing of the one before runs any more. `None`: it was refused.
    async fn identify(mut self: Box<Self>, hub: &Arc<Inner<C>>) -> Option<Box<Registered<C>>> {
        let context = &hub.context;
        let peer = self.handshake.peer_addr();
        let until = self.since + context.config.identify_timeout;
        let identity = self.identity.as_deref();
        let identified = match self.known {
            Some(id) => Ok(Identified { id, first: None }),
            None => identity::first::<C>(&mut self.input, until, identity).await,
        };
        // Only now, so that those who never say who they are keep nobody waiting.
        let identified = match identified {
            Ok(identified) => {
                let turn = context.gate.turn(&mut self.places, until).await;
                turn.map(|()| identified).map_err(Refusal::status)
            }
            refused => refused,
        };
        let refuse = |status| {
            hub.refused(peer, &status);
            self.rpc.refuse(status);
        };
        let Identified { id, first } = identified.map_err(refuse).ok()?;
        let place = self.places.identified();
        if let Some(resumes) = self.resumes {
            let subject = self.identity.as_deref().map(Identity::subject);
            let valid_for = self.identity.as_deref().and_then(Identity::valid_for);
            let input = self.input.into();
            let arrival = |stream| Arrival { input, first, stream, valid_for, place };
            match resumes.resume(&id, subject, &hub.keys, self.key, arrival) {
                Ok((session, stream)) => {
                    tracing::debug!(client = %id, rpc = C::NAME, ?peer, "resumed");
                    context.meters.resumes.increment(1);
                    self.rpc.attach(session, stream);
                }
                Err(refusal) => refuse(refusal.status()),
            }
            return None;
        }
        if let Some(elsewhere) = hub.elsewhere.get() {
            elsewhere.arrives(&id).await.map_err(|refusal| refuse(refusal.status())).ok()?;
        }
        let info = SessionInfo::new(id, self.handshake, self.identity, &context.epochs);
        let session = Arc::new(Session::new(context.clone(), info, self.key));
        let before = hub.registry.claim(&session, self.shown);
        let before = before.map_err(|refusal| refuse(refusal.status())).ok()?;
        session.seat.sit(place);
        let (input, first, place) = (self.input.into(), first.map(Box::new), self.places.opening);
        let registered = Box::new(Registered { hub: hub.clone(), session, input, first, place });
        if !context.config.reconnect_grace.is_zero() {
            hub.keys.insert(self.key, &registered.session);
        }
        self.rpc.attach(&registered.session, 0);
        if let Some(elsewhere) = hub.elsewhere.get() {
            elsewhere.begins(&registered.session);
        }
        if let Some(before) = before {
            planted!(Overlaps => return Some(registered));
            before.finished().await;
        }
        tracing::debug!(client = %registered.session.id(), rpc = C::NAME, ?peer, "connected");
        Some(registered)
    }
}

/// A stream whose session leaves the registry, however its task ends.
struct Registered<C: Contract> {
    hub: Arc<Inner<C>>,
    session: Arc<Session<C>>,
    input: Input<C::Message>,
    /// The message that told who it is, if one did.
    first: Option<Box<C::Message>>,
    /// Its place among those that open.
    place: Option<Place>,
}

impl<C: Contract> Drop for Registered<C> {
    fn drop(&mut self) {
        planted!(KeepsSessions => return);
        self.session.seat.leave();
        self.hub.keys.remove(self.session.seat.key());
        self.hub.registry.release(&self.session);
    }
}
