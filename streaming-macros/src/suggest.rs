//! The nearest of the valid names.

/// How alike two names must be before one is suggested for the other.
const NEAR: f64 = 0.7;

/// The name most like `name`, if one is like it at all. Case and underscores do not count.
pub(crate) fn nearest<'a>(name: &str, names: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let name = folded(name);
    names
        .into_iter()
        .map(|candidate| (strsim::jaro(&name, &folded(candidate)), candidate))
        .filter(|(likeness, _)| *likeness > NEAR)
        .max_by(|(left, _), (right, _)| left.total_cmp(right))
        .map(|(_, candidate)| candidate)
}

fn folded(name: &str) -> String {
    name.chars().filter(|c| *c != '_').flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAMES: [&str; 3] = ["trade", "heartbeat", "command_ack"];

    #[test]
    fn a_slip_finds_its_name() {
        assert_eq!(nearest("heartbeet", NAMES), Some("heartbeat"));
    }

    #[test]
    fn rust_spelling_finds_the_protos() {
        assert_eq!(nearest("CommandAck", NAMES), Some("command_ack"));
    }

    #[test]
    fn a_stranger_finds_nothing() {
        assert_eq!(nearest("xylophone", NAMES), None);
    }
}
