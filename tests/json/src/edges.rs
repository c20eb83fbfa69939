//! Values at which kinds of fields show what they are like.

use std::collections::HashMap;

use prost_reflect::{
    DynamicMessage, FieldDescriptor, Kind, MapKey, MessageDescriptor, ReflectMessage as _, Value,
    prost::Message as _,
};

use crate::{Case, Type};

/// The years that a timestamp can be of.
const SECONDS: [i64; 6] = [-62_135_596_800, -1, 0, 1, 1_700_000_000, 253_402_300_799];
/// What shows with no, three, six and nine digits.
const NANOS: [i32; 6] = [0, 1, 1_000, 1_000_000, 500_000_000, 999_999_999];
/// Quotes, controls, what JavaScript takes for the end of a line, and what JSON writes in two halves.
const STRINGS: [&str; 5] =
    ["", "a", "\"\\/</script>", "\0\u{1}\n\r\t\u{8}\u{c}\u{1f}\u{7f}", "ü\u{2028}😀\u{10ffff}"];

/// One message a value, with that alone besides the fields that must be there.
pub(crate) fn cases(of: Type) -> Vec<Case> {
    let descriptor = of.descriptor();
    let mut cases = vec![case(of, "nothing", &base(&descriptor))];
    for field in descriptor.fields() {
        for (index, value) in of_field(&field).into_iter().enumerate() {
            let mut message = base(&descriptor);
            message.set_field(&field, value);
            cases.push(case(of, &format!("{} #{index}", field.name()), &message));
        }
    }
    cases
}

fn case(of: Type, name: &str, message: &DynamicMessage) -> Case {
    Case { name: name.to_owned(), of, wire: message.encode_to_vec() }
}

/// A message with the fields that must be there, each with its last edge.
pub(crate) fn base(descriptor: &MessageDescriptor) -> DynamicMessage {
    let mut message = DynamicMessage::new(descriptor.clone());
    for field in descriptor.fields().filter(FieldDescriptor::is_required) {
        let value = of_kind(&field.kind()).pop().expect("each kind has edges");
        message.set_field(&field, value);
    }
    message
}

/// The edges of a field: of a single one those of its kind, of another all of these together, and each alone.
fn of_field(field: &FieldDescriptor) -> Vec<Value> {
    if field.is_map() {
        let Kind::Message(entry) = field.kind() else { return Vec::new() };
        let keys = keys(&entry.map_entry_key_field().kind());
        let values = of_kind(&entry.map_entry_value_field().kind());
        let all: HashMap<MapKey, Value> =
            keys.iter().cloned().zip(values.iter().cloned().cycle()).collect();
        let alone = values.into_iter().map(|value| HashMap::from([(keys[0].clone(), value)]));
        return std::iter::once(all).chain(alone).map(Value::Map).collect();
    }
    let values = of_kind(&field.kind());
    if field.is_list() {
        let alone = values.iter().map(|value| vec![value.clone()]);
        return std::iter::once(values.clone()).chain(alone).map(Value::List).collect();
    }
    values
}

/// The edges of the keys of a map.
pub(crate) fn keys(kind: &Kind) -> Vec<MapKey> {
    let values = of_kind(kind).into_iter();
    values.filter_map(Value::into_map_key).collect()
}

/// The edges of a kind.
pub(crate) fn of_kind(kind: &Kind) -> Vec<Value> {
    match kind {
        Kind::Bool => [false, true].map(Value::Bool).into(),
        Kind::String => STRINGS.map(|text| Value::String(text.to_owned())).into(),
        Kind::Bytes => {
            let all: [&[u8]; 5] = [b"", b"\0", b"\xff\xfe", b"\xfb\xef\xbe", b"text"];
            all.map(|bytes| Value::Bytes(bytes.to_vec().into())).into()
        }
        Kind::Float => {
            let (tiny, odd) = (f32::from_bits(1), 16_777_217.0);
            [0.0, -0.0, 0.1, 1.0, -1.5, 1e-7, 1e16, 1e21, odd, tiny, f32::MIN_POSITIVE]
                .into_iter()
                .chain([f32::MAX, f32::MIN, f32::NAN, f32::INFINITY, f32::NEG_INFINITY])
                .map(Value::F32)
                .collect()
        }
        Kind::Double => {
            let tiny = f64::from_bits(1);
            [0.0, -0.0, 0.1, 1.0, -1.5, 1e-7, 1e15, 1e16, 1e17, 1e22, tiny, f64::MIN_POSITIVE]
                .into_iter()
                .chain([f64::MAX, f64::MIN, f64::NAN, f64::INFINITY, f64::NEG_INFINITY])
                .map(Value::F64)
                .collect()
        }
        Kind::Int32 | Kind::Sint32 | Kind::Sfixed32 => {
            [0, 1, -1, i32::MAX, i32::MIN].map(Value::I32).into()
        }
        Kind::Int64 | Kind::Sint64 | Kind::Sfixed64 => {
            [0, 1, -1, i64::MAX, i64::MIN].map(Value::I64).into()
        }
        Kind::Uint32 | Kind::Fixed32 => [0, 1, u32::MAX].map(Value::U32).into(),
        Kind::Uint64 | Kind::Fixed64 => [0, 1, u64::MAX].map(Value::U64).into(),
        Kind::Enum(it) => {
            let known = it.values().map(|value| value.number());
            let numbers = known.chain([77, -77, i32::MAX, i32::MIN]);
            numbers.map(Value::EnumNumber).collect()
        }
        Kind::Message(message) => of_message(message).into_iter().map(Value::Message).collect(),
    }
}

