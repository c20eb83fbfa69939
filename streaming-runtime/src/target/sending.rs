//! A command on its way to a target.

use std::{
    future::Future,
    marker::PhantomData,
    pin::Pin,
    task::{Context, Poll, ready},
};

use super::{OneClient, Started, Target, request::Request};
use crate::{
    contract::{Acks, Contract, Overflow, Replies},
    expected::Expected,
    macros::impl_debug,
};

/// The `V` of a whole command given to `send`, whose variant is not known at compile time.
#[derive(Debug)]
pub struct Whole;

/// A command that is sent when this is awaited.
///
/// Its output says that the command was accepted by the client's outbox, not that it arrived: gRPC confirms nothing.
/// [`reply`](Self::reply) and [`ack`](Self::ack) wait for the client's answer instead.
///
/// # Cancel safety
/// Dropped before it is ready, it has left nothing.
#[must_use = "a command is sent when this is awaited"]
pub struct Sending<T: Target<C>, C: Contract, V> {
    state: State<T, C>,
    variant: PhantomData<fn() -> V>,
}

enum State<T: Target<C>, C: Contract> {
    /// With the send's own word on a full outbox.
    Idle(T, C::Command, Option<Overflow>),
    Waiting(T::Waiting),
    Over,
}

impl<T: Target<C>, C: Contract, V> Sending<T, C, V> {
    #[doc(hidden)]
    pub fn new(target: T, command: C::Command) -> Self {
        Self { state: State::Idle(target, command, None), variant: PhantomData }
    }

    /// Changes the command first: its other top-level fields, the command id for instance.
    pub fn with(mut self, change: impl FnOnce(&mut C::Command)) -> Self {
        if let State::Idle(_, command, _) = &mut self.state {
            change(command);
        }
        self
    }

    /// What happens where the outbox is full. Default: what the command's variant says, else the hub's `overflow`.
    pub fn overflow(mut self, overflow: Overflow) -> Self {
        if let State::Idle(.., own) = &mut self.state {
            *own = Some(overflow);
        }
        self
    }

    /// Waits for the typed reply. A failed ack is an error.
    pub fn reply<R>(self) -> Request<T, C, R>
    where
        T: OneClient<C>,
        C: Replies<V, Reply = R>,
    {
        Request::new(self.into_parts(), Expected::reply::<C, V>())
    }

    /// Waits for the ack, and gives it as it is, good or failed.
    pub fn ack<R>(self) -> Request<T, C, R>
    where
        T: OneClient<C>,
        C: Acks<Ack = R>,
    {
        Request::new(self.into_parts(), Expected::ack::<C>())
    }

    pub(crate) fn into_parts(self) -> Parts<T, C> {
        match self.state {
            State::Idle(target, command, overflow) => (Some((target, command)), overflow),
            State::Waiting(_) | State::Over => (None, None),
        }
    }
}

/// What a request begins with: where to and what, unless it was sent already, and the send's word on a full outbox.
pub(crate) type Parts<T, C> = (Option<(T, <C as Contract>::Command)>, Option<Overflow>);

impl<T: Target<C>, C: Contract, V> Future for Sending<T, C, V> {
    type Output = T::Output;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<T::Output> {
        if let State::Idle(target, command, overflow) = &mut self.state {
            // Commands are large, and taken from where they are.
            let started = target.start(command, *overflow);
            self.state = State::Over;
            match started {
                Started::Done(outcome) => return Poll::Ready(outcome),
                Started::Waits(waiting) => self.state = State::Waiting(waiting),
            }
        }
        let State::Waiting(waiting) = &mut self.state else {
            return Poll::Pending;
        };
        let outcome = ready!(Pin::new(waiting).poll(cx));
        self.state = State::Over;
        Poll::Ready(outcome)
    }
}

impl_debug!([T: Target<C>, C: Contract, V] Sending<T, C, V>, |_sending| C::NAME);
