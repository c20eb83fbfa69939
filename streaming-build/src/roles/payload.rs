//! The oneof that holds the variants.

use prost_reflect::{MessageDescriptor, OneofDescriptor};

use super::context::{Context, Problem, said};
use crate::{
    finding::Finding,
    messages,
    model::{Found, Side, Variant, Why},
    settings::{Call, Role},
};

/// Names that single out one oneof of several.
const NAMES: [&str; 7] = ["payload", "message", "command", "request", "response", "kind", "type"];

/// The variants of `message`.
pub(crate) fn find(context: &Context<'_>, message: &MessageDescriptor) -> Result<Side, Problem> {
    let oneof = oneof(context, message)?;
    let variant = |field| Variant { field, hidden: None, overflow: None, coalesce: None };
    let variants = match &oneof {
        Some(oneof) => oneof.what.fields().map(variant).collect(),
        None => message.fields().map(variant).collect(),
    };
    Ok(Side { descriptor: message.clone(), oneof, variants })
}

fn oneof(
    context: &Context<'_>,
    message: &MessageDescriptor,
) -> Result<Option<Found<OneofDescriptor>>, Problem> {
    let oneofs = oneofs_of(message);
    if let Some(oneof) = called(context, message, &oneofs)? {
        return Ok(Some(oneof));
    }
    let position =
        |oneof: &OneofDescriptor| context.source.position(&message.parent_file(), oneof.path());
    let mut marked = oneofs.iter().filter(|oneof| context.options.payload(oneof));
    match (marked.next(), marked.next()) {
        (Some(oneof), None) => {
            let option = "option (streaming.payload) = true;".to_owned();
            let why = Why::Option(option, position(oneof));
            return Ok(Some(Found { what: oneof.clone(), why }));
        }
        (Some(first), Some(second)) => {
            let message = messages::payloads_marked_twice(first, second);
            return Err(Problem::mistake(position(second), message));
        }
        (None, _) => {}
    }
    if let [only] = oneofs.as_slice() {
        return Ok(Some(Found::by_name(only.clone())));
    }
    let mut singled = oneofs.iter().filter(|oneof| NAMES.contains(&oneof.name()));
    match (oneofs.is_empty(), singled.next(), singled.next()) {
        (true, ..) => Ok(None),
        (_, Some(one), None) => Ok(Some(Found::by_name(one.clone()))),
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
) -> Result<Option<Found<OneofDescriptor>>, Problem> {
    let wrong = |call: &Call, of: &str, names: &[&str]| {
        Problem::wrong_call(call, &messages::no_such_oneof(call.field(), of, names))
    };
    for call in context.calls(&[Role::Payload], message) {
        if let Some(oneof) = oneofs.iter().find(|oneof| oneof.name() == call.field()) {
            return Ok(Some(Found { what: oneof.clone(), why: said(call) }));
        }
        if call.on == message.full_name() {
            return Err(wrong(call, &call.on, &names(oneofs)));
        }
        // A call that names the rpc may be about the other of the two messages.
        let (message, command) = (context.message(), context.command());
        let both = [oneofs_of(&message), oneofs_of(&command)].concat();
        let mut both = names(&both);
        both.dedup();
        if !both.contains(&call.field()) {
            let of = format!("{}` or `{}", message.full_name(), command.full_name());
            return Err(wrong(call, &of, &both));
        }
    }
    Ok(None)
}

fn ambiguous(context: &Context<'_>, message: &MessageDescriptor, oneofs: &[&str]) -> Problem {
    let full_name = message.full_name();
    Problem {
        reason: messages::several_oneofs_reason(full_name, oneofs),
        finding: Finding::new(
            context.message_position(message),
            messages::several_oneofs(&context.shown(), full_name, oneofs),
        ),
        mistake: false,
    }
}
