//! Which variants are published: all, but for those that are named.

use prost_reflect::Value;

use super::context::{Context, Problem};
use crate::{model::Side, settings::Role};

/// Takes the mark from the variants that are not published.
pub(crate) fn mark(context: &Context<'_>, side: &mut Side, problems: &mut Vec<Problem>) {
    let calls: Vec<_> = context.calls(Role::NoPublish, &side.descriptor).cloned().collect();
    for call in calls {
        let found = side.variants.iter().position(|variant| variant.field.name() == call.field);
        match found {
            Some(index) => side.variants[index].publish = false,
            // A call that names the rpc may be about the other of the two messages.
            None if call.on == context.name && elsewhere(context, side, &call.field) => {}
            None => problems.extend(context.called_variant(&call, &call.field, side).err()),
        }
    }
    for variant in &mut side.variants {
        if context.options.field(&variant.field, "publish") == Some(Value::Bool(false)) {
            variant.publish = false;
        }
    }
}

fn elsewhere(context: &Context<'_>, side: &Side, name: &str) -> bool {
    [context.message(), context.command()]
        .iter()
        .any(|other| *other != side.descriptor && other.get_field_by_name(name).is_some())
}
