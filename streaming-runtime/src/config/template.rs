//! A channel of the user's own making.

use std::{fmt, str::FromStr};

/// A channel with placeholders: `bots:{client_id}:{direction}:{field}`.
///
/// `{client_id}` is the id, encoded so that it reaches no other client's channel; `{direction}` is `message` or `command`;
/// `{field}` is the variant, spelled as in the proto. `{client_id}` and `{field}` must be there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Template(Vec<Part>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Text(String),
    ClientId,
    Direction,
    Field,
}

/// A text is no channel template.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TemplateError(());

impl fmt::Display for TemplateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(
            "a channel template has `{client_id}` and `{field}` in it, perhaps `{direction}`, and no other braces",
        )
    }
}

impl std::error::Error for TemplateError {}

impl FromStr for Template {
    type Err = TemplateError;

    fn from_str(text: &str) -> Result<Self, TemplateError> {
        let mut parts = Vec::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('{') {
            let (name, after) = after.split_once('}').ok_or(TemplateError(()))?;
            if !before.is_empty() {
                parts.push(Part::Text(before.to_owned()));
            }
            parts.push(match name {
                "client_id" => Part::ClientId,
                "direction" => Part::Direction,
                "field" => Part::Field,
                _ => return Err(TemplateError(())),
            });
            rest = after;
        }
        if !rest.is_empty() {
            parts.push(Part::Text(rest.to_owned()));
        }
        let plain = |part: &Part| match part {
            Part::Text(text) => text.chars().all(|c| c.is_ascii_graphic() && c != '}'),
            _ => true,
        };
        let whole = parts.contains(&Part::ClientId) && parts.contains(&Part::Field);
        if whole && parts.iter().all(plain) { Ok(Self(parts)) } else { Err(TemplateError(())) }
    }
}

impl fmt::Display for Template {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for part in &self.0 {
            f.write_str(match part {
                Part::Text(text) => text,
                Part::ClientId => "{client_id}",
                Part::Direction => "{direction}",
                Part::Field => "{field}",
            })?;
        }
        Ok(())
    }
}

impl Template {
    /// The punctuation that the template itself uses: an id must not contain it unescaped.
    pub(crate) fn punctuation(&self) -> String {
        let mut used = String::new();
        for part in &self.0 {
            if let Part::Text(text) = part {
                used.extend(text.chars().filter(char::is_ascii_punctuation));
            }
        }
        used
    }

    pub(crate) fn channel(&self, id: &str, direction: &str, field: &str) -> String {
        let mut channel = String::new();
        for part in &self.0 {
            channel += match part {
                Part::Text(text) => text,
                Part::ClientId => id,
                Part::Direction => direction,
                Part::Field => field,
            };
        }
        channel
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_template_is_filled_in() {
        let template: Template = "bots:{client_id}:{direction}:{field}".parse().expect("valid");
        assert_eq!(template.channel("bot-1", "command", "start"), "bots:bot-1:command:start");
        assert_eq!(template.to_string(), "bots:{client_id}:{direction}:{field}");
        assert_eq!(template.punctuation(), ":::");
    }

    #[test]
    fn what_would_mix_clients_or_variants_is_no_template() {
        for text in [
            "",
            "bots:{field}",
            "bots:{client_id}",
            "{client_id}{field",
            "{client_id}{id}{field}",
            "a b{client_id}{field}",
        ] {
            assert_eq!(text.parse::<Template>(), Err(TemplateError(())), "{text}");
        }
    }
}
