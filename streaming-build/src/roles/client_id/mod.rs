//! Where the id of the client comes from: a field of its messages, or something beside them.

mod field;
mod missing;
mod source;

pub(crate) use field::marked;

use super::{
    context::{Context, Problem, said},
    path,
};
use crate::{
    model::{ClientId, Found, Side},
    settings::Role,
};

/// What a call names, else what an option of the rpc says, else what an option of a field marks, else the field of
/// that name.
pub(crate) fn find(context: &Context<'_>, side: &Side) -> Result<Found<ClientId>, Problem> {
    if let Some(call) = context.calls(&Role::CLIENT_IDS, &side.descriptor).first() {
        let what = match call.role {
            Role::ClientIdFromMetadata => {
                let header = source::header(call.field());
                ClientId::Metadata(header.map_err(|what| Problem::wrong_call(call, &what))?)
            }
            Role::ClientIdAuthenticated => ClientId::Authenticated,
            Role::ClientIdAssigned => ClientId::Assigned,
            _ => ClientId::Field(path::follow(call, &side.descriptor)?),
        };
        return Ok(Found { what, why: said(call) });
    }
    if let Some(found) = source::option(context)? {
        return Ok(found);
    }
    Ok(field::find(context, side)?.map(ClientId::Field))
}
