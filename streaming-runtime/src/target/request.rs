//! A command that waits for its answer.

use std::{
    future::Future,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
    time::Duration,
};

use tokio::time::{Sleep, sleep, sleep_until};

use super::{OneClient, WaitingForRoom, accept::hand_over, sending::Parts};
use crate::{
    contract::{Awaits, Contract, Overflow},
    elsewhere::{Asked, Later},
    error::{RequestError, SendError},
    expected::Expected,
    id::ClientId,
    macros::impl_debug,
    metrics::Watch,
    planted::planted,
    session::{Client, Session, Slot, Unregistered},
};

/// A command that is sent, and whose answer is read, when this is awaited.
///
/// # Errors
/// One [`RequestError`] for each way in which no good answer comes.
///
/// # Cancel safety
/// Dropped before it is ready, nothing stays registered; the command may have been sent.
#[must_use = "a request is sent when this is awaited"]
pub struct Request<T, C: Contract, R> {
    call: Call<T, C>,
    expected: Expected<C::Message, R>,
    /// [`Call::poll`], so that only the methods that make a request ask for a target that is one client.
    poll: PollCall<T, C>,
}

/// What a request begins with, unless it was sent already; its timeout, and what is awaited.
pub(crate) type RequestParts<T, C, R> =
    (Parts<T, C>, Option<Duration>, Expected<<C as Contract>::Message, R>);

