//! The variant that answers a ping.

use super::{
    context::{Context, Problem, is_top_level, single_message},
    ping::is_sequence,
};
use crate::{
    messages,
    model::{Found, Ping, Pong, Side},
    settings::Role,
};

/// What answers `ping`; `heartbeat` is the variant that is one.
pub(crate) fn find(
    context: &Context<'_>,
    message: &Side,
    command: &Side,
    ping: Option<&Ping>,
    heartbeat: Option<usize>,
) -> Result<Option<Found<Pong>>, Problem> {
    let named = context.named_variant(Role::Pong, message)?;
    let Some(ping) = ping else {
        return match named {
            Some(named) => Err(without_ping(context, message, command, named.what)),
            None => Ok(None),
        };
    };
    let same_name = || {
        let index = message.variant(command.name(ping.variant()?))?;
        // A heartbeat that only shares the name of the ping comes of the client's own accord, and holds data.
        Some(index).filter(|index| heartbeat != Some(*index))
    };
    let by_name = || message.variant("pong").or_else(same_name);
    let found = named.or_else(|| by_name().map(Found::by_name));
    Ok(found.map(|found| {
        found.map(|index| Pong {
            index,
            sequence: single_message(&message.variants[index].field)
                .and_then(|pong| pong.fields().filter(is_top_level).find(is_sequence)),
        })
    }))
}

fn without_ping(context: &Context<'_>, message: &Side, command: &Side, index: usize) -> Problem {
    let field = &message.variants[index].field;
    let text = messages::pong_without_ping(field.name(), command.descriptor.full_name());
    Problem::mistake(context.field_position(field), text)
}
