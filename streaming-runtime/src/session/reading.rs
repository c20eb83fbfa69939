//! The reading task's loop: polls the input, the running handler and the timers side by side.
//!
//! Reading never waits for a handler or the outbox, so that answers are read while a handler waits for them.

use std::{
    future::Future,
    pin::Pin,
    sync::{
        Arc,
        atomic::{Ordering, fence},
    },
    task::{Context, Poll, ready},
};

use futures_core::Stream as _;
use prost::Message as _;
use tokio::time::{Instant, Sleep};
use tonic::Streaming;

use super::{
    Session,
    inbox::Queue,
    run::{Done, Job},
    timers::Timers,
};
use crate::{
    config::HalfClose,
    contract::{Contract, Ping},
    error::RequestError,
    status::Reason,
};

/// So many messages in a row, then others on this thread have their turn.
const BUDGET: usize = 64;
/// While a request is open, reading goes on up to this many times the inbox.
const AHEAD: usize = 4;

/// What the loop keeps between polls.
pub(super) struct Reading<'a, C: Contract> {
    session: &'a Session<C>,
    input: Streaming<C::Message>,
    /// Messages that wait for the handler.
    pub(super) inbox: Arc<Queue<C::Message>>,
    timers: Timers,
    make_ping: &'a MakePing<'a, C>,
    /// Whether the handler takes the messages itself; then, whether it has begun to.
    pulls: Option<Pulls>,
    /// Handlers that failed in a row.
    errors: u32,
    /// Whether `on_connect` has returned `Ok`.
    pub(super) connected: bool,
    /// Whether the client has ended its side during `on_connect`, which may still refuse it.
    half_closed: bool,
    /// Whether the client has ended its side and goes on listening.
    listens: bool,
}

/// Who is to see a message.
pub(super) enum Meant {
    Handler,
    /// The request that it answers, if that is still open; else the handler.
    Request,
    Nobody,
}

/// Makes a ping, by the handler or by the contract.
pub(super) type MakePing<'a, C> = dyn Fn(&Ping) -> Option<<C as Contract>::Command> + Sync + 'a;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Pulls {
    NotYet,
    Begun,
}

impl<'a, C: Contract> Reading<'a, C> {
    pub(super) fn new(
        session: &'a Session<C>,
        input: Streaming<C::Message>,
        pulls: bool,
        make_ping: &'a MakePing<'a, C>,
    ) -> Self {
        Self {
            session,
            input,
            inbox: Queue::new(),
            timers: Timers::new(session, Instant::now()),
            make_ping,
            pulls: pulls.then_some(Pulls::NotYet),
            errors: 0,
            connected: false,
            half_closed: false,
            listens: false,
        }
    }

