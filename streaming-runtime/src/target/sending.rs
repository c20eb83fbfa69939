//! A command on its way to a target.

use std::{
    future::Future,
    marker::PhantomData,
    pin::Pin,
    task::{Context, Poll},
};

use super::{
    OneClient, Target,
    request::{Ack, Reply, Request},
};
use crate::{
    contract::{Acks, Contract, Replies},
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
    Idle(T, C::Command),
    Accepting(T::Accepting),
    /// Only while the state changes.
    Moved,
}

impl<T: Target<C>, C: Contract, V> Sending<T, C, V> {
    #[doc(hidden)]
    pub fn new(target: T, command: C::Command) -> Self {
        Self { state: State::Idle(target, command), variant: PhantomData }
    }

    /// Changes the command first: its other top-level fields, the command id for instance.
    pub fn with(mut self, change: impl FnOnce(&mut C::Command)) -> Self {
        if let State::Idle(_, command) = &mut self.state {
            change(command);
        }
        self
    }

    /// Waits for the typed reply. A failed ack is an error.
    pub fn reply(self) -> Request<T, C, Reply<V>>
    where
        T: OneClient<C>,
        C: Replies<V>,
    {
        self.request()
    }

    /// Waits for the ack, and gives it as it is, good or failed.
    pub fn ack(self) -> Request<T, C, Ack>
    where
        T: OneClient<C>,
        C: Acks,
    {
        self.request()
    }

    fn request<E>(self) -> Request<T, C, E>
    where
        T: OneClient<C>,
    {
        match self.state {
            State::Idle(target, command) => Request::new(Some((target, command))),
            State::Accepting(_) | State::Moved => Request::new(None),
        }
    }
}

impl<T: Target<C>, C: Contract, V> Future for Sending<T, C, V> {
    type Output = T::Output;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<T::Output> {
        if let State::Idle(..) = self.state
            && let State::Idle(target, command) = std::mem::replace(&mut self.state, State::Moved)
        {
            self.state = State::Accepting(target.accept(command));
        }
        match &mut self.state {
            State::Accepting(accepting) => Pin::new(accepting).poll(cx),
            State::Idle(..) | State::Moved => Poll::Pending,
        }
    }
}

impl_debug!([T: Target<C>, C: Contract, V] Sending<T, C, V>, |_sending| C::NAME);
