//! Clients: what their messages carry of them, and what the hub's last word says.

use std::time::Duration;

use bytes::Bytes;

use crate::id::ClientId;

/// A field that holds a client's id.
pub trait Signed {
    /// Puts `id` in where the field is empty; an id that the field cannot hold leaves it so.
    fn sign(&mut self, id: &ClientId);
}

impl Signed for String {
    fn sign(&mut self, id: &ClientId) {
        if self.is_empty() {
            *self = id.as_str().into();
        }
    }
}

impl Signed for Vec<u8> {
    fn sign(&mut self, id: &ClientId) {
        if self.is_empty() {
            *self = bytes_of(id).unwrap_or_default();
        }
    }
}

impl Signed for Bytes {
    fn sign(&mut self, id: &ClientId) {
        if self.is_empty() {
            *self = bytes_of(id).unwrap_or_default().into();
        }
    }
}

impl<T: Signed + Default> Signed for Option<T> {
    fn sign(&mut self, id: &ClientId) {
        self.get_or_insert_default().sign(id);
    }
}

macro_rules! signed_integers {
    ($($int:ty)*) => {$(
        impl Signed for $int {
            fn sign(&mut self, id: &ClientId) {
                if *self == 0 {
                    *self = id.parse().unwrap_or_default();
                }
            }
        }
    )*};
}

signed_integers!(i32 u32 i64 u64);

/// The bytes whose canonical form `id` is.
fn bytes_of(id: &ClientId) -> Option<Vec<u8>> {
    let digit = |digit: u8| char::from(digit).to_digit(16).and_then(|it| u8::try_from(it).ok());
    let (pairs, rest) = id.as_bytes().as_chunks();
    let byte = |&[high, low]: &[u8; 2]| Some(digit(high)? << 4 | digit(low)?);
    pairs.iter().map(byte).collect::<Option<Vec<u8>>>().filter(|_| rest.is_empty())
}

/// How long a goodbye tells to stay away, by the milliseconds in it: 0 says nothing of it, less than 0 is for good.
pub fn millis(millis: impl Into<i128>) -> Option<Duration> {
    match millis.into() {
        0 => None,
        millis if millis < 0 => Some(Duration::MAX),
        millis => Some(Duration::from_millis(u64::try_from(millis).unwrap_or(u64::MAX))),
    }
}

/// How long a goodbye tells to stay away, by the time in it: none says nothing of it, less than none is for good.
#[must_use]
pub fn span(span: Option<prost_types::Duration>) -> Option<Duration> {
    let span = span?;
    Some(span.try_into().unwrap_or(Duration::MAX)).filter(|span: &Duration| !span.is_zero())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn signed<T: Signed>(mut field: T, id: &str) -> T {
        field.sign(&ClientId::from(id));
        field
    }

    #[test]
    fn an_empty_field_takes_the_id_in_its_own_form() {
        assert_eq!(signed(String::new(), "bot-1"), "bot-1");
        assert_eq!(signed(Vec::new(), "000aff"), [0x00, 0x0a, 0xff]);
        assert_eq!(signed(Bytes::new(), "ff"), Bytes::from_static(&[0xff]));
        assert_eq!(signed(0_u64, "18446744073709551615"), u64::MAX);
        assert_eq!(signed(0_i32, "-7"), -7);
        assert_eq!(signed(None, "7"), Some(7_u32));
        assert_eq!(signed(Some(String::new()), "bot-1").as_deref(), Some("bot-1"));
    }

    #[test]
    fn what_stands_there_stays() {
        assert_eq!(signed("me".to_owned(), "bot-1"), "me");
        assert_eq!(signed(vec![1], "ff"), [1]);
        assert_eq!(signed(5_i64, "7"), 5);
        assert_eq!(signed(Some(5_i64), "7"), Some(5));
    }

    #[test]
    fn an_id_that_does_not_fit_leaves_the_field_empty() {
        assert_eq!(signed(0_i32, "4294967296"), 0);
        assert_eq!(signed(0_u64, "bot-1"), 0);
        assert_eq!(signed(Vec::new(), "abc"), b"");
        assert_eq!(signed(Vec::new(), "zz"), b"");
    }

    #[test]
    fn no_time_is_as_the_client_likes() {
        assert_eq!(millis(1_500_i32), Some(Duration::from_millis(1_500)));
        assert_eq!(millis(0_u64), None);
        assert_eq!(
            span(Some(prost_types::Duration { seconds: 1, nanos: 5 })),
            Some(Duration::new(1, 5))
        );
        assert_eq!(span(Some(prost_types::Duration::default())), None);
        assert_eq!(span(None), None);
    }

    #[test]
    fn less_than_no_time_is_for_good() {
        assert_eq!(millis(-1_i64), Some(Duration::MAX));
        assert_eq!(millis(i32::MIN), Some(Duration::MAX));
        assert_eq!(millis(u64::MAX), Some(Duration::from_millis(u64::MAX)));
        assert_eq!(
            span(Some(prost_types::Duration { seconds: -1, nanos: 0 })),
            Some(Duration::MAX)
        );
    }
}
