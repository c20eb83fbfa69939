//! The oneof that holds the variants.

use prost_reflect::{MessageDescriptor, OneofDescriptor};

use super::context::{Context, Problem};
use crate::{
    finding::{Finding, list, suggest},
    model::{Side, Variant},
    settings::{Call, Role},
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
    let oneofs = oneofs_of(message);
    if let Some(oneof) = called(context, message, &oneofs)? {
        return Ok(Some(oneof));
    }
    let mut marked = oneofs.iter().filter(|oneof| context.options.payload(oneof));
    match (marked.next(), marked.next()) {
        (Some(oneof), None) => return Ok(Some(oneof.clone())),
        (Some(first), Some(second)) => return Err(marked_twice(context, first, second)),
        (None, _) => {}
    }
    if let [only] = oneofs.as_slice() {
        return Ok(Some(only.clone()));
    }
    let mut singled = oneofs.iter().filter(|oneof| NAMES.contains(&oneof.name()));
    match (oneofs.is_empty(), singled.next(), singled.next()) {
        (true, ..) => Ok(None),
        (_, Some(one), None) => Ok(Some(one.clone())),
        _ => Err(ambiguous(context, message, &names(&oneofs))),
    }
}

fn oneofs_of(message: &MessageDescriptor) -> Vec<OneofDescriptor> {
    message.oneofs().filter(|oneof| !oneof.is_synthetic()).collect()
}

fn names(oneofs: &[OneofDescriptor]) -> Vec<&str> {
    oneofs.iter().map(OneofDescriptor::name).collect()
}

/// The oneof that a call names.
fn called(
    context: &Context<'_>,
    message: &MessageDescriptor,
    oneofs: &[OneofDescriptor],
) -> Result<Option<OneofDescriptor>, Problem> {
    let wrong = |call: &Call, of: &str, names: &[&str]| {
        let suggestion = suggest(&call.field, "oneofs", names);
        Problem::wrong_call(call, format!("no oneof `{}` in `{of}`{suggestion}", call.field))
    };
    for call in context.calls(Role::Payload, message) {
        if let Some(oneof) = oneofs.iter().find(|oneof| oneof.name() == call.field) {
            return Ok(Some(oneof.clone()));
        }
        if call.on == message.full_name() {
            return Err(wrong(call, &call.on, &names(oneofs)));
        }
        // A call that names the rpc may be about the other of the two messages.
        let (message, command) = (context.message(), context.command());
        let both = [oneofs_of(&message), oneofs_of(&command)].concat();
        let mut both = names(&both);
        both.dedup();
        if !both.contains(&call.field.as_str()) {
            let of = format!("{}` or `{}", message.full_name(), command.full_name());
            return Err(wrong(call, &of, &both));
        }
    }
    Ok(None)
}

fn marked_twice(
    context: &Context<'_>,
    first: &OneofDescriptor,
    second: &OneofDescriptor,
) -> Problem {
    let file = second.parent_message().parent_file();
    Problem::mistake(
        context.source.position(&file, second.path()),
        format!(
            "`(streaming.payload)` is set in `{}` and in `{}` of `{}`; mark one of them",
            first.name(),
            second.name(),
            second.parent_message().full_name()
        ),
    )
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