    /// Reads and handles until the end of the session is decided.
    pub(super) fn poll_live<F: Future<Output = Done>>(
        &mut self,
        cx: &mut Context<'_>,
        mut slot: Pin<&mut Option<F>>,
        mut alarm: Pin<&mut Sleep>,
        start: &impl Fn(Job<C::Message>) -> F,
    ) -> Poll<()> {
        let session = self.session;
        session.task.register(cx.waker());
        let now = Instant::now();
        self.timers.ping_by(session, now, self.make_ping);
        self.timers.age(session, now);
        let mut handler_waits = false;
        for _ in 0..BUDGET {
            if !handler_waits && self.poll_handler(cx, slot.as_mut(), start).is_pending() {
                handler_waits = true;
            }
            // After the handlers: one of them may have ended it, and then nothing more is read.
            if session.has_ended() {
                return Poll::Ready(());
            }
            if self.half_closed || self.listens || !self.may_read() {
                self.timers.pause(now);
                // A request that is registered from here on wakes the task, see `may_read`.
                return self.sleep(cx, alarm, now);
            }
            self.timers.resume(now);
            match Pin::new(&mut self.input).poll_next(cx) {
                Poll::Ready(Some(Ok(message))) => match self.accept(&message, now) {
                    Meant::Handler => {
                        if slot.is_none() && self.pulls.is_none() && self.inbox.is_empty() {
                            slot.set(Some(start(Job::Message(message))));
                            handler_waits = false;
                        } else {
                            self.enqueue(message);
                        }
                    }
                    Meant::Request => self.resolve(message),
                    Meant::Nobody => {}
                },
                Poll::Ready(Some(Err(status))) => session.end(Reason::input_failed(status)),
                Poll::Ready(None) if session.context.config.half_close == HalfClose::Listen => {
                    self.listens = true;
                    // It cannot answer any more.
                    session.pending.close();
                    session.pending.end_all(|sent| RequestError::Disconnected { sent });
                }
                Poll::Ready(None) if self.connected => session.end(Reason::HalfClosed),
                Poll::Ready(None) => self.half_closed = true,
                Poll::Pending => {
                    if slot.is_none() || handler_waits {
                        self.timers.silence(session, now);
                        if session.has_ended() {
                            return Poll::Ready(());
                        }
                        return self.sleep(cx, alarm.as_mut(), now);
                    }
                }
            }
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    }

    /// Runs handlers, one after the other, until one has to wait (`Pending`) or none is left.
    pub(super) fn poll_handler<F: Future<Output = Done>>(
        &mut self,
        cx: &mut Context<'_>,
        mut slot: Pin<&mut Option<F>>,
        start: &impl Fn(Job<C::Message>) -> F,
    ) -> Poll<()> {
        for _ in 0..BUDGET {
            if let Some(handler) = slot.as_mut().as_pin_mut() {
                let done = ready!(handler.poll(cx));
                slot.set(None);
                self.settle(done);
            }
            let Some(job) = self.next_job() else {
                return Poll::Ready(());
            };
            slot.set(Some(start(job)));
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    }

    /// What the handler is called for next, once `on_connect` is done.
    fn next_job(&mut self) -> Option<Job<C::Message>> {
        match &mut self.pulls {
            None => self.inbox.pop().map(Job::Message),
            Some(Pulls::Begun) => None,
            Some(pulls) => self.connected.then(|| {
                *pulls = Pulls::Begun;
                Job::Session(self.inbox.clone())
            }),
        }
    }

    fn settle(&mut self, done: Done) {
        let session = self.session;
        match done {
            Done::Connected => {
                self.connected = true;
                if self.half_closed {
                    session.end(Reason::HalfClosed);
                }
                if !session.has_ended() {
                    session.go_live();
                }
            }
            Done::Handled => self.errors = 0,
            Done::Left => session.end(Reason::Closed("the session handler has left".to_owned())),
            Done::Broken(status) => session.end(Reason::HandlerErrors(status)),
            Done::Refused(status) => {
                self.inbox.clear();
                session.end(Reason::Refused(status));
            }
            Done::Failed(status) => {
                self.errors += 1;
                let limit = session.context.config.max_consecutive_errors;
                if limit > 0 && self.errors >= limit {
                    self.inbox.clear();
                    session.end(Reason::HandlerErrors(status));
                }
            }
        }
    }

    /// Counts, checks and publishes a message that was read, and says who is to see it.
    pub(super) fn accept(&mut self, message: &C::Message, now: Instant) -> Meant {
        let session = self.session;
        let counters = &session.info.counters;
        let count = counters.messages.load(Ordering::Relaxed) + 1;
        counters.messages.store(count, Ordering::Relaxed);
        if self.timers.read(now) {
            let millis = now.saturating_duration_since(session.info.since).as_millis();
            let millis = u64::try_from(millis).unwrap_or(u64::MAX);
            counters.last_message.store(millis, Ordering::Relaxed);
        }

        if C::client_id(message)
            .is_some_and(|id| !id.is_empty() && !id.with_str(|id| id == session.id().as_str()))
        {
            session.end(Reason::IdChanged);
            return Meant::Nobody;
        }
        session.mirror.message::<C>(message);
        if let Some(sequence) = C::pong(message) {
            self.timers.pong(session, sequence, now);
            return Meant::Nobody;
        }
        match C::reply(message) {
            Some(reply) if !reply.id.is_empty() => Meant::Request,
            _ => Meant::Handler,
        }
    }

    /// Gives a reply to its request, or else to the handler.
    pub(super) fn resolve(&mut self, message: C::Message) {
        if let Some(message) = self.session.pending.resolve::<C>(message) {
            self.session.info.counters.late_replies.fetch_add(1, Ordering::Relaxed);
            self.enqueue(message);
        }
    }

    pub(super) fn enqueue(&mut self, message: C::Message) {
        let size = message.encoded_len();
        self.inbox.push(message, size);
    }

    /// Whether the inbox has room. While a request to this client is open, there is more: its answer may come.
    fn may_read(&self) -> bool {
        let limits = self.session.context.config.inbox;
        let paused = &self.session.paused;
        if self.inbox.fits(limits, 1) {
            if paused.load(Ordering::Relaxed) {
                paused.store(false, Ordering::SeqCst);
            }
            return true;
        }
        // Set before the look at the requests and the second one at the inbox: whoever registers a request or takes a
        // message afterwards sees it and wakes the task.
        paused.store(true, Ordering::SeqCst);
        fence(Ordering::SeqCst);
        if self.session.pending.is_empty() {
            return self.inbox.fits(limits, 1);
        }
        if self.inbox.fits(limits, AHEAD) {
            return true;
        }
        self.session.pending.end_all(|_| RequestError::Backlog);
        false
    }

    /// Sleeps until a timer is due, or something else wakes the task.
    fn sleep(&self, cx: &mut Context<'_>, mut alarm: Pin<&mut Sleep>, now: Instant) -> Poll<()> {
        let Some(next) = self.timers.next() else {
            return Poll::Pending;
        };
        // Most of the time the alarm is set already and goes off early; then it finds nothing to do and is set anew.
        // So a message costs no change of a timer.
        if alarm.deadline() > next || alarm.deadline() <= now {
            alarm.as_mut().reset(next);
            if alarm.poll(cx).is_ready() {
                cx.waker().wake_by_ref();
            }
        }
        Poll::Pending
    }
}
