//! The field that holds the id of the client.

use prost_reflect::{FieldDescriptor, Kind, MessageDescriptor};

use super::context::{Context, Problem, is_id, single_message};
use crate::{
    finding::{Finding, list, suggest},
    model::Side,
    settings::{Call, Role},
};

/// The field's name.
const NAME: &str = "client_id";
/// The variants in which a client says who it is.
const VARIANTS: [&str; 5] = ["register", "hello", "identify", "connect", "initial"];
/// How deep options are looked for: deeper than ids lie, and an end for types that hold themselves.
const DEPTH: usize = 4;

/// The fields that lead to the id.
pub(crate) fn find(context: &Context<'_>, side: &Side) -> Result<Vec<FieldDescriptor>, Problem> {
    if let Some(call) = context.calls(Role::ClientId, &side.descriptor).next() {
        return follow(call, &side.descriptor);
    }
    let marked = marked(context);
    if let [path] = marked.as_slice() {
        return marked_id(context, path);
    }
    if marked.len() > 1 {
        return Err(several(context, &marked, true));
    }
    let found = by_name(side);
    match found.len() {
        0 => Err(missing(context, side)),
        1 => Ok(found.into_iter().next().unwrap_or_default()),
        _ => Err(several(context, &found, false)),
    }
}

fn by_name(side: &Side) -> Vec<Vec<FieldDescriptor>> {
    let top = side.descriptor.get_field_by_name(NAME).filter(is_id);
    if let Some(field) = top {
        return vec![vec![field]];
    }
    VARIANTS
        .iter()
        .filter_map(|name| {
            let variant = &side.variants[side.variant(name)?].field;
            let field = single_message(variant)?.get_field_by_name(NAME)?;
            is_id(&field).then(|| vec![variant.clone(), field])
        })
        .collect()
}

/// All paths to fields with the option.
pub(crate) fn marked(context: &Context<'_>) -> Vec<Vec<FieldDescriptor>> {
    let mut found = Vec::new();
    if context.options.any_client_id() {
        search(context, &context.message(), &mut Vec::new(), &mut found);
    }
    found
}

fn search(
    context: &Context<'_>,
    message: &MessageDescriptor,
    path: &mut Vec<FieldDescriptor>,
    found: &mut Vec<Vec<FieldDescriptor>>,
) {
    for field in message.fields() {
        path.push(field.clone());
        if context.options.is_client_id(&field) {
            found.push(path.clone());
        } else if let Some(inner) = single_message(&field)
            && path.len() < DEPTH
        {
            search(context, &inner, path, found);
        }
        path.pop();
    }
}

fn marked_id(
    context: &Context<'_>,
    path: &[FieldDescriptor],
) -> Result<Vec<FieldDescriptor>, Problem> {
    match path.last() {
        Some(field) if !is_id(field) => Err(Problem::mistake(
            context.field_position(field),
            format!(
                "`(streaming.client_id)` belongs on a string, integer or bytes field; `{}` is none{}",
                field.name(),
                ids_near(field, &shown(path))
            ),
        )),
        _ => Ok(path.to_vec()),
    }
}

/// Walks the path that `call` names.
fn follow(call: &Call, message: &MessageDescriptor) -> Result<Vec<FieldDescriptor>, Problem> {
    let wrong = |what: String| Problem::wrong_call(call, what);
    let mut path = Vec::new();
    let mut inside = Some(message.clone());
    for segment in call.field.split('.') {
        let Some(message) = inside else {
            let name = path.last().map_or("", FieldDescriptor::name);
            return Err(wrong(format!(
                "`{name}` is no single message, and has no field `{segment}`"
            )));
        };
        let Some(field) = message.get_field_by_name(segment) else {
            return Err(wrong(no_field(segment, &message)));
        };
        inside = single_message(&field);
        path.push(field);
    }
    match path.last() {
        Some(field) if is_id(field) => Ok(path),
        Some(field) => Err(wrong(format!(
            "`{}` is no string, integer or bytes field{}",
            call.field,
            ids_near(field, &call.field)
        ))),
        None => Ok(path),
    }
}

