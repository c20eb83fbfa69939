//! The oneof that holds the variants.

use prost_reflect::{MessageDescriptor, OneofDescriptor};

use super::context::{Context, Problem, list, suggest};
use crate::{
    finding::Finding,
    model::{Side, Variant},
    settings::Role,
};

/// Names that single out one oneof of several.
const NAMES: [&str; 7] = ["payload", "message", "command", "request", "response", "kind", "type"];

/// The variants of `message`.
pub(crate) fn find(context: &Context<'_>, message: &MessageDescriptor) -> Result<Side, Problem> {
    let oneof = oneof(context, message)?;
    let variant = |field| Variant { field, publish: true, heartbeat: false };
    let variants = match &oneof {
        Some(oneof) => oneof.fields().map(variant).collect(),
        None => message.fields().map(variant).collect(),
    };
    Ok(Side { descriptor: message.clone(), oneof, variants })
}

fn oneof(
    context: &Context<'_>,
    message: &MessageDescriptor,
) -> Result<Option<OneofDescriptor>, Problem> {
    let oneofs: Vec<_> = message.oneofs().filter(|oneof| !oneof.is_synthetic()).collect();
    let names: Vec<&str> = oneofs.iter().map(OneofDescriptor::name).collect();
    let calls: Vec<_> = context.calls(Role::Payload, message).collect();
    for call in &calls {
        if let Some(oneof) = oneofs.iter().find(|oneof| oneof.name() == call.field) {
            return Ok(Some(oneof.clone()));
        }
    }
    // A call that names the rpc may be about the other of the two messages.
    if let Some(call) = calls.iter().find(|call| call.on == message.full_name()) {
        return Err(Problem::wrong_call(
            call,
            format!(
                "no oneof `{}` in `{}`{}",
                call.field,
                message.full_name(),
                suggest(&call.field, "oneofs", &names)
            ),
        ));
    }
    if let Some(oneof) = oneofs.iter().find(|oneof| context.options.payload(oneof)) {
        return Ok(Some(oneof.clone()));
    }
    if let [only] = oneofs.as_slice() {
        return Ok(Some(only.clone()));
    }
    let mut singled = oneofs.iter().filter(|oneof| NAMES.contains(&oneof.name()));
    match (oneofs.is_empty(), singled.next(), singled.next()) {
        (true, ..) => Ok(None),
        (_, Some(one), None) => Ok(Some(one.clone())),
        _ => Err(ambiguous(context, message, &names)),
    }
}

fn ambiguous(context: &Context<'_>, message: &MessageDescriptor, names: &[&str]) -> Problem {
    let full_name = message.full_name();
    let several = format!(
        "`{full_name}` has several oneofs ({}), and which one holds the variants is not known",
        list(names)
    );
    let first = names.first().copied().unwrap_or_default();
    Problem {
        reason: format!("{several}; call `.payload({full_name:?}, \"…\")` in build.rs"),
        finding: Finding::new(
            context.message_position(message),
            format!(
                "`{}`: {several}; put `option (streaming.payload) = true;` into one or call \
                 `.payload({full_name:?}, {first:?})`",
                context.shown()
            ),
        ),
        mistake: false,
    }
}
