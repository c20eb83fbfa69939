//! Which variants are published: all, but for those that are named.

use prost_reflect::Value;

use super::context::{Context, Problem, said};
use crate::{model::Side, settings::Role};

/// Keeps what is named from being published.
pub(crate) fn mark(context: &Context<'_>, side: &mut Side, problems: &mut Vec<Problem>) {
    for field in side.descriptor.fields() {
        let Some(Value::Bool(publish)) = context.options.field(&field, "publish") else {
            continue;
        };
        match side.variants.iter_mut().find(|variant| variant.field == field) {
            Some(variant) => {
                let why = || context.marked(&field, "publish", "false");
                variant.hidden = (!publish).then(why);
            }
            None => problems.push(context.no_place(&field, "publish", &*side)),
        }
    }
    for call in context.calls(&[Role::NoPublish], &side.descriptor) {
        // Without a oneof, all fields are variants to this.
        let names = side.names();
        match names.iter().position(|name| *name == call.field()) {
            Some(index) => side.variants[index].hidden = Some(said(call)),
            None => problems.extend(context.called_variant(call, call.field(), side).err()),
        }
    }
}
