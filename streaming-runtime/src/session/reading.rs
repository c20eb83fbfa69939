//! The reading task's loop: polls the input, the running handler and the timers side by side.
//!
//! Reading never waits for a handler or the outbox, so that answers are read while a handler waits for them.

use std::{
    future::Future,
    pin::Pin,
    sync::{Arc, atomic::Ordering},
    task::{Context, Poll, ready},
    time::Duration,
};

use prost::Message as _;
use tokio::time::{Instant, Sleep};

use super::{
    Client, Handler, Phase, Session,
    timers::Timers,
    work::{Done, Job, make_ping},
};
use crate::{
    backlog::Queue, config::HalfClose, contract::Contract, error::RequestError, gate::Place,
    identity::names_another, input::Input, lanes::Lanes, line::Line, once::Before,
    planted::planted, publish::Clock, resume::Arrival, status::Reason,
};

/// So many messages in a row, then others on this thread have their turn.
const BUDGET: usize = 64;
/// While somebody comes who has not said yet who it is, it is looked again so often whether it is too late.
const COMING: Duration = Duration::from_secs(1);

/// What the loop keeps between polls. `F` is a call of the handler `H`, which `S` starts.
pub(super) struct Reading<'a, C: Contract, H, S, F: Future> {
    session: &'a Session<C>,
    client: &'a Client<C>,
    handler: &'a H,
    input: &'a mut Input<C::Message>,
    /// Messages that wait for a handler.
    pub(super) inbox: Arc<Queue<C::Message>>,
    start: S,
    /// The ordered line's handler.
    line: Line<F>,
    /// Handlers beside it, once there was a message for one.
    lanes: Option<Box<Lanes<F>>>,
    timers: Timers,
    alarm: Pin<&'a mut Sleep>,
    /// Of what is read in one go.
    clock: Clock,
    /// Whether the handler takes the messages itself; then, whether it has begun to.
    pulls: Option<Pulls>,
    /// Handlers that failed in a row.
    errors: u32,
    /// Whether `on_connect` has returned `Ok`.
    pub(super) connected: bool,
    /// How the client has left during `on_connect`, which may still refuse it.
    left: Option<Box<Reason>>,
    /// Whether the client has ended its side and goes on listening.
    listens: bool,
    /// The stream's number in the outbox.
    stream: u32,
    /// How long to wait for the client, whose stream is lost.
    away: Option<Instant>,
    /// Whether the handler is to hear that the client has come back.
    resumed: bool,
}

