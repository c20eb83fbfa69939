//! Links and hubs over real connections, through a line that tests can cut.

mod at_least_once;
mod ends;
mod observed;
mod once;
mod opening;
mod peers;
mod queue;

use std::{
    net::SocketAddr,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _, copy},
    net::{TcpListener, TcpStream},
    sync::{Notify, watch},
    task::{JoinHandle, JoinSet},
    time::timeout,
};

use super::{Link, LinkConfig, LinkState, Lost};
use crate::{
    Hub,
    codegen::answer,
    config::HubConfig,
    contract::{
        Acks, Answers, ClientIdSource, Contract, Failed, Goodbye, Linked, N, Question, ReplyRef,
        UniqueIds, Variant,
    },
    error::{Failure, RequestError},
    id::{ClientId, IdKind, IdRef, OwnedId},
    publish::json::Object,
    sample::{
        ACK, BYE, Command, FAILED, GOODBYE, MEASURE, Message, NOTE, PING, PONG, Polite, SmallNamed,
        service,
    },
    session::{Client, Disconnect, Handler},
};

/// Contracts as their clients see them.
macro_rules! turned {
    ($($contract:ident is $link:ident with $kind:ident;)*) => {$(
        #[derive(Debug)]
        pub(crate) struct $link;

        impl Linked for $contract {
            type Turned = $link;

            fn hubs_goodbye(command: &Command) -> Option<Goodbye<'_>> {
                let reconnect_after = crate::codegen::millis(command.value.cast_signed());
                (command.kind == GOODBYE).then_some(Goodbye { reason: &command.text, reconnect_after })
            }
        }

        impl Contract for $link {
            type Message = Command;
            type Command = Message;

            const NAME: &'static str = $contract::NAME;
            const MESSAGES: &'static [Variant] = $contract::COMMANDS;
            const COMMANDS: &'static [Variant] = $contract::MESSAGES;
            const CLIENT_ID: ClientIdSource = ClientIdSource::Assigned;
            const COMMAND_ID: Option<IdKind> = Some(IdKind::$kind);

            fn message_variant(message: &Command) -> Option<u16> {
                $contract::command_variant(message)
            }

            fn command_variant(command: &Message) -> Option<u16> {
                $contract::message_variant(command)
            }

            fn command_id(command: &Message) -> Option<IdRef<'_>> {
                Some(IdRef::Str(&command.question))
            }

            fn set_command_id(command: &mut Message, id: OwnedId) {
                command.question = id.into_string();
            }

            fn reply(message: &Command) -> Option<ReplyRef<'_>> {
                (message.kind == FAILED).then(|| ReplyRef {
                    id: IdRef::Str(&message.id),
                    variant: Some(3),
                    ack: true,
                    failure: Some(Failed { message: &message.text, error: "" }),
                })
            }

            fn answer_ping(message: &Command) -> Option<Message> {
                let value = message.value;
                (message.kind == PING).then(|| Message { kind: PONG, value, ..Message::default() })
            }

            fn sign(command: &mut Message, id: &ClientId) {
                if command.sensor.is_empty() {
                    command.sensor = id.to_string();
                }
            }

            fn question(message: &Command) -> Option<IdRef<'_>> {
                (message.kind != FAILED && message.kind != GOODBYE).then_some(IdRef::Str(&message.id))
            }

            fn failed_answer(question: Question, failed: Failed<'_>) -> Option<Message> {
                let (command_id, error) = (question.id.into_string(), failed.message.to_owned());
                Some(Message { kind: ACK, command_id, error, ..Message::default() })
            }

            fn goodbye(goodbye: &Goodbye<'_>) -> Option<Message> {
                Some(Message { kind: BYE, error: goodbye.reason.to_owned(), ..Message::default() })
            }

            fn message_json(message: &Command, object: &mut Object<'_>) {
                $contract::command_json(message, object);
            }

            fn command_json(command: &Message, object: &mut Object<'_>) {
                $contract::message_json(command, object);
            }
        }

        impl Acks for $link {
            type Ack = String;

            fn into_ack(message: Command) -> Option<String> {
                Some(message.text)
            }
        }

        impl Answers<N<1>> for $link {
            type Answer = String;

            fn answer(id: OwnedId, error: String) -> Message {
                Message { kind: ACK, command_id: id.into_string(), error, ..Message::default() }
            }

            fn done(id: OwnedId) -> Option<Message> {
                Some(Self::answer(id, String::new()))
            }
        }
    )*};
}

turned! {
    Polite is PoliteLink with Str;
    SmallNamed is SmallLink with Int32;
}

impl UniqueIds for PoliteLink {}

/// What happened, in order.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<String>>>, Arc<Notify>);

impl Log {
    fn say(&self, line: impl Into<String>) {
        self.0.lock().expect("a log").push(line.into());
        self.1.notify_waiters();
    }

