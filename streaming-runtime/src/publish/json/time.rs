//! Points in time and spans, as text.

use std::{
    cell::Cell,
    time::{SystemTime, UNIX_EPOCH},
};

use prost_types::{Duration, Timestamp};

use super::Value;

const SECONDS_PER_DAY: i64 = 24 * 60 * 60;
const NANOS_PER_SECOND: u32 = 1_000_000_000;
/// The years 1 to 9999, in seconds since the Unix epoch.
const TIMESTAMP_SECONDS: std::ops::RangeInclusive<i64> = -62_135_596_800..=253_402_300_799;
/// 10,000 years of 365.25 days.
const DURATION_SECONDS: u64 = 315_576_000_000;

pub(super) fn timestamp(value: Value<'_>, time: Timestamp) {
    let nanos = u32::try_from(time.nanos).unwrap_or(u32::MAX);
    if !TIMESTAMP_SECONDS.contains(&time.seconds) || nanos >= NANOS_PER_SECOND {
        return value.null();
    }
    let out = value.out;
    out.push(b'"');
    out.extend_from_slice(&date_time(time.seconds));
    fraction(out, nanos);
    out.extend_from_slice(b"Z\"");
}

pub(super) fn duration(value: Value<'_>, span: Duration) {
    let (seconds, nanos) = (span.seconds.unsigned_abs(), span.nanos.unsigned_abs());
    let mixed = (span.seconds < 0 && span.nanos > 0) || (span.seconds > 0 && span.nanos < 0);
    if mixed || seconds > DURATION_SECONDS || nanos >= NANOS_PER_SECOND {
        return value.null();
    }
    let out = value.out;
    out.push(b'"');
    if span.seconds < 0 || span.nanos < 0 {
        out.push(b'-');
    }
    out.extend_from_slice(itoa::Buffer::new().format(seconds).as_bytes());
    fraction(out, nanos);
    out.extend_from_slice(b"s\"");
}

/// What Python's `datetime.isoformat` gives in UTC: `2025-11-14T01:02:03.000004+00:00`, without digits after a whole
/// second.
pub(super) fn iso_format(value: Value<'_>, at: SystemTime) {
    let (seconds, micros) = since_epoch(at);
    let out = value.out;
    // Each publication has one: written in one piece.
    let mut text = *b"\"0000-00-00T00:00:00.000000+00:00\"";
    text[1..20].copy_from_slice(&date_time_of_now(seconds));
    if micros == 0 {
        out.extend_from_slice(&text[..20]);
        out.extend_from_slice(&text[27..]);
        return;
    }
    for (at, part) in [(21, micros / 10_000), (23, micros / 100 % 100), (25, micros % 100)] {
        two_digits(&mut text, at, part);
    }
    out.extend_from_slice(&text);
}

/// What [`date_time`] gives, kept for the next time: publications come many to a second.
fn date_time_of_now(seconds: i64) -> [u8; 19] {
    thread_local! {
        static LAST: Cell<Option<(i64, [u8; 19])>> = const { Cell::new(None) };
    }
    match LAST.get() {
        Some((of, text)) if of == seconds => text,
        _ => {
            let text = date_time(seconds);
            LAST.set(Some((seconds, text)));
            text
        }
    }
}

/// Whole seconds since the epoch, and the microseconds of the second that has begun.
fn since_epoch(at: SystemTime) -> (i64, u32) {
    let whole = |seconds| i64::try_from(seconds).unwrap_or(i64::MAX);
    match at.duration_since(UNIX_EPOCH) {
        Ok(after) => (whole(after.as_secs()), after.subsec_micros()),
        Err(before) => {
            let before = before.duration();
            let (seconds, micros) =
                (-whole(before.as_secs()), before.subsec_nanos().div_ceil(1000));
            match micros {
                0 => (seconds, 0),
                micros => (seconds - 1, 1_000_000 - micros),
            }
        }
    }
}

/// `2025-11-14T01:02:03`
fn date_time(seconds: i64) -> [u8; 19] {
    let (year, month, day) = civil(seconds.div_euclid(SECONDS_PER_DAY));
    let second = u32::try_from(seconds.rem_euclid(SECONDS_PER_DAY)).unwrap_or_default();
    let mut text = *b"0000-00-00T00:00:00";
    for (at, part) in [
        (0, year / 100),
        (2, year % 100),
        (5, month),
        (8, day),
        (11, second / 3600),
        (14, second / 60 % 60),
        (17, second % 60),
    ] {
        two_digits(&mut text, at, part);
    }
    text
}

/// Adds a number below 100 to the two zeros at `at`.
fn two_digits(text: &mut [u8], at: usize, part: u32) {
    text[at] += (part / 10 % 10) as u8;
    text[at + 1] += (part % 10) as u8;
}

