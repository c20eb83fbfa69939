//! Options on the wrong side of a contract, where nothing looks for them.

use prost_reflect::MessageDescriptor;

use crate::{finding::Finding, options::Options, source::Source};

/// Options of what clients send.
const OF_MESSAGES: [&str; 3] = ["ack", "pong", "heartbeat"];
/// Options of what the hub sends.
const OF_COMMANDS: [&str; 3] = ["command_id", "ping", "reply"];

/// Every such option on a type of bidi rpcs; any other type may be meant for the rpcs of another proto.
pub(crate) fn check(source: &Source, options: &Options) -> Vec<Finding> {
    let methods = source.pool.services().flat_map(|service| service.methods().collect::<Vec<_>>());
    let bidi = methods.filter(|it| it.is_client_streaming() && it.is_server_streaming());
    let (messages, commands): (Vec<_>, Vec<_>) =
        bidi.map(|method| (method.input(), method.output())).unzip();
    let mut findings = Vec::new();
    for side in messages.iter().filter(|side| !commands.contains(side)) {
        let what = format!("a command, and `{}` is a message", side.full_name());
        misplaced(source, options, side, &OF_COMMANDS, &what, &mut findings);
    }
    for side in commands.iter().filter(|side| !messages.contains(side)) {
        let what = format!("a message, and `{}` is a command", side.full_name());
        misplaced(source, options, side, &OF_MESSAGES, &what, &mut findings);
    }
    findings
}

fn misplaced(
    source: &Source,
    options: &Options,
    side: &MessageDescriptor,
    names: &[&str],
    what: &str,
    findings: &mut Vec<Finding>,
) {
    for field in side.fields() {
        let set = options.names(&field);
        for option in set.iter().filter(|option| names.contains(&option.as_str())) {
            let position = source.position(&side.parent_file(), field.path());
            let message = format!(
                "`(streaming.{option})` on `{}` belongs on a field of {what}",
                field.name()
            );
            findings.push(Finding::new(position, message));
        }
    }
}
