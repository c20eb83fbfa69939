//! The names of what nodes listen to. A version comes first, so that nodes of another do not misread each other.

use crate::escape::escape;

/// Changes with every change of what nodes say to each other that older ones cannot read.
const VERSION: &str = "v2";

/// The subjects of one contract.
#[derive(Debug)]
pub(super) struct Subjects {
    base: String,
}

impl Subjects {
    pub(super) fn new(contract: &str) -> Self {
        Self { base: format!("{VERSION}.{}", encode(contract)) }
    }

    /// What is for a client, to whichever node has it.
    pub(super) fn client(&self, id: &str) -> String {
        format!("{}.client.{}", self.base, encode(id))
    }

    /// What is for one node.
    pub(super) fn node(&self, node: &str) -> String {
        format!("{}.node.{}", self.base, encode(node))
    }

    /// What all nodes hear: heartbeats, claims, broadcasts.
    pub(super) fn all(&self) -> String {
        format!("{}.all", self.base)
    }
}

/// Letters, digits, `_` and `-` stay: no id is a wildcard or two tokens. None is long: a subject of some kilobytes would
/// cost the connection.
fn encode(id: &str) -> String {
    escape(id, |byte| byte.is_ascii_alphanumeric() || b"_-".contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_id_is_a_wildcard_or_more_than_one_token() {
        let subjects = Subjects::new("trading.v1.TradingBots/Connect");
        let client = |id: &str| subjects.client(id);
        let base = "v2.trading=2Ev1=2ETradingBots=2FConnect.client.";
        for (id, token) in [
            ("bot-123_A", "bot-123_A"),
            ("*", "=2A"),
            (">", "=3E"),
            ("a.b c", "a=2Eb=20c"),
            ("=2A", "=3D2A"),
            ("ü", "=C3=BC"),
        ] {
            assert_eq!(client(id), format!("{base}{token}"));
        }
        let long = client(&"*".repeat(128));
        assert_eq!(long.len(), base.len() + 66);
        assert_ne!(long, client(&"*".repeat(127)));
    }
}
