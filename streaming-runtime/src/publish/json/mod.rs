//! Writes messages as JSON, value for value as Python's `MessageToDict(message, preserving_proto_field_name=True)`.
//!
//! Generated code decides which fields are written; this module knows how each kind of value looks. Everything goes
//! straight into one buffer. Writing cannot fail: what Python refuses to print has a stated replacement.
//!
//! ```
//! use streaming_runtime::codegen::json::Json;
//!
//! let mut json = Json::new();
//! json.object(|trade| {
//!     trade.key("symbol").string("BTC");
//!     trade.key("sequence").long(7_u64);
//!     trade.key("prices").array(|prices| prices.item().double(0.5));
//! });
//! assert_eq!(json.into_bytes(), r#"{"symbol":"BTC","sequence":"7","prices":[0.5]}"#);
//! ```

mod event;
mod number;
mod text;
mod time;
mod well_known;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use bytes::Bytes;

pub use event::event;

/// A point in time in UTC, as RFC 3339 has it: `2025-11-14T01:02:03.000004+00:00`.
#[cfg(feature = "centrifugo")]
pub(crate) fn rfc3339(at: std::time::SystemTime) -> String {
    let mut quoted = Vec::new();
    time::iso_format(Value { out: &mut quoted }, at);
    String::from_utf8_lossy(&quoted).trim_matches('"').to_owned()
}

/// One JSON object on its way into one buffer.
#[derive(Debug, Default)]
pub struct Json {
    out: Vec<u8>,
}

impl Json {
    /// Starts with a buffer that most messages fit.
    #[must_use]
    pub fn new() -> Self {
        Self { out: Vec::with_capacity(256) }
    }

    #[cfg(feature = "centrifugo")]
    pub(crate) fn with_capacity(bytes: usize) -> Self {
        Self { out: Vec::with_capacity(bytes) }
    }

    /// Writes the object; a second call replaces what the first one wrote.
    pub fn object(&mut self, write: impl FnOnce(&mut Object<'_>)) {
        self.out.clear();
        Value { out: &mut self.out }.object(write);
    }

    /// The object as text; empty if none was written.
    #[must_use]
    pub fn into_bytes(self) -> Bytes {
        self.out.into()
    }
}

/// An object that is being written.
#[derive(Debug)]
pub struct Object<'a> {
    out: &'a mut Vec<u8>,
    empty: bool,
    has_event_type: bool,
    has_timestamp: bool,
}

impl<'a> Object<'a> {
    fn new(out: &'a mut Vec<u8>) -> Self {
        out.push(b'{');
        Self { out, empty: true, has_event_type: false, has_timestamp: false }
    }

    /// The value for a field whose name stands as JSON has it, with a comma before it: `,"symbol":`. Generated code
    /// knows its names beforehand; any other name goes to [`key`](Self::key).
    #[inline]
    pub fn field(&mut self, written: &'static str) -> Value<'_> {
        match written.len() {
            13 if written == ",\"timestamp\":" => self.has_timestamp = true,
            14 if written == ",\"event_type\":" => self.has_event_type = true,
            _ => {}
        }
        let written = written.as_bytes();
        // Apart, so that the length of each is known.
        if self.empty {
            self.out.extend_from_slice(&written[1..]);
        } else {
            self.out.extend_from_slice(written);
        }
        self.empty = false;
        Value { out: self.out }
    }

    /// The value for a field's name, or for a key of a map whose keys are strings.
    pub fn key(&mut self, name: &str) -> Value<'_> {
        match name.len() {
            9 if name == "timestamp" => self.has_timestamp = true,
            10 if name == "event_type" => self.has_event_type = true,
            _ => {}
        }
        self.separate();
        text::write(self.out, name);
        self.out.push(b':');
        Value { out: self.out }
    }

    /// The value for a key of a map whose keys are integers.
    pub fn int_key(&mut self, key: impl itoa::Integer) -> Value<'_> {
        self.separate();
        number::quoted(self.out, key);
        self.out.push(b':');
        Value { out: self.out }
    }

    /// The value for a key of a map whose keys are bools.
    pub fn bool_key(&mut self, key: bool) -> Value<'_> {
        self.separate();
        let key: &[u8] = if key { br#""true":"# } else { br#""false":"# };
        self.out.extend_from_slice(key);
        Value { out: self.out }
    }

    fn separate(&mut self) {
        if !self.empty {
            self.out.push(b',');
        }
        self.empty = false;
    }
}

