//! Who is it: the client id in the first message of a stream.

use std::time::Duration;

use tonic::{Status, Streaming};

use crate::{
    contract::Contract,
    id::{ClientId, IdRef},
    status::{Reason, Refusal},
};

const MAX_ID_BYTES: usize = 128;

/// A stream whose client is known.
#[derive(Debug)]
pub(crate) struct Identified<M> {
    pub(crate) id: ClientId,
    /// The message that told; it goes to its handler like any other.
    pub(crate) first: M,
}

/// Reads the first message and takes the client id out of it.
///
/// # Errors
/// The status with which the stream is refused.
pub(crate) async fn identify<C: Contract>(
    input: &mut Streaming<C::Message>,
    within: Duration,
) -> Result<Identified<C::Message>, Status> {
    let first = match tokio::time::timeout(within, input.message()).await {
        Err(_) => return Err(Refusal::IdentifyTimeout.status()),
        Ok(Err(status)) => return Err(Reason::input_failed(status).status()),
        Ok(Ok(None)) => return Err(Refusal::NoId.status()),
        Ok(Ok(Some(first))) => first,
    };
    let id = C::client_id(&first)
        .filter(|id| !id.is_empty())
        .ok_or(Refusal::NoId)
        .and_then(checked)
        .map_err(Refusal::status)?;
    Ok(Identified { id, first })
}

fn checked(id: IdRef<'_>) -> Result<ClientId, Refusal> {
    let valid = |id: &str| id.len() <= MAX_ID_BYTES && !id.chars().any(char::is_control);
    if id.with_str(valid) { Ok(id.into()) } else { Err(Refusal::BadId) }
}
