//! What the two processes tell of themselves, as a line of JSON each.

use std::{
    collections::BTreeMap,
    sync::atomic::{AtomicU64, Ordering},
};

use serde::{Deserialize, Serialize};

/// How often each of a fixed set of things happened. Counting allocates nothing.
pub(crate) struct Tally<const N: usize> {
    names: [&'static str; N],
    counts: [AtomicU64; N],
    other: AtomicU64,
}

impl<const N: usize> Tally<N> {
    pub(crate) const fn new(names: [&'static str; N]) -> Self {
        Self { names, counts: [const { AtomicU64::new(0) }; N], other: AtomicU64::new(0) }
    }

    pub(crate) fn count(&self, name: &str) {
        let index = self.names.iter().position(|other| *other == name);
        index.map_or(&self.other, |index| &self.counts[index]).fetch_add(1, Ordering::Relaxed);
    }

    /// What happened at all.
    pub(crate) fn counted(&self) -> BTreeMap<String, u64> {
        let other = std::iter::once(("other", &self.other));
        let all = self.names.iter().copied().zip(&self.counts).chain(other);
        let all = all.map(|(name, count)| (name.to_owned(), count.load(Ordering::Relaxed)));
        all.filter(|(_, count)| *count > 0).collect()
    }
}

/// The server at one moment; what is counted is counted from its start.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Figures {
    /// Bytes.
    pub(crate) heap: usize,
    /// Tasks of tokio.
    pub(crate) tasks: usize,
    /// Open file descriptors.
    pub(crate) descriptors: usize,
    /// Sessions, those whose client is away included.
    pub(crate) sessions: usize,
    /// Requests that the hub has registered.
    pub(crate) pending: usize,
    /// Requests that were made.
    pub(crate) asked: u64,
    /// How they ended.
    pub(crate) outcomes: BTreeMap<String, u64>,
    /// Replies that were those to another request.
    pub(crate) mixed_up: u64,
    /// Clients for which a command to many was accepted.
    pub(crate) accepted: u64,
    /// Calls of `on_connect`.
    pub(crate) connects: u64,
    /// Calls of `on_resume`.
    pub(crate) resumes: u64,
    /// Calls of `on_disconnect`, by the reason.
    pub(crate) disconnects: BTreeMap<String, u64>,
    /// Calls of either while the client was connected already, or not at all.
    pub(crate) out_of_turn: u64,
    pub(crate) published: u64,
}

/// What the clients did; counted from the start.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Done {
    /// Streams that were opened.
    pub(crate) opened: u64,
    /// Streams that went on with a session.
    pub(crate) resumed: u64,
    /// Streams that could not be opened, or were refused.
    pub(crate) refused: u64,
    /// How a client left, or lost its stream.
    pub(crate) ends: BTreeMap<String, u64>,
    /// Connections that were cut or fell silent.
    pub(crate) faults: u64,
    /// Messages that were sent.
    pub(crate) sent: u64,
    /// Commands that were read.
    pub(crate) read: u64,
    /// Requests that were written twice.
    pub(crate) twice: u64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_no_name_is_counted_as_other() {
        let tally = Tally::new(["a", "b"]);
        for name in ["b", "c", "b", ""] {
            tally.count(name);
        }
        let counted = [("b".to_owned(), 2), ("other".to_owned(), 2)];
        assert_eq!(tally.counted(), BTreeMap::from(counted));
    }
}
