//! A command that waits for its answer.

use std::{
    future::Future,
    marker::PhantomData,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use tokio::time::{Sleep, sleep};

use super::{Accept, OneClient};
use crate::{
    contract::{Acks, Awaits, Contract, Replies},
    error::RequestError,
    macros::impl_debug,
    session::{Session, Slot, Unregistered},
};

/// What a request waits for: [`Reply`] or [`Ack`].
pub trait Expected<C: Contract>: 'static {
    /// What comes out.
    type Output: Send + 'static;
    #[doc(hidden)]
    const AWAITS: Awaits;

    #[doc(hidden)]
    fn take(message: C::Message) -> Option<Self::Output>;
}

/// Waits for the typed reply of the command variant `V`.
#[derive(Debug)]
pub struct Reply<V>(PhantomData<fn() -> V>);

/// Waits for the ack, good or failed.
#[derive(Debug)]
pub struct Ack;

impl<C: Replies<V>, V: 'static> Expected<C> for Reply<V> {
    type Output = C::Reply;
    const AWAITS: Awaits = C::AWAITS;

    fn take(message: C::Message) -> Option<C::Reply> {
        C::into_reply(message)
    }
}

impl<C: Acks> Expected<C> for Ack {
    type Output = C::Ack;
    const AWAITS: Awaits = Awaits::Reported;

    fn take(message: C::Message) -> Option<C::Ack> {
        C::into_ack(message)
    }
}

/// A command that is sent, and whose answer is read, when this is awaited.
///
/// # Errors
/// One [`RequestError`] for each way in which no good answer comes.
///
/// # Cancel safety
/// Dropped before it is ready, nothing stays registered; the command may have been sent.
#[must_use = "a request is sent when this is awaited"]
pub struct Request<T, C: Contract, E> {
    state: State<T, C>,
    timeout: Option<Duration>,
    expected: PhantomData<fn() -> E>,
}

enum State<T, C: Contract> {
    Idle(T, C::Command),
    Open(Open<T, C>),
    Ended,
}

/// A request that is registered with its session.
struct Open<T, C: Contract> {
    session: Arc<Session<C>>,
    slot: Arc<Slot<C::Message>>,
    accept: Option<Accept<T, C>>,
    timeout: Pin<Box<Sleep>>,
}

impl<T, C: Contract, E> Request<T, C, E> {
    pub(super) fn new(idle: Option<(T, C::Command)>) -> Self {
        Self {
            state: idle.map_or(State::Ended, |(target, command)| State::Idle(target, command)),
            timeout: None,
            expected: PhantomData,
        }
    }

    /// Bounds queueing and answer together. Default `reply_timeout`.
    pub fn timeout(mut self, within: Duration) -> Self {
        self.timeout = Some(within);
        self
    }
}

impl<T: OneClient<C>, C: Contract> Open<T, C> {
    fn start(
        target: T,
        mut command: C::Command,
        awaits: Awaits,
        within: Option<Duration>,
    ) -> Result<Self, RequestError> {
        let session = target.with_client(|client| client.0.clone())?;
        let slot = register(&session, &mut command, awaits).map_err(|why| match why {
            Unregistered::Duplicate(id) => RequestError::DuplicateId(id.to_string()),
            Unregistered::Closed => T::ENDED.into(),
        })?;
        session.read_on();
        let within = within.unwrap_or(session.context.config.reply_timeout);
        Ok(Self {
            accept: Some(Accept::new(target, command, Some(slot.clone()))),
            slot,
            session,
            timeout: Box::pin(sleep(within)),
        })
    }

    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Result<C::Message, RequestError>> {
        if let Some(accept) = &mut self.accept {
            match Pin::new(accept).poll(cx) {
                Poll::Ready(Ok(())) => self.accept = None,
                Poll::Ready(Err(error)) => return Poll::Ready(Err(error.into())),
                Poll::Pending => {}
            }
        }
        if let Poll::Ready(outcome) = self.slot.poll_outcome(cx) {
            return Poll::Ready(outcome);
        }
        self.timeout.as_mut().poll(cx).map(|()| Err(RequestError::Timeout))
    }
}

impl<T, C: Contract> Drop for Open<T, C> {
    fn drop(&mut self) {
        self.session.pending.forget(&self.slot);
    }
}

/// Registers under the command's own id, or under a new one where it is empty.
fn register<C: Contract>(
    session: &Session<C>,
    command: &mut C::Command,
    awaits: Awaits,
) -> Result<Arc<Slot<C::Message>>, Unregistered> {
    if let Some(id) = C::command_id(command).filter(|id| !id.is_empty()) {
        return session.pending.register(id.into(), awaits);
    }
    let kind = C::COMMAND_ID.expect("only a contract with command ids has replies");
    loop {
        let id = session.context.ids.next(kind, &session.next_id);
        match session.pending.register(id.as_ref().into(), awaits) {
            // Small ids can meet one that the caller of another request chose.
            Err(Unregistered::Duplicate(_)) => {}
            registered => {
                C::set_command_id(command, id);
                return registered;
            }
        }
    }
}

impl<T: OneClient<C>, C: Contract, E: Expected<C>> Future for Request<T, C, E> {
    type Output = Result<E::Output, RequestError>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        if let State::Idle(..) = self.state
            && let State::Idle(target, command) = std::mem::replace(&mut self.state, State::Ended)
        {
            match Open::start(target, command, E::AWAITS, self.timeout) {
                Ok(open) => self.state = State::Open(open),
                Err(error) => return Poll::Ready(Err(error)),
            }
        }
        let State::Open(open) = &mut self.state else {
            return Poll::Pending;
        };
        let Poll::Ready(outcome) = open.poll(cx) else {
            return Poll::Pending;
        };
        self.state = State::Ended;
        Poll::Ready(outcome.map(|message| {
            E::take(message).expect("a request ends only with the message that it awaits")
        }))
    }
}

impl_debug!([T, C: Contract, E] Request<T, C, E>, |_request| C::NAME);
