//! The life of a link: streams that come and go, and one session that stays.

use std::{
    future::poll_fn,
    iter::once,
    pin::pin,
    sync::{Arc, atomic::Ordering},
    task::Poll,
    time::Duration,
};

use futures_util::{StreamExt as _, stream::FuturesUnordered};
use tokio::{
    select,
    sync::oneshot,
    time::{Instant, sleep_until, timeout},
};
use tonic::{Code, Status, metadata::AsciiMetadataValue};
use tracing::Instrument as _;

use super::{
    Link, Lost,
    attempt::{Addr, Outgoing, Parked},
    backoff::Backoff,
    end::{Farewell, Next},
    state::{LinkState, Progress, Shared},
    ttl::keep_fresh,
    turned::Bot,
};
use crate::{
    contract::{Contract, Linked},
    error::RequestError,
    frame::Frame,
    id::IdKind,
    input::Input,
    resume::{Arrival, RESUMED, SESSION},
    session::{CommandStream, Handler, Phase, Rpc, Session, Slot, run as run_session},
    status::Reason,
    telemetry,
};

/// So many of the hub's commands are kept with their answers.
const COMMANDS: usize = 10_000;

/// Runs `bot` on the streams of `link`.
pub(super) async fn run<C: Linked, H: Handler<C::Turned>>(
    link: &Link<C>,
    bot: Arc<H>,
) -> Result<(), Lost> {
    let session = &link.0.0;
    // None where it is a link of another contract, whose clients see the same.
    let shared: Option<&Arc<Shared<C>>> = session.info.extensions().get();
    let Some(shared) = shared.filter(|shared| shared.take()) else {
        let status = Status::failed_precondition("a link is run once; build another");
        return Err(Lost { status, retry_at: None });
    };
    let _over = Over { link, progress: &shared.progress };
    let span = telemetry::link::<C>(link.id());
    run_once(link, shared, bot).instrument(span).await
}

async fn run_once<C: Linked, H: Handler<C::Turned>>(
    link: &Link<C>,
    shared: &Arc<Shared<C>>,
    bot: Arc<H>,
) -> Result<(), Lost> {
    let session = &link.0.0;
    session.pass(Phase::Live);
    let progress = &shared.progress;
    let handler = Bot { bot, shared: shared.clone() };
    let (first, begins) = oneshot::channel();
    let life = pin!(async {
        let mut input = select! {
            biased;
            // Where it is closed first there is nothing to finish.
            () = progress.closed() => return,
            input = begins => match input {
                Ok(input) => input,
                Err(_) => return,
            },
        };
        run_session(session, &handler, &mut input, &mut None, &mut None).await;
        // What was written is with the transport now, and lost where the stream is dropped: the hub ends it.
        let ended = poll_fn(|cx| {
            while let Poll::Ready(message) = input.poll_message(cx) {
                if message.is_none() {
                    return Poll::Ready(());
                }
            }
            Poll::Pending
        });
        let _ = timeout(shared.config.flush_timeout, ended).await;
    });
    let streams = Streams {
        link,
        handler: &handler,
        first: Some(first),
        key: None,
        backoff: Backoff::new(&shared.config),
        addr: 0,
        attempts: 0,
        astray: 0,
    };
    let ended = {
        // Woken by itself: most that wakes the link is messages, in which it has no part.
        let mut streams: FuturesUnordered<_> = once(streams.come_and_go()).collect();
        let mut life = life;
        select! {
            biased;
            () = &mut life => {
                // A callback that runs is not cut off.
                let losing = || shared.losing.load(Ordering::Relaxed);
                let told = poll_fn(|cx| {
                    let over = !losing() || streams.poll_next_unpin(cx).is_ready() || !losing();
                    if over { Poll::Ready(()) } else { Poll::Pending }
                });
                told.await;
                None
            }
            () = keep_fresh(link, shared.config.message_ttl) => None,
            lost = streams.next() => {
                let lost = lost.flatten();
                // Closed before there was a stream, or lost for good.
                let reason = lost.as_ref().map_or(Reason::ClientGone, |lost| Reason::Refused(lost.status.clone()));
                session.end(reason);
                life.await;
                lost
            }
        }
    };
    if ended.is_none() {
        handler.lost(&link.0, &Lost { status: Status::ok(""), retry_at: None }).await;
    }
    progress.pass(LinkState::Ended(ended.clone()));
    ended.map_or(Ok(()), Err)
}

/// However a link ends, whoever sends or looks on is told.
struct Over<'a, C: Linked> {
    link: &'a Link<C>,
    progress: &'a Progress,
}