/// The edges of a message; of one that can hold itself only itself with nothing in it.
fn of_message(message: &MessageDescriptor) -> Vec<DynamicMessage> {
    let empty = base(message);
    let with = |fields: &[(&str, Value)]| {
        let mut message = empty.clone();
        for (name, value) in fields {
            message.set_field_by_name(name, value.clone());
        }
        message
    };
    let name = message.full_name().strip_prefix("google.protobuf.").unwrap_or_default();
    match name {
        "Timestamp" | "Duration" => {
            let times = SECONDS.iter().flat_map(|seconds| NANOS.map(|nanos| (*seconds, nanos)));
            times
                .map(|(seconds, nanos)| {
                    // The parts of a duration have one sign.
                    let negative = name == "Duration" && seconds < 0;
                    let nanos = if negative { -nanos } else { nanos };
                    with(&[("seconds", Value::I64(seconds)), ("nanos", Value::I32(nanos))])
                })
                .collect()
        }
        "Struct" => {
            let values = fields_of_struct(message);
            vec![empty.clone(), with(&[("fields", values)])]
        }
        "ListValue" => {
            let values = values(&message.get_field_by_name("values").expect("its values").kind());
            vec![empty.clone(), with(&[("values", Value::List(values))])]
        }
        "Value" => values(&Kind::Message(message.clone()))
            .into_iter()
            .filter_map(|value| value.as_message().cloned())
            .collect(),
        "FieldMask" => [&[][..], &["a"], &["foo_bar", "a.b_c"]]
            .map(|paths| {
                let paths = paths.iter().map(|path| Value::String((*path).to_owned()));
                with(&[("paths", Value::List(paths.collect()))])
            })
            .into(),
        wrapper if wrapper.ends_with("Value") => {
            let inside = message.get_field_by_name("value").expect("a wrapper's value").kind();
            of_kind(&inside).into_iter().map(|value| with(&[("value", value)])).collect()
        }
        _ => vec![empty],
    }
}

fn fields_of_struct(message: &MessageDescriptor) -> Value {
    let Kind::Message(entry) = message.get_field_by_name("fields").expect("its fields").kind()
    else {
        return Value::Map(HashMap::new());
    };
    let values = values(&entry.map_entry_value_field().kind());
    let keys = STRINGS.iter().map(|key| MapKey::String((*key).to_owned()));
    Value::Map(keys.zip(values.into_iter().skip(1)).collect())
}

/// The edges of `google.protobuf.Value` that hold no others; NaN and the infinities are none, Python refuses them.
pub(crate) fn values(kind: &Kind) -> Vec<Value> {
    let Kind::Message(message) = kind else { return Vec::new() };
    let empty = DynamicMessage::new(message.clone());
    let numbers = [0.0, -0.0, 1.5, -3.0, 1e16, 1e22, f64::MAX, f64::MIN_POSITIVE];
    let numbers = numbers.map(|number| ("number_value", Value::F64(number)));
    let strings = STRINGS.map(|text| ("string_value", Value::String(text.to_owned())));
    let bools = [false, true].map(|it| ("bool_value", Value::Bool(it)));
    let inside = |name: &'static str| {
        let kind = empty.descriptor().get_field_by_name(name).expect("a kind of value").kind();
        let message = kind.as_message().expect("a message").clone();
        (name, Value::Message(DynamicMessage::new(message)))
    };
    let others =
        [("null_value", Value::EnumNumber(0)), inside("struct_value"), inside("list_value")];
    let all = others.into_iter().chain(numbers).chain(strings).chain(bools);
    all.map(|(name, value)| {
        let mut message = empty.clone();
        message.set_field_by_name(name, value);
        Value::Message(message)
    })
    .chain([Value::Message(empty.clone())])
    .collect()
}
