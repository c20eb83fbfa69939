//! What says how a command went: a variant of the message, or the message itself.

use prost_reflect::{FieldDescriptor, Kind, MessageDescriptor};

use super::context::{Context, Problem, is_id, is_top_level, single_message};
use crate::{
    finding::{Finding, list},
    model::{Ack, Outcome, Side},
    settings::Role,
};

/// The ack of commands whose id is `command_id`.
pub(crate) fn find(
    context: &Context<'_>,
    side: &Side,
    command_id: Option<&FieldDescriptor>,
) -> Result<Option<Ack>, Problem> {
    let named = context.named_variant(Role::Ack, side)?;
    let Some(command_id) = command_id else {
        return match named {
            Some(index) => Err(without_ids(context, &side.variants[index].field)),
            None => Ok(None),
        };
    };
    if let Some(index) = named {
        return named_ack(context, side, index, command_id).map(Some);
    }
    if let Some(ack) = by_name(context, side, command_id)? {
        return Ok(Some(ack));
    }
    let id = carried(&side.descriptor, command_id).filter(is_top_level);
    Ok(id.map(|id| Ack::Envelope(outcome(&side.descriptor, id))))
}

/// The field of `message` in which it carries the id of a command.
pub(crate) fn carried(
    message: &MessageDescriptor,
    command_id: &FieldDescriptor,
) -> Option<FieldDescriptor> {
    message.get_field_by_name(command_id.name()).filter(is_id)
}

fn by_name(
    context: &Context<'_>,
    side: &Side,
    command_id: &FieldDescriptor,
) -> Result<Option<Ack>, Problem> {
    let fits = |index: usize| {
        let message = single_message(&side.variants[index].field)?;
        let id = carried(&message, command_id)?;
        Some(Ack::Variant(index, outcome(&message, id)))
    };
    for name in ["command_ack", "ack"] {
        if let Some(ack) = side.variant(name).and_then(fits) {
            return Ok(Some(ack));
        }
    }
    if side.oneof.is_none() {
        return Ok(None);
    }
    let mut found: Vec<(usize, Ack)> = (0..side.variants.len())
        .filter(|&index| side.variants[index].field.name().ends_with("_ack"))
        .filter_map(|index| Some((index, fits(index)?)))
        .collect();
    if found.len() > 1 {
        let names: Vec<&str> =
            found.iter().map(|(index, _)| side.variants[*index].field.name()).collect();
        return Err(several(context, side, &names));
    }
    Ok(found.pop().map(|(_, ack)| ack))
}

fn named_ack(
    context: &Context<'_>,
    side: &Side,
    index: usize,
    command_id: &FieldDescriptor,
) -> Result<Ack, Problem> {
    let field = &side.variants[index].field;
    let message = single_message(field);
    let inside = message.as_ref().and_then(|message| carried(message, command_id));
    let around = || carried(&side.descriptor, command_id).filter(is_top_level);
    match (inside.or_else(around), message) {
        (Some(id), Some(message)) => Ok(Ack::Variant(index, outcome(&message, id))),
        _ => Err(Problem::mistake(
            context.field_position(field),
            format!(
                "the ack `{}` of `{}` has no field `{}`, as the id of commands is called; add it, \
                 or name the id with `.command_id({:?}, \"…\")`",
                field.name(),
                side.descriptor.full_name(),
                command_id.name(),
                command_id.parent_message().full_name()
            ),
        )),
    }
}

/// The fields of an ack by their names.
fn outcome(message: &MessageDescriptor, id: FieldDescriptor) -> Outcome {
    let find = |name, fits: fn(&Kind) -> bool| {
        message
            .get_field_by_name(name)
            .filter(|field| !field.is_list() && is_top_level(field) && fits(&field.kind()))
    };
    let text = |kind: &Kind| matches!(kind, Kind::String);
    Outcome {
        id,
        success: find("success", |kind| matches!(kind, Kind::Bool)),
        error: find("error", text),
        message: find("message", text),
    }
}

fn without_ids(context: &Context<'_>, field: &FieldDescriptor) -> Problem {
    let command = context.command();
    Problem::mistake(
        context.field_position(field),
        format!(
            "`{}` is an ack, but the commands of `{}` have no id; call `.command_id({:?}, \"…\")`",
            field.name(),
            context.shown(),
            command.full_name()
        ),
    )
}

fn several(context: &Context<'_>, side: &Side, names: &[&str]) -> Problem {
    let full_name = side.descriptor.full_name();
    let what = format!("several acks in `{full_name}`: {}", list(names));
    let mend = format!(
        "mark one with `[(streaming.ack) = true]` or call `.ack({full_name:?}, {:?})`",
        names[0]
    );
    Problem {
        reason: format!("{what}; {mend}"),
        finding: Finding::new(
            context.message_position(&side.descriptor),
            format!("`{}` has {what}; {mend}", context.shown()),
        ),
        mistake: false,
    }
}
