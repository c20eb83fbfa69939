//! Which variants are published: all, but for those that are named.

use prost_reflect::Value;

use super::context::{Context, Problem};
use crate::{finding::suggest, model::Side, settings::Role};

/// Takes the mark from the variants that are not published.
pub(crate) fn mark(context: &Context<'_>, side: &mut Side, problems: &mut Vec<Problem>) {
    let calls: Vec<_> = context.calls(Role::NoPublish, &side.descriptor).cloned().collect();
    for call in calls {
        let found = side.variants.iter().position(|variant| variant.field.name() == call.field);
        match found {
            Some(index) => side.variants[index].publish = false,
            // A call that names the rpc may be about the other of the two messages.
            None if call.on == context.name => {}
            None => problems.extend(context.called_variant(&call, &call.field, side).err()),
        }
    }
    for field in side.descriptor.fields() {
        let Some(Value::Bool(publish)) = context.options.field(&field, "publish") else {
            continue;
        };
        match side.variants.iter_mut().find(|variant| variant.field == field) {
            Some(variant) => variant.publish = publish,
            None => problems.push(context.no_place(&field, "publish", &*side)),
        }
    }
}

/// Looks for calls that name the rpc, and a variant of neither of its two messages.
pub(crate) fn check(
    context: &Context<'_>,
    message: &Side,
    command: &Side,
    problems: &mut Vec<Problem>,
) {
    let calls = context.settings.calls.iter().filter(|call| call.role == Role::NoPublish);
    for call in calls.filter(|call| call.on == context.name) {
        let variants = [message, command].into_iter().flat_map(|side| &side.variants);
        let names: Vec<&str> = variants.map(|variant| variant.field.name()).collect();
        if !names.contains(&call.field.as_str()) {
            let suggestion = suggest(&call.field, "variants", &names);
            let what = format!("no variant `{}` in either direction{suggestion}", call.field);
            problems.push(Problem::wrong_call(call, what));
        }
    }
}