impl<C: Linked> Drop for Over<'_, C> {
    fn drop(&mut self) {
        let session = &self.link.0.0;
        session.end(Reason::ClientGone);
        // Where it never ran, some may still wait for room.
        session.outbox.abort();
        self.link.count_queue();
        if !matches!(*self.progress.state.borrow(), LinkState::Ended(_)) {
            self.progress.pass(LinkState::Ended(None));
        }
    }
}

/// What makes the streams of a link.
struct Streams<'a, C: Linked, H> {
    link: &'a Link<C>,
    handler: &'a Bot<C, H>,
    /// Where the first stream goes.
    first: Option<oneshot::Sender<Input<C::Command>>>,
    /// The key of the hub's session.
    key: Option<AsciiMetadataValue>,
    backoff: Backoff,
    /// Counts addresses, in turn.
    addr: usize,
    attempts: u64,
    /// Attempts that were given up without an answer. Each may still reach the hub, as a line lets go what it held, and
    /// take the place of a stream that came after it.
    astray: u32,
}

/// No more of them are counted: whoever is replaced more often has met another client with its id.
const ASTRAY: u32 = 5;

impl<C: Linked, H: Handler<C::Turned>> Streams<'_, C, H> {
    fn session(&self) -> &Arc<Session<C::Turned>> {
        &self.link.0.0
    }

    fn shared(&self) -> &Shared<C> {
        &self.handler.shared
    }

    fn progress(&self) -> &Progress {
        &self.handler.shared.progress
    }

    /// Opens one stream after the other. Gives how the last one was lost, if it was for good.
    async fn come_and_go(mut self) -> Option<Lost> {
        loop {
            self.progress().pass(LinkState::Connecting);
            self.attempts += 1;
            let addr = self.addr().shown.clone();
            let span = telemetry::link_stream::<C>(self.link.id(), &addr, self.attempts);
            let ending = self.once().instrument(span.clone()).await?;
            if let Some(until) = ending.lost.retry_at {
                self.progress().pass(LinkState::Waiting { until });
            }
            span.in_scope(|| self.log(&addr, &ending));
            drop(span);
            let Ending { lost, left, .. } = ending;
            self.addr += usize::from(left);
            self.handler.lost(&self.link.0, &lost).await;
            let Some(until) = lost.retry_at else { return Some(lost) };
            sleep_until(until).await;
        }
    }

    fn addr(&self) -> &Addr {
        let addrs = &self.shared().addrs;
        &addrs[self.addr % addrs.len()]
    }

    /// Opens a stream and follows it to its end; `None`: the link itself has ended.
    async fn once(&mut self) -> Option<Ending> {
        let opened = self.open().await;
        let held = opened.is_ok();
        let (status, farewell) = match opened {
            Ok(stream) => self.follow(stream).await,
            Err(status) => (status, None),
        };
        self.progress().meters.no_stream(held, status.code());
        if self.session().has_ended() {
            return None;
        }
        let backoff = self.backoff.next();
        let after = match Next::of(&status, farewell) {
            Next::Replaced if self.astray > 0 => {
                self.astray -= 1;
                Some(backoff)
            }
            Next::Replaced | Next::Nothing => None,
            Next::Again => Some(backoff),
            Next::After(after) => Some(after),
        };
        let lost = Lost { status, retry_at: after.map(|after| Instant::now() + after) };
        // A connection that is lost may have left its session where it was.
        let left = !held || farewell.is_some() || !lost.reason().is_empty();
        Some(Ending { lost, after, held, left })
    }

    /// The one line of an attempt and the stream that came of it.
    fn log(&self, addr: &str, Ending { lost, after, held, .. }: &Ending) {
        let (client, rpc, attempt) = (self.link.id(), C::NAME, self.attempts);
        let (code, reason) = (lost.status.code(), lost.reason());
        let why = lost.status.message().escape_debug();
        let what = if *held { "the stream is lost" } else { "no stream was opened" };
        match after {
            None => {
                tracing::error!(%client, rpc, addr, attempt, ?code, reason, "{what}, and the link ends: {why}");
            }
            // It was told to go.
            Some(after) if code == Code::Ok => {
                tracing::info!(%client, rpc, addr, attempt, ?code, reason, "the hub has ended the stream, the next attempt is in {after:.1?}");
            }
            Some(after) => {
                tracing::warn!(%client, rpc, addr, attempt, ?code, reason, "{what}, the next attempt is in {after:.1?}: {why}");
            }
        }
    }

    /// Opens a stream and hands it to the session.
    async fn open(&mut self) -> Result<Opened<C>, Status> {
        let shared = &self.handler.shared;
        let within = shared.config.open_timeout;
        let rpc = Rpc::new();
        let (leave, left) = oneshot::channel();
        let rest = Some(CommandStream::new(rpc.clone()).read_by_tonic(true));
        let link = self.link.clone();
        let outgoing = Outgoing { first: self.hello(), rest, leave: Some(left), link };
        let addr = self.addr();
        let key = self.key.clone();
        let opening = async {
            let mut metadata = shared.metadata.make().await?;
            if let Some(key) = key {
                metadata.insert(SESSION, key);
            }
            addr.open::<C>(metadata, outgoing).await
        };
        let Ok(response) = timeout(within, opening).await else {
            self.astray = ASTRAY.min(self.astray + 1);
            // No code of the hub's: it may never have heard of it.
            return Err(Status::unavailable(format!("no stream could be opened in {within:?}")));
        };
        let response = response?;
        let told = |header| response.metadata().get(header);
        let resumed = self.key.is_some() && told(RESUMED).is_some_and(|told| told == "true");
        self.key = told(SESSION).cloned();
        self.begin(resumed);
        self.handler.shared.progress.meters.opened(resumed);
        let said = self.handler.shared.clone();
        let seen = move |command: &C::Command| {
            if let Some(goodbye) = C::hubs_goodbye(command) {
                said.farewell.send_replace(Some(Farewell::new(&goodbye)));
            }
        };
        let (input, ended) = Input::told(response.into_inner(), shared.config.silence, seen);
        let session = self.session().clone();
        shared.farewell.send_replace(None);
        self.progress().pass(LinkState::Online);
        let stream = if let Some(first) = self.first.take() {
            // Nobody takes it where the link was closed meanwhile.
            let _ = first.send(input);
            0
        } else {
            let stream = session.outbox.switch();
            let key = session.seat.key();
            let arrival = || Arrival { input, first: None, stream, valid_for: None, place: None };
            session.seat.arrive(key, key, arrival);
            session.arrived();
            stream
        };
        rpc.attach(&session, stream);
        Ok(Opened { stream, ended, leave, since: Instant::now() })
    }

    /// The hub goes on with its session, or begins one.
    fn begin(&self, resumed: bool) {
        let session = self.session();
        self.handler.shared.fresh.store(!resumed, Ordering::Relaxed);
        if !resumed {
            session.pending.end_where(Slot::is_sent, |sent| RequestError::Disconnected { sent });
        }
        // A hub that has no sessions may mean another command by the same id; one that has begun to count anew does.
        let counts = C::COMMAND_ID == Some(IdKind::Int32);
        session.once.keep(if self.key.is_some() { COMMANDS } else { 0 });
        if counts && !resumed {
            session.once.forget();
            session.outbox.drop_answers(|entry| {
                let Frame::Message(message) = &entry.frame else { return false };
                let answered = C::reply(message).filter(|reply| !reply.id.is_empty());
                entry.request.is_none() && answered.is_some()
            });
        }
    }

    /// Who comes.
    fn hello(&self) -> Option<Frame<C::Message>> {
        let shared = self.shared();
        let mut hello = match shared.hello.as_ref().or(shared.heartbeat.as_ref()) {
            Some(make) => make(),
            None if self.link.id().is_empty() => return None,
            None => C::Message::default(),
        };
        C::Turned::sign(&mut hello, self.link.id());
        Some(hello.into())
    }

    /// Waits until a stream ends, and says how; and what the hub's goodbye said before.
    async fn follow(&mut self, mut opened: Opened<C>) -> (Status, Option<Farewell>) {
        let config = &self.handler.shared.config;
        let farewell = &self.handler.shared.farewell;
        let mut said = farewell.subscribe();
        let heard = said.wait_for(|said| said.is_some_and(|said| said.heard));
        let mut ended = select! {
            biased;
            ended = &mut opened.ended => Some(ended),
            _ = heard => None,
        };
        if ended.is_none() {
            // Whoever is told to go ends its side, and what is not written yet goes out on the next stream. How the hub ends
            // its own says more than the goodbye.
            let (park, parked) = oneshot::channel();
            let _ = opened.leave.send(park);
            ended = timeout(config.flush_timeout, opened.ended).await.ok();
            self.session().dropped(opened.stream);
            drop(parked);
        }
        if opened.since.elapsed() >= config.max_delay {
            self.backoff.reset();
        }
        let status = match ended {
            Some(Ok(status)) => status,
            Some(Err(_)) => Status::cancelled("the link has ended"),
            None => Status::unavailable("the hub has said goodbye"),
        };
        (status, *farewell.borrow())
    }
}

/// How an attempt ended, or the stream that came of it.
struct Ending {
    lost: Lost,
    /// How long to wait; `None`: for ever.
    after: Option<Duration>,
    /// Whether there was one.
    held: bool,
    /// Whether the next attempt is elsewhere.
    left: bool,
}

/// A stream that was opened.
struct Opened<C: Linked> {
    /// Its number in the outbox.
    stream: u32,
    ended: oneshot::Receiver<Status>,
    /// Lets the link's side end alone.
    leave: oneshot::Sender<Parked<C>>,
    since: Instant,
}
