//! Ids as parts of names: what means something there is written otherwise, so that no id is another's name.

use std::fmt::Write as _;

use sha2::{Digest as _, Sha256};

/// Longer ones are named by their hash.
const LONGEST: usize = 100;

/// Bytes that are not `kept` become `=` and two hex digits; `=` itself must be one of them. What is longer than 100
/// characters then becomes `=h` and the SHA-256 of the id in hex.
pub(crate) fn escape(id: &str, kept: impl Fn(u8) -> bool) -> String {
    let mut escaped = String::with_capacity(id.len());
    for byte in id.bytes() {
        if kept(byte) {
            escaped.push(char::from(byte));
        } else {
            write!(escaped, "={byte:02X}").expect("a string takes everything");
        }
    }
    if escaped.len() <= LONGEST {
        return escaped;
    }
    let mut hashed = String::from("=h");
    for byte in Sha256::digest(id.as_bytes()) {
        write!(hashed, "{byte:02x}").expect("a string takes everything");
    }
    hashed
}
