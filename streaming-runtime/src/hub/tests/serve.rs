//! Who is let in, and as whom: before the headers where that is known, and before anybody else is disturbed.

use std::{
    fmt::Write as _,
    future::pending,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, SystemTime},
};

use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tonic::{Code, Status};
use tracing::{
    Level, Metadata,
    field::{Field, Visit},
    span,
};

use crate::{
    Hub,
    config::HubConfig,
    contract::{ClientIdSource, Contract},
    error::Failure,
    identity::{Handshake, Identity},
    sample::{ByHeader, ByIdentity, Command, Message, Nameless, Polite, Sample, note},
    session::{Client, Disconnect, Handler},
    testing::{Clients, End, Peer, Scripted, hear},
};

const SECOND: Duration = Duration::from_secs(1);

/// What the token in the header `who` says: who it is, and what else.
struct Claims(String);

/// Tells who comes and goes. Its `#[authenticate]` does what the header `who` says.
struct Gate {
    told: UnboundedSender<String>,
    asked: AtomicUsize,
}

impl<C: Contract<Message = Message, Command = Command>> Handler<C> for Gate {
    const AUTHENTICATES: bool = true;

    async fn authenticate(&self, handshake: &Handshake) -> Result<Identity, Failure> {
        self.asked.fetch_add(1, Ordering::Relaxed);
        let who = handshake.metadata().get("who").and_then(|who| who.to_str().ok());
        match who {
            None => Err(Failure::new(Status::unauthenticated("show a token"))),
            Some("fault") => Err(Failure::new("the database is away")),
            Some("panic") => panic!("no such key"),
            Some("hang") => pending().await,
            Some("operator") => Ok(Identity::any_of("operator", ["sensor", "other"])),
            Some("minute") => Ok(Identity::exact("sensor")
                .expires_at(SystemTime::now() + 60 * SECOND)
                .with(Claims("for a minute".to_owned()))),
            Some(who) => Ok(Identity::exact(who)),
        }
    }

    async fn dispatch(&self, _: &Client<C>, _: Message) -> Result<(), Failure> {
        Ok(())
    }

    async fn on_connect(&self, client: &Client<C>) -> Result<(), Failure> {
        let info = client.session();
        let claims = info.identity::<Claims>().map_or("", |claims| claims.0.as_str());
        let left = info.extensions().get::<&str>().copied().unwrap_or_default();
        self.tell(&format!("{} {} {claims} {left}", client.id(), info.subject().unwrap_or("-")));
        Ok(())
    }

    async fn on_disconnect(&self, client: &Client<C>, end: &Disconnect<C>) -> Result<(), Failure> {
        self.tell(&format!("{} {}", client.id(), end.reason));
        Ok(())
    }
}

impl Gate {
    fn tell(&self, line: &str) {
        let _ = self.told.send(line.trim_end().to_owned());
    }
}

/// A hub behind a gate.
struct Stage<C: Contract> {
    hub: Hub<C>,
    gate: Arc<Gate>,
    clients: Clients<C>,
    lines: UnboundedReceiver<String>,
}

impl<C: Scripted<Message = Message, Command = Command>> Stage<C> {
    fn new() -> Self {
        Self::with(HubConfig::testing())
    }

    fn with(config: HubConfig) -> Self {
        let (told, lines) = unbounded_channel();
        let gate = Arc::new(Gate { told, asked: AtomicUsize::new(0) });
        let hub = Hub::new(config).expect("valid settings");
        let clients = Clients::from_arc(gate.clone(), hub.clone()).extension("left by a layer");
        Self { hub, gate, clients, lines }
    }

