//! Handing one command to one outbox, waiting for room where there is none.

use std::{
    future::Future,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use tokio::time::{Sleep, sleep};

use super::OneClient;
use crate::{
    contract::{Contract, Overflow, Variant},
    error::{RequestError, SendError},
    outbox::{Refused, Ticket},
    session::{Queued, Session, Slot},
    status::Reason,
};

/// Hands a command to a client's outbox.
///
/// # Cancel safety
/// Dropped before it is ready, it has left nothing.
#[must_use = "a command is sent when this is awaited"]
pub struct Accept<T, C: Contract> {
    target: T,
    command: Option<C::Command>,
    overflow: Option<Overflow>,
    request: Option<Arc<Slot<C::Message>>>,
    waiting: Option<Box<WaitingForRoom<C>>>,
}

/// The slow path, made only where the outbox is full.
struct WaitingForRoom<C: Contract> {
    session: Arc<Session<C>>,
    ticket: Ticket,
    entry: Option<Queued<C>>,
    timeout: Pin<Box<Sleep>>,
}

impl<T: OneClient<C>, C: Contract> Accept<T, C> {
    pub(super) fn new(
        target: T,
        command: C::Command,
        overflow: Option<Overflow>,
        request: Option<Arc<Slot<C::Message>>>,
    ) -> Self {
        Self { target, command: Some(command), overflow, request, waiting: None }
    }

    /// Hands the command over, or takes a place in the line.
    fn start(&mut self, command: C::Command) -> Result<(), SendError> {
        let (request, overflow) = (self.request.take(), self.overflow);
        let waiting = self.target.with_client(|client| {
            let session = &client.0;
            let entry = session.entry(command, request)?;
            Ok(offer(session, entry, overflow, T::ENDED)?.map(|entry| {
                Box::new(WaitingForRoom {
                    ticket: session.outbox.wait(),
                    session: session.clone(),
                    entry: Some(entry),
                    timeout: Box::pin(sleep(session.context.config.send_timeout)),
                })
            }))
        });
        self.waiting = waiting??;
        Ok(())
    }
}

/// Offers an entry to the session's outbox, and where there is no room does what its send says, else its variant, else
/// the hub. Where that is to wait, the entry comes back.
pub(crate) fn offer<C: Contract>(
    session: &Session<C>,
    entry: Queued<C>,
    overflow: Option<Overflow>,
    ended: SendError,
) -> Result<Option<Queued<C>>, SendError> {
    let entry = match session.outbox.push(entry) {
        Ok(()) => return Ok(None),
        Err(Refused::Closed) => return Err(session.turned_away(ended)),
        Err(Refused::Full(entry)) => entry,
    };
    let overflow = overflow.or_else(|| Variant::of_command::<C>(entry.variant)?.overflow);
    match overflow.unwrap_or(session.context.config.overflow) {
        Overflow::Wait => Ok(Some(entry)),
        Overflow::Reject => Err(SendError::Overflow),
        Overflow::DropOldest => {
            let dropped =
                session.outbox.push_dropping(entry).ok_or_else(|| session.turned_away(ended))?;
            for request in dropped.into_iter().filter_map(|entry| entry.request) {
                request.end(|_| Err(RequestError::Overflow));
            }
            Ok(None)
        }
        Overflow::Disconnect => {
            session.end(Reason::SlowConsumer);
            Err(SendError::Overflow)
        }
    }
}

impl<T: OneClient<C>, C: Contract> Future for Accept<T, C> {
    type Output = Result<(), SendError>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = &mut *self;
        if let Some(command) = this.command.take() {
            let started = this.start(command);
            if started.is_err() || this.waiting.is_none() {
                return Poll::Ready(started);
            }
        }
        let Some(waiting) = &mut this.waiting else {
            return Poll::Pending;
        };
        let pushed = waiting.session.outbox.poll_push(&waiting.ticket, &mut waiting.entry, cx);
        let outcome = match pushed {
            Poll::Ready(true) => Ok(()),
            Poll::Ready(false) => Err(waiting.session.turned_away(T::ENDED)),
            Poll::Pending if waiting.timeout.as_mut().poll(cx).is_ready() => {
                Err(SendError::Overflow)
            }
            Poll::Pending => return Poll::Pending,
        };
        this.waiting = None;
        Poll::Ready(outcome)
    }
}

impl<C: Contract> Drop for WaitingForRoom<C> {
    fn drop(&mut self) {
        self.session.outbox.give_up(&self.ticket);
    }
}
