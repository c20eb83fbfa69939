//! A stream that was told, before it said who it is, that it goes on with a session.

use std::sync::Arc;

use crate::{
    contract::Contract,
    id::ClientId,
    planted::planted,
    resume::{Arrival, Key, Keys},
    session::Session,
    status::Refusal,
};

/// The session waits for it as long as this is there.
pub(crate) struct Reserved<C: Contract> {
    session: Arc<Session<C>>,
    key: Key,
}

impl<C: Contract> Reserved<C> {
    /// The session with this key, if a stream can go on with it.
    pub(crate) fn of(keys: &Keys<Session<C>>, key: Key) -> Option<Self> {
        planted!(IgnoresKeys => return None);
        let session = keys.find(key).filter(|session| session.is_live())?;
        session.seat.reserve(key).then_some(Self { session, key })
    }

    /// The stream goes on with the session, and gets a key of its own, `next`; gives the session, and the stream's number
    /// in its outbox. The client must be the same, and whoever it has proven to be; else everything stays as it was.
    pub(crate) fn resume(
        &self,
        id: &ClientId,
        subject: Option<&str>,
        keys: &Keys<Session<C>>,
        next: Key,
        arrival: impl FnOnce(u32) -> Arrival<C::Message>,
    ) -> Result<(&Arc<Session<C>>, u32), Refusal> {
        let session = &self.session;
        if session.id() != id {
            return Err(Refusal::NotItsSession);
        }
        if session.info.subject() != subject {
            return Err(Refusal::NotAllowed);
        }
        // Before the session knows it, so that the session's end finds it.
        keys.insert(next, session);
        let mut number = None;
        session.seat.arrive(self.key, next, || {
            let stream = *number.insert(session.outbox.switch());
            arrival(stream)
        });
        let Some(stream) = number else {
            keys.remove(next);
            return Err(Refusal::Superseded);
        };
        keys.remove(self.key);
        session.arrived();
        Ok((session, stream))
    }
}

impl<C: Contract> Drop for Reserved<C> {
    fn drop(&mut self) {
        self.session.seat.release();
    }
}