    /// Opens a stream with these headers, and says who it is where a message does.
    async fn open(&self, headers: &[(&'static str, &str)]) -> Result<Peer<C>, End> {
        let clients = self.clients.clone();
        let clients =
            headers.iter().fold(clients, |clients, (name, value)| clients.metadata(name, value));
        clients.open(says_who::<C>()).await
    }

    async fn line(&mut self) -> String {
        self.lines.recv().await.expect("a line")
    }
}

/// The first message, where there has to be one.
fn says_who<C: Contract>() -> Option<Message> {
    (C::CLIENT_ID == ClientIdSource::Message).then(|| note(0))
}

/// The code and the reason of a stream's end.
async fn end<C: Contract>(mut peer: Peer<C>) -> (Code, String) {
    named(&peer.end().await)
}

fn named(end: &End) -> (Code, String) {
    (end.code(), end.reason().to_owned())
}

#[track_caller]
fn refused<C: Contract>(opened: Result<Peer<C>, End>) -> (Code, String, String) {
    let end = opened.expect_err("it was let in");
    let (code, reason) = named(&end);
    (code, reason, end.status.message().to_owned())
}

#[tokio::test(start_paused = true)]
async fn whoever_is_not_authenticated_gets_no_headers_and_only_what_it_may_know() {
    let stage = Stage::<Sample>::new();
    for (who, code, words) in [
        (None, Code::Unauthenticated, "show a token"),
        (Some("fault"), Code::Internal, "the handler failed"),
        (Some("panic"), Code::Internal, "the handler panicked"),
        (
            Some("hang"),
            Code::DeadlineExceeded,
            "authentication took longer than the identify timeout",
        ),
    ] {
        let headers: Vec<_> = who.into_iter().map(|who| ("who", who)).collect();
        let expected = (code, "refused".to_owned(), words.to_owned());
        assert_eq!(refused(stage.open(&headers).await), expected, "{who:?}");
    }
    assert!(stage.hub.health().accepting);
    assert_eq!(stage.hub.0.context.gate.left().0, tokio::sync::Semaphore::MAX_PERMITS);
}

#[tokio::test(start_paused = true)]
async fn an_identity_is_the_sessions_with_what_it_carries() {
    let mut stage = Stage::<Sample>::new();
    let _stream = stage.open(&[("who", "minute")]).await.expect("let in");
    assert_eq!(stage.line().await, "sensor sensor for a minute left by a layer");
}

#[tokio::test(start_paused = true)]
async fn an_id_that_the_identity_may_not_have_disturbs_nobody() {
    let mut stage = Stage::<Sample>::new();
    let holder = stage.open(&[("who", "operator")]).await.expect("let in");
    assert_eq!(stage.line().await, "sensor operator  left by a layer");
    let other = stage.open(&[("who", "somebody")]).await.expect("its message is not read yet");
    let denied = (Code::PermissionDenied, "not-allowed".to_owned());
    assert_eq!(end(other).await, denied);
    assert!(stage.hub.is_connected("sensor"));
    drop(holder);
    assert_eq!(stage.line().await, "sensor client-gone");
}

#[tokio::test(start_paused = true)]
async fn a_stream_ends_when_its_identity_expires() {
    let mut stage = Stage::<Sample>::new();
    let stream = stage.open(&[("who", "minute")]).await.expect("let in");
    let start = tokio::time::Instant::now();
    assert_eq!(end(stream).await, (Code::Unavailable, "identity-expired".to_owned()));
    let lasted = start.elapsed();
    assert!(lasted <= 61 * SECOND && lasted > 55 * SECOND, "{lasted:?}");
    stage.line().await;
    assert_eq!(stage.line().await, "sensor identity-expired");
}

#[tokio::test(start_paused = true)]
async fn a_client_that_a_header_names_need_not_say_a_word() {
    let mut stage = Stage::<ByHeader>::new();
    let nobody = refused(stage.open(&[("who", "sensor")]).await);
    assert_eq!((nobody.0, nobody.1.as_str()), (Code::InvalidArgument, "no-id"));
    assert!(nobody.2.contains("`sensor-id`"), "{nobody:?}");
    let denied = refused(stage.open(&[("who", "somebody"), ("sensor-id", "sensor")]).await);
    assert_eq!((denied.0, denied.1.as_str()), (Code::PermissionDenied, "not-allowed"));
    assert_eq!(stage.hub.0.context.gate.left().0, tokio::sync::Semaphore::MAX_PERMITS);

    let stream = stage.open(&[("who", "sensor"), ("sensor-id", "sensor")]).await.expect("let in");
    assert_eq!(stage.line().await, "sensor sensor  left by a layer");
    // It has identified itself, and may say whatever it likes.
    assert_eq!(stage.hub.0.context.gate.left().1, 4096);
    stream.send(Message { sensor: "other".to_owned(), ..note(0) });
    tokio::time::sleep(100 * SECOND).await;
    assert_eq!(stage.hub.info("sensor").expect("connected").message_count, 1);
    drop(stream);
    assert_eq!(stage.line().await, "sensor client-gone");
}

#[tokio::test(start_paused = true)]
async fn a_client_can_be_who_it_proves_to_be_and_nobody_else() {
    let mut stage = Stage::<ByIdentity>::new();
    let stream = stage.open(&[("who", "somebody")]).await.expect("let in");
    assert_eq!(stage.line().await, "somebody somebody  left by a layer");
    let vague = refused(stage.open(&[("who", "operator")]).await);
    assert_eq!((vague.0, vague.1.as_str()), (Code::PermissionDenied, "not-allowed"));
    assert!(vague.2.contains("exact"), "{vague:?}");
    drop(stream);
    assert_eq!(stage.line().await, "somebody client-gone");
}

#[tokio::test(start_paused = true)]
async fn nameless_clients_do_not_replace_each_other() {
    let mut stage = Stage::<Nameless>::new();
    let _stream = stage.open(&[("who", "somebody")]).await.expect("it claims no other id");
    assert!(stage.line().await.ends_with(" somebody  left by a layer"));
    let hub = Hub::<Nameless>::new(HubConfig::testing()).expect("valid settings");
    let clients = Clients::new(Open, hub.clone());
    let _streams =
        [clients.connect(None).await, clients.connect(None).await, clients.connect(None).await];
    assert_eq!(hub.len(), 3);
}

/// Lets everybody in.
struct Open;

impl<C: Contract<Message = Message, Command = Command>> Handler<C> for Open {
    async fn dispatch(&self, _: &Client<C>, _: Message) -> Result<(), Failure> {
        Ok(())
    }
}

/// Keeps what is said at `WARN` and above.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<String>>>);

impl tracing::Subscriber for Log {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        *metadata.level() <= Level::WARN
    }

    fn new_span(&self, _: &span::Attributes<'_>) -> span::Id {
        span::Id::from_u64(1)
    }

    fn event(&self, event: &tracing::Event<'_>) {
        struct Words(String);

        impl Visit for Words {
            fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
                let _ = write!(self.0, "{field}: {value:?}; ");
            }
        }

        let mut words = Words(String::new());
        event.record(&mut words);
        self.0.lock().expect("no panic").push(words.0);
    }

