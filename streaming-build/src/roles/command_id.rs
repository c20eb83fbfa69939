//! The field that holds the id of a command.

use prost_reflect::FieldDescriptor;

use super::context::{Context, Problem, is_id, is_top_level};
use crate::{finding::suggest, model::Side, settings::Role};

/// The first of these that is there.
const NAMES: [&str; 4] = ["command_id", "request_id", "instruction_id", "correlation_id"];

/// The id of the commands; without one nothing is answered.
pub(crate) fn find(context: &Context<'_>, side: &Side) -> Result<Option<FieldDescriptor>, Problem> {
    let message = &side.descriptor;
    let fits = |field: &FieldDescriptor| is_id(field) && is_top_level(field);
    let fields: Vec<_> = message.fields().filter(fits).collect();
    let names: Vec<&str> = fields.iter().map(FieldDescriptor::name).collect();
    if let Some(call) = context.calls(Role::CommandId, message).next() {
        let what = match message.get_field_by_name(&call.field) {
            Some(field) if fits(&field) => return Ok(Some(field)),
            Some(_) => format!(
                "`{}` is no string, integer or bytes field outside of every oneof",
                call.field
            ),
            None => format!("no field `{}` in `{}`", call.field, message.full_name()),
        };
        let suggestion = suggest(&call.field, "fields", &names);
        return Err(Problem::wrong_call(call, format!("{what}{suggestion}")));
    }
    match context.option(message, "command_id")? {
        Some(field) if fits(&field) => return Ok(Some(field)),
        Some(field) => {
            return Err(Problem::mistake(
                context.field_position(&field),
                format!(
                    "`(streaming.command_id)` belongs on a string, integer or bytes field outside \
                     of every oneof; `{}` is none{}",
                    field.name(),
                    suggest("", "fields", &names)
                ),
            ));
        }
        None => {}
    }
    Ok(NAMES.iter().filter_map(|name| message.get_field_by_name(name)).find(fits))
}
