//! The field of the client's messages that holds its id.

use prost_reflect::{FieldDescriptor, MessageDescriptor};

use super::missing;
use crate::{
    finding::Finding,
    messages,
    model::{Found, Side},
    roles::{
        context::{Context, Problem, is_id, single_message},
        path,
    },
};

/// The field's name.
pub(super) const NAME: &str = "client_id";
/// The variants in which a client says who it is.
pub(super) const VARIANTS: [&str; 5] = ["register", "hello", "identify", "connect", "initial"];
/// How deep options are looked for: deeper than ids lie, and an end for types that hold themselves.
const DEPTH: usize = 4;

type Path = Vec<FieldDescriptor>;

/// The fields that lead to the id.
pub(super) fn find(context: &Context<'_>, side: &Side) -> Result<Found<Path>, Problem> {
    let marked = marked(context);
    if let [path] = marked.as_slice() {
        return marked_id(context, path);
    }
    if marked.len() > 1 {
        return Err(several(context, &marked, true));
    }
    let mut found = by_name(side);
    match (found.pop(), found.is_empty()) {
        (None, _) => Err(missing::missing(context, side)),
        (Some(path), true) => Ok(Found::by_name(path)),
        (Some(last), false) => {
            found.push(last);
            Err(several(context, &found, false))
        }
    }
}

fn by_name(side: &Side) -> Vec<Path> {
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
pub(crate) fn marked(context: &Context<'_>) -> Vec<Path> {
    let mut found = Vec::new();
    if context.options.any_client_id() {
        search(context, &context.message(), &mut Vec::new(), &mut found);
    }
    found
}

fn search(
    context: &Context<'_>,
    message: &MessageDescriptor,
    path: &mut Path,
    found: &mut Vec<Path>,
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

fn marked_id(context: &Context<'_>, path: &[FieldDescriptor]) -> Result<Found<Path>, Problem> {
    let Some(field) = path.last() else {
        return Ok(Found::by_name(Path::new()));
    };
    if is_id(field) {
        return Ok(Found { what: path.to_vec(), why: context.marked(field, NAME, "true") });
    }
    let message = path::near(field, &path::shown(path), |_, near| {
        messages::option_on_no_id(NAME, field.name(), near)
    });
    Err(Problem::mistake(context.field_position(field), message))
}

fn several(context: &Context<'_>, found: &[Path], marked: bool) -> Problem {
    let paths: Vec<String> = found.iter().map(|path| path::shown(path)).collect();
    let paths: Vec<&str> = paths.iter().map(String::as_str).collect();
    let message = context.message();
    let what = if marked {
        messages::client_ids_marked_twice(message.full_name(), &paths)
    } else {
        messages::several_client_ids(message.full_name(), &paths)
    };
    let last = found.last().and_then(|path| path.last());
    Problem {
        finding: Finding::new(
            last.map(|field| context.field_position(field)),
            messages::has(&context.shown(), &what),
        ),
        reason: what,
        mistake: marked,
    }
}
