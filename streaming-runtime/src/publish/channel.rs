//! Channel names: a client's id never reaches another client's channel.

use std::fmt::Write as _;

use sha2::{Digest as _, Sha256};

/// Longer ids are named by their hash: Centrifugo takes subscriptions to channels of at most 255 characters.
const MAX_ID: usize = 100;

/// The id as a part of a channel. Ordinary ids stay as they are.
///
/// Kept are printable ASCII characters other than the space and `# : = * & $`; others become `=` and two hex digits per
/// byte, as does the punctuation in `used`. What is longer than 100 characters then becomes `=h` and the SHA-256 of the id
/// in hex.
pub(super) fn encode_id(id: &str, used: &str) -> String {
    let mut encoded = String::with_capacity(id.len());
    for byte in id.bytes() {
        if byte.is_ascii_graphic() && !b"#:=*&$".contains(&byte) && !used.as_bytes().contains(&byte)
        {
            encoded.push(char::from(byte));
        } else {
            write!(encoded, "={byte:02X}").expect("a string takes everything");
        }
    }
    if encoded.len() <= MAX_ID {
        return encoded;
    }
    let mut hashed = String::from("=h");
    for byte in Sha256::digest(id.as_bytes()) {
        write!(hashed, "{byte:02x}").expect("a string takes everything");
    }
    hashed
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