    fn lines(&self) -> Vec<String> {
        self.0.lock().expect("a log").clone()
    }

    /// Waits until this many lines begin so.
    async fn has(&self, count: usize, start: &str) {
        let seen = async {
            loop {
                let notified = self.1.notified();
                let lines = self.lines();
                if lines.iter().filter(|line| line.starts_with(start)).count() >= count {
                    return;
                }
                notified.await;
            }
        };
        let seen = timeout(Duration::from_secs(30), seen).await;
        assert!(seen.is_ok(), "no {count} lines `{start}` in {:?}", self.lines());
    }
}

/// A bot that notes what happens and acknowledges what it is told.
#[derive(Default)]
struct Noting {
    log: Log,
    executed: AtomicUsize,
    /// What it is told to fail.
    fails: AtomicBool,
}

impl<L: Contract<Message = Command, Command = Message> + Answers<N<1>>> Handler<L> for Noting {
    async fn dispatch(&self, client: &Client<L>, command: Command) -> Result<(), Failure> {
        if command.kind != MEASURE {
            self.log.say(format!("got {}", command.kind));
            return Ok(());
        }
        self.executed.fetch_add(1, Ordering::Relaxed);
        self.log.say(format!("executed {}", command.text));
        if command.text == "slow" {
            std::future::pending::<()>().await;
        }
        if self.fails.load(Ordering::Relaxed) {
            return Err(Failure::new(tonic::Status::internal("no power")));
        }
        let asked = crate::codegen::question::<L>(&command);
        answer::<L, N<1>>(client, asked, None).await
    }

    async fn on_connect(&self, _: &Client<L>) -> Result<(), Failure> {
        self.log.say("connect");
        Ok(())
    }

    async fn on_resume(&self, _: &Client<L>) -> Result<(), Failure> {
        self.log.say("resume");
        Ok(())
    }

    async fn on_lost(&self, _: &Client<L>, lost: &Lost) -> Result<(), Failure> {
        self.log.say(format!("lost {:?} {}", lost.status.code(), lost.reason()));
        Ok(())
    }
}

/// A hub's handler that notes what comes.
#[derive(Clone, Default)]
struct Hearing(Log);

impl<C: Contract<Message = Message>> Handler<C> for Hearing {
    async fn dispatch(&self, _: &Client<C>, message: Message) -> Result<(), Failure> {
        if message.kind == NOTE && !message.error.is_empty() {
            self.0.say(format!("note {}", message.error));
        }
        Ok(())
    }

    async fn on_connect(&self, client: &Client<C>) -> Result<(), Failure> {
        self.0.say(format!("connect {}", client.id()));
        Ok(())
    }

    async fn on_resume(&self, client: &Client<C>) -> Result<(), Failure> {
        self.0.say(format!("resume {}", client.id()));
        Ok(())
    }

    async fn on_disconnect(
        &self,
        _: &Client<C>,
        disconnect: &Disconnect<C>,
    ) -> Result<(), Failure> {
        self.0.say(format!("disconnect {}", disconnect.reason));
        Ok(())
    }
}

/// A hub on a port of its own.
struct Server<C: Contract = Polite> {
    hub: Hub<C>,
    heard: Log,
    task: JoinHandle<()>,
}

impl Server {
    fn start(grace: Duration) -> (SocketAddr, Self) {
        let heard = Log::default();
        Self::with(heard.clone(), Hearing(heard), |config| config.reconnect_grace = grace)
    }
}

impl<C: Contract<Message = Message, Command = Command>> Server<C> {
    /// One whose handler says to `heard` what it hears.
    fn with(
        heard: Log,
        handler: impl Handler<C>,
        change: impl FnOnce(&mut HubConfig),
    ) -> (SocketAddr, Self) {
        let hub = Hub::new(HubConfig::testing().with(change)).expect("valid settings");
        let handler = Arc::new(handler);
        let sensors = service::Sensors { hub: hub.clone(), handler };
        let incoming = crate::incoming("127.0.0.1:0").expect("a port");
        let addr = incoming.local_addr().expect("an address");
        let server = crate::server().add_service(sensors).serve_with_incoming(incoming);
        let task = tokio::spawn(async move { server.await.expect("it serves") });
        (addr, Self { hub, heard, task })
    }
}

