//! Options on the wrong side of a contract, where nothing looks for them.

use prost_reflect::MessageDescriptor;

use crate::{finding::Finding, messages as texts, options::Options, source::Source};

/// Options of what clients send.
const OF_MESSAGES: [&str; 4] = ["pong", "heartbeat", "message_id", "answer"];
/// Options of what the hub sends.
const OF_COMMANDS: [&str; 5] = ["command_id", "ping", "reply", "overflow", "coalesce"];

/// Every such option on a type of bidi rpcs; any other type may be meant for the rpcs of another proto.
pub(crate) fn check(source: &Source, options: &Options) -> Vec<Finding> {
    let methods = source.pool.services().flat_map(|service| service.methods().collect::<Vec<_>>());
    let bidi = methods.filter(|it| it.is_client_streaming() && it.is_server_streaming());
    let (messages, commands): (Vec<_>, Vec<_>) =
        bidi.map(|method| (method.input(), method.output())).unzip();
    let mut findings = Vec::new();
    for side in messages.iter().filter(|side| !commands.contains(side)) {
        misplaced(source, options, side, &OF_COMMANDS, "command", &mut findings);
    }
    for side in commands.iter().filter(|side| !messages.contains(side)) {
        misplaced(source, options, side, &OF_MESSAGES, "message", &mut findings);
    }
    findings
}

/// Tells of the options `names` on `side`, which belong on the other side.
fn misplaced(
    source: &Source,
    options: &Options,
    side: &MessageDescriptor,
    names: &[&str],
    belongs: &str,
    findings: &mut Vec<Finding>,
) {
    for field in side.fields() {
        let set = options.names(&field);
        for option in set.iter().filter(|option| names.contains(&option.as_str())) {
            let position = source.position(&side.parent_file(), field.path());
            let text = texts::option_on_wrong_side(option, field.name(), side.full_name(), belongs);
            findings.push(Finding::new(position, text));
        }
    }
}
