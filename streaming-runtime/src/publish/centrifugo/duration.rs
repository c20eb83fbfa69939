//! Durations as people write them: `30s`, `250ms`, `1m 30s`.

use std::{fmt, time::Duration};

use serde::{
    Deserializer,
    de::{Error, Visitor},
};

pub(super) fn parse(text: &str) -> Result<Duration, String> {
    let fault =
        |_| format!("{text:?} is no duration; write for example `30s`, `250ms` or `1m 30s`");
    humantime::parse_duration(text.trim()).map_err(fault)
}

/// For `#[serde(deserialize_with)]`.
pub(super) fn deserialize<'de, D: Deserializer<'de>>(source: D) -> Result<Duration, D::Error> {
    struct Text;

    impl Visitor<'_> for Text {
        type Value = Duration;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a duration such as \"30s\"")
        }

        fn visit_str<E: Error>(self, text: &str) -> Result<Duration, E> {
            parse(text).map_err(E::custom)
        }
    }

    source.deserialize_str(Text)
}
