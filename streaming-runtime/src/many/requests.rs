//! A command for many that waits for their answers.

use std::{
    future::Future,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicI32, Ordering},
    },
    task::{Context, Poll, ready},
    time::Duration,
    vec,
};

use bytes::Bytes;
use futures_core::Stream;
use futures_util::stream::FuturesUnordered;
use prost::Message as _;
use tokio::time::{Sleep, sleep};

use super::{BroadcastReport, Many, Shared};
use crate::{
    contract::{Awaits, Contract, Overflow, Replies},
    elsewhere::{Cast, Heard, Hearing},
    error::{RequestError, SendError},
    expected::Expected,
    hub::Hub,
    id::{ClientId, IdKind, IdRef, OwnedId},
    macros::impl_debug,
    session::{Session, Unregistered},
    target::{Parts, Registered, Sending, Target},
};

/// The answers to a command for many, as a stream: an item for each client whose outbox accepted it, in the order in which
/// they end. The command is sent when this is first polled; all copies carry one id.
///
/// It ends when all have answered or failed, or with [`RequestError::Timeout`] for each of the rest.
///
/// ```
/// # use streaming_runtime::{Contract, Hub, Sending, contract::Replies, many::Many};
/// # async fn example<T: Many<C>, C: Contract + Replies<V>, V>(sending: Sending<T, C, V>) {
/// use std::time::Duration;
/// use futures_util::StreamExt as _;
///
/// // hub.group("lobby").start(..)
/// let mut replies = sending.replies().timeout(Duration::from_secs(5));
/// while let Some((client, reply)) = replies.next().await {
///     match reply {
///         Ok(_) => println!("{client} has started"),
///         Err(error) => println!("{client} has not: {error}"),
///     }
/// }
/// println!("not accepted: {:?}", replies.report().refused);
/// # }
/// ```
///
/// # Cancel safety
/// Nothing is lost between two items. Dropped, nothing stays registered; the command may have been sent.
#[must_use = "a command is sent when this is polled"]
pub struct Requests<T, C: Contract, R> {
    idle: Option<(T, C::Command)>,
    /// [`Self::start`], so that only the method that makes one asks for a target that is many clients.
    start: fn(&mut Self, &T, C::Command),
    expected: Expected<C::Message, R>,
    overflow: Option<Overflow>,
    timeout: Option<Duration>,
    open: FuturesUnordered<Open<C>>,
    deadline: Option<Pin<Box<Sleep>>>,
    /// What is told after the deadline.
    rest: vec::IntoIter<Ended<C>>,
    report: BroadcastReport,
    named: Option<usize>,
    /// What comes of it on other nodes, until that is all.
    elsewhere: Option<Hearing<C::Message>>,
}

/// Whose request ended, and how.
type Ended<C> = (ClientId, Result<<C as Contract>::Message, RequestError>);

struct Open<C: Contract>(Registered<C>);

impl<T: Target<C>, C: Contract, V> Sending<T, C, V> {
    /// Waits for the typed replies of many clients, which come as a stream of who answered what.
    pub fn replies<R>(self) -> Requests<T, C, R>
    where
        T: Many<C>,
        C: Replies<V, Reply = R>,
    {
        Requests::new(self.into_parts(), Expected::reply::<C, V>())
    }
}

impl<T, C: Contract, R> Requests<T, C, R> {
    /// Bounds how long answers are waited for, from the first poll on. Default `reply_timeout`.
    pub fn timeout(mut self, within: Duration) -> Self {
        self.timeout = Some(within);
        self
    }

    /// Who accepted the command and who did not. Says nothing before the first poll.
    #[must_use]
    pub fn report(&self) -> &BroadcastReport {
        &self.report
    }
}

impl<T, C: Contract, R> Requests<T, C, R> {
    fn begin(&mut self) {
        if let Some((target, command)) = self.idle.take() {
            (self.start)(self, &target, command);
        }
    }

