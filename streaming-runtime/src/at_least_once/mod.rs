//! Requests that are sent again on a client's next stream.

mod call;
#[cfg(feature = "cluster")]
mod session;
#[cfg(test)]
mod tests;

use std::{
    future::Future,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
    time::Duration,
};

use call::{Call, Outcome};
#[cfg(feature = "cluster")]
pub(crate) use session::OfSession;

#[cfg(any(feature = "link", feature = "cluster"))]
use crate::session::Client;
use crate::{
    context::Context as Shared,
    contract::{Awaits, Contract, Overflow, UniqueIds},
    elsewhere::Elsewhere,
    error::RequestError,
    expected::Expected,
    hub::Hub,
    id::IdRef,
    macros::impl_debug,
    session::Session,
    target::{ClientTarget, OneClient, Request},
};

/// A command is not kept longer than this.
const LONGEST: Duration = Duration::from_mins(5);

/// A client by its id, whichever session it has: what a command can be sent to again.
///
/// A link is one too: its hub, whichever stream leads to it.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a client by its id",
    label = "a session ends, and with it what is sent to it",
    note = "`.at_least_once()` works on `hub.client(id)`, which is whoever holds the id: `hub.client(client.id())`"
)]
pub trait ById<C: Contract>: OneClient<C> {
    #[doc(hidden)]
    fn peer(&self) -> Peer<'_, C>;
}

/// Who is sent to again.
#[doc(hidden)]
#[derive(Debug)]
pub enum Peer<'a, C: Contract> {
    /// A client of a hub, whose sessions come and go.
    Client(&'a Hub<C>, IdRef<'a>),
    /// One session and no other: of a link, which has one for all its streams, or of a client that another node sends to.
    #[cfg(any(feature = "link", feature = "cluster"))]
    Session(&'a Client<C>),
}

impl<C: Contract> Peer<'_, C> {
    fn context(&self) -> &Shared {
        match self {
            Self::Client(hub, _) => &hub.0.context,
            #[cfg(any(feature = "link", feature = "cluster"))]
            Self::Session(client) => &client.0.context,
        }
    }

    fn id(&self) -> IdRef<'_> {
        match self {
            Self::Client(_, id) => *id,
            #[cfg(any(feature = "link", feature = "cluster"))]
            Self::Session(client) => IdRef::Str(client.id()),
        }
    }

    /// The other nodes, which may have the client, if there are any.
    fn elsewhere(&self) -> Option<&Arc<dyn Elsewhere<C>>> {
        match self {
            Self::Client(hub, _) => hub.elsewhere(),
            #[cfg(any(feature = "link", feature = "cluster"))]
            Self::Session(_) => None,
        }
    }

    fn session(&self) -> Option<Arc<Session<C>>> {
        match self {
            Self::Client(hub, id) => hub.session(*id),
            #[cfg(any(feature = "link", feature = "cluster"))]
            Self::Session(client) => Some(client.0.clone()).filter(|session| !session.has_ended()),
        }
    }

    /// What ends a request of whose peer no stream will come, if none will; `sent` tells whether a transport has taken it.
    fn gone(&self, sent: bool) -> Option<RequestError> {
        let lost = RequestError::Disconnected { sent };
        match self {
            Self::Client(hub, _) if !hub.0.context.gate.is_closed() => None,
            Self::Client(..) => Some(if sent { lost } else { RequestError::Draining }),
            #[cfg(any(feature = "link", feature = "cluster"))]
            Self::Session(client) => client.0.has_ended().then_some(lost),
        }
    }
}

impl<C: Contract> ById<C> for ClientTarget<'_, C> {
    fn peer(&self) -> Peer<'_, C> {
        Peer::Client(self.hub, self.id)
    }
}

