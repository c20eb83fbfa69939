//! Every client as a target: encoded once, accepted by each outbox or refused by it, nobody waits for anybody.

use std::{
    collections::HashSet,
    future::Future,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use bytes::Bytes;
use prost::Message as _;

use super::{Sending, Target, Whole, accept::offer, sealed::Sealed};
use crate::{
    contract::Contract,
    error::SendError,
    hub::Hub,
    id::{ClientId, IdRef},
    macros::impl_debug,
    outbox::{Entry, Frame},
    publish::command_json,
    session::Session,
};

/// All clients of a hub, or some of them.
pub struct Broadcast<C: Contract> {
    hub: Hub<C>,
    except: HashSet<ClientId>,
    only: Option<HashSet<ClientId>>,
}

impl<C: Contract> Hub<C> {
    /// All clients, as a target for commands.
    #[must_use]
    pub fn broadcast(&self) -> Broadcast<C> {
        Broadcast { hub: self.clone(), except: HashSet::new(), only: None }
    }
}

impl<C: Contract> Broadcast<C> {
    /// Leaves these clients out.
    #[must_use]
    pub fn except<'a, I: Into<IdRef<'a>>>(mut self, ids: impl IntoIterator<Item = I>) -> Self {
        self.except.extend(ids.into_iter().map(|id| ClientId::from(id.into())));
        self
    }

    /// Only these clients, as far as they are connected.
    #[must_use]
    pub fn only<'a, I: Into<IdRef<'a>>>(mut self, ids: impl IntoIterator<Item = I>) -> Self {
        let ids = ids.into_iter().map(|id| ClientId::from(id.into()));
        self.only.get_or_insert_default().extend(ids);
        self
    }

    /// Sends a whole command to all of them.
    pub fn send(self, command: C::Command) -> Sending<Self, C, Whole> {
        Sending::new(self, command)
    }

    fn sessions(&self) -> Vec<Arc<Session<C>>> {
        let mut sessions = Vec::new();
        match &self.only {
            Some(only) => {
                let ids = only.iter().filter(|id| !self.except.contains(*id));
                sessions.extend(ids.filter_map(|id| self.hub.session(id.into())));
            }
            None => self.hub.0.registry.for_each_live(|session| {
                if self.except.is_empty() || !self.except.contains(session.id()) {
                    sessions.push(session.clone());
                }
            }),
        }
        sessions
    }

    fn deliver(&self, command: &C::Command) -> BroadcastReport {
        let bytes = Bytes::from(command.encode_to_vec());
        let variant = C::command_variant(command);
        let json = self.json(command, variant);
        let mut report = BroadcastReport::default();
        for session in self.sessions() {
            let pushed = session.check_size(bytes.len()).and_then(|()| {
                let entry = Entry {
                    frame: Frame::Encoded(bytes.clone()),
                    variant,
                    size: bytes.len(),
                    request: None,
                    json: json.clone(),
                };
                match offer(&session, entry, SendError::NotConnected)? {
                    None => Ok(()),
                    // A broadcast waits for nobody.
                    Some(_) => Err(SendError::Overflow),
                }
            });
            match pushed {
                Ok(()) => report.accepted += 1,
                Err(error) => report.refused.push((session.id().clone(), error)),
            }
        }
        report
    }

    /// The publication's data, made once for all.
    fn json(&self, command: &C::Command, variant: Option<u16>) -> Option<Arc<Bytes>> {
        let context = &self.hub.0.context;
        context.outlet.as_ref().filter(|outlet| outlet.takes_commands())?;
        let variant = C::COMMANDS.get(usize::from(variant?)).filter(|variant| variant.publish)?;
        Some(Arc::new(command_json::<C>(command, variant)))
    }
}

/// What became of a broadcast.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct BroadcastReport {
    /// How many clients' outboxes accepted the command.
    pub accepted: usize,
    /// Which did not, and why: a full outbox ([`SendError::Overflow`]) for instance.
    pub refused: Vec<(ClientId, SendError)>,
}

/// Hands a command to many outboxes. Ready at its first poll.
#[must_use = "a broadcast is sent when this is awaited"]
pub struct Broadcasting<C: Contract> {
    parts: Option<(Broadcast<C>, C::Command)>,
}

impl<C: Contract> Sealed for Broadcast<C> {}

impl<C: Contract> Target<C> for Broadcast<C> {
    type Output = BroadcastReport;
    type Accepting = Broadcasting<C>;

    fn accept(self, command: C::Command) -> Broadcasting<C> {
        Broadcasting { parts: Some((self, command)) }
    }
}

impl<C: Contract> Future for Broadcasting<C> {
    type Output = BroadcastReport;

    fn poll(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<BroadcastReport> {
        match self.parts.take() {
            Some((broadcast, command)) => Poll::Ready(broadcast.deliver(&command)),
            None => Poll::Pending,
        }
    }
}

impl<C: Contract> Clone for Broadcast<C> {
    fn clone(&self) -> Self {
        Self { hub: self.hub.clone(), except: self.except.clone(), only: self.only.clone() }
    }
}

impl_debug!([C: Contract] Broadcast<C>, |broadcast| broadcast.hub, broadcast.except, broadcast.only);
