//! A session that runs over an input in memory, with a handler that tells what it is called for.

use std::{
    future::{Future, ready},
    sync::Arc,
    time::Duration,
};

use tokio::{
    sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel},
    task::AbortHandle,
    time::Instant,
};
use tonic::{Request, Response, Status, Streaming};

use super::super::{Client, CommandStream, Disconnect, Handler, Rpc, Session, run as run_session};
use crate::{
    config::HubConfig,
    contract::Contract,
    error::{Failure, HandlerError},
    sample::{self, Command, MEASURE, Message, RESET, note},
    testing::{Clients, Peer, Scripted, Serve, Serving, Watch},
};

pub(super) const SECOND: Duration = Duration::from_secs(1);

/// What a handler does with a message, by its value.
pub(super) const FINE: u64 = 0;
pub(super) const HANG: u64 = 1;
/// Takes 100 s.
pub(super) const SLOW: u64 = 2;
pub(super) const CLOSE: u64 = 3;
/// Fails with a status.
pub(super) const MISSING: u64 = 4;
/// Fails with something that is nobody's business.
pub(super) const SECRET: u64 = 5;
pub(super) const PANIC: u64 = 6;

/// Tells what a handler is called for, each with the second.
pub(super) struct Teller {
    told: UnboundedSender<String>,
    start: Instant,
}

impl Teller {
    pub(super) fn tell(&self, line: &str) {
        // A test that has seen enough does not listen any more.
        let _ = self.told.send(format!("{} {line}", self.start.elapsed().as_secs()));
    }
}

/// Does what messages say. Its callbacks take as long as they are told to.
pub(super) struct Play {
    pub(super) teller: Teller,
    pub(super) connects_in: Duration,
    pub(super) disconnects_in: Duration,
}

impl Play {
    /// One whose callbacks take no time.
    pub(super) fn quick(teller: Teller) -> Self {
        Self { teller, connects_in: Duration::ZERO, disconnects_in: Duration::ZERO }
    }
}

impl<C: Contract<Message = Message, Command = Command>> Handler<C> for Play {
    async fn dispatch(&self, client: &Client<C>, message: Message) -> Result<(), Failure> {
        self.teller.tell(&format!("handle {}", message.value));
        match message.value {
            HANG => std::future::pending().await,
            SLOW => tokio::time::sleep(100 * SECOND).await,
            CLOSE => client.close("the handler's words"),
            MISSING => return Err(Failure::new(Status::not_found("no such sensor"))),
            SECRET => return Err(Failure::new("the password is wrong")),
            PANIC => panic!("the password is wrong"),
            _ => {}
        }
        Ok(())
    }

    async fn on_connect(&self, _: &Client<C>) -> Result<(), Failure> {
        tokio::time::sleep(self.connects_in).await;
        self.teller.tell("connected");
        Ok(())
    }

    async fn on_disconnect(&self, _: &Client<C>, end: &Disconnect<C>) -> Result<(), Failure> {
        self.teller.tell(&format!("{} {}", end.reason, end.undelivered.len()));
        tokio::time::sleep(self.disconnects_in).await;
        self.teller.tell("left");
        Ok(())
    }

    async fn on_error(&self, _: &Client<C>, error: &HandlerError) {
        self.teller.tell(&format!("error {error}"));
    }
}

/// A session that runs.
pub(super) struct Running<C: Contract> {
    pub(super) session: Arc<Session<C>>,
    /// Takes only the commands that it is asked for.
    pub(super) peer: Peer<C>,
    pub(super) lines: UnboundedReceiver<String>,
    pub(super) task: AbortHandle,
}

/// One session, without a hub.
struct Alone<C: Contract, H> {
    session: Arc<Session<C>>,
    handler: Arc<H>,
    started: UnboundedSender<AbortHandle>,
}

impl<C: Contract, H: Handler<C>> Serve<C> for Alone<C, H> {
    fn serve(&self, request: Request<Streaming<C::Message>>, _: Watch<C>) -> Serving<C> {
        let rpc = Rpc::new();
        let output = CommandStream::new(rpc.clone());
        rpc.attach(&self.session, 0);
        let (session, handler) = (self.session.clone(), self.handler.clone());
        let mut input = request.into_inner().into();
        let run = async move {
            run_session(&session, &*handler, &mut input, &mut None, &mut None).await;
        };
        let _ = self.started.send(tokio::spawn(run).abort_handle());
        Box::pin(ready(Ok(Response::new(output))))
    }
}

impl<C: Scripted<Message = Message, Command = Command>> Running<C> {
    pub(super) async fn start(config: HubConfig) -> Self {
        Self::with(config, Duration::ZERO, Duration::ZERO).await
    }

    pub(super) async fn with(
        config: HubConfig,
        connects_in: Duration,
        disconnects_in: Duration,
    ) -> Self {
        Self::of(sample::session(config), Some(note(FINE)), |teller| Play {
            teller,
            connects_in,
            disconnects_in,
        })
        .await
    }

    /// One with this handler, which begins with this message.
    pub(super) async fn of<H: Handler<C>>(
        session: Arc<Session<C>>,
        first: Option<Message>,
        handler: impl FnOnce(Teller) -> H,
    ) -> Self {
        let ((told, lines), (started, mut tasks)) = (unbounded_channel(), unbounded_channel());
        let handler = Arc::new(handler(Teller { told, start: Instant::now() }));
        let alone = Alone { session: session.clone(), handler, started };
        let peer = Clients::served_by(alone).read_on_demand().open(first).await.expect("let in");
        let task = tasks.recv().await.expect("it was served");
        Self { session, peer, lines, task }
    }

    /// One that has handled its first message.
    pub(super) async fn connected(config: HubConfig) -> Self {
        let mut running = Self::start(config).await;
        running.expect(&["0 connected", "0 handle 0"]).await;
        running
    }

    pub(super) fn send(&self, value: u64) {
        self.send_message(note(value));
    }

    pub(super) fn send_message(&self, message: Message) {
        self.peer.send(message);
    }

    /// The next lines, each with the second in which it was told.
    pub(super) async fn expect(&mut self, lines: &[&str]) {
        for expected in lines {
            assert_eq!(self.lines.recv().await.as_deref(), Some(*expected), "of {lines:?}");
        }
    }

    pub(super) fn client(&self) -> Client<C> {
        Client(self.session.clone())
    }

    /// What comes next on the wire; the status at the end.
    pub(super) async fn output(&mut self) -> Result<Command, Status> {
        self.peer.try_next().await.map_err(|end| end.status)
    }

    /// Fills the outbox, which nobody reads.
    pub(super) async fn fill(&self) {
        let client = self.client();
        while self.session.outbox.len() < 10 {
            client.send(reset()).await.expect("room");
        }
    }
}

pub(super) fn reset() -> Command {
    Command { kind: RESET, ..Command::default() }
}

pub(super) fn measure() -> Command {
    Command { kind: MEASURE, ..Command::default() }
}

/// Each bound has its own length.
pub(super) fn config() -> HubConfig {
    HubConfig::testing().with(|config| {
        config.callback_timeout = 20 * SECOND;
        config.handler_grace = 30 * SECOND;
        config.flush_timeout = 40 * SECOND;
        config.send_timeout = 50 * SECOND;
        config.reply_timeout = 60 * SECOND;
        config.write_timeout = 400 * SECOND;
    })
}

/// How long it took.
pub(super) async fn timed<T>(future: impl Future<Output = T>) -> (T, u64) {
    let start = Instant::now();
    let output = future.await;
    (output, start.elapsed().as_secs())
}