type PollCall<T, C> = fn(&mut Call<T, C>, Awaits, &mut Context<'_>) -> Polled<C>;

type Polled<C> = Poll<Result<<C as Contract>::Message, RequestError>>;

struct Call<T, C: Contract> {
    state: State<T, C>,
    overflow: Option<Overflow>,
    timeout: Option<Duration>,
}

enum State<T, C: Contract> {
    Idle(T, C::Command),
    Open(Open<C>),
    Elsewhere(Later<Result<C::Message, RequestError>>),
    Ended,
}

/// A request on its way.
pub(crate) struct Open<C: Contract> {
    request: Registered<C>,
    waiting: Option<WaitingForRoom<C>>,
    timeout: Pin<Box<Sleep>>,
}

/// A request that is registered with its session, until this is dropped.
pub(crate) struct Registered<C: Contract> {
    pub(crate) session: Arc<Session<C>>,
    pub(crate) slot: Arc<Slot<C::Message>>,
    pub(crate) watch: Watch,
}

impl<C: Contract> Registered<C> {
    /// Under this id.
    pub(crate) fn new(
        session: &Arc<Session<C>>,
        id: ClientId,
        awaits: Awaits,
    ) -> Result<Self, Unregistered> {
        let slot = session.pending.register(id, awaits)?;
        session.read_on();
        let watch = Watch::new::<C>(&session.context.meters, session.id(), &slot.id);
        Ok(Self { session: session.clone(), slot, watch })
    }
}

impl<C: Contract> Drop for Registered<C> {
    fn drop(&mut self) {
        planted!(KeepsRequests => return);
        self.session.pending.forget(&self.slot);
        self.watch.end(&self.session.context.meters);
    }
}

impl<T: OneClient<C>, C: Contract, R> Request<T, C, R> {
    pub(super) fn new(parts: Parts<T, C>, expected: Expected<C::Message, R>) -> Self {
        let (idle, overflow) = parts;
        let state = idle.map_or(State::Ended, |(target, command)| State::Idle(target, command));
        Self { call: Call { state, overflow, timeout: None }, expected, poll: Call::poll }
    }
}

impl<T, C: Contract, R> Request<T, C, R> {
    /// Bounds queueing and answer together. Default `reply_timeout`.
    pub fn timeout(mut self, within: Duration) -> Self {
        self.call.timeout = Some(within);
        self
    }

    pub(crate) fn into_parts(self) -> RequestParts<T, C, R> {
        let Call { state, overflow, timeout } = self.call;
        let idle = match state {
            State::Idle(target, command) => Some((target, command)),
            State::Open(_) | State::Elsewhere(_) | State::Ended => None,
        };
        ((idle, overflow), timeout, self.expected)
    }
}

impl<T: OneClient<C>, C: Contract> Call<T, C> {
    fn poll(&mut self, awaits: Awaits, cx: &mut Context<'_>) -> Polled<C> {
        if let State::Idle(target, command) = &mut self.state {
            let (overflow, timeout) = (self.overflow, self.timeout);
            // Commands are large, and taken from where they are.
            let begun = target.with_client(command, |Client(session), command| {
                let within = timeout.unwrap_or(session.context.config.reply_timeout);
                Open::start(session, command, overflow, awaits, within, T::ENDED).map(State::Open)
            });
            let begun = begun.unwrap_or_else(|command| {
                let (hub, id) = target.by_id().ok_or(T::ENDED)?;
                let elsewhere = hub.elsewhere().ok_or(T::ENDED)?;
                let within = timeout.unwrap_or(hub.0.context.config.reply_timeout);
                let command = std::mem::take(command);
                let asked = Asked { command, overflow, awaits, within, again: false };
                Ok(State::Elsewhere(elsewhere.request(id.into(), asked)))
            });
            self.state = State::Ended;
            self.state = begun?;
        }
        let outcome = match &mut self.state {
            State::Open(open) => ready!(open.poll(cx)),
            State::Elsewhere(request) => ready!(request.as_mut().poll(cx)),
            State::Idle(..) | State::Ended => return Poll::Pending,
        };
        self.state = State::Ended;
        Poll::Ready(outcome)
    }
}

impl<C: Contract> Open<C> {
    pub(crate) fn start(
        session: &Arc<Session<C>>,
        command: &mut C::Command,
        overflow: Option<Overflow>,
        awaits: Awaits,
        within: Duration,
        ended: SendError,
    ) -> Result<Self, RequestError> {
        let request = register(session, command, awaits).map_err(|why| match why {
            Unregistered::Duplicate(id) => RequestError::DuplicateId(id.to_string()),
            Unregistered::Closed => session.turned_away(ended.clone()).into(),
        })?;
        let slot = Some(request.slot.clone());
        let waiting = hand_over(session, command, overflow, slot, ended)?;
        let deadline = request.slot.since.checked_add(within);
        let timeout = Box::pin(deadline.map_or_else(|| sleep(within), sleep_until));
        Ok(Self { request, waiting, timeout })
    }

    pub(crate) fn poll(&mut self, cx: &mut Context<'_>) -> Polled<C> {
        let polled = self.poll_outcome(cx);
        self.request.watch.see(&polled);
        polled
    }

    fn poll_outcome(&mut self, cx: &mut Context<'_>) -> Polled<C> {
        if let Some(waiting) = &mut self.waiting
            && let Poll::Ready(handed_over) = Pin::new(waiting).poll(cx)
        {
            self.waiting = None;
            handed_over?;
        }
        if let Poll::Ready(outcome) = self.request.slot.poll_outcome(cx) {
            return Poll::Ready(outcome);
        }
        planted!(TimesOutEarly => return Poll::Ready(Err(RequestError::Timeout)));
        self.timeout.as_mut().poll(cx).map(|()| Err(RequestError::Timeout))
    }
}

/// Registers under the command's own id, or under a new one where it is empty.
pub(crate) fn register<C: Contract>(
    session: &Arc<Session<C>>,
    command: &mut C::Command,
    awaits: Awaits,
) -> Result<Registered<C>, Unregistered> {
    if let Some(id) = C::command_id(command).filter(|id| !id.is_empty()) {
        return Registered::new(session, id.into(), awaits);
    }
    let kind = C::COMMAND_ID.expect("only a contract with command ids has replies");
    loop {
        let id = session.context.ids.next(kind, &session.next_id);
        match Registered::new(session, id.as_ref().into(), awaits) {
            // Small ids can meet one that the caller of another request chose.
            Err(Unregistered::Duplicate(_)) => {}
            registered => {
                C::set_command_id(command, id);
                return registered;
            }
        }
    }
}

impl<T: Unpin, C: Contract, R> Future for Request<T, C, R> {
    type Output = Result<R, RequestError>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = &mut *self;
        let outcome = ready!((this.poll)(&mut this.call, this.expected.awaits, cx));
        Poll::Ready(this.expected.take(outcome))
    }
}

impl_debug!([T, C: Contract, R] Request<T, C, R>, |_request| C::NAME);