/// Year, month and day of a day since the epoch, by Howard Hinnant's `civil_from_days`: years begin in March, so that
/// the leap day comes last.
fn civil(days: i64) -> (u32, u32, u32) {
    // From the first of March of the year -400 on, so that no day of a year that has four digits is negative.
    let days = u32::try_from(days + 719_468 + 146_097).unwrap_or_default();
    let (era, day) = (days / 146_097, days % 146_097);
    let year = (day - day / 1460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let day = day - (153 * month + 2) / 5 + 1;
    let january = month >= 10;
    let month = if january { month - 9 } else { month + 3 };
    let year = (era * 400 + year + u32::from(january)).saturating_sub(400);
    (year, month, day)
}

/// Nothing, or a point and 3, 6 or 9 digits.
fn fraction(out: &mut Vec<u8>, nanos: u32) {
    let (value, width) = match nanos {
        0 => return,
        _ if nanos.is_multiple_of(1_000_000) => (nanos / 1_000_000, 3),
        _ if nanos.is_multiple_of(1000) => (nanos / 1000, 6),
        _ => (nanos, 9),
    };
    out.push(b'.');
    digits(out, value, width);
}

/// The last `width` decimal digits of `value`.
fn digits(out: &mut Vec<u8>, mut value: u32, width: usize) {
    let start = out.len();
    out.resize(start + width, b'0');
    for digit in out[start..].iter_mut().rev() {
        *digit += (value % 10) as u8;
        value /= 10;
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration as Span, UNIX_EPOCH};

    use prost_types::{Duration, Timestamp};

    use super::iso_format;
    use crate::publish::json::tests::value;

    fn timestamp(seconds: i64, nanos: i32) -> String {
        value(|v| v.timestamp(&Timestamp { seconds, nanos }))
    }

    fn duration(seconds: i64, nanos: i32) -> String {
        value(|v| v.duration(&Duration { seconds, nanos }))
    }

    #[test]
    fn writes_timestamps_with_three_digits_at_a_time() {
        let cases = [
            (0, 0, "1970-01-01T00:00:00Z"),
            (1, 1, "1970-01-01T00:00:01.000000001Z"),
            (1_763_082_123, 4_000, "2025-11-14T01:02:03.000004Z"),
            (1_763_082_123, 40_000_000, "2025-11-14T01:02:03.040Z"),
            (-1, 500_000_000, "1969-12-31T23:59:59.500Z"),
            (951_782_399, 0, "2000-02-28T23:59:59Z"),
            (951_782_400, 0, "2000-02-29T00:00:00Z"),
            (-2_203_891_200, 0, "1900-03-01T00:00:00Z"),
            (-62_135_596_800, 0, "0001-01-01T00:00:00Z"),
            (253_402_300_799, 999_999_999, "9999-12-31T23:59:59.999999999Z"),
        ];
        for (seconds, nanos, expected) in cases {
            assert_eq!(timestamp(seconds, nanos), format!("\"{expected}\""));
        }
    }

    #[test]
    fn has_no_text_for_what_is_no_timestamp() {
        for (seconds, nanos) in
            [(-62_135_596_801, 0), (253_402_300_800, 0), (i64::MIN, 0), (0, -1), (0, 1_000_000_000)]
        {
            assert_eq!(timestamp(seconds, nanos), "null");
        }
    }

    #[test]
    fn writes_durations_of_either_sign() {
        let cases = [
            (0, 0, "0s"),
            (5, 120_000, "5.000120s"),
            (-1, -1, "-1.000000001s"),
            (0, -500_000_000, "-0.500s"),
            (-315_576_000_000, 0, "-315576000000s"),
        ];
        for (seconds, nanos, expected) in cases {
            assert_eq!(duration(seconds, nanos), format!("\"{expected}\""));
        }
    }

    #[test]
    fn has_no_text_for_what_is_no_duration() {
        for (seconds, nanos) in [
            (1, -1),
            (-1, 1),
            (315_576_000_001, 0),
            (i64::MIN, 0),
            (0, 1_000_000_000),
            (0, i32::MIN),
        ] {
            assert_eq!(duration(seconds, nanos), "null");
        }
    }

    #[test]
    fn writes_iso_format_with_six_digits_or_none() {
        let second = UNIX_EPOCH + Span::from_secs(1_763_082_123);
        let cases = [
            (second, "2025-11-14T01:02:03+00:00"),
            (second + Span::from_nanos(4_999), "2025-11-14T01:02:03.000004+00:00"),
            (second + Span::from_millis(120), "2025-11-14T01:02:03.120000+00:00"),
            (UNIX_EPOCH - Span::from_micros(1), "1969-12-31T23:59:59.999999+00:00"),
            (UNIX_EPOCH - Span::from_secs(1), "1969-12-31T23:59:59+00:00"),
            (UNIX_EPOCH - Span::from_nanos(100), "1969-12-31T23:59:59.999999+00:00"),
        ];
        for (at, expected) in cases {
            assert_eq!(value(|v| iso_format(v, at)), format!("\"{expected}\""));
        }
    }
}