/// An array that is being written.
#[derive(Debug)]
pub struct Array<'a> {
    out: &'a mut Vec<u8>,
    empty: bool,
}

impl Array<'_> {
    /// The next element.
    pub fn item(&mut self) -> Value<'_> {
        if !self.empty {
            self.out.push(b',');
        }
        self.empty = false;
        Value { out: self.out }
    }
}

/// The place of one value, which one of the methods must fill.
#[derive(Debug)]
#[must_use = "a key without a value is no JSON"]
pub struct Value<'a> {
    out: &'a mut Vec<u8>,
}

impl Value<'_> {
    /// Writes a `bool`.
    pub fn bool(self, value: bool) {
        let value: &[u8] = if value { b"true" } else { b"false" };
        self.out.extend_from_slice(value);
    }

    /// Writes an integer of 32 bits: a number.
    pub fn int(self, value: impl itoa::Integer) {
        number::plain(self.out, value);
    }

    /// Writes an integer of 64 bits: a string, because JavaScript's numbers cannot hold it.
    pub fn long(self, value: impl itoa::Integer) {
        number::quoted(self.out, value);
    }

    /// Writes a `float` with the fewest digits, six or more, that give it back; `"NaN"`, `"Infinity"` and
    /// `"-Infinity"` are strings.
    pub fn float(self, value: f32) {
        number::float(self.out, value);
    }

    /// Writes a `double` with the fewest digits that give it back; `"NaN"`, `"Infinity"` and `"-Infinity"` are strings.
    pub fn double(self, value: f64) {
        number::double(self.out, value);
    }

    /// Writes a `string`.
    pub fn string(self, value: &str) {
        text::write(self.out, value);
    }

    /// Writes `bytes`: base64 of the standard alphabet, padded.
    pub fn bytes(self, value: &[u8]) {
        self.out.push(b'"');
        let start = self.out.len();
        self.out.resize(start + value.len().div_ceil(3).saturating_mul(4), 0);
        let written = STANDARD.encode_slice(value, &mut self.out[start..]);
        debug_assert_eq!(written, Ok(self.out.len() - start));
        self.out.push(b'"');
    }

    /// Writes an enum: its value's name where `name` knows it, else the number.
    ///
    /// `google.protobuf.NullValue` is no such enum; it is [`null`](Self::null).
    pub fn enumeration(self, value: i32, name: fn(i32) -> Option<&'static str>) {
        match name(value) {
            Some(name) => self.string(name),
            None => self.int(value),
        }
    }

    /// Writes what is JSON already.
    #[cfg(feature = "centrifugo")]
    pub(crate) fn raw(self, json: &[u8]) {
        self.out.extend_from_slice(json);
    }

    /// Writes `null`.
    pub fn null(self) {
        self.out.extend_from_slice(b"null");
    }

    /// Writes a message or a map.
    pub fn object(self, write: impl FnOnce(&mut Object<'_>)) {
        write(&mut Object::new(self.out));
        self.out.push(b'}');
    }

    /// Writes a repeated field.
    pub fn array(self, write: impl FnOnce(&mut Array<'_>)) {
        self.out.push(b'[');
        write(&mut Array { out: self.out, empty: true });
        self.out.push(b']');
    }

    /// Writes a `google.protobuf.Timestamp`: `"2025-11-14T01:02:03.004Z"` with no, 3, 6 or 9 digits after the point.
    ///
    /// One outside the years 1 to 9999 or with nanoseconds outside a second, which Python refuses, is `null`.
    pub fn timestamp(self, value: &prost_types::Timestamp) {
        time::timestamp(self, *value);
    }

    /// Writes a `google.protobuf.Duration`: `"-1.500s"` with no, 3, 6 or 9 digits after the point.
    ///
    /// One over 10,000 years or of two signs, which Python refuses, is `null`.
    pub fn duration(self, value: &prost_types::Duration) {
        time::duration(self, *value);
    }

    /// Writes a `google.protobuf.Struct`: the object that it describes.
    pub fn structure(self, value: &prost_types::Struct) {
        well_known::structure(self, value);
    }

    /// Writes a `google.protobuf.Value`: what it describes, `null` where nothing is set.
    ///
    /// Infinite numbers and NaN, which Python refuses here, are the strings of [`double`](Self::double).
    pub fn value(self, value: &prost_types::Value) {
        well_known::value(self, value);
    }

    /// Writes a `google.protobuf.ListValue`: the array that it describes.
    pub fn list(self, value: &prost_types::ListValue) {
        well_known::list(self, value);
    }

    /// Writes a `google.protobuf.FieldMask`: one string of paths in camel case with commas between.
    ///
    /// A path that has no camel case, which Python refuses, stays as it is.
    pub fn field_mask(self, value: &prost_types::FieldMask) {
        well_known::field_mask(self, value);
    }

    /// Writes a `google.protobuf.Any`: `@type`, and in `value` the well-known type that it holds.
    ///
    /// Any other type, which only descriptors could tell apart, has its bytes as base64 in `value`.
    pub fn any(self, value: &prost_types::Any) {
        well_known::any(self, value);
    }
}

#[cfg(test)]
mod tests {
    use super::{Array, Json, Object, Value};

    pub(super) fn value(write: impl FnOnce(Value<'_>)) -> String {
        let mut out = Vec::new();
        write(Value { out: &mut out });
        String::from_utf8(out).expect("JSON is UTF-8")
    }

    pub(super) fn object(write: impl FnOnce(&mut Object<'_>)) -> String {
        value(|value| value.object(write))
    }

    fn array(write: impl FnOnce(&mut Array<'_>)) -> String {
        value(|value| value.array(write))
    }

    #[test]
    fn nests_objects_and_arrays() {
        let json = object(|o| {
            o.key("a").array(|a| {
                a.item().int(1);
                a.item().object(|o| o.key("b").null());
                a.item().array(|_| {});
            });
            o.key("c").object(|_| {});
            o.key("d").bool(false);
        });
        assert_eq!(json, r#"{"a":[1,{"b":null},[]],"c":{},"d":false}"#);
    }

    #[test]
    fn writes_integers_by_width() {
        assert_eq!(value(|v| v.int(i32::MIN)), "-2147483648");
        assert_eq!(value(|v| v.int(u32::MAX)), "4294967295");
        assert_eq!(value(|v| v.long(i64::MIN)), r#""-9223372036854775808""#);
        assert_eq!(value(|v| v.long(u64::MAX)), r#""18446744073709551615""#);
    }

    #[test]
    fn writes_every_kind_of_map_key_as_a_string() {
        let json = object(|o| {
            o.int_key(-1_i32).int(1);
            o.int_key(u64::MAX).int(2);
            o.bool_key(true).int(3);
            o.bool_key(false).int(4);
            o.key("\"\n").int(5);
        });
        let expected = r#"{"-1":1,"18446744073709551615":2,"true":3,"false":4,"\"\n":5}"#;
        assert_eq!(json, expected);
    }

    #[test]
    fn pads_base64_of_the_standard_alphabet() {
        let cases: [(&[u8], &str); 5] = [
            (b"", r#""""#),
            (b"\xff", r#""/w==""#),
            (b"\xff\xee", r#""/+4=""#),
            (b"\xfb\xff\xfe", r#""+//+""#),
            (b"abcd", r#""YWJjZA==""#),
        ];
        for (bytes, expected) in cases {
            assert_eq!(value(|v| v.bytes(bytes)), expected);
        }
    }

    #[test]
    fn names_known_enum_values_only() {
        let name = |value| (value == 1).then_some("SIDE_BUY");
        assert_eq!(value(|v| v.enumeration(1, name)), r#""SIDE_BUY""#);
        assert_eq!(value(|v| v.enumeration(-7, name)), "-7");
    }

    #[test]
    fn separates_items() {
        let json = array(|a| {
            a.item().string("a");
            a.item().null();
        });
        assert_eq!(json, r#"["a",null]"#);
    }

    #[test]
    fn replaces_an_earlier_object() {
        let mut json = Json::new();
        json.object(|o| o.key("a").int(1));
        json.object(|o| o.key("b").int(2));
        assert_eq!(json.into_bytes(), r#"{"b":2}"#);
    }
}
