//! Channel names: a client's id never reaches another client's channel.

use crate::escape::escape;

/// The id as a part of a channel. Ordinary ids stay as they are.
///
/// Kept are printable ASCII characters other than the space and `# : = * & $`; others become `=` and two hex digits per
/// byte, as does the punctuation in `used`. What is longer than 100 characters then becomes a hash: Centrifugo takes
/// subscriptions to channels of at most 255.
pub(super) fn encode_id(id: &str, used: &str) -> String {
    let means_something = |byte: u8| b"#:=*&$".contains(&byte) || used.as_bytes().contains(&byte);
    escape(id, |byte| byte.is_ascii_graphic() && !means_something(byte))
}

#[cfg(test)]
mod tests {
    use super::encode_id;

    #[test]
    fn ordinary_ids_keep_their_channel() {
        for id in ["bot-123", "bot.eu-1", "acct/7", "A_b~c@d"] {
            assert_eq!(encode_id(id, ""), id);
        }
    }

    #[test]
    fn what_means_something_in_a_channel_is_escaped() {
        assert_eq!(encode_id("a#b:c d", ""), "a=23b=3Ac=20d");
        assert_eq!(encode_id("=h", ""), "=3Dh");
        assert_eq!(encode_id("ü", ""), "=C3=BC");
        assert_eq!(encode_id("a/b.c", "/"), "a=2Fb.c");
    }

    #[test]
    fn long_ids_are_hashed_and_differ() {
        let (one, two) = ("x".repeat(101), "x".repeat(102));
        assert_eq!(encode_id(&one, "").len(), 66);
        assert_ne!(encode_id(&one, ""), encode_id(&two, ""));
        assert_eq!(encode_id(&"x".repeat(100), "").len(), 100);
    }
}
