//! What says how a command went: a variant of the message, or the message itself.

use prost_reflect::FieldDescriptor;

use super::{
    answer::Search,
    context::{Context, Problem, single_message},
};
use crate::{
    messages,
    model::{Ack, Found},
    settings::Role,
};

/// The ack of commands whose id is `command_id`.
pub(crate) fn find(
    search: &Search<'_>,
    command_id: Option<&FieldDescriptor>,
) -> Result<Option<Found<Ack>>, Problem> {
    let Search { context, side, .. } = *search;
    let named = context.named_variant(Role::Ack, side)?;
    let Some(command_id) = command_id else {
        return match named {
            Some(named) => Err(without_ids(context, &side.variants[named.what].field)),
            None => Ok(None),
        };
    };
    if let Some(Found { what: index, why }) = named {
        let what = self::named(search, index, command_id)?;
        return Ok(Some(Found { what, why }));
    }
    let found = match search.ack(command_id)? {
        Some(ack) => Some(ack),
        None => search.envelope(command_id),
    };
    Ok(found.map(Found::by_name))
}

fn named(search: &Search<'_>, index: usize, id: &FieldDescriptor) -> Result<Ack, Problem> {
    let Search { context, side, .. } = *search;
    let field = &side.variants[index].field;
    match search.carrying(index, id) {
        Some(outcome) if single_message(field).is_some() => Ok(Ack::Variant(index, outcome)),
        _ => Err(Problem::mistake(
            context.field_position(field),
            messages::ack_without_id(field.name(), side.descriptor.full_name(), id),
        )),
    }
}

fn without_ids(context: &Context<'_>, field: &FieldDescriptor) -> Problem {
    let command = context.command();
    let message = messages::ack_of_nothing(field.name(), &context.shown(), command.full_name());
    Problem::mistake(context.field_position(field), message)
}
