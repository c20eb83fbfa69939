//! Many clients as one target: a command is encoded once, accepted by each outbox or refused by it, and nobody waits for
//! anybody.

mod broadcast;
mod group;
#[cfg(feature = "cluster")]
mod here;
mod requests;
#[cfg(test)]
mod tests;

use std::{pin::Pin, sync::Arc};

use bytes::Bytes;
use futures_util::StreamExt as _;
use prost::Message as _;

pub use crate::reach::BroadcastReport;
pub use broadcast::Broadcast;
pub use group::Group;
#[cfg(feature = "cluster")]
pub(crate) use here::Here;
pub use requests::Requests;

use crate::{
    contract::{Contract, Overflow, Variant},
    elsewhere::{Cast, Heard},
    error::SendError,
    hub::Hub,
    outbox::{Entry, Frame, Shape},
    publish::{Clock, command_json},
    reach::Reach,
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

    /// The sessions on this node that it means at this moment.
    #[doc(hidden)]
    fn sessions(&self) -> Sessions<C>;

    /// Whom it means on other nodes; `None`: nobody.
    #[doc(hidden)]
    fn reach(&self) -> Option<Reach>;

    /// How many clients were named, if any were.
    #[doc(hidden)]
    fn named(&self) -> Option<usize> {
        None
    }
}

fn sessions<C: Contract>(hub: &Hub<C>, reach: &Reach) -> Sessions<C> {
    let mut sessions = Vec::new();
    if let Some(group) = &reach.group {
        let members = hub.0.context.groups.members(group);
        sessions.extend(members.iter().filter_map(|id| hub.session(id.into())));
    } else if let Some(named) = reach.named() {
        sessions.extend(named.filter_map(|id| hub.session(id.into())));
    } else {
        hub.0.registry.for_each_live(|session| {
            if reach.except.is_empty() || !reach.except.contains(session.id()) {
                sessions.push(session.clone());
            }
        });
    }
    Sessions(sessions)
}

/// Sessions that a command goes to.
pub struct Sessions<C: Contract>(Vec<Arc<Session<C>>>);

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
    Some(Arc::new(command_json::<C>(command, variant, &Clock::default())))
}

/// Hands a command to many outboxes, those of other nodes too.
fn start<T: Many<C>, C: Contract>(
    target: &T,
    command: &C::Command,
    overflow: Option<Overflow>,
) -> Started<BroadcastReport, WaitingForNodes> {
    let (shared, mut report) = offer_here(target, command, overflow);
    let named = target.named();
    let elsewhere = target.hub().elsewhere();
    let Some((elsewhere, reach)) = elsewhere.and_then(|nodes| Some((nodes, target.reach()?)))
    else {
        report.count_missing(named);
        return Started::Done(report);
    };
    let mut heard = elsewhere.cast(Cast { reach, command: shared.bytes, overflow, asks: None });
    Started::Waits(Box::pin(async move {
        while let Some(heard) = heard.next().await {
            if let Heard::Report(other) = heard {
                report.add(other);
            }
        }
        report.count_missing(named);
        report
    }))
}

/// Hands a command to the outboxes of this node.
fn offer_here<T: Many<C>, C: Contract>(
    target: &T,
    command: &C::Command,
    overflow: Option<Overflow>,
) -> (Shared, BroadcastReport) {
    let shared = Shared::new(target.hub(), command);
    let mut report = BroadcastReport::default();
    for session in target.sessions().0 {
        report.note(session.id(), shared.offer(&session, overflow, None));
    }
    (shared, report)
}

/// What waits for the reports of other nodes.
pub type WaitingForNodes = Pin<Box<dyn Future<Output = BroadcastReport> + Send>>;
