//! A command for clients of all other nodes.

use std::{
    collections::{HashMap, HashSet},
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use bytes::Bytes;
use futures_util::{
    future::{BoxFuture, join_all},
    stream,
};
use prost::Message as _;
use tokio::{
    sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel},
    time::{Instant, sleep, sleep_until},
};

use super::{
    CarryError,
    call::{FIRST_PROBE, PROBE},
    member::Member,
    nodes::unix_ms,
    outcome,
    wire::{self, Came, Newly, Word},
};
use crate::{
    contract::Contract,
    elsewhere::{Cast, Heard, Hearing},
    error::{RequestError, SendError},
    id::ClientId,
    reach::BroadcastReport,
};

/// So long the other nodes' reports are waited for.
const REPORT: Duration = Duration::from_secs(1);

/// Commands for many whose reports and answers are awaited. What a channel holds is bounded by how many clients accepted.
#[derive(Debug, Default)]
pub(super) struct Casts(Mutex<HashMap<Bytes, UnboundedSender<(String, Came)>>>);

impl Casts {
    fn lock(&self) -> MutexGuard<'_, HashMap<Bytes, UnboundedSender<(String, Came)>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Another node says what has come of one.
    pub(super) fn hear(&self, of: wire::OfCast) {
        if let (Some(waits), Some(came)) = (self.lock().get(&of.id), of.came) {
            // Nobody waits any more where that fails.
            let _ = waits.send((of.node, came));
        }
    }
}

/// What a caller hears.
type Told<C> = UnboundedSender<Heard<<C as Contract>::Message>>;

/// One such command, from the caller's side.
struct Casting<C: Contract> {
    member: Member<C>,
    id: Bytes,
    told: Told<C>,
    came: UnboundedReceiver<(String, Came)>,
    /// Whether answers are awaited.
    asks: bool,
    /// Nodes that have not said who took it.
    silent: HashSet<String>,
    /// Nodes whose clients' answers are awaited.
    open: HashSet<String>,
}

impl<C: Contract> Drop for Casting<C> {
    fn drop(&mut self) {
        self.member.casts.lock().remove(&self.id);
    }
}

impl<C: Contract> Member<C> {
    /// Tells all other nodes, once what this gives is polled.
    pub(super) fn tell_clients(&self, cast: Cast) -> Hearing<C::Message> {
        let (told, hears) = unbounded_channel();
        let mut begins = Some((self.clone(), cast, told));
        Box::pin(stream::unfold(hears, move |mut hears| {
            if let Some((member, cast, told)) = begins.take() {
                tokio::spawn(async move { member.casting(&cast, told).run(cast).await });
            }
            async move { hears.recv().await.map(|heard| (heard, hears)) }
        }))
    }

    fn casting(&self, cast: &Cast, told: Told<C>) -> Casting<C> {
        let id = Bytes::copy_from_slice(uuid::Uuid::new_v4().as_bytes());
        let (waits, came) = unbounded_channel();
        self.casts.lock().insert(id.clone(), waits);
        let silent: HashSet<_> = self.nodes.present().into_iter().collect();
        let asks = cast.asks.is_some();
        let open = if asks { silent.clone() } else { HashSet::new() };
        Casting { member: self.clone(), id, told, came, asks, silent, open }
    }
}

impl<C: Contract> Casting<C> {
    async fn run(mut self, cast: Cast) {
        let within = cast.asks.map_or(REPORT, |(_, within)| within);
        let missing = self.member.nodes.missing();
        let published = self.publish(cast, within).await;
        if published.is_err() {
            self.open.clear();
            self.give_up_reports(missing);
            return;
        }
        self.tell_silent(missing);
        let report_by = Instant::now() + REPORT;
        // Each node ends its clients' requests by itself, and says so.
        let end_by = Instant::now() + within + REPORT;
        let mut probing = self.probe(FIRST_PROBE);
        while !(self.silent.is_empty() && self.open.is_empty()) {
            tokio::select! {
                biased;
                () = self.told.closed() => return self.cancel().await,
                Some((node, came)) = self.came.recv() => self.hear(node, came),
                () = sleep_until(report_by), if !self.silent.is_empty() => self.give_up_reports(Vec::new()),
                lost = &mut probing, if self.asks => {
                    for node in lost {
                        self.lose(node);
                    }
                    probing = self.probe(PROBE);
                }
                () = sleep_until(end_by) => break,
            }
        }
        for node in std::mem::take(&mut self.open) {
            self.lose(node);
        }
    }

