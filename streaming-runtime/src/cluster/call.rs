//! A call of this node to whichever has the client.

use std::{
    collections::HashMap,
    pin::pin,
    sync::{Mutex, MutexGuard, PoisonError},
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

/// What a call takes up beside its command, to be on the safe side.
const ENVELOPE: usize = 1024;

/// Calls that wait for what another node says.
#[derive(Debug, Default)]
pub(super) struct Calls(Mutex<HashMap<Bytes, oneshot::Sender<wire::Outcome>>>);

impl Calls {
    fn lock(&self) -> MutexGuard<'_, HashMap<Bytes, oneshot::Sender<wire::Outcome>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
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
    /// The node that has it, once that is known.
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
            let _ = match holder {
                Some(node) => member.tell(&node, word).await,
                None => member.cancel(&client, id).await,
            };
        });
    }
}

impl<C: Contract> Shared<C> {
    /// Says that a call is over to whichever node has taken it.
    async fn cancel(&self, client: &ClientId, id: Bytes) -> Result<(), CarryError> {
        self.ask(client, id, wire::Ask::Cancel(()), PROBE).await.map(drop)
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
        let limit = self.cluster.max_payload().saturating_sub(ENVELOPE);
        if command.bytes.len() > limit {
            return Err(RequestError::TooLarge { size: command.bytes.len(), limit });
        }
        let begun = Instant::now();
        let deadline = begun + limits.within;
        let mut look_until = begun + self.context.config.locate_wait;
        loop {
            let ended = self.attempt(client, &command, limits, deadline).await;
            match ended {
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

    /// `NotConnected` and `Draining`: nobody has taken it.
    async fn attempt(
        &self,
        client: &ClientId,
        command: &wire::Command,
        limits: Limits,
        deadline: Instant,
    ) -> outcome::Result {
        let id = Bytes::copy_from_slice(uuid::Uuid::new_v4().as_bytes());
        let (waits, mut ended) = oneshot::channel();
        self.calls.lock().insert(id.clone(), waits);
        let mut open = Open { member: self, client, id: id.clone(), holder: None, over: false };
        let within = deadline.saturating_duration_since(Instant::now());
        let ask = wire::Ask::Command(command.clone());
        let mut asked = pin!(self.ask(client, id.clone(), ask, within));
        let mut answered = false;
        let mut probe = pin!(self.probe(client, &id, None));
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
                answer = &mut probe => match answer {
                    Some(answer) => answer,
                    // The node that had it is gone, or another has the client now.
                    None if limits.confirms => break Err(RequestError::Unconfirmed),
                    None => break Err(RequestError::Disconnected { sent: true }),
                },
                // Whoever has it is to be told, so that it is not over.
                () = sleep_until(deadline) => return Err(match open.holder {
                    Some(_) if !limits.confirms => RequestError::Timeout,
                    _ => RequestError::Unconfirmed,
                }),
            };
            if let Some(State::Done(outcome)) = answer.state {
                break outcome.into();
            }
            answered = true;
            probe.set(self.probe(client, &id, Some(answer.node.clone())));
            open.holder = Some(answer.node);
        };
        open.over = true;
        outcome
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

    /// Asks from time to time what has become of the call, until there is something to say: it has been taken, or is over.
    /// `None`: nobody knows of it.
    async fn probe(
        &self,
        client: &ClientId,
        id: &Bytes,
        holder: Option<String>,
    ) -> Option<wire::Answer> {
        sleep(FIRST_PROBE).await;
        loop {
            let answer = match &holder {
                Some(node) => self.probe_node(node, id).await,
                None => self.ask(client, id.clone(), wire::Ask::Probe(()), PROBE).await,
            };
            match answer {
                Ok(wire::Answer { state: Some(State::Held(())), .. }) if holder.is_some() => {}
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
