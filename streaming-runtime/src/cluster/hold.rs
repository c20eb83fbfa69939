//! A session of this node, and what other nodes want of it.

use std::{future::poll_fn, pin::pin, sync::Arc, time::Duration};

use bytes::Bytes;
use futures_util::StreamExt as _;
use prost::Message as _;
use tokio::time::{sleep, timeout};

use super::{
    Deliveries, Delivery,
    member::{Member, Shared},
    outcome,
    wire::{self, Ask, State},
};
use crate::{
    at_least_once::OfSession,
    contract::Contract,
    error::{RequestError, SendError},
    room::give_back,
    session::Session,
    status::Reason,
    target::{Open, hand_over},
};

/// Of the nodes that have a client, each call reaches one.
const HOLDERS: &str = "holders";

/// So long what is on its way to a client that has left is waited for.
const REST: Duration = Duration::from_secs(1);

/// When a claim is repeated, for those that did not hear the first.
const CLAIM_AGAIN: Duration = Duration::from_secs(1);

/// Listens for what is for the client, as long as its session lasts.
pub(super) async fn hold<C: Contract>(member: Member<C>, session: Arc<Session<C>>) {
    let subject = member.subjects.client(session.id());
    let mut deliveries = None;
    tokio::select! {
        biased;
        () = session.ended() => {}
        subscribed = member.cluster.subscribe(subject, Some(HOLDERS)) => match subscribed {
            Ok(subscribed) => {
                let deliveries = deliveries.insert(subscribed);
                tokio::select! {
                    biased;
                    () = session.ended() => {}
                    () = listen(&member, &session, deliveries) => {}
                }
            }
            Err(error) => {
                tracing::error!(client = %session.id(), rpc = C::NAME, %error, "other nodes cannot reach it");
            }
        },
    }
    member.let_go(&session);
    if let Some(mut deliveries) = deliveries {
        // What is on its way is answered, so that callers look elsewhere at once and need not wait.
        let rest = async {
            deliveries.stop().await.ok()?;
            while let Some(delivery) = deliveries.next().await {
                member.take(&session, delivery).await;
            }
            Some(())
        };
        let _ = timeout(REST, rest).await;
    }
}

async fn listen<C: Contract>(
    member: &Member<C>,
    session: &Arc<Session<C>>,
    deliveries: &mut Deliveries,
) {
    member.claim(session, false).await;
    let mut again = pin!(sleep(CLAIM_AGAIN));
    let mut claimed = false;
    loop {
        tokio::select! {
            delivery = deliveries.next() => match delivery {
                Some(delivery) => member.take(session, delivery).await,
                None => return,
            },
            () = &mut again, if !claimed => {
                claimed = true;
                member.claim(session, true).await;
            }
        }
    }
}

impl<C: Contract> Shared<C> {
    /// The session has ended. Its successor's place is not its to leave.
    fn let_go(&self, session: &Arc<Session<C>>) {
        let mut clients = self.clients();
        if clients.get(session.id()).is_some_and(|newest| Arc::ptr_eq(newest, session)) {
            clients.remove(session.id());
            give_back(&mut clients);
            drop(clients);
            self.forget_taken(session.id());
        }
    }

    /// Says that this node has the client, to whichever node has it as well.
    pub(super) async fn claim(&self, session: &Session<C>, repeated: bool) {
        let claim = self.claim_of(session, repeated);
        // Where there is no connection, it is said when there is one.
        let _ = self.tell_all(wire::Newly::Claim(claim)).await;
    }

    pub(super) fn claim_of(&self, session: &Session<C>, repeated: bool) -> wire::Claim {
        wire::Claim {
            node: self.node.clone(),
            client: session.id().to_string(),
            epoch: session.info.epoch(),
            repeated,
        }
    }

    /// Says of all these clients once more that this node has them, to one node or to all.
    pub(super) async fn claim_again(&self, sessions: &[Arc<Session<C>>], to: Option<&str>) {
        let there = sessions.iter().filter(|session| !session.has_ended());
        let claimed = there.map(|session| wire::Claimed {
            client: session.id().to_string(),
            epoch: session.info.epoch(),
        });
        let clients = wire::Clients { node: self.node.clone(), claimed: claimed.collect() };
        match to {
            Some(node) => self.tell(node, wire::Word::Clients(clients)).await,
            None => {
                let _ = self.tell_all(wire::Newly::Clients(clients)).await;
            }
        }
    }

    /// Another node has a client. Of two the one with the higher epoch keeps it.
    pub(super) async fn hear_claim(&self, claim: &wire::Claim) {
        self.hear_of(&claim.node, &claim.client, claim.epoch, claim.repeated).await;
    }

    pub(super) async fn hear_claims(&self, clients: &wire::Clients) {
        for claimed in &clients.claimed {
            self.hear_of(&clients.node, &claimed.client, claimed.epoch, true).await;
        }
    }

