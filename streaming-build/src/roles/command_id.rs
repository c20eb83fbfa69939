//! The field that holds the id of a command.

use prost_reflect::FieldDescriptor;

use super::context::{Context, Problem, is_id, is_top_level, said, single_message};
use crate::{
    finding::Finding,
    messages,
    model::{Found, Side},
    settings::Role,
};

/// How ids are called; of several in one message, the first.
pub(crate) const NAMES: [&str; 4] =
    ["command_id", "request_id", "instruction_id", "correlation_id"];

/// The message's variant that is called as an ack and has an id, where commands have none anywhere.
pub(crate) fn missed(message: &Side, command: &Side) -> Option<(usize, FieldDescriptor)> {
    message.oneof.as_ref()?;
    let payload = |side: &Side, index: usize| single_message(&side.variants[index].field);
    let carried = |id: &FieldDescriptor| {
        let mut payloads = (0..command.variants.len()).filter_map(|index| payload(command, index));
        payloads.any(|payload| payload.get_field_by_name(id.name()).is_some())
    };
    (0..message.variants.len())
        .filter(|index| message.name(*index) == "ack" || message.name(*index).ends_with("_ack"))
        .find_map(|index| {
            let payload = payload(message, index)?;
            let id = NAMES.iter().find_map(|name| payload.get_field_by_name(name))?;
            (is_id(&id) && !carried(&id)).then_some((index, id))
        })
}

/// That `ack` has an id, `id`, and commands have none.
pub(crate) fn without(
    context: &Context<'_>,
    message: &Side,
    command: &Side,
    (ack, id): &(usize, FieldDescriptor),
) -> Problem {
    let fits = |field: &FieldDescriptor| is_id(field) && is_top_level(field);
    let fields: Vec<_> = command.descriptor.fields().filter(fits).collect();
    let names: Vec<&str> = fields.iter().map(FieldDescriptor::name).collect();
    let text = messages::acks_without_command_id(
        message.name(*ack),
        message.descriptor.full_name(),
        id.name(),
        command.descriptor.full_name(),
        &names,
    );
    let position = context.message_position(&command.descriptor);
    Problem { reason: text.clone(), finding: Finding::new(position, text), mistake: false }
}

/// The id of the commands; without one nothing is answered.
pub(crate) fn find(
    context: &Context<'_>,
    side: &Side,
) -> Result<Option<Found<FieldDescriptor>>, Problem> {
    let message = &side.descriptor;
    let fits = |field: &FieldDescriptor| is_id(field) && is_top_level(field);
    let fields: Vec<_> = message.fields().filter(fits).collect();
    let names: Vec<&str> = fields.iter().map(FieldDescriptor::name).collect();
    if let Some(call) = context.calls(&[Role::CommandId], message).first() {
        return match message.get_field_by_name(call.field()) {
            Some(field) if fits(&field) => Ok(Some(Found { what: field, why: said(call) })),
            Some(_) => {
                Err(Problem::wrong_call(call, &messages::no_top_level_id(call.field(), &names)))
            }
            None => {
                Err(Problem::wrong_call(call, &messages::no_field(call.field(), message, &names)))
            }
        };
    }
    match context.option(Role::CommandId, message)? {
        Some(found) if !fits(&found.what) => {
            let text = messages::option_on_no_top_level_id(found.what.name(), &names);
            return Err(Problem::mistake(context.field_position(&found.what), text));
        }
        Some(found) => return Ok(Some(found)),
        None => {}
    }
    let by_name = NAMES.iter().filter_map(|name| message.get_field_by_name(name)).find(fits);
    Ok(by_name.map(Found::by_name))
}
