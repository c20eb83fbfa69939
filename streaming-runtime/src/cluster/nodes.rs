//! Which nodes there are, as their heartbeats tell.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use tokio::time::Instant;

use super::wire::Beat;
use crate::elsewhere::Node;

/// How often a node says that it is there.
pub(super) const BEAT: Duration = Duration::from_secs(1);

/// A node that is silent for longer is missing.
const SILENCE: Duration = Duration::from_secs(3);

/// So long a node that is missing may come back, and nobody can say of a client that is nowhere that it is not there.
const FORGOTTEN: Duration = Duration::from_mins(5);

/// The other nodes.
#[derive(Debug, Default)]
pub(super) struct Nodes(Mutex<HashMap<String, Heard>>);

#[derive(Clone, Copy, Debug)]
struct Heard {
    at: Instant,
    clients: u64,
    skew_ms: i64,
}

/// What a heartbeat changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Change {
    Nothing,
    /// It is new, or was missing.
    Appeared,
    Left,
}

impl Nodes {
    fn lock(&self) -> MutexGuard<'_, HashMap<String, Heard>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn hear(&self, beat: &Beat) -> Change {
        let mut nodes = self.lock();
        nodes.retain(|_, heard| heard.at.elapsed() < FORGOTTEN);
        if beat.goodbye {
            return if nodes.remove(&beat.node).is_some() { Change::Left } else { Change::Nothing };
        }
        let skew_ms = i64::try_from(i128::from(beat.now_ms) - i128::from(unix_ms()));
        let skew_ms = skew_ms.unwrap_or(i64::MAX);
        let heard = Heard { at: Instant::now(), clients: beat.clients, skew_ms };
        match nodes.insert(beat.node.clone(), heard) {
            Some(before) if !before.is_missing() => Change::Nothing,
            _ => Change::Appeared,
        }
    }

    /// Whether one has fallen silent without a goodbye.
    pub(super) fn any_missing(&self) -> bool {
        self.lock().values().any(Heard::is_missing)
    }

    /// Those that are there.
    pub(super) fn present(&self) -> Vec<String> {
        self.named(|heard| !heard.is_missing())
    }

    /// Those that fell silent without a goodbye.
    pub(super) fn missing(&self) -> Vec<String> {
        self.named(Heard::is_missing)
    }

    fn named(&self, which: impl Fn(&Heard) -> bool) -> Vec<String> {
        let nodes = self.lock();
        let named = nodes.iter().filter(|(_, heard)| which(heard));
        named.map(|(node, _)| node.clone()).collect()
    }

    /// All of them, in the order of their names.
    pub(super) fn list(&self) -> Vec<Node> {
        let nodes = self.lock();
        let mut list: Vec<_> = nodes
            .iter()
            .filter(|(_, heard)| heard.at.elapsed() < FORGOTTEN)
            .map(|(id, heard)| Node {
                id: id.clone(),
                here: false,
                clients: usize::try_from(heard.clients).unwrap_or(usize::MAX),
                missing: heard.is_missing(),
                skew_ms: heard.skew_ms,
            })
            .collect();
        list.sort_by(|one, other| one.id.cmp(&other.id));
        list
    }
}

impl Heard {
    fn is_missing(&self) -> bool {
        let silent = self.at.elapsed();
        silent >= SILENCE && silent < FORGOTTEN
    }
}

/// This node's clock, in milliseconds since the Unix epoch.
pub(super) fn unix_ms() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn beat(node: &str) -> Beat {
        Beat { node: node.to_owned(), now_ms: unix_ms() + 7000, clients: 3, goodbye: false }
    }

    #[tokio::test(start_paused = true)]
    async fn a_node_is_missing_after_three_seconds_of_silence_until_it_is_forgotten() {
        let nodes = Nodes::default();
        assert_eq!(nodes.hear(&beat("a")), Change::Appeared);
        assert_eq!(nodes.hear(&beat("a")), Change::Nothing);
        assert!(!nodes.any_missing());
        let [node] = &nodes.list()[..] else { panic!("one node") };
        assert_eq!((node.clients, node.missing), (3, false));
        assert!((6000..=7000).contains(&node.skew_ms), "{node:?}");
        tokio::time::advance(SILENCE).await;
        assert!(nodes.any_missing() && nodes.list()[0].missing && nodes.present().is_empty());
        assert_eq!(nodes.hear(&beat("a")), Change::Appeared, "it was missing");
        assert!(!nodes.any_missing());
        tokio::time::advance(FORGOTTEN).await;
        assert!(!nodes.any_missing() && nodes.list().is_empty());
    }

    #[tokio::test(start_paused = true)]
    async fn a_node_that_said_goodbye_is_not_missing() {
        let nodes = Nodes::default();
        let goodbye = Beat { goodbye: true, ..beat("a") };
        assert_eq!(nodes.hear(&goodbye), Change::Nothing, "it was not known");
        nodes.hear(&beat("a"));
        assert_eq!(nodes.hear(&goodbye), Change::Left);
        tokio::time::advance(SILENCE).await;
        assert!(!nodes.any_missing());
    }
}
