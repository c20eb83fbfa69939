//! Whom a command for many is meant for, and what became of it.

use std::collections::HashSet;

use crate::{error::SendError, id::ClientId, planted::planted};

/// So many refusals are told one by one.
const REFUSED: usize = 1000;

/// Whom a command for many is meant for.
#[derive(Clone, Debug, Default)]
pub struct Reach {
    pub(crate) except: HashSet<ClientId>,
    /// `None`: all.
    pub(crate) only: Option<HashSet<ClientId>>,
    /// The members of this group.
    pub(crate) group: Option<ClientId>,
}

impl Reach {
    /// Those that were named, if any were.
    pub(crate) fn named(&self) -> Option<impl Iterator<Item = &ClientId>> {
        let only = self.only.as_ref()?;
        Some(only.iter().filter(|id| !self.except.contains(*id)))
    }
}

/// What became of a command for many.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct BroadcastReport {
    /// How many clients' outboxes accepted the command.
    pub accepted: usize,
    /// Which did not, and why: a full outbox ([`SendError::Overflow`]) for instance. At most 1,000 of them.
    pub refused: Vec<(ClientId, SendError)>,
    /// How many more refused it.
    pub refused_more: usize,
    /// How many of those that [`only`](crate::Broadcast::only) named were connected to no node.
    pub not_connected: usize,
    /// In a cluster: nodes that have not said within a second what became of it there. Their clients may have got it.
    pub silent_nodes: Vec<String>,
}

impl BroadcastReport {
    pub(crate) fn note(&mut self, client: &ClientId, outcome: Result<(), SendError>) {
        match outcome {
            Ok(()) => self.accepted += 1,
            Err(error) => {
                planted!(HidesRefusals => return);
                self.refuse(client.clone(), error);
            }
        }
    }

    fn refuse(&mut self, client: ClientId, error: SendError) {
        if self.refused.len() < REFUSED {
            self.refused.push((client, error));
        } else {
            self.refused_more += 1;
        }
    }

    /// Another node's clients as well.
    pub(crate) fn add(&mut self, other: Self) {
        self.accepted += other.accepted;
        self.refused_more += other.refused_more;
        for (client, error) in other.refused {
            self.refuse(client, error);
        }
        self.silent_nodes.extend(other.silent_nodes);
    }

    /// What is left of so many that were named.
    pub(crate) fn count_missing(&mut self, named: Option<usize>) {
        let found = self.accepted + self.refused.len() + self.refused_more;
        self.not_connected = named.map_or(0, |named| named.saturating_sub(found));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thousand_refusals_are_told_and_the_rest_counted_over_all_nodes() {
        let report = || {
            let mut report = BroadcastReport::default();
            for id in 0..700 {
                report.note(&ClientId::from(id.to_string().as_str()), Err(SendError::Overflow));
            }
            report.note(&ClientId::from("a"), Ok(()));
            report
        };
        let mut sum = report();
        sum.add(report());
        assert_eq!((sum.accepted, sum.refused.len(), sum.refused_more), (2, 1000, 400));
    }
}
