//! Numbers.

use std::io::Write as _;

/// Writes an integer as a number.
pub(super) fn plain(out: &mut Vec<u8>, value: impl itoa::Integer) {
    out.extend_from_slice(itoa::Buffer::new().format(value).as_bytes());
}

/// Writes an integer as a string.
pub(super) fn quoted(out: &mut Vec<u8>, value: impl itoa::Integer) {
    out.push(b'"');
    plain(out, value);
    out.push(b'"');
}

/// Writes a double as Python's `repr` has it, up to the form of the exponent.
pub(super) fn double(out: &mut Vec<u8>, value: f64) {
    if value.is_finite() {
        out.extend_from_slice(ryu::Buffer::new().format_finite(value).as_bytes());
    } else {
        special(out, value);
    }
}

/// Writes a float as protobuf's `ToShortestFloat` rounds it.
///
/// Python tries six digits, then seven, eight and nine, each time the decimal nearest to the value. The shortest decimal
/// that reads back is the same number, save where six digits are more than it needs (a subnormal) and where the gap
/// below the value is half of that above (a power of two).
pub(super) fn float(out: &mut Vec<u8>, value: f32) {
    const MANTISSA: u32 = (1 << (f32::MANTISSA_DIGITS - 1)) - 1;

    if !value.is_finite() {
        return special(out, value.into());
    }
    let mut buffer = ryu::Buffer::new();
    let shortest = buffer.format_finite(value);
    let power_of_two = value.to_bits() & MANTISSA == 0 && shortest.len() > 6;
    if value.is_subnormal() || power_of_two {
        nearest(out, value);
    } else {
        out.extend_from_slice(shortest.as_bytes());
    }
}

/// The first decimal of at least six digits that reads back as `value`.
fn nearest(out: &mut Vec<u8>, value: f32) {
    let start = out.len();
    for after_point in 5..9 {
        out.truncate(start);
        write!(out, "{value:.after_point$e}").expect("a `Vec` takes everything");
        let read =
            std::str::from_utf8(&out[start..]).ok().and_then(|decimal| decimal.parse::<f64>().ok());
        #[expect(
            clippy::cast_possible_truncation,
            clippy::float_cmp,
            reason = "rounding to a float is the point"
        )]
        if read.is_some_and(|read| read as f32 == value) {
            return;
        }
    }
}

fn special(out: &mut Vec<u8>, value: f64) {
    let name: &[u8] = if value.is_nan() {
        br#""NaN""#
    } else if value > 0.0 {
        br#""Infinity""#
    } else {
        br#""-Infinity""#
    };
    out.extend_from_slice(name);
}

#[cfg(test)]
mod tests {
    use crate::publish::json::tests::value;

    fn float(number: f32) -> String {
        value(|v| v.float(number))
    }

    fn double(number: f64) -> String {
        value(|v| v.double(number))
    }

    #[test]
    fn names_what_is_no_number() {
        assert_eq!(float(f32::NAN), r#""NaN""#);
        assert_eq!(float(f32::INFINITY), r#""Infinity""#);
        assert_eq!(float(f32::NEG_INFINITY), r#""-Infinity""#);
        assert_eq!(double(-f64::NAN), r#""NaN""#);
        assert_eq!(double(f64::INFINITY), r#""Infinity""#);
        assert_eq!(double(f64::NEG_INFINITY), r#""-Infinity""#);
    }

    #[test]
    fn keeps_the_sign_of_zero() {
        assert_eq!(float(-0.0), "-0.0");
        assert_eq!(float(0.0), "0.0");
        assert_eq!(double(-0.0), "-0.0");
    }

    #[test]
    fn writes_whole_numbers_as_floats() {
        assert_eq!(float(1.0), "1.0");
        assert_eq!(float(16_777_216.0), "1.6777216e7");
        assert_eq!(double(1e15), "1000000000000000.0");
        assert_eq!(double(1e16), "1e16");
    }

    /// Bits of floats, and what `json.dumps(MessageToDict(FloatValue(value=..)))` prints for them (protobuf 7.36).
    #[test]
    fn rounds_floats_as_python_does() {
        let printed: [(u32, &str); 19] = [
            (0x0000_0001, "1.4013e-45"),
            (0x0000_0002, "2.8026e-45"),
            (0x0000_0003, "4.2039e-45"),
            (0x007f_ffff, "1.1754942e-38"),
            (0x0080_0000, "1.1754944e-38"),
            (0x7f7f_ffff, "3.4028235e38"),
            (0x3dcc_cccd, "0.1"),
            (0x3f66_6666, "0.9"),
            (0x3eaa_aaab, "0.33333334"),
            (0x4049_0fdb, "3.1415927"),
            (0x47c3_5010, "100000.125"),
            (0x4996_b43f, "1234567.9"),
            (0x5015_02f9, "10000000000.0"),
            (0x2edb_e6ff, "1e-10"),
            (0x4b80_0000, "16777216.0"),
            (0x8000_0012, "-2.52234e-44"),
            (0x0f80_0000, "1.26217745e-29"),
            (0x6b00_0000, "1.54742505e26"),
            (0x6c80_0000, "1.23794004e27"),
        ];
        for (bits, python) in printed {
            let ours = float(f32::from_bits(bits));
            assert_eq!(ours.parse::<f64>(), python.parse::<f64>(), "{bits:#010x}");
        }
    }

    #[test]
    fn gives_every_power_of_two_back() {
        for bits in (0..0xff).map(|exponent| exponent << 23) {
            let number = f32::from_bits(bits);
            assert_eq!(float(number).parse(), Ok(number));
        }
    }

    #[test]
    fn gives_doubles_back() {
        for number in [0.1, 5e-324, f64::MAX, 1.0 / 3.0, 9_007_199_254_740_993.0] {
            assert_eq!(double(number).parse(), Ok(number));
        }
    }
}
