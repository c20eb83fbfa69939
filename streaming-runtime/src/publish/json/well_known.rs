//! The well-known types that JSON has a form of its own for.

use prost::Message;
use prost_types::{Any, Duration, FieldMask, ListValue, Struct, Timestamp, value::Kind};

use super::{Object, Value, text};

/// An `Any` holds bytes, so nothing else bounds how often one may lie in another.
const NESTED_ANY: usize = 32;

pub(super) fn structure(value: Value<'_>, structure: &Struct) {
    value.object(|object| {
        for (key, field) in &structure.fields {
            object.key(key).value(field);
        }
    });
}

pub(super) fn list(value: Value<'_>, list: &ListValue) {
    value.array(|array| {
        for item in &list.values {
            array.item().value(item);
        }
    });
}

pub(super) fn value(value: Value<'_>, described: &prost_types::Value) {
    match &described.kind {
        None | Some(Kind::NullValue(_)) => value.null(),
        Some(Kind::NumberValue(number)) => value.double(*number),
        Some(Kind::StringValue(text)) => value.string(text),
        Some(Kind::BoolValue(bool)) => value.bool(*bool),
        Some(Kind::StructValue(fields)) => structure(value, fields),
        Some(Kind::ListValue(items)) => list(value, items),
    }
}

pub(super) fn field_mask(value: Value<'_>, mask: &FieldMask) {
    let out = value.out;
    out.push(b'"');
    for (at, path) in mask.paths.iter().enumerate() {
        if at > 0 {
            out.push(b',');
        }
        if has_camel_case(path) {
            camel_case(out, path);
        } else {
            text::escape(out, path);
        }
    }
    out.push(b'"');
}

/// Whether camel case can be turned back: nothing is in upper case, and a lower-case letter follows each underscore.
fn has_camel_case(path: &str) -> bool {
    let mut after_underscore = false;
    for char in path.chars() {
        if char.is_uppercase() || (after_underscore && !char.is_lowercase()) {
            return false;
        }
        after_underscore = char == '_';
    }
    !after_underscore
}

fn camel_case(out: &mut Vec<u8>, path: &str) {
    let mut parts = path.split('_');
    text::escape(out, parts.next().unwrap_or_default());
    for part in parts {
        let mut chars = part.chars();
        let first = chars.next().into_iter().flat_map(char::to_uppercase);
        for char in first {
            out.extend_from_slice(char.encode_utf8(&mut [0; 4]).as_bytes());
        }
        text::escape(out, chars.as_str());
    }
}

pub(super) fn any(value: Value<'_>, any: &Any) {
    value.object(|object| write_any(object, any, NESTED_ANY));
}

fn write_any(object: &mut Object<'_>, any: &Any, depth: usize) {
    if any.type_url.is_empty() && any.value.is_empty() {
        return;
    }
    object.key("@type").string(&any.type_url);
    if write_known(object, any, depth).is_none() {
        object.key("value").bytes(&any.value);
    }
}

/// Writes what `any` holds; `None` if it is no well-known type or cannot be decoded.
fn write_known(object: &mut Object<'_>, any: &Any, depth: usize) -> Option<()> {
    let bytes = any.value.as_slice();
    let name = any.type_url.rsplit('/').next().unwrap_or_default();
    match name.strip_prefix("google.protobuf.")? {
        "Any" => {
            let depth = depth.checked_sub(1)?;
            let inner: Any = decode(bytes)?;
            let value = object.key("value");
            value.object(|object| write_any(object, &inner, depth));
        }
        // A regular message without fields: its keys lie beside `@type`, and it has none.
        "Empty" => decode(bytes)?,
        "Timestamp" => write::<Timestamp>(object, bytes, |value, it| value.timestamp(&it))?,
        "Duration" => write::<Duration>(object, bytes, |value, it| value.duration(&it))?,
        "Struct" => write::<Struct>(object, bytes, |value, it| value.structure(&it))?,
        "Value" => write::<prost_types::Value>(object, bytes, |value, it| value.value(&it))?,
        "ListValue" => write::<ListValue>(object, bytes, |value, it| value.list(&it))?,
        "FieldMask" => write::<FieldMask>(object, bytes, |value, it| value.field_mask(&it))?,
        "BoolValue" => write::<bool>(object, bytes, Value::bool)?,
        "Int32Value" => write::<i32>(object, bytes, Value::int)?,
        "UInt32Value" => write::<u32>(object, bytes, Value::int)?,
        "Int64Value" => write::<i64>(object, bytes, Value::long)?,
        "UInt64Value" => write::<u64>(object, bytes, Value::long)?,
        "FloatValue" => write::<f32>(object, bytes, Value::float)?,
        "DoubleValue" => write::<f64>(object, bytes, Value::double)?,
        "StringValue" => write::<String>(object, bytes, |value, it| value.string(&it))?,
        "BytesValue" => write::<Vec<u8>>(object, bytes, |value, it| value.bytes(&it))?,
        _ => return None,
    }
    Some(())
}

/// Decodes before the key is written, so that a failure leaves no trace.
fn write<'a, M: Message + Default>(
    object: &'a mut Object<'_>,
    bytes: &[u8],
    write: impl FnOnce(Value<'a>, M),
) -> Option<()> {
    let message = decode(bytes)?;
    write(object.key("value"), message);
    Some(())
}

