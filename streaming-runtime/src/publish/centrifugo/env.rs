//! Settings from environment variables, and the breaker's from a word or a table.

use std::{fmt, str::FromStr};

use serde::{
    Deserialize, Deserializer,
    de::{
        Error, MapAccess, Unexpected, Visitor,
        value::{Error as Plain, MapAccessDeserializer, StrDeserializer},
    },
};

use super::{
    config::{Breaker, BreakerConfig, CentrifugoConfig},
    duration, faults,
};
use crate::config::ConfigError;

/// What the names of all variables begin with, unless the caller says otherwise. Not `STREAMING`, under which a hub's
/// settings refuse what they do not know, nor `CENTRIFUGO` alone, which are the server's own.
const PREFIX: &str = "CENTRIFUGO_PUBLISHER";

impl CentrifugoConfig {
    /// Settings from the variables of this process that begin with `CENTRIFUGO_PUBLISHER_`, over the defaults; see
    /// [`with_env`](Self::with_env).
    ///
    /// # Errors
    /// Those of [`with_env`](Self::with_env).
    pub fn from_env() -> Result<Self, ConfigError> {
        // Unlike `std::env::vars` it does not panic over somebody else's variable; ours that is no text is not left out.
        let vars = std::env::vars_os().filter_map(|(name, value)| {
            Some((name.into_string().ok()?, value.to_string_lossy().into_owned()))
        });
        Self::default().with_env(PREFIX, vars)
    }

    /// Settings from environment variables, over `self`: `CENTRIFUGO_PUBLISHER_BATCH_LINGER=10ms` sets `batch.linger`
    /// where `prefix` is `CENTRIFUGO_PUBLISHER`. Names are those of the fields in capitals, with `_` for `.`;
    /// `…_BREAKER=off` switches the breaker off. Variables without the prefix are passed over.
    ///
    /// # Errors
    /// Every variable with the prefix that names no field, every value that cannot be read, every field that is out of
    /// its bounds.
    pub fn with_env<K: AsRef<str>, V: AsRef<str>>(
        mut self,
        prefix: &str,
        vars: impl IntoIterator<Item = (K, V)>,
    ) -> Result<Self, ConfigError> {
        let field = |name: &str| {
            name.strip_prefix(prefix).and_then(|name| name.strip_prefix('_')).map(str::to_owned)
        };
        let vars = vars.into_iter();
        let mut fields: Vec<(String, V)> =
            vars.filter_map(|(name, value)| Some((field(name.as_ref())?, value))).collect();
        // In one order: `BREAKER` comes before its fields, whatever the environment's order is.
        fields.sort_by(|(one, _), (two, _)| one.cmp(two));
        let mut wrong = Vec::new();
        for (field, value) in &fields {
            if let Err(fault) = self.set(field, value.as_ref()) {
                wrong.push(format!("`{prefix}_{field}`: {fault}"));
            }
        }
        wrong.extend(faults::of(&self));
        ConfigError::check(wrong)?;
        Ok(self)
    }

    fn set(&mut self, field: &str, text: &str) -> Result<(), String> {
        match field {
            "URL" => text.clone_into(&mut self.url),
            "API_KEY" => text.clone_into(&mut self.api_key),
            "DELIVERY" => self.delivery = word(text)?,
            "QUEUE_MESSAGES" => self.queue.messages = number(text)?,
            "QUEUE_BYTES" => self.queue.bytes = number(text)?,
            "QUEUE_WHEN_FULL" => self.queue.when_full = word(text)?,
            "BATCH_MESSAGES" => self.batch.messages = number(text)?,
            "BATCH_BYTES" => self.batch.bytes = number(text)?,
            "BATCH_LINGER" => self.batch.linger = duration::parse(text)?,
            "SHARDS" => self.shards = number(text)?,
            "TIMEOUT" => self.timeout = duration::parse(text)?,
            "CONNECT_TIMEOUT" => self.connect_timeout = duration::parse(text)?,
            "IDLE_TIMEOUT" => self.idle_timeout = duration::parse(text)?,
            "RETRY_TIMES" => self.retry.times = number(text)?,
            "RETRY_DELAY" => self.retry.delay = duration::parse(text)?,
            "BREAKER" => self.breaker = word(text)?,
            "BREAKER_THRESHOLD" => self.breaker_on()?.threshold = number(text)?,
            "BREAKER_OPEN_FOR" => self.breaker_on()?.open_for = duration::parse(text)?,
            "BREAKER_SUCCESSES" => self.breaker_on()?.successes = number(text)?,
            _ => return Err("there is no such setting; docs/centrifugo.md lists them".into()),
        }
        Ok(())
    }

    fn breaker_on(&mut self) -> Result<&mut BreakerConfig, String> {
        match &mut self.breaker {
            Breaker::On(breaker) => Ok(breaker),
            Breaker::Off => Err("the breaker is off".to_owned()),
        }
    }
}

fn number<T: FromStr>(text: &str) -> Result<T, String> {
    text.trim().parse().map_err(|_| format!("{text:?} is no whole number"))
}

/// One of the words that files have.
fn word<'de, T: Deserialize<'de>>(text: &'de str) -> Result<T, String> {
    let source: StrDeserializer<'de, Plain> = StrDeserializer::new(text.trim());
    T::deserialize(source).map_err(|error| error.to_string())
}

