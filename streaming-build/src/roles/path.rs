//! Paths of fields that calls name.

use prost_reflect::{FieldDescriptor, MessageDescriptor};

use super::context::{Problem, is_id, single_message};
use crate::{messages, settings::Call};

/// Walks the path to an id that `call` names, beginning at `message`.
pub(crate) fn follow(
    call: &Call,
    message: &MessageDescriptor,
) -> Result<Vec<FieldDescriptor>, Problem> {
    let wrong = |what: &str| Problem::wrong_call(call, what);
    let mut path: Vec<FieldDescriptor> = Vec::new();
    let mut inside = Some(message.clone());
    for segment in call.field().split('.') {
        let Some(message) = inside else {
            let name = path.last().map_or("", FieldDescriptor::name);
            return Err(wrong(&messages::path_through_scalar(name, segment)));
        };
        let Some(field) = message.get_field_by_name(segment) else {
            return Err(wrong(&no_field(segment, &message)));
        };
        inside = single_message(&field);
        path.push(field);
    }
    match path.last() {
        Some(field) if !is_id(field) => Err(wrong(&near(field, call.field(), messages::no_id))),
        _ => Ok(path),
    }
}

/// How `path` is written.
pub(crate) fn shown(path: &[FieldDescriptor]) -> String {
    let names: Vec<_> = path.iter().map(FieldDescriptor::name).collect();
    names.join(".")
}

/// That `message` has no field `segment`, and what is meant perhaps.
fn no_field(segment: &str, message: &MessageDescriptor) -> String {
    if message.oneofs().any(|oneof| oneof.name() == segment) {
        return messages::oneof_in_path(segment, message);
    }
    let fields: Vec<_> = message.fields().collect();
    let names: Vec<&str> = fields.iter().map(FieldDescriptor::name).collect();
    messages::no_field(segment, message, &names)
}

/// A message about the field at the end of `path`, with the paths that could be meant: what lies in it, else what lies
/// beside it.
pub(crate) fn near(
    field: &FieldDescriptor,
    path: &str,
    message: impl Fn(&str, &[&str]) -> String,
) -> String {
    let (inside, prefix) = match single_message(field) {
        Some(message) => (message, format!("{path}.")),
        None => (field.parent_message().clone(), path.trim_end_matches(field.name()).to_owned()),
    };
    let ids = inside.fields().filter(is_id).map(|field| format!("{prefix}{}", field.name()));
    let ids: Vec<String> = ids.collect();
    let names: Vec<&str> = ids.iter().map(String::as_str).collect();
    message(path, &names)
}
