//! What must hold: a model of sessions, their queues and their requests, which knows nothing of how the hub works.

use std::{collections::VecDeque, time::Duration};

use tokio::time::Instant;

use super::step::Setup;
use crate::{
    contract::Overflow,
    error::{RequestError, SendError},
    sample::{NEWS, PRICE},
};

/// So many client ids there are.
pub(super) const IDS: usize = 3;

/// How long a session waits for its client, where it does.
pub(super) const GRACE: Duration = Duration::from_millis(1500);
pub(super) const SEND_TIMEOUT: Duration = Duration::from_secs(1);
pub(super) const REPLY_TIMEOUT: Duration = Duration::from_secs(2);

/// Timers are this exact.
const EXACT: Duration = Duration::from_millis(10);

#[derive(Debug)]
pub(super) struct Model {
    pub(super) setup: Setup,
    /// Whether the hub sees what clients do as soon as everything waits. Over a network nobody knows when it does, and
    /// `Session::ended` is what may end a session.
    pub(super) exact: bool,
    /// By the number of the stream that opened it.
    pub(super) sessions: Vec<Session>,
    pub(super) requests: Vec<Request>,
    /// The newest session of each id.
    pub(super) holders: [Option<usize>; IDS],
    /// Whether a drain has begun: from then on the hub decides when which session ends.
    pub(super) draining: bool,
    pub(super) tokens: u64,
    /// What each stream has written and its client has not read.
    unread: Vec<VecDeque<u64>>,
    /// What must not have happened.
    pub(super) faults: Vec<String>,
}

#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own")]
#[derive(Debug, Default)]
pub(super) struct Session {
    pub(super) id: usize,
    pub(super) connects: usize,
    /// When `on_connect` returns.
    pub(super) opens: Option<Instant>,
    /// How often `on_connect` has returned.
    pub(super) connected: usize,
    pub(super) disconnects: usize,
    /// Whether `on_disconnect` has returned.
    pub(super) over: bool,
    pub(super) ended: bool,
    /// Ended by its client before `on_connect` returned, which ends it then.
    pub(super) left: bool,
    pub(super) away_until: Option<Instant>,
    /// The stream that is written to.
    pub(super) stream: Option<usize>,
    /// The stream that its client has ended. Where an outbox that is full ends the session before that is read, it is
    /// still written to.
    ended_stream: Option<usize>,
    /// The newest stream that anything was written to.
    writes: usize,
    /// What was accepted and has not ended.
    pub(super) queue: VecDeque<Item>,
    /// The tokens of sends that wait or are about to, and what is to happen where there is no room.
    pub(super) waiting: Vec<(u64, Overflow)>,
    /// Requests that its client has read and not answered.
    pub(super) unanswered: VecDeque<usize>,
    pub(super) joined: bool,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Item {
    pub(super) token: u64,
    pub(super) kind: u32,
    pub(super) request: Option<usize>,
}

#[derive(Debug)]
pub(super) struct Request {
    pub(super) token: u64,
    pub(super) session: Option<usize>,
    pub(super) since: Instant,
    pub(super) place: Place,
    pub(super) answer: Option<&'static str>,
    pub(super) outcome: Option<Outcome>,
}

/// Where a request's command is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// Not accepted, or not written.
    Unwritten,
    Written,
    /// Dropped by policy.
    Dropped,
    /// Taken out of the queue, and not written.
    Skipped,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    Is(Result<String, RequestError>),
    GivenUp,
}

impl Item {
    fn coalesces(&self) -> bool {
        self.kind == PRICE && self.request.is_none()
    }
}

impl Session {
    pub(super) fn new(id: usize, stream: usize) -> Self {
        Self { id, stream: Some(stream), ..Self::default() }
    }

    /// Whether it can be sent to.
    pub(super) fn is_live(&self) -> bool {
        self.connected > 0 && !self.ended && !self.left
    }

    /// It ends because its outbox was full.
    fn is_slow(&mut self) {
        self.ended = true;
        self.stream = self.stream.or(self.ended_stream);
    }
}

impl Model {
    pub(super) fn new(setup: Setup, exact: bool) -> Self {
        Self {
            setup,
            exact,
            unread: Vec::new(),
            sessions: Vec::new(),
            requests: Vec::new(),
            holders: [None; IDS],
            draining: false,
            tokens: 0,
            faults: Vec::new(),
        }
    }

    /// How long something takes: over a network, where time passes, it is short.
    pub(super) fn time(&self, time: Duration) -> Duration {
        if self.exact { time } else { time / 50 }
    }

    pub(super) fn token(&mut self) -> u64 {
        self.tokens += 1;
        self.tokens
    }

