//! The other end of a hub's stream: a client that says who it is, does what it is told and comes back.
//!
//! A link is a session turned round: what handlers, queues and requests do on the hub they do here, and the only
//! difference is that a link makes its streams itself.
//!
//! What it does comes from an impl with `#[bidi_streaming(path, client)]`. [`Link::builder`] says where the hub is and who
//! comes, [`Link::run`] makes the streams, one after the other, and typed senders, `link.trade(..)`, put messages into its
//! queue.
//!
//! # What it keeps
//!
//! - The first message of each stream says who comes; pings are answered ahead of all that is queued.
//! - A stream that is lost is opened again, after a random time within a bound that doubles from 2 s to 30 s, or when the hub
//!   says so. There is an end to it where the hub refuses the client (`UNAUTHENTICATED`, `PERMISSION_DENIED`,
//!   `INVALID_ARGUMENT`, `UNIMPLEMENTED`, `FAILED_PRECONDITION`) or another process has its id (`streaming-end: replaced`).
//! - What waits in the queue goes out on the next stream, in order. What the transport had taken is never sent again: whether
//!   it arrived, only an answer says.
//! - A command that comes again under its id is answered as before and not executed again: for 5 minutes, for the last 10,000
//!   of them, within this process, towards a hub.
//! - Where the hub has a `reconnect_grace`, its session goes on: groups, open requests, and what it had queued.

mod attempt;
mod backoff;
mod builder;
mod config;
mod end;
mod run;
mod state;
mod target;
#[cfg(test)]
mod tests;
mod ttl;
mod turned;

use std::{future::Future, sync::Arc};

use tokio::sync::watch;

pub use crate::lost::Lost;
pub use builder::{LinkBuilder, LinkError};
pub use config::LinkConfig;
pub use state::LinkState;

use crate::{
    contract::Linked,
    id::ClientId,
    macros::impl_debug,
    session::{Client, Handler},
    status::Reason,
    target::{Sending, Whole},
};
use state::Progress;

/// The handle on one link. Cheap to clone; it is not connected before [`run`](Self::run) is polled.
///
/// What is sent while there is no stream waits in the link's queue for the next one.
///
/// ```no_run
/// # use streaming_runtime::{Link, contract::Linked, session::Handler};
/// # async fn example<Connect: Linked, Bot: Handler<Connect::Turned>>(
/// #     bot: Bot,
/// #     message: Connect::Message,
/// # ) -> Result<(), Box<dyn std::error::Error>> {
/// let link = Link::<Connect>::builder("http://127.0.0.1:50051").client_id("bot-123").build()?;
/// let running = tokio::spawn(link.run(bot));
///
/// link.send(message).await?; // or `link.trade(..)`: a typed sender for each variant
///
/// link.close("end of the day");
/// running.await??;
/// # Ok(())
/// # }
/// ```
pub struct Link<C: Linked>(pub(crate) Client<C::Turned>);

impl<C: Linked> Link<C> {
    /// A link to the hub at `addr`, a URI: `http://127.0.0.1:50051`.
    pub fn builder(addr: impl Into<String>) -> LinkBuilder<C> {
        LinkBuilder::new(addr.into())
    }

    #[doc(hidden)]
    #[must_use]
    pub fn of(client: &Client<C::Turned>) -> Self {
        Self(client.clone())
    }

    /// The client's id; empty where the hub assigns it, or takes it from the identity.
    #[must_use]
    pub fn id(&self) -> &ClientId {
        self.0.id()
    }

    /// What the link is doing.
    #[must_use]
    pub fn state(&self) -> LinkState {
        self.progress().map_or(LinkState::Ended(None), |it| it.state.borrow().clone())
    }

    /// Sees each change of [`state`](Self::state).
    ///
    /// ```
    /// # use streaming_runtime::{Link, LinkState, contract::Linked};
    /// # async fn example<C: Linked>(link: &Link<C>) -> Result<(), Box<dyn std::error::Error>> {
    /// link.watch().wait_for(|state| matches!(state, LinkState::Online)).await?;
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn watch(&self) -> watch::Receiver<LinkState> {
        let none = || watch::Sender::new(LinkState::Ended(None)).subscribe();
        self.progress().map_or_else(none, |it| it.state.subscribe())
    }

    /// Sends a whole message. The client's id is put into it where it is empty.
    pub fn send(&self, message: C::Message) -> Sending<&Self, C::Turned, Whole> {
        Sending::new(self, message)
    }

    /// Ends the link: its handlers finish, what is queued is written, goodbye is said where the contract has one, and the
    /// stream is closed. Where there is no stream it waits for none, and what is queued is lost. Never waits;
    /// [`run`](Self::run) returns when all that is done.
    pub fn close(&self, reason: impl Into<String>) {
        self.0.0.end(Reason::Closed(reason.into()));
        if let Some(progress) = self.progress() {
            progress.close();
        }
    }

    /// Connects, and does what the hub says, until the link is closed or the hub says that it is of no use to come back.
    /// The future owns what it needs: await it, or spawn it as it is.
    ///
    /// # Errors
    /// How the stream was lost for good: the hub knows nobody by this token (`UNAUTHENTICATED`), another client of this id
    /// took over (`streaming-end: replaced`), and the like. All other ends are tried again. `FAILED_PRECONDITION` and
    /// nothing else where it was run before: a link is run once, so build another.
    ///
    /// # Cancel safety
    /// Dropped, it ends at once: handlers are dropped, and what is queued is lost.
    pub fn run<H: Handler<C::Turned>>(
        &self,
        bot: H,
    ) -> impl Future<Output = Result<(), Lost>> + Send + use<C, H> {
        let link = self.clone();
        async move { run::run(&link, Arc::new(bot)).await }
    }

    /// None where the session is no link's.
    fn progress(&self) -> Option<&Arc<Progress>> {
        self.0.session().extensions().get()
    }
}

impl<C: Linked> Clone for Link<C> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl_debug!([C: Linked] Link<C>, |link| link.0.id());
