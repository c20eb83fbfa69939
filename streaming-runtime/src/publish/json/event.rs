//! The wrapper that makes a message an event of its channel.

use std::{cell::Cell, time::SystemTime};

use bytes::Bytes;

use super::{Object, Value, time};

/// What a thread keeps between events: more than nearly all of them have.
const KEPT_BYTES: usize = 16 * 1024;

thread_local! {
    /// Events are written here and copied out, so that each holds as many bytes as it has, in one allocation.
    static BUFFER: Cell<Vec<u8>> = const { Cell::new(Vec::new()) };
}

/// A message as subscribers get it: its own keys, then `event_type` and `timestamp` where it has no such key itself. What a
/// hub publishes.
pub fn event(event_type: &str, at: SystemTime, write: impl FnOnce(&mut Object<'_>)) -> Bytes {
    let mut out = BUFFER.take();
    out.clear();
    Value { out: &mut out }.object(|object| {
        write(object);
        if !object.has_event_type {
            object.field(",\"event_type\":").string(event_type);
        }
        if !object.has_timestamp {
            time::iso_format(object.field(",\"timestamp\":"), at);
        }
    });
    let event = Bytes::copy_from_slice(&out);
    if out.capacity() <= KEPT_BYTES {
        BUFFER.set(out);
    }
    event
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, SystemTime};

    use super::{Object, event};

    fn written(write: impl FnOnce(&mut Object<'_>)) -> bytes::Bytes {
        let at = SystemTime::UNIX_EPOCH + Duration::from_micros(1_763_082_123_000_004);
        event("grpc_message_trade", at, write)
    }

    const TYPE: &str = r#""event_type":"grpc_message_trade""#;
    const TIME: &str = r#""timestamp":"2025-11-14T01:02:03.000004+00:00""#;

    #[test]
    fn adds_type_and_time() {
        let json = written(|o| o.key("client_id").string("bot-1"));
        assert_eq!(json, format!(r#"{{"client_id":"bot-1",{TYPE},{TIME}}}"#));
    }

    #[test]
    fn wraps_an_empty_message() {
        assert_eq!(written(|_| {}), format!("{{{TYPE},{TIME}}}"));
    }

    #[test]
    fn leaves_the_messages_own_keys_alone() {
        let json = written(|o| o.key("timestamp").long(5));
        assert_eq!(json, format!(r#"{{"timestamp":"5",{TYPE}}}"#));
        let json = written(|o| o.key("event_type").null());
        assert_eq!(json, format!(r#"{{"event_type":null,{TIME}}}"#));
    }

    #[test]
    fn looks_at_the_outermost_keys_only() {
        let json = written(|o| {
            o.key("trade").object(|o| {
                o.key("timestamp").int(1);
                o.key("event_type").int(2);
            });
            o.key("timestamps").array(|_| {});
        });
        let own = r#""trade":{"timestamp":1,"event_type":2},"timestamps":[]"#;
        assert_eq!(json, format!("{{{own},{TYPE},{TIME}}}"));
    }
}
