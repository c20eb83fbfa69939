//! Between which bounds settings lie, those of hubs and those of links.

#![expect(
    clippy::ref_option,
    clippy::trivially_copy_pass_by_ref,
    reason = "checks have one shape, whatever the type of the setting"
)]

use std::time::Duration;

use super::{PingTimeout, setting::Setting};

/// Says that the setting of this name is out of its bounds, if a check has given what it must be.
pub(crate) fn broken<T: Setting>(
    name: &str,
    value: &T,
    must: Option<&'static str>,
) -> Option<String> {
    must.map(|must| format!("`{name}` is {}; it must be {must}", value.write()))
}

const SHORTEST: Duration = Duration::from_millis(1);
/// Longer times only look like a mistake, and some clocks cannot count them.
const LONGEST: Duration = Duration::from_hours(365 * 24);
const A_WHILE: &str = "between 1ms and 365 days";

pub(super) fn anything<T>(_: &T) -> Option<&'static str> {
    None
}

pub(crate) fn a_while(duration: &Duration) -> Option<&'static str> {
    (*duration < SHORTEST || *duration > LONGEST).then_some(A_WHILE)
}

pub(crate) fn a_while_if_any(duration: &Option<Duration>) -> Option<&'static str> {
    duration.as_ref().and_then(a_while)
}

pub(super) fn a_while_at_most(timeout: &PingTimeout) -> Option<&'static str> {
    match timeout {
        PingTimeout::After(timeout) => a_while(timeout),
        PingTimeout::Auto | PingTimeout::Off => None,
    }
}

pub(super) fn not_for_ever(duration: &Duration) -> Option<&'static str> {
    (*duration > LONGEST).then_some("at most 365 days; 0s switches it off")
}

pub(crate) fn at_least_one(count: &usize) -> Option<&'static str> {
    (*count == 0).then_some("at least 1")
}

pub(super) fn at_least_one_if_any(count: &Option<usize>) -> Option<&'static str> {
    (*count == Some(0)).then_some("at least 1; leave it out for no limit")
}

pub(super) fn a_part_of_a_channel(prefix: &str) -> Option<&'static str> {
    let kept = |c: char| c.is_ascii_graphic() && !"#:=*&$".contains(c);
    (prefix.is_empty() || !prefix.chars().all(kept))
        .then_some("printable ASCII, at least one character, no spaces and none of `# : = * & $`")
}
