//! The id of a stream's client: from a message, a header, the identity, or made up.

use tokio::time::{Instant, timeout_at};
use tonic::{
    Status, Streaming,
    metadata::{Ascii, Binary, MetadataMap, MetadataValue},
};

use super::{Handshake, Identity};
use crate::{
    contract::{ClientIdSource, Contract},
    id::{ClientId, IdRef},
    status::{Reason, Refusal},
};

const MAX_ID_BYTES: usize = 128;

/// A stream whose client is known.
#[derive(Debug)]
pub(crate) struct Identified<M> {
    pub(crate) id: ClientId,
    /// The message that told, if one did; it goes to its handler like any other.
    pub(crate) first: Option<M>,
}

/// The id of a client that need not say a word; `None` where its first message tells.
///
/// # Errors
/// The status with which the stream is refused.
pub(crate) fn known<C: Contract>(
    handshake: &Handshake,
    identity: Option<&Identity>,
) -> Result<Option<ClientId>, Status> {
    let id = match C::CLIENT_ID {
        ClientIdSource::Message | ClientIdSource::Computed => return Ok(None),
        ClientIdSource::Metadata(name) => header(handshake.metadata(), name),
        ClientIdSource::Authenticated => {
            identity.and_then(Identity::exact_id).cloned().ok_or(Refusal::NotExact).and_then(valid)
        }
        ClientIdSource::Assigned => Ok(uuid::Uuid::now_v7().to_string().into()),
    };
    permitted::<C>(id, identity).map(Some)
}

/// Reads the first message and takes the client id out of it.
///
/// # Errors
/// The status with which the stream is refused.
pub(crate) async fn first<C: Contract>(
    input: &mut Streaming<C::Message>,
    until: Instant,
    identity: Option<&Identity>,
) -> Result<Identified<C::Message>, Status> {
    let first = match timeout_at(until, input.message()).await {
        Err(_) => return Err(Refusal::IdentifyTimeout.status()),
        Ok(Err(status)) => return Err(Reason::input_failed(status).status()),
        Ok(Ok(None)) => return Err(Refusal::NoId.status()),
        Ok(Ok(Some(first))) => first,
    };
    let id = match C::CLIENT_ID {
        ClientIdSource::Computed => C::compute_client_id(&first),
        _ => C::client_id(&first).filter(|id| !id.is_empty()).map(ClientId::from),
    };
    let id = id.filter(|id| !id.is_empty()).ok_or(Refusal::NoId).and_then(valid);
    Ok(Identified { id: permitted::<C>(id, identity)?, first: Some(first) })
}

/// Whether `message` names another client than `id`.
pub(crate) fn names_another<C: Contract>(message: &C::Message, id: &ClientId) -> bool {
    match C::CLIENT_ID {
        ClientIdSource::Message => C::client_id(message).is_some_and(|named| {
            !named.is_empty() && !named.with_str(|named| named == id.as_str())
        }),
        ClientIdSource::Computed => {
            C::compute_client_id(message).is_some_and(|named| !named.is_empty() && named != *id)
        }
        ClientIdSource::Metadata(_) | ClientIdSource::Authenticated | ClientIdSource::Assigned => {
            false
        }
    }
}

fn permitted<C: Contract>(
    id: Result<ClientId, Refusal>,
    identity: Option<&Identity>,
) -> Result<ClientId, Status> {
    let id = id.map_err(Refusal::status)?;
    let Some(identity) = identity else { return Ok(id) };
    if identity.valid_for().is_some_and(|left| left.is_zero()) {
        return Err(Reason::IdentityExpired.status());
    }
    // Nobody claims an id that the hub has made up.
    if C::CLIENT_ID != ClientIdSource::Assigned && !identity.allows(&id) {
        return Err(Refusal::NotAllowed.status());
    }
    Ok(id)
}

fn valid(id: ClientId) -> Result<ClientId, Refusal> {
    if is_valid(&id) { Ok(id) } else { Err(Refusal::BadId) }
}

/// Whether a client may have this id.
pub(crate) fn is_valid(id: &ClientId) -> bool {
    (1..=MAX_ID_BYTES).contains(&id.len()) && !id.chars().any(char::is_control)
}

/// The id in a header. One that comes twice names nobody: what a proxy adds must not be told from what a client adds.
fn header(metadata: &MetadataMap, name: &'static str) -> Result<ClientId, Refusal> {
    let id: Option<ClientId> = if name.ends_with("-bin") {
        let value: &MetadataValue<Binary> =
            only(metadata.get_all_bin(name)).ok_or(Refusal::NoHeader(name))?;
        value.to_bytes().ok().map(|bytes| IdRef::Bytes(&bytes).into())
    } else {
        let value: &MetadataValue<Ascii> =
            only(metadata.get_all(name)).ok_or(Refusal::NoHeader(name))?;
        value.to_str().ok().map(ClientId::from)
    };
    id.and_then(|id| valid(id).ok()).ok_or(Refusal::BadHeader(name))
}

fn only<T>(values: impl IntoIterator<Item = T>) -> Option<T> {
    let mut values = values.into_iter();
    values.next().filter(|_| values.next().is_none())
}
