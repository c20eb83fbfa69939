//! What a node counts of its cluster.

use super::{
    CLUSTER_CALLS, CLUSTER_CONNECTED, CLUSTER_MISSING, CLUSTER_NODES,
    figure::Reading,
    sink::{Counter, counter, gauge},
};
use crate::{contract::Contract, error::RequestError};

const OUTCOMES: [&str; 5] = ["done", "not_connected", "unreachable", "unconfirmed", "failed"];

/// The figures of one node.
#[derive(Debug)]
pub(crate) struct ClusterMeters {
    calls: [Counter; OUTCOMES.len()],
    connected: Reading,
    nodes: Reading,
    missing: Reading,
}

impl ClusterMeters {
    pub(crate) fn new<C: Contract>() -> Self {
        let rpc = ("rpc", C::NAME);
        Self {
            calls: OUTCOMES.map(|outcome| counter(&CLUSTER_CALLS, &[rpc, ("outcome", outcome)])),
            connected: Reading::new(gauge(&CLUSTER_CONNECTED, &[rpc])),
            nodes: Reading::new(gauge(&CLUSTER_NODES, &[rpc])),
            missing: Reading::new(gauge(&CLUSTER_MISSING, &[rpc])),
        }
    }

    /// Whether there is a connection, and how many nodes are there and are not.
    pub(crate) fn see(&self, connected: bool, nodes: usize, missing: usize) {
        self.connected.set(usize::from(connected));
        self.nodes.set(nodes);
        self.missing.set(missing);
    }

    /// A send or request to a client of another node has ended.
    pub(crate) fn called<T>(&self, outcome: &Result<T, RequestError>) {
        let outcome = match outcome {
            Ok(_) => 0,
            Err(RequestError::NotConnected) => 1,
            Err(RequestError::Unreachable(_)) => 2,
            Err(RequestError::Unconfirmed) => 3,
            Err(_) => 4,
        };
        self.calls[outcome].increment(1);
    }
}
