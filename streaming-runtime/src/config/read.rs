//! Settings from a file or from variables: every fault at once.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};

use super::{ConfigError, HubConfig, fields::FIELDS, node::Node};

impl HubConfig {
    /// Settings from environment variables, over `self`: `STREAMING_PING_INTERVAL=30s` sets `ping.interval` where
    /// `prefix` is `STREAMING`. Names are those of the settings in capitals, with `_` for `.`.
    ///
    /// `vars` is [`std::env::vars`] as a rule. Variables without the prefix are passed over.
    ///
    /// # Errors
    /// Every variable with the prefix that names no setting, every value that cannot be read, every bound that is broken.
    pub fn with_env<K: AsRef<str>, V: Into<String>>(
        mut self,
        prefix: &str,
        vars: impl IntoIterator<Item = (K, V)>,
    ) -> Result<Self, ConfigError> {
        let mut faults = Vec::new();
        for (variable, value) in vars {
            let variable = variable.as_ref();
            let Some(name) = variable.strip_prefix(prefix).and_then(|name| name.strip_prefix('_'))
            else {
                continue;
            };
            let spelled = |field: &str| field.replace('.', "_").to_uppercase();
            let Some(field) = FIELDS.iter().find(|field| spelled(field.name) == name) else {
                let names = FIELDS.iter().map(|field| format!("{prefix}_{}", spelled(field.name)));
                faults.push(unknown("variable", variable, names.collect()));
                continue;
            };
            let node = Node::Text(value.into());
            if let Err(must) = (field.read)(&mut self, &node) {
                faults.push(format!("`{variable}` is {node}; it must be {must}"));
            }
        }
        faults.extend(self.faults());
        ConfigError::check(faults)?;
        Ok(self)
    }
}

/// What is not there is as in [`HubConfig::production`].
impl<'de> Deserialize<'de> for HubConfig {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut config = Self::production();
        let mut faults = Vec::new();
        match Node::deserialize(deserializer)? {
            Node::Table(table) => read(&mut config, "", table, &mut faults),
            other => faults.push(format!("settings are a table, not {other}")),
        }
        faults.extend(config.faults());
        ConfigError::check(faults).map_err(D::Error::custom)?;
        Ok(config)
    }
}

impl Serialize for HubConfig {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut table = BTreeMap::new();
        for field in FIELDS {
            let value = (field.write)(self);
            match field.name.split_once('.') {
                Some((section, name)) => {
                    let section = table.entry(section.to_owned());
                    if let Node::Table(section) =
                        section.or_insert_with(|| Node::Table(BTreeMap::new()))
                    {
                        section.insert(name.to_owned(), value);
                    }
                }
                None => {
                    table.insert(field.name.to_owned(), value);
                }
            }
        }
        Node::Table(table).serialize(serializer)
    }
}

fn read(
    config: &mut HubConfig,
    section: &str,
    table: BTreeMap<String, Node>,
    faults: &mut Vec<String>,
) {
    for (name, node) in table {
        let name = format!("{section}{name}");
        let inner = format!("{name}.");
        let is_section = FIELDS.iter().any(|field| field.name.starts_with(&inner));
        match (FIELDS.iter().find(|field| field.name == name), node) {
            (Some(field), node) => {
                if let Err(must) = (field.read)(config, &node) {
                    faults.push(format!("`{name}` is {node}; it must be {must}"));
                }
            }
            (None, Node::Table(table)) if is_section => read(config, &inner, table, faults),
            (None, node) if is_section => {
                faults.push(format!("`{name}` is {node}; it must be a table"));
            }
            (None, _) => {
                let names = FIELDS.iter().map(|field| field.name.to_owned());
                faults.push(unknown("setting", &name, names.collect()));
            }
        }
    }
}

