//! Handing one command to one outbox, waiting for room where there is none.

use std::{
    future::Future,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use tokio::time::{Sleep, sleep};

use crate::{
    contract::{Contract, Overflow, Variant},
    elsewhere::Later,
    error::{RequestError, SendError},
    macros::impl_debug,
    outbox::{Entry, Frame, Refused, Shape, Ticket},
    session::{Queued, Session, Slot},
    status::Reason,
};

/// Hands a command to a session's outbox; where there is no room and the send is to wait, gives what waits. `ended` is
/// what a send is told whose session has ended.
#[inline]
pub(crate) fn hand_over<C: Contract>(
    session: &Arc<Session<C>>,
    command: &mut C::Command,
    overflow: Option<Overflow>,
    request: Option<Arc<Slot<C::Message>>>,
    ended: SendError,
) -> Result<Option<WaitingForRoom<C>>, SendError> {
    let shape = session.shape(command, request.is_none())?;
    let make =
        || Entry { frame: Frame::Message(std::mem::take(command)), shape, request, json: None };
    let waits = offer(session, shape, make, overflow, &ended)?;
    Ok(waits.map(|entry| WaitingForRoom::new(session.clone(), entry, ended)))
}

/// Offers an entry to the session's outbox, and where there is no room does what its send says, else its variant, else
/// the hub. Gives the entry where that is to wait.
#[inline]
pub(crate) fn offer<C: Contract>(
    session: &Session<C>,
    shape: Shape,
    make: impl FnOnce() -> Queued<C>,
    overflow: Option<Overflow>,
    ended: &SendError,
) -> Result<Option<Queued<C>>, SendError> {
    // Made once it has a place.
    let mut make = Some(make);
    let mut entry = || (make.take().expect("made once"))();
    match session.outbox.push(shape, &mut entry) {
        Ok(()) => return Ok(None),
        Err(Refused::Closed) => return Err(session.turned_away(ended.clone())),
        Err(Refused::Full) => {}
    }
    let overflow = overflow.or_else(|| Variant::of_command::<C>(shape.variant)?.overflow);
    let overflow = overflow.unwrap_or(session.context.config.overflow);
    session.context.meters.outbox_full(overflow);
    match overflow {
        Overflow::Wait => Ok(Some(entry())),
        Overflow::Reject => Err(SendError::Overflow),
        Overflow::DropOldest => {
            let dropped = session.outbox.push_dropping(entry());
            let dropped = dropped.ok_or_else(|| session.turned_away(ended.clone()))?;
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

/// A command that waits for room in an outbox.
///
/// # Cancel safety
/// Dropped before it is ready, it has left nothing.
#[must_use = "a command is sent when this is awaited"]
pub struct WaitingForRoom<C: Contract>(Way<C>);

enum Way<C: Contract> {
    Here(Box<Waiting<C>>),
    Elsewhere(Later<Result<(), SendError>>),
}

struct Waiting<C: Contract> {
    session: Arc<Session<C>>,
    ticket: Ticket,
    entry: Option<Queued<C>>,
    timeout: Pin<Box<Sleep>>,
    ended: SendError,
}

impl<C: Contract> WaitingForRoom<C> {
    fn new(session: Arc<Session<C>>, entry: Queued<C>, ended: SendError) -> Self {
        let ticket = session.outbox.wait();
        let timeout = Box::pin(sleep(session.context.config.send_timeout));
        Self(Way::Here(Box::new(Waiting { session, ticket, entry: Some(entry), timeout, ended })))
    }

    pub(super) fn elsewhere(sent: Later<Result<(), SendError>>) -> Self {
        Self(Way::Elsewhere(sent))
    }
}

impl<C: Contract> Future for WaitingForRoom<C> {
    type Output = Result<(), SendError>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let waiting = match &mut self.0 {
            Way::Here(waiting) => waiting,
            Way::Elsewhere(sent) => return sent.as_mut().poll(cx),
        };
        match waiting.session.outbox.poll_push(&waiting.ticket, &mut waiting.entry, cx) {
            Poll::Ready(true) => Poll::Ready(Ok(())),
            Poll::Ready(false) => {
                Poll::Ready(Err(waiting.session.turned_away(waiting.ended.clone())))
            }
            Poll::Pending => waiting.timeout.as_mut().poll(cx).map(|()| {
                waiting.session.context.meters.send_timeouts.increment(1);
                Err(SendError::Overflow)
            }),
        }
    }
}

impl<C: Contract> Drop for Waiting<C> {
    fn drop(&mut self) {
        self.session.outbox.give_up(&self.ticket);
    }
}

impl_debug!([C: Contract] WaitingForRoom<C>, |_waiting| C::NAME);