    async fn publish(&self, cast: Cast, within: Duration) -> Result<(), CarryError> {
        let Cast { reach, command, overflow, asks } = cast;
        let names = |ids: HashSet<ClientId>| ids.iter().map(ToString::to_string).collect();
        let within_ms = u64::try_from(within.as_millis()).unwrap_or(u64::MAX);
        let cast = wire::Cast {
            id: self.id.clone(),
            from: self.member.node.clone(),
            deadline_ms: unix_ms().saturating_add(within_ms),
            within_ms,
            command: wire::Command {
                bytes: command,
                overflow: outcome::from_overflow(overflow),
                awaits: asks.map(|(awaits, _)| outcome::from_awaits(awaits)),
                again: false,
            },
            except: names(reach.except),
            named: reach.only.is_some(),
            only: reach.only.map(names).unwrap_or_default(),
            group: reach.group.map(|group| group.to_string()),
        };
        let size = cast.encoded_len();
        let published = if size > self.member.cluster.max_payload() {
            Err(CarryError::TooLarge)
        } else {
            self.member.tell_all(Newly::Cast(cast)).await
        };
        if let Err(error) = published {
            tracing::warn!(rpc = C::NAME, size, %error, "a broadcast reached this node's clients alone");
        }
        published
    }

    fn hear(&mut self, node: String, came: Came) {
        let heard = match came {
            Came::Report(report) => {
                self.silent.remove(&node);
                if self.asks {
                    // It may be new here.
                    self.open.insert(node);
                }
                Heard::Report(report.into())
            }
            Came::Reply(wire::Reply { client, outcome }) => {
                let outcome = outcome::Result::from(outcome).and_then(|bytes| {
                    C::Message::decode(bytes).map_err(|_| RequestError::Unconfirmed)
                });
                Heard::Ended(ClientId::from(client.as_str()), outcome)
            }
            Came::All(()) => {
                self.silent.remove(&node);
                self.open.remove(&node);
                return;
            }
        };
        self.tell(heard);
    }

    /// What nobody waits for is dropped.
    fn tell(&self, heard: Heard<C::Message>) {
        let _ = self.told.send(heard);
    }

    fn tell_silent(&self, silent_nodes: Vec<String>) {
        if !silent_nodes.is_empty() {
            let report = BroadcastReport { silent_nodes, ..BroadcastReport::default() };
            self.tell(Heard::Report(report));
        }
    }

    /// Whoever has not said anything by now is named.
    fn give_up_reports(&mut self, mut silent: Vec<String>) {
        silent.extend(self.silent.drain());
        silent.sort();
        self.open.retain(|node| !silent.contains(node));
        self.tell_silent(silent);
    }

    fn lose(&mut self, node: String) {
        self.open.remove(&node);
        if self.silent.remove(&node) {
            self.tell_silent(vec![node]);
        } else {
            self.tell(Heard::Ended(ClientId::from(node.as_str()), Err(RequestError::NodeLost)));
        }
    }

    /// The nodes of those that are awaited that are gone, after this pause.
    fn probe(&self, pause: Duration) -> BoxFuture<'static, Vec<String>> {
        let (member, id) = (self.member.clone(), self.id.clone());
        let nodes: Vec<String> = self.open.iter().cloned().collect();
        Box::pin(async move {
            sleep(pause).await;
            let gone = nodes.into_iter().map(|node| {
                let (member, id) = (&member, &id);
                async move {
                    let probed = member.probe_node(&node, id).await;
                    matches!(probed, Err(CarryError::NoResponders)).then_some(node)
                }
            });
            join_all(gone).await.into_iter().flatten().collect()
        })
    }

    /// Nobody waits for the answers any more.
    async fn cancel(&mut self) {
        for node in std::mem::take(&mut self.open) {
            // What is lost ends by its deadline.
            self.member.tell(&node, Word::Cancel(self.id.clone())).await;
        }
    }
}

impl From<BroadcastReport> for wire::Report {
    fn from(report: BroadcastReport) -> Self {
        let refused = report.refused.into_iter().map(|(client, error)| wire::Reply {
            client: client.to_string(),
            outcome: Err(RequestError::from(error)).into(),
        });
        Self {
            accepted: report.accepted as u64,
            refused: refused.collect(),
            refused_more: report.refused_more as u64,
        }
    }
}

impl From<wire::Report> for BroadcastReport {
    fn from(report: wire::Report) -> Self {
        let count = |count| usize::try_from(count).unwrap_or(usize::MAX);
        let refused = report.refused.into_iter().map(|wire::Reply { client, outcome }| {
            let error = outcome::Result::from(outcome).err();
            let error = error.map_or(SendError::Unconfirmed, outcome::of_send);
            (ClientId::from(client.as_str()), error)
        });
        Self {
            accepted: count(report.accepted),
            refused: refused.collect(),
            refused_more: count(report.refused_more),
            ..Self::default()
        }
    }
}