/// That `message` has no field `segment`, and what is meant perhaps.
fn no_field(segment: &str, message: &MessageDescriptor) -> String {
    let full_name = message.full_name();
    if message.oneofs().any(|oneof| oneof.name() == segment) {
        return format!(
            "`{segment}` is a oneof of `{full_name}`; leave it out, its variants are fields of the message"
        );
    }
    let fields: Vec<_> = message.fields().collect();
    let names: Vec<&str> = fields.iter().map(FieldDescriptor::name).collect();
    format!("no field `{segment}` in `{full_name}`{}", suggest(segment, "fields", &names))
}

/// The paths that could be meant by one that leads to `field`: what lies in it, else what lies beside it.
fn ids_near(field: &FieldDescriptor, path: &str) -> String {
    let (inside, prefix) = match single_message(field) {
        Some(message) => (message, format!("{path}.")),
        None => (field.parent_message().clone(), path.trim_end_matches(field.name()).to_owned()),
    };
    let ids = inside.fields().filter(is_id).map(|field| format!("{prefix}{}", field.name()));
    let ids: Vec<String> = ids.collect();
    let names: Vec<&str> = ids.iter().map(String::as_str).collect();
    suggest("", "fields that can hold an id", &names)
}

fn shown(path: &[FieldDescriptor]) -> String {
    let names: Vec<_> = path.iter().map(FieldDescriptor::name).collect();
    names.join(".")
}

fn several(context: &Context<'_>, found: &[Vec<FieldDescriptor>], mistake: bool) -> Problem {
    let paths: Vec<String> = found.iter().map(|path| shown(path)).collect();
    let paths: Vec<&str> = paths.iter().map(String::as_str).collect();
    let message = context.message();
    let full_name = message.full_name();
    let first = paths[0];
    let what = format!("several client ids in `{full_name}`: {}", list(&paths));
    let mend = if mistake {
        "mark one of them".to_owned()
    } else {
        format!(
            "mark one with `[(streaming.client_id) = true]` or call `.client_id({full_name:?}, {first:?})`"
        )
    };
    let last = found.last().and_then(|path| path.last());
    Problem {
        reason: format!("{what}; {mend}"),
        finding: Finding::new(
            last.map(|field| context.field_position(field)),
            format!("`{}` has {what}; {mend}", context.shown()),
        ),
        mistake,
    }
}

fn missing(context: &Context<'_>, side: &Side) -> Problem {
    let message = &side.descriptor;
    let (full_name, name) = (message.full_name(), message.name());
    let why = match message.get_field_by_name(NAME) {
        Some(_) => format!("`{NAME}` of `{name}` is no string, integer or bytes field"),
        None => format!("`{name}` has no field `{NAME}`"),
    };
    let candidates = candidates(side);
    let names: Vec<&str> = candidates.iter().map(String::as_str).collect();
    let listed = match names.len() {
        1..=8 => format!("; string fields: {}", list(&names)),
        _ => String::new(),
    };
    Problem {
        reason: format!(
            "`{name}` has no client id; call `.client_id({:?}, \"…\")` in build.rs",
            context.name
        ),
        finding: Finding::new(
            context.rpc_position(),
            format!(
                "`{}` has no client id: {why}; mark one with `[(streaming.client_id) = true]` or \
                 call `.client_id({full_name:?}, \"…\")`{listed}",
                context.shown()
            ),
        ),
        mistake: false,
    }
}

/// The strings of the message itself, else those of its variants.
fn candidates(side: &Side) -> Vec<String> {
    let strings = |message: &MessageDescriptor| -> Vec<String> {
        message
            .fields()
            .filter(|field| matches!(field.kind(), Kind::String) && is_id(field))
            .map(|field| field.name().to_owned())
            .collect()
    };
    let top = strings(&side.descriptor);
    if !top.is_empty() {
        return top;
    }
    let variants = side.variants.iter().filter_map(|variant| {
        let inner = single_message(&variant.field)?;
        let name = variant.field.name().to_owned();
        Some(strings(&inner).into_iter().map(move |field| format!("{name}.{field}")))
    });
    variants.flatten().collect()
}
