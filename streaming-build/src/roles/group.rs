//! Groups of proto2: messages without a type of their own, which a contract has none of.

use std::collections::HashSet;

use prost_reflect::{FieldDescriptor, MessageDescriptor};

use super::context::{Context, Problem};
use crate::{finding::Finding, messages};

/// Looks for groups in everything that the rpc's messages hold.
pub(crate) fn check(context: &Context<'_>, problems: &mut Vec<Problem>) {
    let mut found = Vec::new();
    let mut seen = HashSet::new();
    search(&context.message(), &mut seen, &mut found);
    search(&context.command(), &mut seen, &mut found);
    problems.extend(found.iter().map(|field| problem(context, field)));
}

fn search(
    message: &MessageDescriptor,
    seen: &mut HashSet<String>,
    found: &mut Vec<FieldDescriptor>,
) {
    if !seen.insert(message.full_name().to_owned()) {
        return;
    }
    for field in message.fields() {
        if field.is_group() {
            found.push(field.clone());
        }
        if let Some(inner) = field.kind().as_message() {
            search(inner, seen, found);
        }
    }
}

fn problem(context: &Context<'_>, group: &FieldDescriptor) -> Problem {
    let position = context.field_position(group);
    let text = messages::group(group, &context.name);
    Problem {
        reason: format!("{}: {text}", position.line_only()),
        finding: Finding::new(position, text),
        mistake: false,
    }
}
