//! What a hub asks of the other nodes of its cluster. Without a cluster there is nobody to ask.

#![cfg_attr(
    not(feature = "cluster"),
    allow(dead_code, reason = "without a cluster nobody reads what would be sent")
)]

use std::{pin::Pin, sync::Arc, time::Duration};

use bytes::Bytes;
use futures_core::Stream;
use serde::Serialize;

use crate::{
    contract::{Awaits, Contract, Overflow},
    error::{RequestError, SendError},
    id::ClientId,
    reach::{BroadcastReport, Reach},
    session::Session,
    status::Refusal,
};

/// What is known later.
pub(crate) type Later<T> = Pin<Box<dyn Future<Output = T> + Send>>;

/// A request to a client of another node.
pub(crate) struct Asked<C: Contract> {
    pub(crate) command: C::Command,
    pub(crate) overflow: Option<Overflow>,
    pub(crate) awaits: Awaits,
    pub(crate) within: Duration,
    /// Whether it is sent again on each stream of the client.
    pub(crate) again: bool,
}

/// A command for clients of all other nodes.
pub(crate) struct Cast {
    pub(crate) reach: Reach,
    pub(crate) command: Bytes,
    pub(crate) overflow: Option<Overflow>,
    /// Which answers are awaited for how long, if any are.
    pub(crate) asks: Option<(Awaits, Duration)>,
}

/// What comes of it.
pub(crate) enum Heard<M> {
    /// What became of it at a node, or that it was not heard of.
    Report(BroadcastReport),
    /// A client's request has ended.
    Ended(ClientId, Result<M, RequestError>),
}

/// All of that, one by one. Dropped, nothing is awaited any more.
pub(crate) type Hearing<M> = Pin<Box<dyn Stream<Item = Heard<M>> + Send>>;

/// The other nodes.
pub(crate) trait Elsewhere<C: Contract>: Send + Sync {
    /// A client has said who it is: whether it may, and what its session's epoch must exceed.
    fn arrives(&self, id: &ClientId) -> Later<Result<(), Refusal>>;

    /// It has a session here.
    fn begins(&self, session: &Arc<Session<C>>);

    fn send(
        &self,
        id: ClientId,
        command: C::Command,
        overflow: Option<Overflow>,
    ) -> Later<Result<(), SendError>>;

    fn request(&self, id: ClientId, asked: Asked<C>) -> Later<Result<C::Message, RequestError>>;

    fn cast(&self, cast: Cast) -> Hearing<C::Message>;

    /// Whether there was such a session.
    fn disconnect(&self, id: ClientId, reason: String) -> Later<bool>;

    fn locate(&self, id: ClientId) -> Later<Result<Located, SendError>>;

    fn nodes(&self) -> Vec<Node>;

    fn health(&self) -> ClusterHealth;

    /// The node is to end: its clients have left.
    fn leaves(&self) -> Later<()>;
}

/// Where a client is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Located {
    /// The node that has its session; empty where the hub is no node of a cluster.
    pub node: String,
    /// Whether that is this one.
    pub here: bool,
    /// The epoch of its session.
    pub epoch: u64,
}

/// One node of a cluster, as this one knows it.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Node {
    /// Its id: made up when the hub is built.
    pub id: String,
    /// Whether it is this one.
    pub here: bool,
    /// Its clients that are connected, as it said last.
    pub clients: usize,
    /// Whether nothing was heard of it for three seconds, though it has not said goodbye.
    pub missing: bool,
    /// By how many milliseconds its clock is ahead of this one's; less than 0: behind.
    pub skew_ms: i64,
}

/// How a node stands to its cluster.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct ClusterHealth {
    /// Whether it is connected. Where it is not, clients of this node are served as always, and those of others are
    /// unreachable.
    pub connected: bool,
    /// The nodes that are there, this one included.
    pub nodes: usize,
    /// Nodes that fell silent without a goodbye.
    pub missing: usize,
    /// The largest difference between another node's clock and this one's, in milliseconds.
    pub max_skew_ms: u64,
    /// Whether that is more than `max_clock_skew`: commands may be dropped as late.
    pub clocks_differ: bool,
}
