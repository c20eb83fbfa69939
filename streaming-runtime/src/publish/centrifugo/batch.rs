//! The body of one request.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use bytes::Bytes;

use super::queue::Item;
use crate::publish::json::Json;

/// What a publication needs beside its channel and data: names, quotes, an idempotency key.
const OVERHEAD: usize = 96;

/// Gives every publication a key of its own: 16 characters.
#[derive(Debug)]
pub(super) struct Keys {
    /// Random, so that no other process has it.
    process: [u8; 6],
    next: u64,
}

impl Keys {
    pub(super) fn new() -> Self {
        let mut process = [0; 6];
        process.copy_from_slice(&uuid::Uuid::new_v4().as_bytes()[..6]);
        Self { process, next: 0 }
    }

    /// The first of `count` numbers that nobody else gets.
    pub(super) fn reserve(&mut self, count: usize) -> KeyRange {
        let first = self.next;
        self.next = self.next.wrapping_add(count as u64);
        KeyRange { process: self.process, next: first }
    }
}

/// Keys for one batch.
#[derive(Debug)]
pub(super) struct KeyRange {
    process: [u8; 6],
    next: u64,
}

impl KeyRange {
    fn next(&mut self) -> String {
        let mut key = [0; 12];
        key[..6].copy_from_slice(&self.process);
        key[6..].copy_from_slice(&self.next.to_be_bytes()[2..]);
        self.next = self.next.wrapping_add(1);
        URL_SAFE_NO_PAD.encode(key)
    }
}

/// `{"commands":[{"publish":{"channel":"grpc#bot-1#trade","data":{…}}},…],"parallel":false}`
///
/// The data goes in as it is. `parallel: true` would reorder.
pub(super) fn body(items: &[Item], mut keys: Option<KeyRange>) -> Bytes {
    let size = items.iter().map(|item| item.size() + OVERHEAD).sum();
    let mut json = Json::with_capacity(size);
    json.object(|body| {
        body.key("commands").array(|commands| {
            for item in items {
                commands.item().object(|command| {
                    command.key("publish").object(|publish| {
                        publish.key("channel").string(item.publication.channel());
                        if let Some(keys) = &mut keys {
                            publish.key("idempotency_key").string(&keys.next());
                        }
                        publish.key("data").raw(item.publication.data());
                    });
                });
            }
        });
        body.key("parallel").bool(false);
    });
    json.into_bytes()
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use tokio::time::Instant;

    use super::{Keys, body};
    use crate::publish::{
        Publication,
        centrifugo::{
            BatchConfig, QueueConfig,
            queue::{Item, Queue},
        },
    };

    fn items(publications: &[(&str, &'static str)]) -> Vec<Item> {
        let now = Instant::now();
        let mut queue = Queue::new(QueueConfig::default(), BatchConfig::default(), 1);
        for (channel, data) in publications {
            queue.push(0, Publication::new("bot".into(), *channel, "", data.as_bytes()), now);
        }
        queue.take(0, now)
    }

    #[test]
    fn takes_the_data_as_it_is() {
        let items = items(&[("grpc#a\"b#trade", r#"{"x": 1}"#), ("c", "{}")]);
        let expected = r#"{"commands":[{"publish":{"channel":"grpc#a\"b#trade","data":{"x": 1}}},{"publish":{"channel":"c","data":{}}}],"parallel":false}"#;
        assert_eq!(body(&items, None), expected);
    }

    #[test]
    fn keys_have_sixteen_characters_and_differ() {
        let mut keys = Keys::new();
        let seen: HashSet<String> = (0..100)
            .flat_map(|_| {
                let mut range = keys.reserve(3);
                [range.next(), range.next(), range.next()]
            })
            .collect();
        assert_eq!(seen.len(), 300);
        assert!(seen.iter().all(|key| key.len() == 16), "{seen:?}");
        let keyed = body(&items(&[("c", "{}")]), Some(keys.reserve(1)));
        let keyed: serde_json::Value = serde_json::from_slice(&keyed).expect("JSON");
        let key = &keyed["commands"][0]["publish"]["idempotency_key"];
        assert_eq!(key.as_str().map(str::len), Some(16), "{keyed}");
    }
}
