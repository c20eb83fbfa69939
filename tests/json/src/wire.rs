//! Fields byte by byte, and what no writer of messages writes, but every reader must take.

use crate::{Case, Type};

/// Messages that are written byte by byte.
#[must_use]
pub fn by_hand() -> Vec<Case> {
    let case = |name: &str, parts: &[Vec<u8>]| Case {
        name: name.to_owned(),
        of: Type::Kind,
        wire: parts.concat(),
    };
    vec![
        case("minus zero as a float", &[fixed(13, &(-0.0_f32).to_le_bytes())]),
        case("minus zero as a double", &[fixed(14, &(-0.0_f64).to_le_bytes())]),
        case("a default that is written", &[varint(15, 0), varint(10, 0), bytes(11, b"")]),
        case("a field that nobody knows", &[varint(999, 1), bytes(1, b"bot")]),
        case("a field twice", &[bytes(1, b"one"), bytes(1, b"two")]),
        case("two members of a oneof", &[bytes(111, b"one"), varint(116, 2)]),
        case(
            "a oneof's message in two parts",
            &[bytes(119, &bytes(1, b"leaf")), bytes(119, &bytes(2, &bytes(1, b"next")))],
        ),
        case("a timestamp in two parts", &[bytes(70, &varint(1, 5)), bytes(70, &varint(2, 1000))]),
        case("a bool of two", &[varint(10, 2)]),
        case("an int32 of too many bits", &[varint(15, u64::MAX << 32)]),
        case("an enum of too many bits", &[varint(25, (1 << 32) + 1)]),
        case("packed where it is not", &[bytes(50, &[1, 2, 3])]),
        case("not packed where it is", &[varint(45, 2), varint(45, 4), bytes(45, &[6])]),
        case("an entry without a value", &[bytes(61, &bytes(1, b"key"))]),
        case("an entry without a key", &[bytes(62, &bytes(2, &bytes(1, b"leaf")))]),
        case("an entry of nothing", &[bytes(66, b""), bytes(67, b""), bytes(68, b"")]),
        case(
            "an entry twice",
            &[
                bytes(60, &[bytes(1, b"key"), bytes(2, b"one")].concat()),
                bytes(60, &[bytes(1, b"key"), bytes(2, b"two")].concat()),
            ],
        ),
    ]
}

fn key(field: u32, kind: u32) -> Vec<u8> {
    number(u64::from(field << 3 | kind))
}

fn number(mut value: u64) -> Vec<u8> {
    let mut out = Vec::new();
    loop {
        let low = value.to_le_bytes()[0] & 0x7f;
        value >>= 7;
        if value == 0 {
            out.push(low);
            return out;
        }
        out.push(low | 0x80);
    }
}

/// A field that is a number.
#[must_use]
pub fn varint(field: u32, value: u64) -> Vec<u8> {
    [key(field, 0), number(value)].concat()
}

/// A field that is text, bytes, a message or packed numbers.
///
/// # Panics
/// Never: what is in memory has a length.
#[must_use]
pub fn bytes(field: u32, value: &[u8]) -> Vec<u8> {
    let length = number(value.len().try_into().expect("a length"));
    [key(field, 2), length, value.to_vec()].concat()
}

fn fixed(field: u32, value: &[u8]) -> Vec<u8> {
    let kind = if value.len() == 4 { 5 } else { 1 };
    [key(field, kind), value.to_vec()].concat()
}