/// A command that is sent when this is awaited, and again with the same id whenever the client gets a new stream before it
/// has answered. Made by [`Request::at_least_once`].
///
/// A client that is not connected is waited for. A command that is still queued when its client comes back to its session
/// is sent once.
///
/// # Errors
/// * [`Timeout`](RequestError::Timeout): no answer in time. The command may have been executed, several times too.
/// * [`Rejected`](RequestError::Rejected): the client's answer was that it failed.
/// * [`Backlog`](RequestError::Backlog): its handlers do not keep up, and its answer cannot be waited for any longer.
/// * [`Overflow`](RequestError::Overflow), [`TooLarge`](RequestError::TooLarge) and
///   [`DuplicateId`](RequestError::DuplicateId) as for any request, while no transport has taken the command. Afterwards it
///   may have been executed, and so they end it no more: it waits for room, whatever its send says about full outboxes, or
///   for the client's next stream.
/// * [`Draining`](RequestError::Draining) and [`Disconnected { sent: true }`](RequestError::Disconnected) where the hub
///   drains and the client has left, or has not come: there will be no new stream. Which of the two says whether the
///   transport had taken the command. A client that the hub still serves is waited for. Of a link that has ended:
///   [`Disconnected`](RequestError::Disconnected).
///
/// # Cancel safety
/// Dropped before it is ready, nothing stays registered, and the command is not sent again; it may have been sent.
#[must_use = "a request is sent when this is awaited"]
pub struct AtLeastOnce<T, C: Contract, R> {
    kept: Kept<T, C>,
    expected: Expected<C::Message, R>,
    /// [`Kept::poll`], so that only the method that makes this asks for a client by its id.
    poll: PollKept<T, C>,
}

type PollKept<T, C> = fn(&mut Kept<T, C>, Awaits, &mut Context<'_>) -> Poll<Outcome<C>>;

struct Kept<T, C: Contract> {
    state: State<T, C>,
    overflow: Option<Overflow>,
    timeout: Option<Duration>,
}

enum State<T, C: Contract> {
    Idle(T, C::Command),
    Open(Box<Call<T, C>>),
    Ended,
}

impl<T, C: Contract, R> Request<T, C, R> {
    /// Sends the command again, with the same id, whenever the client gets a new stream, until it has answered or the
    /// timeout has passed: for commands that must arrive. The hub keeps the command, so it dies with the process.
    ///
    /// A client that does not know by the id what it has executed already may execute it several times; without this, no
    /// command is sent twice. Its ids must have 64 bits or more, so that none comes a second time.
    ///
    /// ```
    /// # use streaming_runtime::{Contract, Hub, contract::{Replies, UniqueIds}, RequestError, Sending, ClientTarget};
    /// # async fn example<C: Contract + Replies<V> + UniqueIds, V>(
    /// #     sending: Sending<ClientTarget<'_, C>, C, V>,
    /// # ) -> Result<(), RequestError> {
    /// use std::time::Duration;
    ///
    /// // hub.client("bot-123").stop(..)
    /// sending.reply().at_least_once().timeout(Duration::from_mins(2)).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn at_least_once(self) -> AtLeastOnce<T, C, R>
    where
        T: ById<C>,
        C: UniqueIds,
    {
        let ((idle, overflow), timeout, expected) = self.into_parts();
        let state = idle.map_or(State::Ended, |(target, command)| State::Idle(target, command));
        AtLeastOnce { kept: Kept { state, overflow, timeout }, expected, poll: Kept::poll }
    }
}

impl<T, C: Contract, R> AtLeastOnce<T, C, R> {
    /// Bounds it as a whole, from the first poll on: waiting for the client, queueing, the answer. Default
    /// `reply_timeout`; at most 5 minutes, and what is longer is cut to that.
    pub fn timeout(mut self, within: Duration) -> Self {
        self.kept.timeout = Some(within);
        self
    }
}

impl<T: ById<C>, C: Contract> Kept<T, C> {
    fn poll(&mut self, awaits: Awaits, cx: &mut Context<'_>) -> Poll<Outcome<C>> {
        if let State::Idle(..) = self.state
            && let State::Idle(target, command) = std::mem::replace(&mut self.state, State::Ended)
        {
            let default = target.peer().context().config.reply_timeout;
            let within = self.timeout.unwrap_or(default).min(LONGEST);
            let call = Call::new(target, command, self.overflow, awaits, within);
            self.state = State::Open(Box::new(call));
        }
        let State::Open(call) = &mut self.state else {
            return Poll::Pending;
        };
        let outcome = ready!(call.poll(cx));
        self.state = State::Ended;
        Poll::Ready(outcome)
    }
}

/// Nothing in it is pinned.
impl<T, C: Contract, R> Unpin for AtLeastOnce<T, C, R> {}

impl<T, C: Contract, R> Future for AtLeastOnce<T, C, R> {
    type Output = Result<R, RequestError>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = &mut *self;
        let outcome = ready!((this.poll)(&mut this.kept, this.expected.awaits, cx));
        Poll::Ready(this.expected.take(outcome))
    }
}

impl_debug!([T, C: Contract, R] AtLeastOnce<T, C, R>, |_request| C::NAME);
