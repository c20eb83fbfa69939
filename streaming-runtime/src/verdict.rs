//! What a reply means for the request that it names.

use crate::{
    contract::{Awaits, ReplyRef},
    error::Rejection,
};

/// What a reply means for the request with its id.
pub(crate) enum Verdict {
    /// It is the outcome: the message, or the failure that it tells.
    Ends(Option<Rejection>),
    /// A good ack, while a typed reply is awaited.
    Noted,
    /// It carries the id but is neither what is awaited nor an ack.
    Stray,
}

pub(crate) fn verdict(awaits: Awaits, reply: &ReplyRef<'_>) -> Verdict {
    let rejection = reply.failure.map(|failed| Rejection {
        message: failed.message.to_owned(),
        error: failed.error.to_owned(),
    });
    let awaited = match awaits {
        Awaits::Reported => {
            return if reply.ack { Verdict::Ends(None) } else { Verdict::Stray };
        }
        Awaits::Whole => return Verdict::Ends(None),
        Awaits::Any => true,
        Awaits::Ack => reply.ack,
        Awaits::Variant(variant) => reply.variant == Some(variant),
    };
    match rejection {
        Some(rejection) => Verdict::Ends(Some(rejection)),
        None if awaited => Verdict::Ends(None),
        None if reply.ack => Verdict::Noted,
        None => Verdict::Stray,
    }
}