fn decode<M: Message + Default>(bytes: &[u8]) -> Option<M> {
    M::decode(bytes).ok()
}

#[cfg(test)]
mod tests {
    use prost::Message;
    use prost_types::{Any, FieldMask, ListValue, Struct, Timestamp, value::Kind};

    use crate::publish::json::tests::value;

    fn kind(kind: Kind) -> prost_types::Value {
        prost_types::Value { kind: Some(kind) }
    }

    fn described(kind: Option<Kind>) -> String {
        value(|v| v.value(&prost_types::Value { kind }))
    }

    fn mask(paths: &[&str]) -> String {
        let paths = paths.iter().map(|path| (*path).to_owned()).collect();
        value(|v| v.field_mask(&FieldMask { paths }))
    }

    fn packed(name: &str, message: &impl Message) -> Any {
        Any {
            type_url: format!("type.googleapis.com/google.protobuf.{name}"),
            value: message.encode_to_vec(),
        }
    }

    fn any(name: &str, message: &impl Message) -> String {
        let json = value(|v| v.any(&packed(name, message)));
        let head = format!(r#"{{"@type":"type.googleapis.com/google.protobuf.{name}""#);
        let tail = json.strip_prefix(&head).expect("@type comes first");
        tail.trim_end_matches('}').to_owned()
    }

    #[test]
    fn writes_what_a_value_describes() {
        assert_eq!(described(None), "null");
        assert_eq!(described(Some(Kind::NullValue(0))), "null");
        assert_eq!(described(Some(Kind::NumberValue(3.0))), "3.0");
        assert_eq!(described(Some(Kind::NumberValue(f64::NAN))), r#""NaN""#);
        assert_eq!(described(Some(Kind::StringValue("a".into()))), r#""a""#);
        assert_eq!(described(Some(Kind::BoolValue(true))), "true");
    }

    #[test]
    fn writes_structs_and_lists_inside_each_other() {
        let list = ListValue {
            values: vec![kind(Kind::NumberValue(-0.5)), prost_types::Value::default()],
        };
        let inner = Struct { fields: [("l".to_owned(), kind(Kind::ListValue(list)))].into() };
        let outer = Struct { fields: [("s".to_owned(), kind(Kind::StructValue(inner)))].into() };
        let json = r#"{"s":{"l":[-0.5,null]}}"#;
        assert_eq!(value(|v| v.structure(&outer)), json);
    }

    #[test]
    fn writes_paths_in_camel_case() {
        assert_eq!(mask(&[]), r#""""#);
        assert_eq!(mask(&["user_name.first_name", "e"]), r#""userName.firstName,e""#);
        assert_eq!(mask(&["_a", "a_b_é"]), r#""A,aBÉ""#);
    }

    #[test]
    fn leaves_paths_without_camel_case_alone() {
        for path in ["aB", "a__b", "a_1", "a_", "_"] {
            assert_eq!(mask(&[path]), format!("\"{path}\""));
        }
    }

    #[test]
    fn writes_the_well_known_types_in_an_any() {
        let time = Timestamp { seconds: 1, nanos: 0 };
        assert_eq!(any("Timestamp", &time), r#","value":"1970-01-01T00:00:01Z""#);
        assert_eq!(any("Int64Value", &5_i64), r#","value":"5""#);
        assert_eq!(any("UInt32Value", &5_u32), r#","value":5"#);
        assert_eq!(any("FloatValue", &0.1_f32), r#","value":0.1"#);
        assert_eq!(any("BoolValue", &false), r#","value":false"#);
        assert_eq!(any("StringValue", &"a".to_owned()), r#","value":"a""#);
        assert_eq!(any("BytesValue", &b"abc".to_vec()), r#","value":"YWJj""#);
        assert_eq!(any("Value", &kind(Kind::NullValue(0))), r#","value":null"#);
        assert_eq!(any("Struct", &Struct::default()), r#","value":{"#);
        assert_eq!(any("Any", &Any::default()), r#","value":{"#);
        assert_eq!(any("Empty", &()), "");
    }

    #[test]
    fn writes_other_types_of_an_any_as_base64() {
        let any = |type_url: &str, bytes: &[u8]| {
            let any = Any { type_url: type_url.to_owned(), value: bytes.to_vec() };
            value(|v| v.any(&any))
        };
        assert_eq!(any("", b""), "{}");
        assert_eq!(
            any("a/trading.v1.Trade", b"abc"),
            r#"{"@type":"a/trading.v1.Trade","value":"YWJj"}"#
        );
        let broken = r#"{"@type":"a/google.protobuf.Timestamp","value":"/w=="}"#;
        assert_eq!(any("a/google.protobuf.Timestamp", b"\xff"), broken);
    }

    #[test]
    fn stops_at_an_any_in_too_many_others() {
        let mut any = Any::default();
        for _ in 0..1000 {
            any = packed("Any", &any);
        }
        let json = value(|v| v.any(&any));
        assert_eq!(json.matches("@type").count(), super::NESTED_ANY + 1);
        assert!(json.ends_with(&format!("\"{}", "}".repeat(super::NESTED_ANY + 1))));
    }
}
