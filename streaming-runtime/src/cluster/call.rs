//! A call of this node to whichever has the client.

use std::{
    collections::HashMap,
    pin::pin,
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use bytes::Bytes;
use tokio::{
    sync::oneshot,
    time::{Instant, sleep, sleep_until},
};

use super::{
    CarryError,
    member::{Member, Shared},
    outcome,
    post::Post,
    wire::{self, State},
};
use crate::{
    contract::Contract,
    error::{RequestError, SendError, Unreachable},
    id::ClientId,
};

/// The pauses between two looks for a client that nobody has.
const LOOK: Duration = Duration::from_millis(5);

/// So long a client is looked for whose node drains: it is to come back on another.
const DRAINING: Duration = Duration::from_secs(2);

/// When the client's node is asked for the first time whether the call is still there, and how often then.
pub(super) const FIRST_PROBE: Duration = Duration::from_millis(100);
pub(super) const PROBE: Duration = Duration::from_millis(500);

/// Calls that wait for what another node says.
#[derive(Debug)]
pub(super) struct Calls {
    waiting: Mutex<HashMap<Bytes, oneshot::Sender<wire::Outcome>>>,
    /// What the ids of this node's calls begin with, and how many there were.
    ids: [u8; 8],
    count: AtomicU64,
}

impl Default for Calls {
    fn default() -> Self {
        let (ids, _) = uuid::Uuid::new_v4().as_u64_pair();
        Self { waiting: Mutex::default(), ids: ids.to_be_bytes(), count: AtomicU64::new(0) }
    }
}

impl Calls {
    fn lock(&self) -> MutexGuard<'_, HashMap<Bytes, oneshot::Sender<wire::Outcome>>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn new_id(&self) -> Bytes {
        let count = self.count.fetch_add(1, Ordering::Relaxed).to_be_bytes();
        Bytes::from([self.ids, count].concat())
    }

    /// Another node says how a call has ended.
    pub(super) fn end(&self, ended: wire::Ended) {
        if let Some(waits) = self.lock().remove(&ended.id) {
            // Nobody waits any more where that fails.
            let _ = waits.send(ended.outcome);
        }
    }
}

/// What bounds a call.
#[derive(Clone, Copy)]
pub(super) struct Limits {
    pub(super) within: Duration,
    /// Whether all that is awaited is the word of the client's node.
    pub(super) confirms: bool,
}

/// A call that another node may have taken. Dropped, that is told.
struct Open<'a, C: Contract> {
    member: &'a Member<C>,
    client: &'a ClientId,
    id: Bytes,
    /// The node that has it, or got it last, once that is known.
    holder: Option<String>,
    over: bool,
}

impl<C: Contract> Drop for Open<'_, C> {
    fn drop(&mut self) {
        self.member.calls.lock().remove(&self.id);
        if self.over {
            return;
        }
        let (member, id) = (self.member.clone(), self.id.clone());
        let (client, holder) = (self.client.clone(), self.holder.take());
        tokio::spawn(async move {
            let word = wire::Word::Cancel(id.clone());
            // What is lost ends by its deadline.
            match holder {
                Some(node) => member.tell(&node, word).await,
                None => member.cancel(&client, id).await,
            }
        });
    }
}

impl<C: Contract> Shared<C> {
    /// Says that a call is over to whichever node has taken it.
    async fn cancel(&self, client: &ClientId, id: Bytes) {
        let _ = self.ask(client, id, wire::Ask::Cancel(()), PROBE).await;
    }

    /// Asks whichever node has the client, and looks for it for a while.
    pub(super) async fn find(
        &self,
        client: &ClientId,
        ask: wire::Ask,
    ) -> Result<wire::Answer, SendError> {
        let until = Instant::now() + self.context.config.locate_wait;
        loop {
            match self.ask(client, Bytes::new(), ask.clone(), PROBE).await {
                Ok(answer) if !matches!(&answer.state, Some(State::Done(_))) => return Ok(answer),
                Ok(_) | Err(CarryError::NoResponders) => {}
                Err(CarryError::NotConnected) => {
                    return Err(SendError::Unreachable(Unreachable::NotInCluster));
                }
                Err(_) => return Err(SendError::Unreachable(Unreachable::NodeMissing)),
            }
            if Instant::now() >= until {
                return Err(match self.nobody() {
                    RequestError::Unreachable(why) => SendError::Unreachable(why),
                    _ => SendError::NotConnected,
                });
            }
            sleep(LOOK).await;
        }
    }
}

impl<C: Contract> Member<C> {
    /// Has the command sent by whichever node has the client.
    pub(super) async fn call(
        &self,
        client: &ClientId,
        command: wire::Command,
        limits: Limits,
    ) -> outcome::Result {
        let limit = self.limit();
        if command.bytes.len() > limit {
            return Err(RequestError::TooLarge { size: command.bytes.len(), limit });
        }
        let begun = Instant::now();
        let deadline = begun + limits.within;
        let mut look_until = begun + self.context.config.locate_wait;
        loop {
            let post = self.routes.of(client);
            let was_known = post.is_some();
            let ended = self.attempt(client, &command, limits, deadline, post).await;
            match ended {
                Err(RequestError::Draining | RequestError::NotConnected) if was_known => {
                    // Nobody has taken it, and it may be elsewhere.
                    self.routes.forget(client);
                    continue;
                }
                Err(RequestError::Draining) => look_until = begun + DRAINING,
                Err(RequestError::NotConnected) => {}
                ended => return ended,
            }
            if Instant::now() >= look_until.min(deadline) {
                return match ended {
                    Err(RequestError::NotConnected) => Err(self.nobody()),
                    ended => ended,
                };
            }
            sleep(LOOK).await;
        }
    }