    pub(super) fn fault(&mut self, fault: impl Into<String>) {
        self.faults.push(fault.into());
    }

    pub(super) fn must(&mut self, holds: bool, else_: impl FnOnce() -> String) {
        if !holds {
            self.fault(else_());
        }
    }

    /// The session of this id that can be sent to.
    pub(super) fn live(&self, id: usize) -> Option<usize> {
        self.holders[id].filter(|session| self.sessions[*session].is_live())
    }

    /// Time has passed.
    pub(super) fn tick(&mut self) {
        let now = Instant::now();
        for session in &mut self.sessions {
            if session.away_until.is_some_and(|until| now >= until) {
                session.ended = true;
            }
        }
    }

    /// Whether it is about to be decided that a client stays away or does not answer, or what it did during `on_connect`.
    pub(super) fn is_undecided(&self) -> bool {
        if !self.exact {
            return false;
        }
        let now = Instant::now();
        let near = |until: Instant| until <= now + EXACT && now <= until + EXACT;
        let open = self.requests.iter().filter(|request| request.outcome.is_none());
        self.sessions.iter().filter_map(|session| session.away_until).any(near)
            || self.sessions.iter().filter_map(|session| session.opens).any(near)
            || open.map(|request| request.since + REPLY_TIMEOUT).any(near)
    }

    /// A stream is lost, or its client has ended it (`gently`).
    pub(super) fn lost(&mut self, stream: usize, session: usize, gently: bool) {
        let grace = self.setup.grace && !self.draining;
        let wait = self.time(GRACE);
        let exact = self.exact;
        let session = &mut self.sessions[session];
        if exact && session.stream != Some(stream) {
            return;
        }
        if session.is_live() && grace {
            session.ended_stream = session.stream.take().filter(|_| gently);
            session.away_until = Some(Instant::now() + wait);
        } else if gently && session.connected == 0 {
            session.left = true;
        } else {
            session.ended = true;
        }
    }

    pub(super) fn policy(&self, kind: u32, own: Option<Overflow>) -> Overflow {
        let variant = (kind == NEWS).then_some(Overflow::Reject);
        own.or(variant).unwrap_or(self.setup.overflow)
    }

    /// An outbox has accepted a command.
    pub(super) fn accepted(&mut self, session: usize, item: Item, policy: Overflow) {
        let most = self.setup.messages;
        let to = &mut self.sessions[session];
        let (over, twin) = (to.over, to.queue.iter_mut().find(|queued| queued.coalesces()));
        if let Some(twin) = twin.filter(|_| item.coalesces()) {
            *twin = item;
        } else {
            let mut dropped = Vec::new();
            while to.queue.len() >= most && policy == Overflow::DropOldest {
                dropped.extend(to.queue.pop_front());
            }
            to.queue.push_back(item);
            let fits = to.queue.len() <= most;
            let before = to.waiting.iter().take_while(|(waits, _)| *waits != item.token);
            let first = policy == Overflow::DropOldest
                || before.filter(|(_, policy)| *policy == Overflow::Wait).count() == 0;
            for request in dropped.into_iter().filter_map(|item| item.request) {
                self.requests[request].place = Place::Dropped;
            }
            self.must(fits, || format!("{item:?} was accepted without room in {session}"));
            self.must(first, || format!("{item:?} was accepted in {session} although others wait"));
        }
        self.must(!over, || format!("{item:?} was accepted after the end of {session}"));
    }

    /// A send has ended. `session`: to whom it went.
    pub(super) fn sent(
        &mut self,
        session: Option<usize>,
        item: Item,
        policy: Overflow,
        since: Instant,
        result: &Result<(), SendError>,
    ) {
        self.tick();
        let Some(to) = session else {
            let refused = *result == Err(SendError::NotConnected);
            return self.must(refused, || format!("{item:?} went to nobody: {result:?}"));
        };
        match result {
            Ok(()) => self.accepted(to, item, policy),
            Err(error) => self.refused(to, policy, since, error),
        }
    }

    /// A command was not accepted.
    pub(super) fn refused(
        &mut self,
        to: usize,
        policy: Overflow,
        since: Instant,
        error: &SendError,
    ) {
        let timeout = self.time(SEND_TIMEOUT);
        let session = &mut self.sessions[to];
        let full = session.queue.len() >= self.setup.messages || session.waiting.len() > 1;
        let waited = since.elapsed() >= timeout;
        let (ended, draining) = (session.ended || session.over, self.draining);
        let right = match error {
            SendError::Overflow => match policy {
                Overflow::Wait => waited,
                Overflow::Reject => full,
                Overflow::DropOldest => false,
                Overflow::Disconnect => {
                    session.is_slow();
                    full
                }
            },
            SendError::NotConnected | SendError::Disconnected { sent: false } => ended || draining,
            SendError::Draining => draining,
            _ => false,
        };
        self.must(right, || format!("a send to {to} by {policy:?} ended with {error:?}"));
    }

