//! The wrapper that makes a message an event of its channel.

use std::time::SystemTime;

use bytes::Bytes;

use super::{Json, Object, time};

/// A message as subscribers get it: its own keys, then `event_type` and `timestamp` where it has no such key itself. What a
/// hub publishes.
pub fn event(event_type: &str, at: SystemTime, write: impl FnOnce(&mut Object<'_>)) -> Bytes {
    let mut json = Json::new();
    json.object(|object| {
        write(object);
        if !object.has_event_type {
            object.key("event_type").string(event_type);
        }
        if !object.has_timestamp {
            time::iso_format(object.key("timestamp"), at);
        }
    });
    json.into_bytes()
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