    /// The next end on another node. Reports are noted on the way.
    fn poll_elsewhere(&mut self, cx: &mut Context<'_>) -> Poll<Ended<C>> {
        while let Some(elsewhere) = &mut self.elsewhere {
            match ready!(elsewhere.as_mut().poll_next(cx)) {
                Some(Heard::Ended(client, outcome)) => return Poll::Ready((client, outcome)),
                Some(Heard::Report(report)) => {
                    self.report.add(report);
                    self.report.count_missing(self.named);
                }
                None => self.elsewhere = None,
            }
        }
        Poll::Pending
    }
}

impl<T: Many<C>, C: Contract, R> Requests<T, C, R> {
    fn new((idle, overflow): Parts<T, C>, expected: Expected<C::Message, R>) -> Self {
        Self {
            idle,
            start: Self::start,
            expected,
            overflow,
            timeout: None,
            open: FuturesUnordered::new(),
            deadline: None,
            rest: Vec::new().into_iter(),
            report: BroadcastReport::default(),
            named: None,
            elsewhere: None,
        }
    }

    /// The same of whole messages, on behalf of another node. It has begun when this returns.
    #[cfg(feature = "cluster")]
    pub(crate) fn begun(
        parts: Parts<T, C>,
        expected: Expected<C::Message, R>,
        within: Duration,
    ) -> Self {
        let mut requests = Self::new(parts, expected).timeout(within);
        requests.begin();
        requests
    }

    fn start(&mut self, target: &T, mut command: C::Command) {
        let hub = target.hub();
        let sessions = target.sessions().0;
        let within = self.timeout.unwrap_or(hub.0.context.config.reply_timeout);
        let elsewhere = hub.elsewhere().and_then(|nodes| Some((nodes, target.reach()?)));
        if elsewhere.is_some() {
            give_id(hub, &mut command);
        }
        // With an id of 32 bits only where it is the caller's own: other nodes' sessions count their own.
        let cast =
            elsewhere.map(|(nodes, reach)| (nodes, reach, Bytes::from(command.encode_to_vec())));
        let registered = register(hub, &sessions, &mut command, self.expected.awaits);
        let shared = Shared::new(hub, &command);
        for (session, registered) in sessions.iter().zip(registered) {
            let offered =
                registered.map_err(|why| refusal(session, why)).and_then(|mut request| {
                    shared.offer(session, self.overflow, Some(request.slot.clone()))?;
                    request.watch.waits();
                    self.open.push(Open(request));
                    Ok(())
                });
            self.report.note(session.id(), offered);
        }
        self.elsewhere = cast.map(|(nodes, reach, command)| {
            let (overflow, asks) = (self.overflow, Some((self.expected.awaits, within)));
            nodes.cast(Cast { reach, command, overflow, asks })
        });
        self.named = target.named();
        self.report.count_missing(self.named);
        self.deadline = Some(Box::pin(sleep(within)));
    }
}

/// Gives the command an id for all nodes, where ids are unique and it has none.
fn give_id<C: Contract>(hub: &Hub<C>, command: &mut C::Command) {
    let kind = C::COMMAND_ID.filter(|kind| *kind != IdKind::Int32);
    let is_empty = C::command_id(command).is_none_or(IdRef::is_empty);
    if let Some(kind) = kind.filter(|_| is_empty) {
        C::set_command_id(command, hub.0.context.ids.next(kind, &AtomicI32::new(1)));
    }
}