/// Who is to see a message.
enum Meant {
    Handler,
    /// The request that it answers, if that is still open; else the handler.
    Request,
    Nobody,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Pulls {
    NotYet,
    Begun,
}

impl<'a, C, H, S, F> Reading<'a, C, H, S, F>
where
    C: Contract,
    H: Handler<C>,
    S: Fn(Job<C::Message>) -> F,
    F: Future<Output = Done>,
{
    pub(super) fn new(
        client: &'a Client<C>,
        handler: &'a H,
        input: &'a mut Input<C::Message>,
        start: S,
        alarm: Pin<&'a mut Sleep>,
        place: Option<Place>,
    ) -> Self {
        let mut line = Line::new();
        line.place().set(Some(start(Job::Connect(place))));
        Self {
            session: &client.0,
            client,
            handler,
            input,
            inbox: Queue::new(),
            start,
            line,
            lanes: None,
            timers: Timers::new(&client.0, Instant::now()),
            alarm,
            clock: Clock::default(),
            pulls: H::PULLS.then_some(Pulls::NotYet),
            errors: 0,
            connected: false,
            left: None,
            listens: false,
            stream: 0,
            away: None,
            resumed: false,
        }
    }

    /// Reads and handles until the end of the session is decided.
    pub(super) fn poll_live(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let session = self.session;
        session.task.register(cx.waker());
        let now = Instant::now();
        self.clock = Clock::default();
        if !session.context.config.reconnect_grace.is_zero() {
            self.follow(now);
        }
        if self.away.is_none() {
            self.timers.ping_by(session, now, |ping| make_ping(self.handler, self.client, ping));
            self.timers.age(session, now);
        }
        let mut handler_waits = false;
        for _ in 0..BUDGET {
            if !handler_waits && self.poll_handler(cx).is_pending() {
                handler_waits = true;
            }
            let beside = self.poll_lanes(cx);
            // After the handlers: one of them may have ended it, and then nothing more is read.
            if session.has_ended() {
                return Poll::Ready(());
            }
            if let Poll::Ready(Some(())) = beside {
                continue;
            }
            if self.left.is_some()
                || self.listens
                || self.away.is_some()
                || !session.may_read(&self.inbox)
            {
                self.timers.pause(now);
                self.follow_lost(now);
                // A request that is registered from here on wakes the task, see `Session::may_read`.
                return self.sleep(cx, now);
            }
            self.timers.resume(now);
            match self.input.poll_message(cx) {
                Poll::Ready(Some(Ok(message))) => self.read(message, now),
                Poll::Ready(Some(Err(status))) => match Reason::input_failed(status) {
                    Reason::ClientGone if self.wait(now) => {}
                    reason => session.end(reason),
                },
                Poll::Ready(None) if session.context.config.half_close == HalfClose::Listen => {
                    self.listens = true;
                    // It cannot answer any more.
                    session.pending.close();
                    session.pending.end_all(|sent| RequestError::Disconnected { sent });
                }
                Poll::Ready(None) if self.wait(now) => {}
                Poll::Ready(None) => self.leave(Reason::HalfClosed),
                Poll::Pending => {
                    self.follow_lost(now);
                    self.timers.silence(session, now);
                    if session.has_ended() {
                        return Poll::Ready(());
                    }
                    return self.sleep(cx, now);
                }
            }
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    }

    /// Looks whether another stream goes on with the session, and whether it is too late for one.
    fn follow(&mut self, now: Instant) {
        let session = self.session;
        if let Some(arrival) = session.seat.take() {
            let Arrival { input, first, stream, valid_for, .. } = *arrival;
            // An older one that is still open ends with what is left in it.
            *self.input = input;
            self.stream = stream;
            self.timers = Timers::of(session, valid_for, now);
            self.away = None;
            session.pass(Phase::Live);
            self.resumed = true;
            if let Some(first) = first {
                self.read(first, now);
            }
        }
        if self.away.is_some_and(|until| now >= until) {
            planted!(NeverExpires => return self.away = Some(now + COMING));
            if session.seat.expire() {
                session.end(Reason::ClientGone);
            } else {
                // Somebody was told that it may come, and has not said yet who it is.
                self.away = Some(now + COMING);
            }
        }
    }

    /// Looks whether the stream is lost, once all that came before was read.
    fn follow_lost(&mut self, now: Instant) {
        let grace = self.session.context.config.reconnect_grace;
        if !grace.is_zero()
            && self.away.is_none()
            && !self.session.outbox.is_current(self.stream)
            && !self.wait(now)
        {
            self.session.end(Reason::ClientGone);
        }
    }

    /// The stream is lost: waits for the client, if it is waited for at all.
    fn wait(&mut self, now: Instant) -> bool {
        let waits = self.session.may_wait();
        if waits {
            self.session.outbox.lose(self.stream);
            self.session.seat.leave();
            self.session.pass(Phase::Away);
            self.away = Some(now + self.session.context.config.reconnect_grace);
        }
        waits
    }

    /// Lets what was read before the end be handled.
    pub(super) fn poll_rest(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let line = self.poll_handler(cx);
        for _ in 0..BUDGET {
            match ready!(self.poll_lanes(cx)) {
                Some(()) => {}
                None => return line,
            }
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    }

    /// Runs handlers, one after the other, until one has to wait (`Pending`) or none is left.
    fn poll_handler(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        for _ in 0..BUDGET {
            if let Some(done) = ready!(self.line.poll(cx)) {
                self.settle(done);
            }
            let Some(job) = self.next_job() else {
                return Poll::Ready(());
            };
            self.line.place().set(Some((self.start)(job)));
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    }

    /// Runs the handlers beside the line until one is done; `None`: none runs.
    fn poll_lanes(&mut self, cx: &mut Context<'_>) -> Poll<Option<()>> {
        let Some(lanes) = self.lanes.as_mut().filter(|_| self.connected) else {
            return Poll::Ready(None);
        };
        let next = |lane| self.inbox.pop_lane(lane).map(Job::Message).map(&self.start);
        let done = ready!(lanes.poll_next(cx, next));
        Poll::Ready(done.map(|done| self.settle(done)))
    }

    /// How many handlers run.
    pub(super) fn running(&self) -> usize {
        let beside = self.lanes.as_ref().map_or(0, |lanes| lanes.running());
        usize::from(self.line.runs()) + beside
    }

    /// What the handler is called for next, once `on_connect` is done.
    fn next_job(&mut self) -> Option<Job<C::Message>> {
        match &mut self.pulls {
            None if std::mem::take(&mut self.resumed) => Some(Job::Resume),
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
                if let Some(reason) = self.left.take() {
                    session.end(*reason);
                }
                if !session.has_ended() {
                    session.pass(Phase::Live);
                }
            }
            Done::Resumed => {}
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

    /// The client ends the stream, unless `on_connect` refuses it first.
    fn leave(&mut self, reason: Reason) {
        if self.connected {
            self.session.end(reason);
        } else {
            self.left = Some(Box::new(reason));
        }
    }

    /// Takes a message that was read.
    pub(super) fn read(&mut self, message: C::Message, now: Instant) {
        match self.accept(&message, now) {
            Meant::Handler => self.hand(message),
            Meant::Request => {
                if let Some(message) = self.session.pending.resolve::<C>(message) {
                    self.session.info.counters.late_replies.fetch_add(1, Ordering::Relaxed);
                    self.session.context.meters.late_replies.increment(1);
                    self.hand(message);
                }
            }
            Meant::Nobody => {}
        }
    }

    /// Counts, checks and publishes a message that was read, and says who is to see it.
    fn accept(&mut self, message: &C::Message, now: Instant) -> Meant {
        let session = self.session;
        let counters = &session.info.counters;
        let count = counters.messages.load(Ordering::Relaxed) + 1;
        counters.messages.store(count, Ordering::Relaxed);
        let variant = C::message_variant(message);
        session.context.meters.message(variant);
        if self.timers.read(now) {
            let millis = now.saturating_duration_since(session.info.since).as_millis();
            let millis = u64::try_from(millis).unwrap_or(u64::MAX);
            counters.last_message.store(millis, Ordering::Relaxed);
        }
        if names_another::<C>(message, session.id()) {
            session.end(Reason::IdChanged);
            return Meant::Nobody;
        }
        session.mirror.message::<C>(message, &self.clock);
        planted!(EndsUnasked => if self.connected { session.end(Reason::IdChanged) });
        if let Some(sequence) = C::pong(message) {
            self.timers.pong(session, sequence, now);
            return Meant::Nobody;
        }
        if let Some(pong) = C::answer_ping(message) {
            self.client.answer_now(pong);
            return Meant::Nobody;
        }
        // Whoever takes the messages itself answers itself, and this never hears of it.
        let answers = !H::PULLS && H::is_handled(variant);
        match session.once.ask(C::question(message).filter(|_| answers), now) {
            Before::Never => {}
            Before::Running => return Meant::Nobody,
            Before::Answered(answer) => {
                self.client.answer_now(answer);
                return Meant::Nobody;
            }
        }
        if let Some(words) = C::client_goodbye(message) {
            self.leave(Reason::Goodbye(words.to_owned()));
        }
        match C::reply(message) {
            Some(reply) if !reply.id.is_empty() => Meant::Request,
            _ => Meant::Handler,
        }
    }

    /// Hands a message to its handler, if it has one, at once where nothing is before it.
    fn hand(&mut self, message: C::Message) {
        let variant = C::message_variant(&message);
        if !H::is_handled(variant) {
            return;
        }
        let lane = H::lane(variant);
        if lane.is_some() {
            self.lanes.get_or_insert_with(|| Box::new(Lanes::new(H::LANES)));
        } else if !self.line.runs()
            && self.pulls.is_none()
            && self.inbox.is_empty()
            && !self.resumed
        {
            return self.line.place().set(Some((self.start)(Job::Message(message))));
        }
        let size = message.encoded_len();
        self.inbox.push(message, size, lane);
    }

    /// Sleeps until a timer is due, or something else wakes the task.
    fn sleep(&mut self, cx: &mut Context<'_>, now: Instant) -> Poll<()> {
        // A stream at rest keeps nothing that only handlers need. After each message it would be made anew for the next.
        let rests = self.alarm.deadline() <= now || self.session.info.message_count() <= 1;
        if rests && self.running() == 0 && self.inbox.is_empty() {
            (self.line, self.lanes) = (Line::new(), None);
            self.inbox.give_back();
        }
        let Some(next) = self.away.or_else(|| self.timers.next(self.session)) else {
            return Poll::Pending;
        };
        // Most of the time the alarm is set already and goes off early; then it finds nothing to do and is set anew.
        // So a message costs no change of a timer.
        if self.alarm.deadline() > next || self.alarm.deadline() <= now {
            self.alarm.as_mut().reset(next);
            if self.alarm.as_mut().poll(cx).is_ready() {
                cx.waker().wake_by_ref();
            }
        }
        Poll::Pending
    }
}