/// `"off"`, or a table. serde's untagged enums would take the misspelt field out of the message.
impl<'de> Deserialize<'de> for Breaker {
    fn deserialize<D: Deserializer<'de>>(source: D) -> Result<Self, D::Error> {
        struct Either;

        impl<'de> Visitor<'de> for Either {
            type Value = Breaker;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("`off`, or a table with `threshold`, `open_for` and `successes`")
            }

            fn visit_str<E: Error>(self, word: &str) -> Result<Breaker, E> {
                match word {
                    "off" => Ok(Breaker::Off),
                    _ => Err(E::invalid_value(Unexpected::Str(word), &self)),
                }
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Breaker, A::Error> {
                BreakerConfig::deserialize(MapAccessDeserializer::new(map)).map(Breaker::On)
            }
        }

        source.deserialize_any(Either)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use crate::publish::centrifugo::{Breaker, CentrifugoConfig, Delivery, WhenFull};

    fn read(variables: &[(&str, &str)]) -> Result<CentrifugoConfig, crate::ConfigError> {
        let variables = variables.iter().map(|(name, value)| (format!("PUB_{name}"), *value));
        let others = [("PUBS".to_owned(), "x"), ("PATH".to_owned(), "y")];
        CentrifugoConfig::default().with_env("PUB", variables.chain(others))
    }

    const SERVER: [(&str, &str); 2] = [("URL", "http://a"), ("API_KEY", "k")];

    #[test]
    fn every_field_has_a_variable() {
        let all = [
            ("DELIVERY", "retry"),
            ("QUEUE_MESSAGES", "11"),
            ("QUEUE_BYTES", "2048"),
            ("QUEUE_WHEN_FULL", "drop_newest"),
            ("BATCH_MESSAGES", "12"),
            ("BATCH_BYTES", "4096"),
            ("BATCH_LINGER", "0s"),
            ("SHARDS", "2"),
            ("TIMEOUT", "4s"),
            ("CONNECT_TIMEOUT", "3s"),
            ("IDLE_TIMEOUT", "9s"),
            ("RETRY_TIMES", "1"),
            ("RETRY_DELAY", "10ms"),
            ("BREAKER_THRESHOLD", "6"),
            ("BREAKER_OPEN_FOR", "1m"),
            ("BREAKER_SUCCESSES", "7"),
        ];
        let config = read(&[&SERVER[..], &all].concat()).expect("all are valid");
        let expected = CentrifugoConfig::new("http://a", "k").with(|config| {
            config.delivery = Delivery::Retry;
            config.queue.messages = 11;
            config.queue.bytes = 2048;
            config.queue.when_full = WhenFull::DropNewest;
            config.batch.messages = 12;
            config.batch.bytes = 4096;
            config.batch.linger = Duration::ZERO;
            config.shards = 2;
            config.timeout = Duration::from_secs(4);
            config.connect_timeout = Duration::from_secs(3);
            config.idle_timeout = Duration::from_secs(9);
            config.retry.times = 1;
            config.retry.delay = Duration::from_millis(10);
            let Breaker::On(breaker) = &mut config.breaker else { panic!("on by default") };
            breaker.threshold = 6;
            breaker.open_for = Duration::from_mins(1);
            breaker.successes = 7;
        });
        assert_eq!(config, expected);
        let off = read(&[&SERVER[..], &[("BREAKER", "off")]].concat()).expect("valid");
        assert_eq!(off.breaker, Breaker::Off);
    }

    #[test]
    fn every_wrong_variable_is_named() {
        let wrong = [("TIMEOUT", "5"), ("SHARD", "2"), ("DELIVERY", "twice"), ("SHARDS", "99")];
        let error = read(&wrong).expect_err("nothing is right");
        let text = error.faults().join("\n");
        for part in
            ["_TIMEOUT`", "_SHARD`", "`at_most_once`", "`shards` is 99", "`url`", "`api_key`"]
        {
            assert!(text.contains(part), "no {part} in\n{text}");
        }
        assert_eq!(error.faults().len(), 6, "{text}");
    }

    #[test]
    fn files_refuse_what_they_do_not_know() {
        let read = |json: &str| serde_json::from_str::<CentrifugoConfig>(json);
        let breaker =
            read(r#"{"breaker": {"threshold": 9, "open_for": "1s"}}"#).expect("valid").breaker;
        let Breaker::On(breaker) = breaker else { panic!("a table switches it on") };
        assert_eq!((breaker.threshold, breaker.successes), (9, 2));
        assert_eq!(read(r#"{"breaker": "off"}"#).expect("valid").breaker, Breaker::Off);
        for (json, part) in [
            (r#"{"urls": ""}"#, "unknown field `urls`"),
            (r#"{"breaker": {"treshold": 9}}"#, "unknown field `treshold`"),
            (r#"{"breaker": "on"}"#, "`off`, or a table"),
            (r#"{"timeout": 5}"#, "a duration such as"),
            (r#"{"batch": {"linger": "5"}}"#, "is no duration"),
        ] {
            let error = read(json).expect_err(json).to_string();
            assert!(error.contains(part), "no {part} in {error}");
        }
    }
}
