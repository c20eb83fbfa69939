//! That there is no client id, and where it could be.

use prost_reflect::{FieldDescriptor, Kind, MessageDescriptor};

use super::field::NAME;
use crate::{
    finding::Finding,
    messages,
    model::Side,
    roles::context::{Context, Problem, is_id, single_message},
};

/// How many fields are listed at most.
const LISTED: usize = 8;

pub(super) fn missing(context: &Context<'_>, side: &Side) -> Problem {
    let message = &side.descriptor;
    let candidates = candidates(side);
    let candidates: Vec<&str> = candidates.iter().map(String::as_str).collect();
    let conventional = message.get_field_by_name(NAME);
    Problem {
        reason: messages::no_client_id_reason(&context.name, message),
        finding: Finding::new(
            context.rpc_position(),
            messages::no_client_id(&context.name, message, conventional.as_ref(), &candidates),
        ),
        mistake: false,
    }
}

/// Fields that are called like ids, of the message and of its variants; else all texts. The likeliest come first.
fn candidates(side: &Side) -> Vec<String> {
    let fields = |message: &MessageDescriptor| message.fields().filter(is_id).collect::<Vec<_>>();
    let mut found: Vec<(FieldDescriptor, String)> = Vec::new();
    for field in fields(&side.descriptor) {
        let path = field.name().to_owned();
        found.push((field, path));
    }
    for variant in &side.variants {
        let name = variant.field.name();
        for field in single_message(&variant.field).iter().flat_map(fields) {
            let path = format!("{name}.{}", field.name());
            found.push((field, path));
        }
    }
    let mut likely: Vec<_> = found.iter().filter(|(field, _)| likeness(field) < 2).collect();
    if likely.is_empty() {
        likely = found.iter().filter(|it| matches!(it.0.kind(), Kind::String)).collect();
    }
    likely.sort_by_key(|(field, path)| (likeness(field), path.contains('.')));
    likely.into_iter().take(LISTED).map(|(_, path)| path.clone()).collect()
}

/// How much `field` is called like an id: 0 very, 1 somewhat, 2 not at all.
fn likeness(field: &FieldDescriptor) -> u8 {
    let name = field.name();
    let ends = |words: &[&str]| {
        words.iter().any(|word| name == *word || name.ends_with(&format!("_{word}")))
    };
    if ends(&["id", "uuid", "guid"]) {
        0
    } else if ends(&["name", "key", "serial"]) {
        1
    } else {
        2
    }
}