fn unknown(what: &str, name: &str, known: Vec<String>) -> String {
    let nearest = known
        .into_iter()
        .map(|known| (strsim::jaro(name, &known), known))
        .filter(|(nearness, _)| *nearness > 0.7)
        .max_by(|(one, _), (other, _)| one.total_cmp(other));
    match nearest {
        Some((_, nearest)) => format!("there is no {what} `{name}`; did you mean `{nearest}`?"),
        None => format!("there is no {what} `{name}`"),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::config::{Overflow, PingStrategy, PingTimeout};

    fn toml(text: &str) -> Result<HubConfig, String> {
        toml::from_str(text).map_err(|error| error.message().to_owned())
    }

    #[test]
    fn what_is_not_there_is_as_in_production() {
        assert_eq!(toml(""), Ok(HubConfig::production()));
        let config = toml("overflow = \"reject\"\n[ping]\ninterval = \"30s\"\ntimeout = \"2m\"")
            .expect("valid");
        assert_eq!(config.overflow, Overflow::Reject);
        assert_eq!(config.ping.interval, Duration::from_secs(30));
        assert_eq!(config.ping.timeout, PingTimeout::After(Duration::from_mins(2)));
        assert_eq!(config.outbox, HubConfig::production().outbox);
    }

    #[test]
    fn every_preset_survives_toml_and_json() {
        for preset in [
            HubConfig::production(),
            HubConfig::development(),
            HubConfig::testing(),
            HubConfig::high_throughput(),
            HubConfig::low_latency(),
            HubConfig::production().with(|config| {
                config.max_stream_age = Some(Duration::from_hours(1));
                config.max_streams = Some(10);
                config.publish.template = "bots:{client_id}:{field}".parse().ok();
            }),
        ] {
            let text = toml::to_string(&preset).expect("settings are a table");
            assert_eq!(toml(&text), Ok(preset.clone()), "{text}");
            let text = serde_json::to_string(&preset).expect("settings are a table");
            assert_eq!(serde_json::from_str::<HubConfig>(&text).expect(&text), preset);
        }
    }

    #[test]
    fn every_fault_is_named_at_once() {
        let text = r#"
            send_timeout = 10
            max_streems = 5
            half_close = "perhaps"
            reconnect_grace = "1000000h"
            [ping]
            interval = "five"
            [outbox]
            messages = 0
        "#;
        let faults = toml(text).expect_err("six faults");
        for fault in [
            "`send_timeout` is 10; it must be a duration such as `30s`",
            "there is no setting `max_streems`; did you mean `max_streams`?",
            "`half_close` is \"perhaps\"; it must be `end` or `listen`",
            "`reconnect_grace` is \"114years",
            "`ping.interval` is \"five\"; it must be a duration",
            "`outbox.messages` is 0; it must be at least 1",
        ] {
            assert!(faults.contains(fault), "no {fault} in {faults}");
        }
    }

    #[test]
    fn variables_go_over_a_preset() {
        let vars = [
            ("STREAMING_PING_STRATEGY", "disabled"),
            ("STREAMING_OUTBOX_MESSAGES", "7"),
            ("STREAMING_MAX_STREAMS", "none"),
            ("STREAMING_PUBLISH_PINGS", "true"),
            ("HOME", "/"),
        ];
        let config = HubConfig::low_latency().with_env("STREAMING", vars).expect("valid");
        assert_eq!(config.ping.strategy, PingStrategy::Disabled);
        assert_eq!((config.outbox.messages, config.publish.pings), (7, true));
        assert_eq!(config.ping.interval, Duration::from_secs(1));

        let vars = [("STREAMING_PING_INTERVALL", "1s"), ("STREAMING_SEND_TIMEOUT", "soon")];
        let error = HubConfig::production().with_env("STREAMING", vars).expect_err("two faults");
        assert_eq!(error.faults().len(), 2);
        let text = error.to_string();
        assert!(text.contains("did you mean `STREAMING_PING_INTERVAL`?"), "{text}");
        assert!(
            text.contains("`STREAMING_SEND_TIMEOUT` is \"soon\"; it must be a duration"),
            "{text}"
        );
    }
}
