//! Ids: of clients, and of commands.

#[cfg(feature = "_session")]
mod new;

use std::{borrow::Borrow, fmt, ops::Deref, sync::Arc};

#[cfg(feature = "_session")]
pub(crate) use new::NewIds;

/// The name under which a client is known: one canonical string.
///
/// Integer ids are written in decimal, bytes in lower-case hex. Cheap to clone; derefs to `str`.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ClientId(Arc<str>);

impl ClientId {
    /// The id as a string.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Deref for ClientId {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl Borrow<str> for ClientId {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl AsRef<str> for ClientId {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ClientId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self)
    }
}

impl fmt::Debug for ClientId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&**self, f)
    }
}

#[cfg(feature = "_session")]
impl serde::Serialize for ClientId {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self)
    }
}

impl From<&str> for ClientId {
    fn from(id: &str) -> Self {
        Self(id.into())
    }
}

impl From<String> for ClientId {
    fn from(id: String) -> Self {
        Self(id.into())
    }
}

impl From<IdRef<'_>> for ClientId {
    fn from(id: IdRef<'_>) -> Self {
        id.with_str(|id| Self(id.into()))
    }
}

impl PartialEq<str> for ClientId {
    fn eq(&self, other: &str) -> bool {
        &**self == other
    }
}

impl PartialEq<&str> for ClientId {
    fn eq(&self, other: &&str) -> bool {
        &**self == *other
    }
}

/// A borrowed id, as a field of the wire or an argument of a look-up holds it.
///
/// `Copy`; made from `&str`, `&String`, [`&ClientId`](ClientId), integers and `&[u8]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IdRef<'a> {
    /// A string field.
    Str(&'a str),
    /// A bytes field; its canonical form is lower-case hex.
    Bytes(&'a [u8]),
    /// An integer field up to 64 bits, signed or not; its canonical form is decimal.
    Int(i128),
}

impl IdRef<'_> {
    /// Whether this is the default of its field: `""`, no bytes, or 0. Such an id names nobody.
    #[must_use]
    pub fn is_empty(self) -> bool {
        match self {
            Self::Str(id) => id.is_empty(),
            Self::Bytes(id) => id.is_empty(),
            Self::Int(id) => id == 0,
        }
    }

    /// Calls `f` with the canonical form, which is made on the stack where it is short.
    pub fn with_str<R>(self, f: impl FnOnce(&str) -> R) -> R {
        match self {
            Self::Str(id) => f(id),
            Self::Int(id) => f(itoa::Buffer::new().format(id)),
            Self::Bytes(id) => {
                const DIGITS: [char; 16] = [
                    '0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'a', 'b', 'c', 'd', 'e', 'f',
                ];
                let digits = |byte: &u8| [byte >> 4, byte & 0xf].map(|d| DIGITS[usize::from(d)]);
                f(&id.iter().flat_map(digits).collect::<String>())
            }
        }
    }
}

impl fmt::Display for IdRef<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.with_str(|id| f.write_str(id))
    }
}

impl<'a> From<&'a str> for IdRef<'a> {
    fn from(id: &'a str) -> Self {
        Self::Str(id)
    }
}

impl<'a> From<&'a String> for IdRef<'a> {
    fn from(id: &'a String) -> Self {
        Self::Str(id)
    }
}

impl<'a> From<&'a ClientId> for IdRef<'a> {
    fn from(id: &'a ClientId) -> Self {
        Self::Str(id)
    }
}

impl<'a> From<&'a [u8]> for IdRef<'a> {
    fn from(id: &'a [u8]) -> Self {
        Self::Bytes(id)
    }
}

macro_rules! from_integers {
    ($($int:ty)*) => {$(
        impl From<$int> for IdRef<'_> {
            fn from(id: $int) -> Self {
                Self::Int(id.into())
            }
        }
    )*};
}

from_integers!(i32 u32 i64 u64);

/// What kind of field holds an id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IdKind {
    /// `string`
    Str,
    /// `bytes`
    Bytes,
    /// `int64`, `uint64`, `sint64`, `fixed64` or `sfixed64`
    Int64,
    /// `int32`, `uint32`, `sint32`, `fixed32` or `sfixed32`
    Int32,
}

/// An id of its own, to be put into a field: one that the hub made up for a command, or that of what is answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OwnedId {
    /// For a string field.
    Str(String),
    /// For a bytes field.
    Bytes(Vec<u8>),
    /// For an integer field up to 64 bits, signed or not.
    Int(i128),
}