    /// A stream has written a command.
    pub(super) fn written(&mut self, stream: usize, session: usize, token: u64) {
        let writes = std::mem::replace(&mut self.sessions[session].writes, stream);
        let current = match self.sessions[session].stream {
            current if self.exact => current == Some(stream),
            _ => writes <= stream,
        };
        self.unread.resize_with(self.unread.len().max(stream + 1), VecDeque::new);
        self.unread[stream].push_back(token);
        self.must(current, || format!("{token} was written to {stream}, which is superseded"));
        while let Some(item) = self.sessions[session].queue.pop_front() {
            if item.token == token {
                if let Some(request) = item.request {
                    self.requests[request].place = Place::Written;
                    let outcome = self.requests[request].outcome.clone();
                    let told = matches!(
                        outcome,
                        Some(Outcome::Is(Err(
                            RequestError::Overflow | RequestError::Disconnected { sent: false }
                        )))
                    );
                    self.must(!told, || format!("{token} was written after {outcome:?}"));
                }
                return;
            }
            self.skipped(item, token);
        }
        self.fault(format!("{token} was written and not accepted, or twice"));
    }

    /// A client has read a command.
    pub(super) fn read(&mut self, stream: usize, session: usize, token: u64) {
        let next = self.unread.get_mut(stream).and_then(VecDeque::pop_front);
        self.must(next == Some(token), || format!("{stream} has {token} for {next:?}"));
        let request = self.requests.iter().position(|request| request.token == token);
        self.sessions[session].unanswered.extend(request);
    }

    /// All is written that was accepted.
    pub(super) fn all_written(&mut self, session: usize) {
        for item in std::mem::take(&mut self.sessions[session].queue) {
            self.skipped(item, 0);
        }
    }

    fn skipped(&mut self, item: Item, token: u64) {
        match item.request {
            Some(request) => {
                self.requests[request].place = Place::Skipped;
                let outcome = self.requests[request].outcome.clone();
                self.check_skipped(&item, outcome.as_ref());
            }
            None => self.fault(format!("{item:?} was not written before {token}")),
        }
    }

    fn check_skipped(&mut self, item: &Item, outcome: Option<&Outcome>) {
        let unsent = Outcome::Is(Err(RequestError::Disconnected { sent: false }));
        // Its session's end may have come before it was given up.
        let may_be = |outcome: &Outcome| *outcome == unsent || *outcome == Outcome::GivenUp;
        let right = outcome.is_none_or(may_be);
        self.must(right, || format!("{item:?} was left out, and ended as {outcome:?}"));
    }

    /// A request has ended.
    pub(super) fn ended(&mut self, number: usize, policy: Overflow, outcome: Outcome) {
        self.tick();
        let request = &self.requests[number];
        let session = request.session.map(|session| &self.sessions[session]);
        let place = request.place;
        let (exact, timeout) = (self.exact, self.time(REPLY_TIMEOUT));
        let gone = session.is_some_and(|session| session.ended || session.over) || self.draining;
        let right = match &outcome {
            Outcome::GivenUp => true,
            Outcome::Is(Ok(text)) => {
                place == Place::Written && request.answer == Some(text.as_str())
            }
            Outcome::Is(Err(error)) => match error {
                RequestError::NotConnected => {
                    session.is_none() || (gone && place == Place::Unwritten)
                }
                RequestError::Timeout => {
                    // Over a network an answer can be late, or lost.
                    request.since.elapsed() >= timeout && (request.answer.is_none() || !exact)
                }
                RequestError::Overflow => matches!(place, Place::Unwritten | Place::Dropped),
                RequestError::Draining => self.draining && place == Place::Unwritten,
                RequestError::Disconnected { sent } => gone && *sent == (place == Place::Written),
                _ => false,
            },
        };
        let text = format!("{request:?} by {policy:?} ended as {outcome:?}");
        let twice = request.outcome.is_some();
        if let (
            Some(session),
            Overflow::Disconnect,
            Outcome::Is(Err(RequestError::Overflow)),
            Place::Unwritten,
        ) = (request.session, policy, &outcome, place)
        {
            self.sessions[session].is_slow();
        }
        self.requests[number].outcome = Some(outcome);
        self.must(right && !twice, || text);
    }
}
