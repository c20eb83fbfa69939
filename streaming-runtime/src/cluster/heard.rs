//! A command that another node has sent to clients of this one.

use std::{collections::HashSet, time::Duration};

use futures_util::StreamExt as _;
use prost::Message as _;

use super::{
    member::Member,
    outcome,
    wire::{self, Came, Word},
};
use crate::{
    contract::Contract,
    expected::Expected,
    id::ClientId,
    many::{Here, Requests},
    reach::Reach,
};

impl<C: Contract> Member<C> {
    /// Hands it to the clients of this node that it is meant for, and says what became of it.
    pub(super) async fn hear_cast(&self, cast: wire::Cast) {
        let Some(hub) = self.hub().filter(|_| cast.from != self.node) else { return };
        if self.is_late(cast.deadline_ms) || !self.held.take(&cast.id) {
            return;
        }
        let (id, from) = (cast.id, cast.from);
        let ids = |ids: Vec<String>| -> HashSet<ClientId> {
            ids.iter().map(|id| ClientId::from(id.as_str())).collect()
        };
        let reach = Reach {
            except: ids(cast.except),
            only: cast.named.then(|| ids(cast.only)),
            group: cast.group.as_deref().map(ClientId::from),
        };
        let Ok(command) = C::Command::decode(cast.command.bytes) else {
            tracing::warn!(rpc = C::NAME, from, "a broadcast cannot be read");
            return;
        };
        let overflow = outcome::into_overflow(cast.command.overflow);
        let here = Here { hub, reach };
        let Some(awaits) = cast.command.awaits.and_then(outcome::into_awaits) else {
            let report = here.offer(&command, overflow);
            self.held.end(&id, wire::Outcome::default());
            return self.tell_cast(&from, &id, Came::Report(report.into())).await;
        };
        let within = Duration::from_millis(cast.within_ms);
        let parts = (Some((here, command)), overflow);
        let mut requests: Requests<_, C, C::Message> =
            Requests::begun(parts, Expected::whole(awaits), within);
        let (member, call) = (self.clone(), id.clone());
        let task = tokio::spawn(async move {
            let report = Came::Report(requests.report().clone().into());
            member.tell_cast(&from, &id, report).await;
            while let Some((client, outcome)) = requests.next().await {
                let outcome = outcome.map(|reply| reply.encode_to_vec().into());
                let outcome = member.carried(outcome);
                let reply = wire::Reply { client: client.to_string(), outcome: outcome.into() };
                member.tell_cast(&from, &id, Came::Reply(reply)).await;
            }
            member.held.end(&id, wire::Outcome::default());
            member.tell_cast(&from, &id, Came::All(())).await;
        });
        self.held.waits(&call, task.abort_handle());
    }

    async fn tell_cast(&self, from: &str, id: &bytes::Bytes, came: Came) {
        let of = wire::OfCast { id: id.clone(), node: self.node.clone(), came: Some(came) };
        // What is lost the caller finds missing.
        self.tell(from, Word::OfCast(of)).await;
    }
}