impl From<IdRef<'_>> for OwnedId {
    fn from(id: IdRef<'_>) -> Self {
        match id {
            IdRef::Str(id) => Self::Str(id.to_owned()),
            IdRef::Bytes(id) => Self::Bytes(id.to_vec()),
            IdRef::Int(id) => Self::Int(id),
        }
    }
}

impl OwnedId {
    /// The id as a borrowed one.
    #[must_use]
    pub fn as_ref(&self) -> IdRef<'_> {
        match self {
            Self::Str(id) => IdRef::Str(id),
            Self::Bytes(id) => IdRef::Bytes(id),
            Self::Int(id) => IdRef::Int(*id),
        }
    }

    /// The id for a string field.
    #[must_use]
    pub fn into_string(self) -> String {
        match self {
            Self::Str(id) => id,
            other => other.as_ref().to_string(),
        }
    }

    /// The id for a bytes field.
    #[must_use]
    pub fn into_bytes(self) -> Vec<u8> {
        match self {
            Self::Bytes(id) => id,
            other => other.into_string().into_bytes(),
        }
    }

    /// The id for an integer field; 0 where the integer does not fit it.
    #[must_use]
    pub fn into_int<T: TryFrom<i128> + Default>(self) -> T {
        match self {
            Self::Int(id) => T::try_from(id).unwrap_or_default(),
            Self::Str(_) | Self::Bytes(_) => T::default(),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;

    fn canonical<'a>(id: impl Into<IdRef<'a>>) -> String {
        let id = id.into();
        let text = id.to_string();
        assert_eq!(ClientId::from(id), text.as_str());
        assert!(id.with_str(|id| id == text));
        text
    }

    #[test]
    fn each_kind_of_id_has_one_canonical_form() {
        assert_eq!(canonical("bot-1"), "bot-1");
        assert_eq!(canonical(&String::from("Bot 1")), "Bot 1");
        assert_eq!(canonical(&ClientId::from("bot-1")), "bot-1");
        assert_eq!(canonical(7_u32), "7");
        assert_eq!(canonical(-7_i32), "-7");
        assert_eq!(canonical(i64::MIN), "-9223372036854775808");
        assert_eq!(canonical(u64::MAX), "18446744073709551615");
        assert_eq!(canonical(&[0x00_u8, 0x0a, 0xff][..]), "000aff");
    }

    #[test]
    fn the_default_of_a_field_names_nobody() {
        for empty in [IdRef::Str(""), IdRef::Bytes(&[]), IdRef::Int(0)] {
            assert!(empty.is_empty(), "{empty:?}");
        }
        for full in [IdRef::Str("0"), IdRef::Bytes(&[0]), IdRef::Int(-1)] {
            assert!(!full.is_empty(), "{full:?}");
        }
    }

    #[test]
    fn an_id_is_looked_up_by_its_text() {
        let map = HashMap::from([(ClientId::from(IdRef::from(42_u64)), "answer")]);
        assert_eq!(map.get("42"), Some(&"answer"));
        assert_eq!(IdRef::from(42_i32).with_str(|id| map.get(id)), Some(&"answer"));
    }

    #[test]
    fn a_new_id_takes_the_form_of_its_field() {
        let text = || OwnedId::Str("a1".to_owned());
        assert_eq!(text().into_string(), "a1");
        assert_eq!(text().into_bytes(), b"a1");
        let bytes = || OwnedId::Bytes(vec![0xa1]);
        assert_eq!(bytes().into_bytes(), [0xa1]);
        assert_eq!(bytes().into_string(), "a1");
        assert_eq!(OwnedId::Int(300).into_int::<u64>(), 300);
        assert_eq!(OwnedId::Int(300).into_string(), "300");
        // An integer that the field cannot hold is none.
        assert_eq!(OwnedId::Int(300).into_int::<u8>(), 0);
        assert_eq!(OwnedId::Int(i64::MAX.into()).into_int::<i32>(), 0);
        assert_eq!(OwnedId::from(IdRef::from(u64::MAX)).into_int::<u64>(), u64::MAX);
        assert_eq!(text().into_int::<i64>(), 0);
        for id in [text(), bytes(), OwnedId::Int(1)] {
            assert!(!id.as_ref().is_empty());
        }
    }
}