impl<C: Contract> Drop for Server<C> {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// A line between links and a hub: cut, it loses its connections and takes no new ones.
struct Line {
    addr: SocketAddr,
    /// Where it leads to, while it is up.
    to: watch::Sender<Option<SocketAddr>>,
    /// What has come from the hub and was not carried on, once that is so.
    swallowed: Arc<watch::Sender<Option<Vec<u8>>>>,
    task: JoinHandle<()>,
}

/// Carries what comes on either side to the other.
async fn carry(
    near: &mut TcpStream,
    far: &mut TcpStream,
    swallowed: &watch::Sender<Option<Vec<u8>>>,
) -> std::io::Result<()> {
    let ((mut from_link, mut to_link), (mut from_hub, mut to_hub)) = (near.split(), far.split());
    let up = async {
        copy(&mut from_link, &mut to_hub).await?;
        to_hub.shutdown().await
    };
    let down = async {
        let mut buffer = [0; 4096];
        loop {
            let bytes = match from_hub.read(&mut buffer).await? {
                0 => return to_link.shutdown().await,
                length => &buffer[..length],
            };
            let swallow = |swallowed: &mut Option<Vec<u8>>| {
                swallowed.as_mut().map(|swallowed| swallowed.extend(bytes)).is_some()
            };
            if !swallowed.send_if_modified(swallow) {
                to_link.write_all(bytes).await?;
            }
        }
    };
    tokio::try_join!(up, down).map(drop)
}

impl Line {
    async fn to(hub: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let addr = listener.local_addr().expect("an address");
        let (to, leads) = watch::channel(Some(hub));
        let swallowed = Arc::new(watch::Sender::new(None));
        let swallows = swallowed.clone();
        let task = tokio::spawn(async move {
            let mut lines = JoinSet::new();
            while let Ok((mut near, _)) = listener.accept().await {
                let (mut leads, swallows) = (leads.clone(), swallows.clone());
                lines.spawn(async move {
                    let mut lead = async |to: Option<SocketAddr>| {
                        if let Ok(mut far) = TcpStream::connect(to?).await {
                            let _ = carry(&mut near, &mut far, &swallows).await;
                        }
                        Some(())
                    };
                    let to = *leads.borrow_and_update();
                    tokio::select! {
                        _ = leads.changed() => {}
                        _ = lead(to) => {}
                    }
                });
            }
        });
        Self { addr, to, swallowed, task }
    }

    fn cut(&self) {
        self.to.send_replace(None);
        self.swallowed.send_replace(None);
    }

    /// From here on nothing comes from the hub until it is cut; waits until this should have come.
    fn swallow(&self, awaited: &'static [u8]) -> impl Future<Output = ()> + use<> {
        self.swallowed.send_replace(Some(Vec::new()));
        let mut swallowed = self.swallowed.subscribe();
        async move {
            let has = |bytes: &Option<Vec<u8>>| {
                bytes.iter().any(|it| it.windows(awaited.len()).any(|it| it == awaited))
            };
            swallowed.wait_for(has).await.expect("the line is there");
        }
    }