    /// `NotConnected` and `Draining`: nobody has taken it. Where it is known which node has the client, that one is asked.
    async fn attempt(
        &self,
        client: &ClientId,
        command: &wire::Command,
        limits: Limits,
        deadline: Instant,
        post: Option<Post>,
    ) -> outcome::Result {
        let id = self.calls.new_id();
        let (waits, mut ended) = oneshot::channel();
        self.calls.lock().insert(id.clone(), waits);
        let holder = post.as_ref().map(|post| post.node().to_owned());
        let mut open = Open { member: self, client, id: id.clone(), holder, over: false };
        let mut asked = pin!(self.deliver(client, &id, command, deadline, post));
        let mut probe = pin!(self.probe(client, &id, open.holder.clone(), false));
        let (mut answered, mut is_held, mut probes) = (false, false, false);
        // One timer for both: nearly all are answered before the first.
        let mut timer = pin!(sleep_until(deadline.min(Instant::now() + FIRST_PROBE)));
        let outcome = loop {
            let answer = tokio::select! {
                biased;
                Ok(outcome) = &mut ended => break outcome.into(),
                answer = &mut asked, if !answered => {
                    answered = true;
                    match answer {
                        Ok(answer) => answer,
                        Err(CarryError::Unanswered) => continue,
                        Err(error) => break Err(self.not_sent(error, command)),
                    }
                }
                answer = &mut probe, if probes => match answer {
                    Some(answer) => answer,
                    // The node that had it is gone, or another has the client now.
                    None if limits.confirms => break Err(RequestError::Unconfirmed),
                    None => break Err(RequestError::Disconnected { sent: true }),
                },
                () = &mut timer => {
                    if Instant::now() < deadline {
                        probes = true;
                        timer.as_mut().reset(deadline);
                        continue;
                    }
                    // Whoever has it is to be told, so that it is not over.
                    let confirmed = is_held && !limits.confirms;
                    return Err(if confirmed { RequestError::Timeout } else { RequestError::Unconfirmed });
                }
            };
            if let Some(State::Done(outcome)) = answer.state {
                break outcome.into();
            }
            (answered, is_held) = (true, true);
            probe.set(self.probe(client, &id, Some(answer.node.clone()), true));
            open.holder = Some(answer.node);
        };
        open.over = true;
        outcome
    }

    /// Hands it to the node that has the client, or to whichever has, and remembers that.
    async fn deliver(
        &self,
        client: &ClientId,
        id: &Bytes,
        command: &wire::Command,
        deadline: Instant,
        post: Option<Post>,
    ) -> Result<wire::Answer, CarryError> {
        let within = deadline.saturating_duration_since(Instant::now());
        let ask = wire::Ask::Command(command.clone());
        if let Some(post) = post {
            let client = client.to_string();
            let call = wire::Call { client, ..self.new_call(id.clone(), ask, within) };
            let state = Some(post.ask(call, deadline).await?);
            return Ok(wire::Answer { node: post.node().to_owned(), state, ..Default::default() });
        }
        let answer = self.ask(client, id.clone(), ask, within).await?;
        let refused = matches!(&answer.state, Some(State::Done(outcome)) if outcome.is_refusal());
        if !refused && answer.node != self.node {
            self.routes.learn(client, self.post(&answer.node));
        }
        Ok(answer)
    }

    /// Why nobody has got it.
    fn not_sent(&self, error: CarryError, command: &wire::Command) -> RequestError {
        match error {
            CarryError::NoResponders => RequestError::NotConnected,
            CarryError::TooLarge => {
                let limit = self.cluster.max_payload();
                RequestError::TooLarge { size: command.bytes.len(), limit }
            }
            CarryError::NotConnected | CarryError::Unanswered => {
                RequestError::Unreachable(Unreachable::NotInCluster)
            }
        }
    }

    /// Asks from time to time what has become of the call, until there is something to say: it has been taken, where that
    /// is not known, or is over. `None`: nobody knows of it.
    async fn probe(
        &self,
        client: &ClientId,
        id: &Bytes,
        node: Option<String>,
        is_held: bool,
    ) -> Option<wire::Answer> {
        loop {
            let answer = match &node {
                Some(node) => self.probe_node(node, id).await,
                None => self.ask(client, id.clone(), wire::Ask::Probe(()), PROBE).await,
            };
            match answer {
                Ok(wire::Answer { state: Some(State::Held(())), .. }) if is_held => {}
                Ok(wire::Answer { state: Some(State::Unknown(())), .. })
                | Err(CarryError::NoResponders) => return None,
                Ok(answer) => return Some(answer),
                // Nobody can tell at the moment.
                Err(_) => {}
            }
            sleep(PROBE).await;
        }
    }
}
