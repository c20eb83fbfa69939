//! One command, over as many streams as it takes.

use std::{
    future::Future,
    pin::Pin,
    sync::atomic::AtomicI32,
    task::{Context, Poll},
    time::Duration,
};

use tokio::time::{Instant, Sleep, sleep};

use super::ById;
use crate::{
    arrivals,
    contract::{Awaits, Contract, Overflow},
    elsewhere::{Asked, Later},
    error::{RequestError, SendError},
    id::IdRef,
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
    /// The same at another node.
    elsewhere: Option<Later<Outcome<C>>>,
    /// Until when no other node is asked, and how long it is to be then.
    pause: Option<Pin<Box<Sleep>>>,
    next_pause: Duration,
    arrivals: arrivals::Expected,
    deadline: Pin<Box<Sleep>>,
}

/// Between two looks for a client on other nodes.
const FIRST_PAUSE: Duration = Duration::from_millis(50);
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

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
        Self {
            target,
            command,
            overflow,
            awaits,
            sent: false,
            open: None,
            elsewhere: None,
            pause: None,
            next_pause: FIRST_PAUSE,
            arrivals,
            deadline,
        }
    }

    pub(super) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Outcome<C>> {
        // Before the look at what there is: what comes later wakes this.
        self.arrivals.wakes(cx.waker());
        loop {
            let step = match (self.open.take(), &mut self.elsewhere) {
                (Some(open), _) => self.look(open, cx),
                (None, Some(request)) => match request.as_mut().poll(cx) {
                    Poll::Ready(outcome) => {
                        self.elsewhere = None;
                        self.ended_elsewhere(outcome)
                    }
                    Poll::Pending => Step::Wait,
                },
                (None, None) => self.begin(cx),
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
    fn begin(&mut self, cx: &mut Context<'_>) -> Step<C> {
        let Some(session) = self.target.peer().session() else {
            return self.begin_elsewhere(cx);
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

    /// Has whichever node has the client send it, if there are others.
    fn begin_elsewhere(&mut self, cx: &mut Context<'_>) -> Step<C> {
        if let Some(pause) = &mut self.pause {
            if pause.as_mut().poll(cx).is_pending() {
                return Step::Wait;
            }
            self.pause = None;
        }
        let peer = self.target.peer();
        let Some(elsewhere) = peer.elsewhere() else {
            return self.nobody();
        };
        let kind =
            C::COMMAND_ID.filter(|_| C::command_id(&self.command).is_none_or(IdRef::is_empty));
        if let Some(kind) = kind {
            // The same wherever it is sent.
            let id = peer.context().ids.next(kind, &AtomicI32::new(1));
            C::set_command_id(&mut self.command, id);
        }
        let overflow = if self.sent { Some(Overflow::Wait) } else { self.overflow };
        let within = self.deadline.deadline().saturating_duration_since(Instant::now());
        let (command, awaits) = (self.command.clone(), self.awaits);
        let asked = Asked { command, overflow, awaits, within, again: true };
        self.elsewhere = Some(elsewhere.request(peer.id().into(), asked));
        Step::Look
    }

    /// What another node says of it.
    fn ended_elsewhere(&mut self, outcome: Outcome<C>) -> Step<C> {
        match outcome {
            Err(RequestError::Disconnected { sent }) => self.sent |= sent,
            Err(RequestError::Unconfirmed) => self.sent = true,
            Err(
                RequestError::NotConnected
                | RequestError::Unreachable(_)
                | RequestError::Draining
                | RequestError::Timeout,
            ) => {}
            Err(
                RequestError::Overflow
                | RequestError::TooLarge { .. }
                | RequestError::DuplicateId(_),
            ) if self.sent => {}
            outcome => return Step::End(outcome),
        }
        if let Some(error) = self.target.peer().gone(self.sent) {
            return Step::End(Err(error));
        }
        self.pause = Some(Box::pin(sleep(self.next_pause)));
        self.next_pause = (self.next_pause * 2).min(LONGEST_PAUSE);
        Step::Look
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
