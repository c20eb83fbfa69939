//! The variant that answers a ping.

use super::{
    context::{Context, Problem, is_top_level, single_message},
    ping::is_sequence,
};
use crate::{
    model::{Ping, PingKind, Pong, Side},
    settings::Role,
};

/// What answers `ping`.
pub(crate) fn find(
    context: &Context<'_>,
    message: &Side,
    command: &Side,
    ping: Option<&Ping>,
) -> Result<Option<Pong>, Problem> {
    let named = context.named_variant(Role::Pong, message)?;
    let Some(ping) = ping else {
        return match named {
            Some(index) => Err(without_ping(context, message, command, index)),
            None => Ok(None),
        };
    };
    let same_name = || match ping.kind {
        PingKind::Variant(index) => message
            .variant(command.variants[index].field.name())
            // A heartbeat that only shares the name of the ping comes of the client's own accord, and holds data.
            .filter(|&index| !message.variants[index].heartbeat),
        PingKind::Flag(_) => None,
    };
    let found = named.or_else(|| message.variant("pong")).or_else(same_name);
    Ok(found.map(|index| Pong {
        index,
        sequence: single_message(&message.variants[index].field)
            .and_then(|pong| pong.fields().filter(is_top_level).find(is_sequence)),
    }))
}

fn without_ping(context: &Context<'_>, message: &Side, command: &Side, index: usize) -> Problem {
    let field = &message.variants[index].field;
    Problem::mistake(
        context.field_position(field),
        format!(
            "`{}` answers pings, but `{}` has no ping; call `.ping({1:?}, \"…\")`",
            field.name(),
            command.descriptor.full_name()
        ),
    )
}
