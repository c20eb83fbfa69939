//! The handle on one session, and what is known of it.

use std::sync::Arc;

use super::Session;
use crate::{
    contract::Contract, error::HandlerError, id::ClientId, info::SessionInfo, macros::impl_debug,
    outbox::Refused, status::Reason,
};

/// The handle on one session. Cheap to clone; after the session's end every call says so.
pub struct Client<C: Contract>(pub(crate) Arc<Session<C>>);

impl<C: Contract> Client<C> {
    /// The client's id.
    #[must_use]
    pub fn id(&self) -> &ClientId {
        self.0.id()
    }

    /// What is known of the session.
    #[must_use]
    pub fn session(&self) -> &SessionInfo {
        &self.0.info
    }

    /// Ends the session with status `OK`: its handlers finish, what is queued is written, then the stream ends.
    ///
    /// `reason` goes to `on_disconnect` and the log, and to the client where the contract has a goodbye. Never waits; a session that has ended already stays as it is.
    pub fn close(&self, reason: impl Into<String>) {
        self.0.end(Reason::Closed(reason.into()));
    }

    /// Sends a bare ack, without waiting and ahead of what is queued. A client that lets them pile up is dropped.
    #[doc(hidden)]
    pub fn answer_now(&self, command: C::Command) {
        let session = &self.0;
        match session.entry(command).map(|ack| session.outbox.push_ack(ack)) {
            Ok(Ok(()) | Err(Refused::Closed)) => {}
            Ok(Err(Refused::Full)) if !session.context.is_link => session.end(Reason::Stalled),
            // Nobody waits for it whom this could be told.
            refused => session.errors.answer_lost::<C>(self.id(), refused.err()),
        }
    }

    /// Logs an error that no `#[on_error]` takes, at most once per second and client.
    pub(super) fn log_handler_error(&self, error: &HandlerError) {
        if self.0.errors.is_due() {
            tracing::error!(client = %self.id(), rpc = C::NAME, variant = error.variant, "{error}");
        }
    }
}

impl<C: Contract> Clone for Client<C> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl_debug!([C: Contract] Client<C>, |client| client.id());

/// How a session ended.
pub struct Disconnect<C: Contract> {
    /// Why.
    pub reason: Reason,
    /// Commands that were accepted and never written, in order. Requests are not among them: they got their error.
    pub undelivered: Vec<C::Command>,
}

impl_debug!([C: Contract] Disconnect<C>, |end| end.reason, end.undelivered.len());
