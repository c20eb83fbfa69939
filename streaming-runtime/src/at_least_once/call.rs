//! One command, over as many streams as it takes.

use std::{
    future::Future,
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use tokio::time::{Sleep, sleep};

use super::ById;
use crate::{
    arrivals,
    contract::{Awaits, Contract, Overflow},
    error::{RequestError, SendError},
    session::Unregistered,
    target::{Registered, WaitingForRoom, hand_over, register},
};

pub(super) struct Call<T, C: Contract> {
    target: T,
    command: C::Command,
    overflow: Option<Overflow>,
    awaits: Awaits,
    /// Whether a transport has taken the command on a stream that is lost.
    sent: bool,
    /// The session that it is registered with.
    open: Option<Open<C>>,
    arrivals: arrivals::Expected,
    deadline: Pin<Box<Sleep>>,
}

struct Open<C: Contract> {
    request: Registered<C>,
    waiting: Option<WaitingForRoom<C>>,
}

pub(super) type Outcome<C> = Result<<C as Contract>::Message, RequestError>;

/// What there is to do after a look at the session.
enum Step<C: Contract> {
    /// To look again: something has changed.
    Look,
    /// To wait.
    Wait,
    End(Outcome<C>),
}

impl<T: ById<C>, C: Contract> Call<T, C> {
    pub(super) fn new(
        target: T,
        command: C::Command,
        overflow: Option<Overflow>,
        awaits: Awaits,
        within: Duration,
    ) -> Self {
        let peer = target.peer();
        let arrivals = peer.context().arrivals.expect(peer.id().into());
        let deadline = Box::pin(sleep(within));
        Self { target, command, overflow, awaits, sent: false, open: None, arrivals, deadline }
    }

    pub(super) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Outcome<C>> {
        // Before the look at what there is: what comes later wakes this.
        self.arrivals.wakes(cx.waker());
        loop {
            let step = match self.open.take() {
                Some(open) => self.look(open, cx),
                None => self.begin(),
            };
            match step {
                Step::Look => {}
                Step::Wait => break,
                Step::End(outcome) => return Poll::Ready(outcome),
            }
        }
        let outcome = self.deadline.as_mut().poll(cx).map(|()| Err(RequestError::Timeout));
        if let Some(open) = &mut self.open {
            open.request.watch.see(&outcome);
        }
        outcome
    }

    /// Registers with the client's session, if it has one, and sends.
    fn begin(&mut self) -> Step<C> {
        let Some(session) = self.target.peer().session() else {
            return self.nobody();
        };
        let request = match register(&session, &mut self.command, self.awaits) {
            Ok(request) => request,
            Err(Unregistered::Closed) => return self.nobody(),
            Err(Unregistered::Duplicate(id)) => {
                return self.refused(RequestError::DuplicateId(id.to_string()));
            }
        };
        let mut open = Open { request, waiting: None };
        match self.send(&mut open) {
            Ok(()) => {
                self.open = Some(open);
                Step::Look
            }
            Err(SendError::NotConnected | SendError::Draining) => self.nobody(),
            Err(error) => self.refused(error.into()),
        }
    }

    /// Hands the command to the outbox.
    fn send(&self, open: &mut Open<C>) -> Result<(), SendError> {
        // Once it may have been executed, it waits for room.
        let overflow = if self.sent { Some(Overflow::Wait) } else { self.overflow };
        let Registered { session, slot, .. } = &open.request;
        let (mut command, slot) = (self.command.clone(), Some(slot.clone()));
        open.waiting = None;
        open.waiting = hand_over(session, &mut command, overflow, slot, SendError::NotConnected)?;
        Ok(())
    }

    /// Looks at what has become of it. Keeps `open` unless its session is over.
    fn look(&mut self, mut open: Open<C>, cx: &mut Context<'_>) -> Step<C> {
        if let Poll::Ready(outcome) = open.request.slot.poll_outcome(cx) {
            open.request.watch.ended(&outcome);
            return self.ended(outcome);
        }
        let room = open.waiting.as_mut().map(|waiting| Pin::new(waiting).poll(cx));
        match room {
            None => {}
            Some(Poll::Ready(Ok(()))) => open.waiting = None,
            Some(Poll::Ready(Err(SendError::Overflow))) if self.sent => {
                return self.send_again(open);
            }
            Some(Poll::Ready(Err(SendError::Overflow))) => {
                return Step::End(Err(RequestError::Overflow));
            }
            // The session is over, or takes no more. What it may have executed already, it may still answer.
            Some(Poll::Ready(Err(_))) => {
                open.waiting = None;
                self.open = Some(open).filter(|_| self.sent);
                return Step::Look;
            }
            Some(Poll::Pending) => {
                self.open = Some(open);
                return Step::Wait;
            }
        }
        let outbox = &open.request.session.outbox;
        if open.request.slot.take_lost(|stream| !outbox.is_current(stream)) {
            self.sent = true;
            return self.send_again(open);
        }
        self.open = Some(open);
        Step::Wait
    }

    /// Sends it once more to the session that it is registered with.
    fn send_again(&mut self, mut open: Open<C>) -> Step<C> {
        // Where the outbox is closed the request ends with its session, unless an answer is still read.
        let sent = self.send(&mut open);
        self.open = Some(open);
        if sent.is_ok() { Step::Look } else { Step::Wait }
    }

    /// The request has ended at its session.
    fn ended(&mut self, outcome: Outcome<C>) -> Step<C> {
        match outcome {
            Err(RequestError::Disconnected { sent }) => {
                self.sent |= sent;
                Step::Look
            }
            // It had to make room for another.
            Err(RequestError::Overflow) if self.sent => Step::Look,
            // It has waited in a link's queue for as long as a message may. Its own time is not over.
            Err(RequestError::Timeout) => Step::Look,
            outcome => Step::End(outcome),
        }
    }

    /// It was refused: that ends it, unless it may have been executed.
    fn refused(&self, error: RequestError) -> Step<C> {
        if self.sent { Step::Wait } else { Step::End(Err(error)) }
    }

    /// Nobody takes it: waits for the client's next stream, if there may be one.
    fn nobody(&self) -> Step<C> {
        self.target.peer().gone(self.sent).map_or(Step::Wait, |error| Step::End(Err(error)))
    }
}
