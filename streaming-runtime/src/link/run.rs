//! The life of a link: streams that come and go, and one session that stays.

use std::{
    future::poll_fn,
    pin::pin,
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use tokio::{
    select,
    sync::{oneshot, watch},
    time::{Instant, sleep_until, timeout},
};
use tonic::{Code, Status, metadata::AsciiMetadataValue};

use super::{
    Link, Lost,
    attempt::Outgoing,
    backoff::Backoff,
    state::{Bidden, LinkState, Shared},
    turned::Bot,
};
use crate::{
    contract::{Contract, Linked},
    error::{HandlerError, RequestError},
    frame::Frame,
    id::IdKind,
    input::Input,
    resume::{Arrival, RESUMED, SESSION},
    session::{CommandStream, Handler, Phase, Rpc, Session, Slot, guarded, run as run_session},
    status::{PUSHBACK, Reason},
};

/// So many of the hub's commands are kept with their answers.
const COMMANDS: usize = 10_000;

/// Runs `bot` on the streams of `link`.
pub(super) async fn run<C: Linked, H: Handler<C::Turned>>(
    link: &Link<C>,
    bot: Arc<H>,
) -> Result<(), Lost> {
    let shared = link.shared();
    assert!(shared.take(), "a link is run once");
    let session = &link.0.0;
    session.pass(Phase::Live);
    let handler = Bot { bot, shared: shared.clone() };
    let (first, begins) = oneshot::channel();
    let life = pin!(async {
        let Ok(mut input) = begins.await else { return };
        run_session(session, &handler, &mut input, &mut None, &mut None).await;
        // What was written is with the transport now, and lost where the stream is dropped: the hub ends it.
        let ended = poll_fn(|cx| {
            while let std::task::Poll::Ready(message) = input.poll_message(cx) {
                if message.is_none() {
                    return std::task::Poll::Ready(());
                }
            }
            std::task::Poll::Pending
        });
        let _ = timeout(shared.config.flush_timeout, ended).await;
    });
    let streams = Streams {
        link,
        handler: &handler,
        first: Some(first),
        key: None,
        backoff: Backoff::new(&shared.config),
        attempts: 0,
    };
    let ended = {
        let mut streams = pin!(streams.come_and_go());
        let mut life = life;
        select! {
            biased;
            () = &mut life => None,
            lost = &mut streams => {
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
    shared.pass(LinkState::Ended(ended.clone()));
    ended.map_or(Ok(()), Err)
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
    attempts: usize,
}

impl<C: Linked, H: Handler<C::Turned>> Streams<'_, C, H> {
    fn session(&self) -> &Arc<Session<C::Turned>> {
        &self.link.0.0
    }

    fn shared(&self) -> &Shared<C> {
        &self.handler.shared
    }

    /// Opens one stream after the other. Gives how the last one was lost, if it was for good.
    async fn come_and_go(mut self) -> Option<Lost> {
        loop {
            self.shared().pass(LinkState::Connecting);
            let opened = self.open().await;
            let (status, after) = match opened {
                Ok(stream) => {
                    let since = Instant::now();
                    let end = self.follow(stream).await;
                    if since.elapsed() >= self.shared().config.max_delay {
                        self.backoff.reset();
                    }
                    end
                }
                Err(status) => (status, None),
            };
            if self.session().has_ended() {
                return None;
            }
            let after = after.or_else(|| self.delay(&status));
            let retry_at = after.map(|after| Instant::now() + after);
            let lost = Lost { status, retry_at };
            tracing::debug!(client = %self.link.id(), rpc = C::NAME, status = %lost.status, reason = lost.reason(), ?after, "no stream");
            self.handler.lost(&self.link.0, &lost).await;
            let Some(until) = retry_at else { return Some(lost) };
            self.shared().pass(LinkState::Waiting { until });
            sleep_until(until).await;
        }
    }

    /// Opens a stream and hands it to the session.
    async fn open(&mut self) -> Result<(u32, oneshot::Receiver<Status>), Status> {
        let shared = &self.handler.shared;
        let within = shared.config.open_timeout;
        let rpc = Rpc::new();
        let outgoing = Outgoing { first: self.hello(), rest: CommandStream::new(rpc.clone()) };
        let addr = &shared.addrs[self.attempts % shared.addrs.len()];
        self.attempts += 1;
        let key = self.key.clone();
        let opening = async {
            let mut metadata = shared.metadata.make().await?;
            if let Some(key) = key {
                metadata.insert(SESSION, key);
            }
            addr.open::<C>(metadata, outgoing).await
        };
        let late =
            |_| Status::deadline_exceeded(format!("no stream could be opened in {within:?}"));
        let response = timeout(within, opening).await.map_err(late)??;
        let told = |header| response.metadata().get(header);
        let resumed = self.key.is_some() && told(RESUMED).is_some_and(|told| told == "true");
        self.key = told(SESSION).cloned();
        self.begin(resumed);
        let (input, ended) = Input::told(response.into_inner(), shared.config.silence);
        let session = self.session().clone();
        shared.goodbye.send_replace(None);
        shared.pass(LinkState::Online);
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
        Ok((stream, ended))
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

    /// Waits until the stream of this number ends, and says how; and when to come back, where the hub said that before.
    async fn follow(
        &mut self,
        (stream, ended): (u32, oneshot::Receiver<Status>),
    ) -> (Status, Option<Duration>) {
        let session = self.session().clone();
        let mut goodbye = self.shared().goodbye.subscribe();
        select! {
            biased;
            status = ended => (status.unwrap_or_else(|_| Status::cancelled("the link has ended")), None),
            after = bidden(&mut goodbye) => {
                // Whoever is told to go ends its side. What is not written yet goes out on the next stream.
                session.dropped(stream);
                (Status::unavailable("the hub has said goodbye"), after)
            }
        }
    }

    /// How long to wait after an end like this; `None`: for ever.
    fn delay(&mut self, status: &Status) -> Option<Duration> {
        let lost = Lost { status: status.clone(), retry_at: None };
        let last = matches!(
            status.code(),
            Code::Unauthenticated
                | Code::PermissionDenied
                | Code::InvalidArgument
                | Code::Unimplemented
                | Code::FailedPrecondition
        );
        if last || lost.reason() == "replaced" {
            return None;
        }
        let pushback =
            status.metadata().get(PUSHBACK).and_then(|told| told.to_str().ok()?.parse().ok());
        let backoff = self.backoff.next();
        Some(pushback.map_or(backoff, Duration::from_millis))
    }
}

/// Waits for the hub's goodbye; gives how long to stay away, if it said so.
async fn bidden(goodbye: &mut watch::Receiver<Option<Bidden>>) -> Option<Duration> {
    let bidden = goodbye.wait_for(Option::is_some).await.map(|bidden| *bidden);
    match bidden {
        Ok(bidden) => bidden.and_then(|bidden| bidden.after),
        Err(_) => std::future::pending().await,
    }
}

impl<C: Linked, H: Handler<C::Turned>> Bot<C, H> {
    /// Tells the bot that its stream is lost, if it knows that there was one.
    async fn lost(&self, client: &crate::session::Client<C::Turned>, lost: &Lost) {
        if !self.shared.greeted.swap(false, Ordering::Relaxed) {
            return;
        }
        let within = self.shared.config.callback_timeout;
        let callback = async { self.bot.on_lost(client, lost).await };
        let too_long = "a callback took longer than the callback timeout";
        if let Err(error) = guarded(within, too_long, callback).await {
            let error: HandlerError = error;
            self.bot.on_error(client, &error).await;
        }
    }
}