    fn record(&self, _: &span::Id, _: &span::Record<'_>) {}
    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}
    fn enter(&self, _: &span::Id) {}
    fn exit(&self, _: &span::Id) {}
}

#[tokio::test(start_paused = true)]
async fn a_hub_that_asks_nobody_who_it_is_says_so_once() {
    let log = Log::default();
    let _heard = hear(log.clone());
    let said = || std::mem::take(&mut *log.0.lock().expect("no panic"));

    let hub = Hub::<Sample>::new(HubConfig::testing()).expect("valid settings");
    let clients = Clients::new(Open, hub);
    for _ in 0..3 {
        let _opened = clients.open(None).await;
    }
    let lines = said();
    assert_eq!(lines.len(), 1, "{lines:?}");
    assert!(lines[0].contains("client ids are what clients claim"), "{lines:?}");

    // One that asks has nothing to say, nor one that takes nobody's word.
    let _stream = Stage::<Sample>::new().open(&[("who", "sensor")]).await.expect("let in");
    let hub = Hub::<Nameless>::new(HubConfig::testing()).expect("valid settings");
    let _opened = Clients::new(Open, hub).open(None).await;
    assert_eq!(said(), Vec::<String>::new());

    // What is no refusal but a fault is in the log, and not more than once a second.
    let stage = Stage::<Sample>::new();
    for _ in 0..3 {
        refused(stage.open(&[("who", "fault")]).await);
        refused(stage.open(&[]).await);
    }
    let lines = said();
    assert_eq!(lines.len(), 1, "{lines:?}");
    assert!(lines[0].contains("the database is away"), "{lines:?}");
}

#[tokio::test(start_paused = true)]
async fn so_many_may_be_asked_who_they_are_at_once() {
    let stage = Stage::<Polite>::with(HubConfig::testing().with(|config| {
        config.max_unidentified = 1;
        config.max_streams = Some(2);
    }));
    let hanging = stage.clients.clone().metadata("who", "hang");
    let asking = tokio::spawn(async move { hanging.open(says_who::<Polite>()).await.map(drop) });
    tokio::task::yield_now().await;
    let end = stage.open(&[("who", "sensor")]).await.expect_err("one too many");
    assert_eq!(named(&end), (Code::Unavailable, "max-unidentified".to_owned()));
    let pushback = end.status.metadata().get("grpc-retry-pushback-ms").expect("when to come back");
    let millis: u64 = pushback.to_str().expect("ASCII").parse().expect("a number");
    assert!((1000..5000).contains(&millis), "{millis}");
    assert!(!stage.hub.health().accepting);
    assert_eq!(stage.gate.asked.load(Ordering::Relaxed), 1, "it was asked in vain");
    asking.abort();
    asking.await.expect_err("aborted");
    assert!(stage.hub.health().accepting, "a call that was dropped holds its place");
    stage.open(&[("who", "sensor")]).await.expect("let in");
}
