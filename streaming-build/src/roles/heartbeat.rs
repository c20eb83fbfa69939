//! The variant that is a sign of life.

use super::context::{Context, Problem};
use crate::{
    model::{Found, Side},
    settings::Role,
};

/// The heartbeat among the variants of the message.
pub(crate) fn find(context: &Context<'_>, side: &Side) -> Result<Option<Found<usize>>, Problem> {
    let named = context.named_variant(Role::Heartbeat, side)?;
    Ok(named.or_else(|| side.variant("heartbeat").map(Found::by_name)))
}
