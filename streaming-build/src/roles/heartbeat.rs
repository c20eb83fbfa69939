//! The variant that is a sign of life.

use super::context::{Context, Problem};
use crate::{model::Side, settings::Role};

/// Marks the heartbeat among the variants of the message.
pub(crate) fn mark(context: &Context<'_>, side: &mut Side) -> Result<(), Problem> {
    let named = context.named_variant(Role::Heartbeat, side)?;
    if let Some(index) = named.or_else(|| side.variant("heartbeat")) {
        side.variants[index].heartbeat = true;
    }
    Ok(())
}