    async fn hear_of(&self, node: &str, client: &str, epoch: u64, repeated: bool) {
        if node == self.node {
            return;
        }
        if self.routes.of(client).is_some_and(|post| post.node() != node) {
            self.routes.forget(client);
        }
        // Who waits for the client's next stream can look for it there.
        self.context.arrivals.tell(client);
        let session = self.clients().get(client).cloned();
        let Some(session) = session else { return };
        if (epoch, node) > (session.info.epoch(), &self.node) {
            session.end(if repeated { Reason::Moved } else { Reason::Replaced });
        } else {
            let own = self.claim_of(&session, repeated);
            self.tell(node, wire::Word::Claim(own)).await;
        }
    }
}

impl<C: Contract> Member<C> {
    /// What another node wants of the session.
    async fn take(&self, session: &Arc<Session<C>>, delivery: Delivery) {
        let Ok(call) = wire::Call::decode(delivery.payload) else {
            tracing::warn!(rpc = C::NAME, "another node says what this one does not understand");
            return;
        };
        let state = self.take_call(session, call);
        let answer = wire::Answer {
            node: self.node.clone(),
            epoch: session.info.epoch(),
            connected: session.is_connected(),
            taken_ms: self.taken(session.id()),
            state: Some(state),
        };
        if let Some(reply) = delivery.reply {
            // Whoever asked finds out by asking again.
            let _ = self.cluster.respond(&reply, answer.encode_to_vec().into()).await;
        }
    }

    /// What another node, which knows that this one has the client, wants of its session.
    pub(super) fn take_letter(&self, call: wire::Call) -> State {
        let session = self.clients().get(&*call.client).cloned();
        match session {
            Some(session) => self.take_call(&session, call),
            None => State::Done(Err(RequestError::NotConnected).into()),
        }
    }

    fn take_call(&self, session: &Arc<Session<C>>, mut call: wire::Call) -> State {
        match call.ask.take() {
            Some(Ask::Find(())) if !session.has_ended() => State::Held(()),
            Some(Ask::End(reason)) if session.is_live() => {
                session.end(Reason::Closed(reason));
                State::Held(())
            }
            Some(Ask::Probe(())) => self.held.state(&call.id),
            Some(Ask::Cancel(())) => {
                self.held.cancel(&call.id);
                State::Held(())
            }
            Some(Ask::Command(command)) => {
                // Its id is remembered, and would keep all of the message that it came in.
                call.id = Bytes::copy_from_slice(&call.id);
                self.take_command(session, &call, command)
            }
            Some(Ask::Find(()) | Ask::End(_)) | None => {
                State::Done(Err(RequestError::NotConnected).into())
            }
        }
    }

    fn take_command(
        &self,
        session: &Arc<Session<C>>,
        call: &wire::Call,
        command: wire::Command,
    ) -> State {
        if self.is_late(call.deadline_ms) {
            return State::Done(outcome::late());
        }
        if !session.is_live() {
            return State::Done(Err(RequestError::NotConnected).into());
        }
        if !self.held.take(&call.id) {
            return self.held.state(&call.id);
        }
        let state = self.execute(session, call, command);
        if let State::Done(outcome) = &state {
            self.held.end(&call.id, outcome.clone());
        }
        state
    }

    fn execute(&self, session: &Arc<Session<C>>, call: &wire::Call, sent: wire::Command) -> State {
        let done = |result: outcome::Result| State::Done(result.into());
        let Ok(mut command) = C::Command::decode(sent.bytes) else {
            return done(Err(RequestError::Unconfirmed));
        };
        let overflow = outcome::into_overflow(sent.overflow);
        let within = Duration::from_millis(call.within_ms);
        let ended = SendError::NotConnected;
        let Some(awaits) = sent.awaits else {
            return match hand_over(session, &mut command, overflow, None, ended) {
                Ok(None) => done(Ok(Bytes::new())),
                Ok(Some(waiting)) => {
                    let waiting = async { Ok(waiting.await.map(|()| Bytes::new())?) };
                    self.follow(call, waiting)
                }
                Err(error) => done(Err(error.into())),
            };
        };
        let Some(awaits) = outcome::into_awaits(awaits) else {
            return done(Err(RequestError::Unconfirmed));
        };
        if sent.again {
            let reply = OfSession::send(session.clone(), command, overflow, awaits, within);
            return self.follow(call, async { Ok(reply.await?.encode_to_vec().into()) });
        }
        let opened = Open::start(session, &mut command, overflow, awaits, within, ended);
        match opened {
            Ok(mut open) => self.follow(call, async move {
                let reply = poll_fn(|cx| open.poll(cx)).await?;
                Ok(reply.encode_to_vec().into())
            }),
            Err(error) => done(Err(error)),
        }
    }

    /// Tells the caller's node how it ends.
    fn follow(
        &self,
        call: &wire::Call,
        outcome: impl Future<Output = outcome::Result> + Send + 'static,
    ) -> State {
        let (member, id, from) = (self.clone(), call.id.clone(), call.from.clone());
        let task = tokio::spawn(async move {
            let outcome = wire::Outcome::from(member.carried(outcome.await));
            member.held.end(&id, outcome.clone());
            // Where it is lost, the caller asks.
            member.tell(&from, wire::Word::Ended(wire::Ended { id, outcome })).await;
        });
        self.held.waits(&call.id, task.abort_handle());
        State::Held(())
    }
}