    fn lead_to(&self, hub: SocketAddr) {
        self.to.send_replace(Some(hub));
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        self.task.abort();
    }
}

fn link<C: Linked>(addr: SocketAddr) -> Link<C> {
    link_with(addr, |_| {})
}

fn link_with<C: Linked>(addr: SocketAddr, change: impl FnOnce(&mut LinkConfig)) -> Link<C> {
    let link = Link::builder(format!("http://{addr}")).client_id("bot-1").config(|config| {
        config.first_delay = Duration::from_millis(50);
        config.max_delay = Duration::from_millis(200);
        config.open_timeout = Duration::from_secs(5);
        change(config);
    });
    link.build().expect("valid settings")
}

fn started<C: Linked, H: Handler<C::Turned>>(
    link: &Link<C>,
    bot: &Arc<H>,
) -> JoinHandle<Result<(), Lost>> {
    let (link, bot) = (link.clone(), bot.clone());
    tokio::spawn(async move { link.run(bot).await })
}

fn measure(text: &str) -> Command {
    Command { kind: MEASURE, text: text.to_owned(), ..Command::default() }
}

fn note(text: &str) -> Message {
    Message { kind: NOTE, error: text.to_owned(), ..Message::default() }
}

const GRACE: Duration = Duration::from_secs(20);

#[tokio::test]
async fn it_says_who_it_is_does_what_it_is_told_and_leaves_with_a_goodbye() {
    let (addr, server) = Server::start(Duration::ZERO);
    let (link, bot) = (link::<Polite>(addr), Arc::new(Noting::default()));
    let running = started(&link, &bot);
    link.send(note("before there is a stream")).await.expect("room");
    server.heard.has(1, "connect bot-1").await;
    server.heard.has(1, "note before").await;
    assert_eq!(server.hub.client("bot-1").send(measure("a")).ack().await, Ok(String::new()));
    bot.fails.store(true, Ordering::Relaxed);
    let failed = server.hub.client("bot-1").send(measure("b")).ack().await;
    assert_eq!(failed, Ok("no power".to_owned()));
    link.send(note("last")).await.expect("room");
    link.close("enough");
    running.await.expect("no panic").expect("it was closed");
    server.heard.has(1, "disconnect").await;
    let heard = server.heard.lines();
    assert_eq!(heard[heard.len() - 2..], ["note last", "disconnect goodbye: enough"]);
    assert_eq!(bot.log.lines(), ["connect", "executed a", "executed b", "lost Ok "]);
    assert!(matches!(link.state(), LinkState::Ended(None)));
}

#[tokio::test]
async fn a_line_that_is_cut_costs_nothing_where_the_hub_waits() {
    let (addr, server) = Server::start(GRACE);
    let line = Line::to(addr).await;
    let (link, bot) = (link::<Polite>(line.addr), Arc::new(Noting::default()));
    started(&link, &bot);
    bot.log.has(1, "connect").await;
    line.cut();
    bot.log.has(1, "lost").await;
    link.send(note("while it is away")).await.expect("room");
    let hub = server.hub.clone();
    let told = async move { hub.client("bot-1").send(measure("a")).ack().timeout(GRACE).await };
    let told = tokio::spawn(told);
    line.lead_to(addr);
    bot.log.has(1, "resume").await;
    assert_eq!(told.await.expect("no panic"), Ok(String::new()));
    server.heard.has(1, "note while").await;
    assert_eq!(server.heard.lines()[..2], ["connect bot-1", "resume bot-1"]);
    assert_eq!(bot.log.lines()[..3], ["connect", "lost Unavailable ", "resume"]);
}

#[tokio::test]
async fn a_hub_that_begins_anew_is_greeted_anew() {
    let (addr, first) = Server::start(GRACE);
    let line = Line::to(addr).await;
    let (link, bot) = (link::<Polite>(line.addr), Arc::new(Noting::default()));
    started(&link, &bot);
    bot.log.has(1, "connect").await;
    first.heard.has(1, "connect").await;
    let (addr, second) = Server::start(GRACE);
    line.lead_to(addr);
    second.heard.has(1, "connect bot-1").await;
    bot.log.has(2, "connect").await;
    assert_eq!(second.hub.client("bot-1").send(measure("a")).ack().await, Ok(String::new()));
    assert_eq!(bot.log.lines()[0], "connect");
    assert!(bot.log.lines()[1].starts_with("lost"), "{:?}", bot.log.lines());
}

#[tokio::test]
async fn another_that_takes_over_ends_it_for_good() {
    let (addr, server) = Server::start(Duration::ZERO);
    let (first, bot) = (link::<Polite>(addr), Arc::new(Noting::default()));
    let running = started(&first, &bot);
    server.heard.has(1, "connect").await;
    let (second, other) = (link::<Polite>(addr), Arc::new(Noting::default()));
    started(&second, &other);
    let lost = running.await.expect("no panic").expect_err("it was replaced");
    assert_eq!((lost.reason(), lost.retry_at), ("replaced", None));
    server.heard.has(2, "connect").await;
    assert!(matches!(first.state(), LinkState::Ended(Some(_))));
    let after = first.send(note("too late")).await;
    assert!(after.is_err(), "{after:?}");
}

#[tokio::test]
async fn one_that_is_told_to_go_comes_back_when_it_may() {
    let (addr, server) = Server::start(Duration::ZERO);
    let line = Line::to(addr).await;
    let (link, bot) = (link::<Polite>(line.addr), Arc::new(Noting::default()));
    started(&link, &bot);
    bot.log.has(1, "connect").await;
    let report = server.hub.drain(Duration::from_secs(10)).await;
    assert_eq!((report.clients, report.left), (1, 1), "{report:?}");
    server.heard.has(1, "disconnect drained").await;
    bot.log.has(1, "lost").await;
    let (addr, server) = Server::start(Duration::ZERO);
    line.lead_to(addr);
    server.heard.has(1, "connect").await;
}

#[tokio::test]
async fn a_request_to_a_hub_that_is_lost_ends() {
    let (addr, server) = Server::start(Duration::ZERO);
    let line = Line::to(addr).await;
    let (link, bot) = (link::<Polite>(line.addr), Arc::new(Noting::default()));
    started(&link, &bot);
    server.heard.has(1, "connect").await;
    let asked = note("question");
    let waits = {
        let link = link.clone();
        tokio::spawn(async move { link.send(asked).ack().await })
    };
    server.heard.has(1, "note question").await;
    line.cut();
    bot.log.has(1, "lost").await;
    line.lead_to(addr);
    let outcome = waits.await.expect("no panic");
    assert_eq!(outcome, Err(RequestError::Disconnected { sent: true }));
}

#[test]
fn what_is_wrong_is_said_at_once() {
    let wrong = Link::<Polite>::builder("not a uri").metadata("key", "line\nbreak").build();
    let wrong = wrong.expect_err("three faults");
    assert_eq!(wrong.faults().len(), 3, "{wrong}");
    assert!(wrong.to_string().contains(".client_id(..)"), "{wrong}");
}
