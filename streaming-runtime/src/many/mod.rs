//! Many clients as one target: a command is encoded once, accepted by each outbox or refused by it, and nobody waits for
//! anybody.

mod broadcast;
mod group;
mod requests;
#[cfg(test)]
mod tests;

use std::{future::Pending, sync::Arc};

use bytes::Bytes;
use prost::Message as _;

pub use broadcast::Broadcast;
pub use group::Group;
pub use requests::Requests;

use crate::{
    contract::{Contract, Overflow, Variant},
    error::SendError,
    hub::Hub,
    id::ClientId,
    outbox::{Entry, Frame, Shape},
    planted::planted,
    publish::command_json,
    session::{Session, Slot},
    target::{Started, Target, offer},
};

/// A target that is many clients.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is one client",
    label = "waiting for many answers takes many clients",
    note = "`.replies()` works on `hub.broadcast()` and on `hub.group(name)`; `.reply()` waits for that of one client"
)]
pub trait Many<C: Contract>: Target<C> {
    #[doc(hidden)]
    fn hub(&self) -> &Hub<C>;

    /// The sessions that it means at this moment.
    #[doc(hidden)]
    fn sessions(&self) -> Sessions<C>;
}

/// Sessions that a command goes to.
pub struct Sessions<C: Contract>(Vec<Arc<Session<C>>>);

/// What became of a command for many.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct BroadcastReport {
    /// How many clients' outboxes accepted the command.
    pub accepted: usize,
    /// Which did not, and why: a full outbox ([`SendError::Overflow`]) for instance.
    pub refused: Vec<(ClientId, SendError)>,
}

impl BroadcastReport {
    fn note<C: Contract>(&mut self, session: &Session<C>, outcome: Result<(), SendError>) {
        match outcome {
            Ok(()) => self.accepted += 1,
            Err(error) => {
                planted!(HidesRefusals => return);
                self.refused.push((session.id().clone(), error));
            }
        }
    }
}

/// A command that many outboxes share.
struct Shared {
    bytes: Bytes,
    variant: Option<u16>,
    /// The publication's data.
    json: Option<Arc<Bytes>>,
}

impl Shared {
    fn new<C: Contract>(hub: &Hub<C>, command: &C::Command) -> Self {
        let variant = C::command_variant(command);
        let bytes = Bytes::from(command.encode_to_vec());
        Self { bytes, variant, json: json(hub, command, variant) }
    }

    fn offer<C: Contract>(
        &self,
        session: &Session<C>,
        overflow: Option<Overflow>,
        request: Option<Arc<Slot<C::Message>>>,
    ) -> Result<(), SendError> {
        session.check_size(self.bytes.len())?;
        let coalesces = request.is_none() && Variant::coalesces::<C>(self.variant);
        let shape = Shape { variant: self.variant, coalesces, size: self.bytes.len() };
        let (frame, json) = (Frame::Encoded(self.bytes.clone()), self.json.clone());
        let make = || Entry { frame, shape, request, json };
        // Nobody waits for anybody.
        let waits = offer(session, shape, make, overflow, &SendError::NotConnected)?;
        if waits.is_some() { Err(SendError::Overflow) } else { Ok(()) }
    }
}

fn json<C: Contract>(
    hub: &Hub<C>,
    command: &C::Command,
    variant: Option<u16>,
) -> Option<Arc<Bytes>> {
    let context = &hub.0.context;
    context.outlet.as_ref().filter(|outlet| outlet.takes_commands())?;
    let variant = Variant::of_command::<C>(variant).filter(|variant| variant.publish)?;
    Some(Arc::new(command_json::<C>(command, variant)))
}

/// Hands a command to many outboxes.
fn start<T: Many<C>, C: Contract>(
    target: &T,
    command: &C::Command,
    overflow: Option<Overflow>,
) -> Started<BroadcastReport, Pending<BroadcastReport>> {
    let shared = Shared::new(target.hub(), command);
    let mut report = BroadcastReport::default();
    for session in target.sessions().0 {
        report.note(&session, shared.offer(&session, overflow, None));
    }
    Started::Done(report)
}