/// Registers with every session under the command's own id, or under a new one where it is empty.
fn register<C: Contract>(
    hub: &Hub<C>,
    sessions: &[Arc<Session<C>>],
    command: &mut C::Command,
    awaits: Awaits,
) -> Vec<Result<Registered<C>, Unregistered>> {
    let register = |id: ClientId| -> Vec<_> {
        sessions.iter().map(|session| Registered::new(session, id.clone(), awaits)).collect()
    };
    if let Some(id) = C::command_id(command).filter(|id| !id.is_empty()) {
        return register(id.into());
    }
    loop {
        let Some(id) = new_id(hub, sessions) else {
            return Vec::new();
        };
        let registered = register(id.as_ref().into());
        let meets = |one: &Result<_, _>| matches!(one, Err(Unregistered::Duplicate(_)));
        // Small ids can meet one that the caller of another request chose.
        if !registered.iter().any(meets) {
            C::set_command_id(command, id);
            return registered;
        }
    }
}

/// An id that none of the sessions has had. `None` where there are none.
fn new_id<C: Contract>(hub: &Hub<C>, sessions: &[Arc<Session<C>>]) -> Option<OwnedId> {
    let kind = C::COMMAND_ID.expect("only a contract with command ids has replies");
    let ids = &hub.0.context.ids;
    if kind != IdKind::Int32 {
        return Some(ids.next(kind, &AtomicI32::new(1)));
    }
    // Each session counts its own: the next of the one that is furthest is new to all, and they go on from there.
    loop {
        let counters = || sessions.iter().map(|session| &session.next_id);
        let next = counters().map(|counter| counter.load(Ordering::Relaxed)).max()?;
        let after = next.checked_add(1).unwrap_or(1);
        // One that is further has had it in the meantime.
        let claims = |counter: &AtomicI32| {
            let claim = |own| (own <= next).then_some(after);
            counter.fetch_update(Ordering::Relaxed, Ordering::Relaxed, claim).is_ok()
        };
        if counters().all(claims) {
            return Some(OwnedId::Int(next.into()));
        }
    }
}

fn refusal<C: Contract>(session: &Session<C>, why: Unregistered) -> SendError {
    match why {
        Unregistered::Duplicate(id) => SendError::DuplicateId(id.to_string()),
        Unregistered::Closed => session.turned_away(SendError::NotConnected),
    }
}

impl<C: Contract> Open<C> {
    fn end(&mut self, outcome: Result<C::Message, RequestError>) -> Ended<C> {
        self.0.watch.ended(&outcome);
        (self.0.session.id().clone(), outcome)
    }
}

impl<C: Contract> Future for Open<C> {
    type Output = Ended<C>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Ended<C>> {
        let outcome = ready!(self.0.slot.poll_outcome(cx));
        Poll::Ready(self.end(outcome))
    }
}

/// Nothing in it is pinned.
impl<T, C: Contract, R> Unpin for Requests<T, C, R> {}

impl<T, C: Contract, R> Stream for Requests<T, C, R> {
    type Item = (ClientId, Result<R, RequestError>);

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = &mut *self;
        this.begin();
        if let Poll::Ready((client, outcome)) = this.poll_elsewhere(cx) {
            return Poll::Ready(Some((client, this.expected.take(outcome))));
        }
        let mut next = Pin::new(&mut this.open).poll_next(cx);
        if next.is_pending()
            && let Some(deadline) = &mut this.deadline
            && deadline.as_mut().poll(cx).is_ready()
        {
            // Whoever has answered and was not asked yet has answered in time.
            let open = std::mem::take(&mut this.open).into_iter();
            let rest = open.map(|mut open| match Pin::new(&mut open).poll(cx) {
                Poll::Ready(ended) => ended,
                Poll::Pending => open.end(Err(RequestError::Timeout)),
            });
            this.rest = rest.collect::<Vec<_>>().into_iter();
            next = Poll::Ready(None);
        }
        let ended = ready!(next).or_else(|| this.rest.next());
        if ended.is_none() && this.elsewhere.is_some() {
            return Poll::Pending;
        }
        Poll::Ready(ended.map(|(client, outcome)| (client, this.expected.take(outcome))))
    }
}

impl_debug!([T, C: Contract, R] Requests<T, C, R>, |requests| C::NAME, requests.report);
