//! Strings, quoted and escaped.

/// What follows the backslash; 0 where a byte stands for itself, `u` where only a code point will do.
const ESCAPES: [u8; 256] = {
    let mut escapes = [0; 256];
    let mut control = 0;
    while control < 0x20 {
        escapes[control] = b'u';
        control += 1;
    }
    escapes[0x08] = b'b';
    escapes[0x09] = b't';
    escapes[0x0a] = b'n';
    escapes[0x0c] = b'f';
    escapes[0x0d] = b'r';
    escapes[b'"' as usize] = b'"';
    escapes[b'\\' as usize] = b'\\';
    escapes
};

const HEX: [u8; 16] = *b"0123456789abcdef";

/// Writes `text` with its quotes. Everything beyond ASCII stays as it is: every JSON reader takes UTF-8.
pub(super) fn write(out: &mut Vec<u8>, text: &str) {
    out.reserve(text.len() + 2);
    out.push(b'"');
    escape(out, text);
    out.push(b'"');
}

/// Writes `text` as part of a string.
pub(super) fn escape(out: &mut Vec<u8>, text: &str) {
    let bytes = text.as_bytes();
    if is_plain(bytes) {
        return out.extend_from_slice(bytes);
    }
    let mut copied = 0;
    for (at, &byte) in bytes.iter().enumerate() {
        let escape = ESCAPES[usize::from(byte)];
        if escape == 0 {
            continue;
        }
        out.extend_from_slice(&bytes[copied..at]);
        copied = at + 1;
        out.extend_from_slice(&[b'\\', escape]);
        if escape == b'u' {
            let [high, low] = [byte >> 4, byte & 0xf].map(|half| HEX[usize::from(half)]);
            out.extend_from_slice(&[b'0', b'0', high, low]);
        }
    }
    out.extend_from_slice(&bytes[copied..]);
}

/// Whether nothing has to be escaped, as in most texts: eight bytes at a time.
fn is_plain(bytes: &[u8]) -> bool {
    // The last eight are looked at from the end, some of them twice.
    let Some(last) = bytes.last_chunk::<8>() else {
        return bytes.iter().all(|&byte| ESCAPES[usize::from(byte)] == 0);
    };
    let (words, _) = bytes.as_chunks::<8>();
    words.iter().chain([last]).fold(0, |any, word| any | special(u64::from_le_bytes(*word))) == 0
}

/// Not 0 where a byte of `word` is below a space, a quote or a backslash ("Bit Twiddling Hacks", `hasless`).
fn special(word: u64) -> u64 {
    const ONES: u64 = u64::from_le_bytes([1; 8]);
    let below = |word: u64, byte: u8| word.wrapping_sub(ONES * u64::from(byte)) & !word;
    let equal = |byte: u8| below(word ^ (ONES * u64::from(byte)), 1);
    (below(word, b' ') | equal(b'"') | equal(b'\\')) & (ONES << 7)
}

#[cfg(test)]
mod tests {
    use super::is_plain;
    use crate::publish::json::tests::value;

    #[test]
    fn escapes_what_json_cannot_hold() {
        let text = "\"\\/\u{8}\t\n\u{c}\r\0\u{1f}\u{7f}";
        let expected = "\"\\\"\\\\/\\b\\t\\n\\f\\r\\u0000\\u001f\u{7f}\"";
        assert_eq!(value(|v| v.string(text)), expected);
    }

    #[test]
    fn keeps_what_lies_beyond_ascii() {
        let text = "päivää 🚀 \u{2028}\u{ffff}";
        assert_eq!(value(|v| v.string(text)), format!("\"{text}\""));
    }

    #[test]
    fn sees_what_is_to_be_escaped_at_every_place() {
        for length in 0..=24 {
            for place in 0..length {
                for byte in 0..=u8::MAX {
                    let mut bytes = vec![b'\x7f'; length];
                    bytes[place] = byte;
                    let plain = byte >= 0x20 && byte != b'"' && byte != b'\\';
                    assert_eq!(is_plain(&bytes), plain, "{byte:#x} at {place} of {length}");
                }
            }
        }
    }

    #[test]
    fn quotes_the_empty_string() {
        assert_eq!(value(|v| v.string("")), "\"\"");
    }
}
