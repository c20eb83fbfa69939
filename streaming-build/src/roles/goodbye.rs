//! The variants that say that the stream is about to end, one of each side.

use prost_reflect::{Kind, Value};

use super::context::{Context, Problem, field, is_int, single_message};
use crate::{
    model::{Found, Goodbye, Side},
    settings::Role,
};

/// The first of these that is there and has no other role, unless somebody says that it is none.
const NAMES: [&str; 4] = ["goodbye", "request_reconnect", "disconnect", "shutdown"];
/// These are also what one tells a machine to do. The hub sends goodbyes by itself: so they need a field of a goodbye.
const AMBIGUOUS: [&str; 2] = ["disconnect", "shutdown"];

/// The goodbye of `side`; `taken` are its variants that have other roles.
pub(crate) fn find(
    context: &Context<'_>,
    side: &Side,
    taken: &[usize],
) -> Result<Option<Found<Goodbye>>, Problem> {
    let named = context.named_variant(Role::Goodbye, side)?;
    let off = !context.calls(&[Role::NoGoodbye], &side.descriptor).is_empty();
    let free = |index: &usize| {
        let field = &side.variants[*index].field;
        let no = context.options.field(field, Role::Goodbye.name()) == Some(Value::Bool(false));
        !(off || no || taken.contains(index))
    };
    let plain = |index: &usize| {
        let Goodbye { reason, after, .. } = goodbye(side, *index);
        let field = &side.variants[*index].field;
        let says_why = reason.is_some() || matches!(field.kind(), Kind::String);
        !AMBIGUOUS.contains(&field.name()) || says_why || after.is_some()
    };
    let by_name = || {
        let mut there = NAMES.iter().filter_map(|name| side.variant(name));
        there.find(|index| free(index) && plain(index))
    };
    let found = named.or_else(|| by_name().map(Found::by_name));
    Ok(found.map(|found| found.map(|index| goodbye(side, index))))
}

fn goodbye(side: &Side, index: usize) -> Goodbye {
    let payload = single_message(&side.variants[index].field);
    let find = |name, fits: &dyn Fn(&Kind) -> bool| field(payload.as_ref()?, name, fits);
    let millis = find("reconnect_after_ms", &|_| true).filter(is_int);
    let duration = || find("reconnect_after", &is_duration);
    Goodbye {
        index,
        reason: find("reason", &|kind| matches!(kind, Kind::String)),
        after: millis.or_else(duration),
    }
}

fn is_duration(kind: &Kind) -> bool {
    matches!(kind, Kind::Message(message) if message.full_name() == "google.protobuf.Duration")
}
