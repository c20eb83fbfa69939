//! The one table of a hub's settings: names, and bounds.

use super::{
    HubConfig,
    bounds::{
        a_part_of_a_channel, a_while, a_while_at_most, a_while_if_any, anything, at_least_one,
        at_least_one_if_any, broken, not_for_ever,
    },
    node::Node,
    setting::Setting,
};

/// One setting.
pub(super) struct Field {
    /// As it stands in a file: `ping.interval`.
    pub(super) name: &'static str,
    /// Sets it; gives what it must be where it is something else.
    pub(super) read: fn(&mut HubConfig, &Node) -> Result<(), &'static str>,
    pub(super) write: fn(&HubConfig) -> Node,
    /// Says what it must be where it is out of its bounds.
    check: fn(&HubConfig) -> Option<String>,
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
            check: |config| {
                let setting = &config.$($part).+;
                broken(stringify!($($part).+), setting, $check(setting))
            },
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
    locate_wait: a_while,
    max_clock_skew: a_while,
};

fn read<T: Setting>(node: &Node) -> Result<T, &'static str> {
    T::read(node).ok_or(T::EXPECTED)
}

/// Every bound that is broken, in a sentence each.
pub(super) fn faults(config: &HubConfig) -> Vec<String> {
    FIELDS.iter().filter_map(|field| (field.check)(config)).collect()
}
