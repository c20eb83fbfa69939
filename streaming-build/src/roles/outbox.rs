//! What becomes of a command in the outbox, where that is said of its variant.

use prost_reflect::{FieldDescriptor, Value};

use super::context::{Context, Problem, said};
use crate::{
    messages,
    model::{Found, Overflow, Side},
    settings::{Call, Role},
};

/// Marks the variants of `command`; what a call says goes before what an option says.
pub(crate) fn mark(context: &Context<'_>, command: &mut Side, problems: &mut Vec<Problem>) {
    for field in command.descriptor.clone().fields() {
        problems.extend(options(context, command, &field).err());
    }
    let calls = context.calls(&[Role::Overflow, Role::Coalesce], &command.descriptor);
    // Those about the rpc come first, and are to have the last word.
    for call in calls.into_iter().rev() {
        problems.extend(self::call(context, command, call).err());
    }
}

fn options(
    context: &Context<'_>,
    command: &mut Side,
    field: &FieldDescriptor,
) -> Result<(), Problem> {
    let place = |command: &Side, name| {
        command.variant(field.name()).ok_or_else(|| context.no_place(field, name, command))
    };
    if let Some(Value::String(name)) = context.options.field(field, "overflow") {
        let index = place(command, "overflow")?;
        let what = Overflow::named(&name).map_err(|names| {
            let what = messages::no_such_overflow(&name, &names);
            let message = messages::option_names_nothing("overflow", &name, field.name(), &what);
            Problem::mistake(context.field_position(field), message)
        })?;
        let why = context.marked(field, "overflow", &format!("{name:?}"));
        command.variants[index].overflow = Some(Found { what, why });
    }
    if context.options.flag(field, "coalesce") {
        let index = place(command, "coalesce")?;
        command.variants[index].coalesce = Some(context.marked(field, "coalesce", "true"));
    }
    Ok(())
}

fn call(context: &Context<'_>, command: &mut Side, call: &Call) -> Result<(), Problem> {
    let Some(index) = context.called_variant(call, call.field(), command)? else {
        return Ok(());
    };
    if call.role == Role::Coalesce {
        command.variants[index].coalesce = Some(said(call));
        return Ok(());
    }
    let what = Overflow::named(call.second()).map_err(|names| {
        Problem::wrong_call(call, &messages::no_such_overflow(call.second(), &names))
    })?;
    command.variants[index].overflow = Some(Found { what, why: said(call) });
    Ok(())
}
