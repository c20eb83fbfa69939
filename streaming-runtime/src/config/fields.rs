//! The one table of settings: names, and bounds.

#![expect(
    clippy::ref_option,
    clippy::trivially_copy_pass_by_ref,
    reason = "checks have one shape, whatever the type of the setting"
)]

use std::time::Duration;

use super::{HubConfig, PingTimeout, node::Node, setting::Setting};

/// One setting.
pub(super) struct Field {
    /// As it stands in a file: `ping.interval`.
    pub(super) name: &'static str,
    /// Sets it; gives what it must be where it is something else.
    pub(super) read: fn(&mut HubConfig, &Node) -> Result<(), &'static str>,
    pub(super) write: fn(&HubConfig) -> Node,
    /// Gives what it must be where it is out of its bounds.
    check: fn(&HubConfig) -> Option<&'static str>,
}

macro_rules! fields {
    ($($($part:ident).+: $check:expr,)*) => {
        &[$(Field {
            name: stringify!($($part).+),
            read: |config, node| {
                config.$($part).+ = read(node)?;
                Ok(())
            },
            write: |config| config.$($part).+.write(),
            check: |config| $check(&config.$($part).+),
        }),*]
    };
}

pub(super) const FIELDS: &[Field] = fields! {
    ping.strategy: anything,
    ping.interval: a_while,
    ping.timeout: a_while_at_most,
    outbox.messages: at_least_one,
    outbox.bytes: at_least_one,
    inbox.messages: at_least_one,
    inbox.bytes: at_least_one,
    publish.messages: anything,
    publish.commands: anything,
    publish.prefix: a_part_of_a_channel,
    publish.template: anything,
    publish.pings: anything,
    overflow: anything,
    duplicates: anything,
    take_over_limit: anything,
    half_close: anything,
    reconnect_grace: not_for_ever,
    max_stream_age: a_while_if_any,
    send_timeout: a_while,
    reply_timeout: a_while,
    max_consecutive_errors: anything,
    identify_timeout: a_while,
    callback_timeout: a_while,
    handler_grace: a_while,
    flush_timeout: a_while,
    goodbye_timeout: a_while,
    write_timeout: a_while,
    max_streams: at_least_one_if_any,
    max_unidentified: at_least_one,
    max_opening: at_least_one,
};

fn read<T: Setting>(node: &Node) -> Result<T, &'static str> {
    T::read(node).ok_or(T::EXPECTED)
}

/// Every bound that is broken, in a sentence each.
pub(super) fn faults(config: &HubConfig) -> Vec<String> {
    let fault = |field: &Field| {
        let must = (field.check)(config)?;
        Some(format!("`{}` is {}; it must be {must}", field.name, (field.write)(config)))
    };
    FIELDS.iter().filter_map(fault).collect()
}

const SHORTEST: Duration = Duration::from_millis(1);
/// Longer times only look like a mistake, and some clocks cannot count them.
const LONGEST: Duration = Duration::from_hours(365 * 24);
const A_WHILE: &str = "between 1ms and 365 days";

fn anything<T>(_: &T) -> Option<&'static str> {
    None
}

fn a_while(duration: &Duration) -> Option<&'static str> {
    (*duration < SHORTEST || *duration > LONGEST).then_some(A_WHILE)
}

fn a_while_if_any(duration: &Option<Duration>) -> Option<&'static str> {
    duration.as_ref().and_then(a_while)
}

fn a_while_at_most(timeout: &PingTimeout) -> Option<&'static str> {
    match timeout {
        PingTimeout::After(timeout) => a_while(timeout),
        PingTimeout::Auto | PingTimeout::Off => None,
    }
}

fn not_for_ever(duration: &Duration) -> Option<&'static str> {
    (*duration > LONGEST).then_some("at most 365 days; 0s switches it off")
}

fn at_least_one(count: &usize) -> Option<&'static str> {
    (*count == 0).then_some("at least 1")
}

fn at_least_one_if_any(count: &Option<usize>) -> Option<&'static str> {
    (*count == Some(0)).then_some("at least 1; leave it out for no limit")
}

fn a_part_of_a_channel(prefix: &str) -> Option<&'static str> {
    let kept = |c: char| c.is_ascii_graphic() && !"#:=*&$".contains(c);
    (prefix.is_empty() || !prefix.chars().all(kept))
        .then_some("printable ASCII, at least one character, no spaces and none of `# : = * & $`")
}
