//! Sessions that outlive their streams, under paused time.

mod memory;
#[cfg(feature = "channel")]
mod server;

use std::{
    sync::Arc,
    time::{Duration, SystemTime},
};

use futures_util::StreamExt as _;
use tokio::{
    sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel},
    task::JoinHandle,
    time::{Instant, sleep},
};
use tonic::{Code, Request, Status};

use crate::{
    Hub,
    config::{Duplicates, HubConfig, PingStrategy, PingTimeout},
    error::{Failure, RequestError, SendError},
    identity::{Handshake, Identity},
    outbox::Frame,
    sample::{ACK, BYE, Command, GOODBYE, Message, PING, Polite, RESET, note},
    session::{Client, CommandStream, Disconnect, Handler},
    status::END_TRAILER,
    testing::{Frames, frame, input},
};

const SECOND: Duration = Duration::from_secs(1);

/// A message whose handler takes 20 s.
const SLOW: u64 = 1;

/// Tells what it is called for, each with the second. Everybody is who the header `who` says, for a minute.
struct Host {
    told: UnboundedSender<String>,
    start: Instant,
}

impl Host {
    fn tell(&self, line: &str) {
        let _ = self.told.send(format!("{} {line}", self.start.elapsed().as_secs()));
    }
}

impl Handler<Polite> for Host {
    const AUTHENTICATES: bool = true;

    async fn authenticate(&self, handshake: &Handshake) -> Result<Identity, Failure> {
        let who = handshake.metadata().get("who").map(|who| who.to_str().expect("ASCII"));
        let identity = Identity::check(who.unwrap_or("anybody"), |_| true);
        Ok(match who {
            Some("minute") => identity.expires_at(SystemTime::now() + 60 * SECOND),
            _ => identity,
        })
    }

    async fn dispatch(&self, _: &Client<Polite>, message: Message) -> Result<(), Failure> {
        self.tell(&format!("handle {}", message.value));
        if message.value == SLOW {
            sleep(20 * SECOND).await;
            self.tell("done");
        }
        if message.question.is_empty() { Ok(()) } else { Err(Failure::new(Status::internal("no"))) }
    }

    async fn on_connect(&self, _: &Client<Polite>) -> Result<(), Failure> {
        self.tell("connect");
        Ok(())
    }

    async fn on_resume(&self, _: &Client<Polite>) -> Result<(), Failure> {
        self.tell("resume");
        Ok(())
    }

    async fn on_disconnect(
        &self,
        _: &Client<Polite>,
        end: &Disconnect<Polite>,
    ) -> Result<(), Failure> {
        self.tell(&format!("{} {}", end.reason, end.undelivered.len()));
        Ok(())
    }
}

struct Stage {
    hub: Hub<Polite>,
    host: Arc<Host>,
    lines: UnboundedReceiver<String>,
}

/// One stream, and what its headers said.
struct Peer {
    input: Option<Frames>,
    output: CommandStream<Polite>,
    key: String,
    resumed: bool,
}

impl Stage {
    /// A hub that waits 30 s for clients whose streams are lost.
    fn new() -> Self {
        Self::with(|_| {})
    }

    fn with(change: impl FnOnce(&mut HubConfig)) -> Self {
        let (told, lines) = unbounded_channel();
        let config = HubConfig::testing().with(|config| {
            config.reconnect_grace = 30 * SECOND;
            config.identify_timeout = 50 * SECOND;
            config.reply_timeout = 1000 * SECOND;
            change(config);
        });
        let host = Arc::new(Host { told, start: Instant::now() });
        Self { hub: Hub::new(config).expect("valid settings"), host, lines }
    }

    /// Opens a stream that shows these headers and has not said who it is.
    async fn open(&self, headers: &[(&'static str, &str)]) -> Peer {
        let (sender, streaming) = input::<Polite>();
        let mut request = Request::new(streaming);
        for (name, value) in headers {
            request.metadata_mut().insert(*name, value.parse().expect("a header"));
        }
        let response = self.hub.serve(&self.host, request).await.expect("let in");
        let header = |name| {
            response.metadata().get(name).expect("a header").to_str().expect("ASCII").to_owned()
        };
        let (key, resumed) = (header("streaming-session"), header("streaming-resumed"));
        assert!(key.len() == 32 && ["true", "false"].contains(&resumed.as_str()), "{resumed}");
        let output = response.into_inner().read_by_tonic(false);
        Peer { input: Some(sender), output, key, resumed: resumed == "true" }
    }

    /// The same with a first message.
    async fn connect(&self, key: Option<&str>) -> Peer {
        let headers: Vec<_> = key.into_iter().map(|key| ("streaming-session", key)).collect();
        let peer = self.open(&headers).await;
        peer.send(&note(0));
        peer
    }

    /// A new session, with its first message handled.
    async fn connected(&mut self) -> Peer {
        let peer = self.connect(None).await;
        assert!(!peer.resumed);
        self.expect(&["connect", "handle 0"]).await;
        peer
    }

    async fn send(&self) -> Result<(), SendError> {
        self.hub.client("sensor").send(reset()).await
    }

    async fn request(&self) -> JoinHandle<Result<String, RequestError>> {
        let (hub, before) = (self.hub.clone(), self.hub.pending_requests().len());
        let request = tokio::spawn(async move { hub.client("sensor").send(reset()).ack().await });
        while self.hub.pending_requests().len() == before {
            tokio::task::yield_now().await;
        }
        request
    }

    fn second(&self) -> u64 {
        self.host.start.elapsed().as_secs()
    }

    /// The next lines, told in this second.
    async fn expect(&mut self, lines: &[&str]) {
        for expected in lines {
            let line = self.lines.recv().await.expect("a line");
            assert_eq!(line, format!("{} {expected}", self.second()), "of {lines:?}");
        }
    }

    /// Waits until the stream's end was noticed.
    async fn away(&self) {
        while self.hub.stats().away == 0 {
            tokio::task::yield_now().await;
        }
    }
}

impl Peer {
    fn send(&self, message: &Message) {
        self.input.as_ref().expect("it is open").send(Ok(frame(message))).expect("somebody reads");
    }

    fn answer(&self, command: &Command) {
        self.send(&Message { kind: ACK, command_id: command.id.clone(), ..note(0) });
    }

    async fn next(&mut self) -> Result<Command, Status> {
        read(&mut self.output).await
    }

    async fn end(&mut self) -> (Code, String) {
        let status = self.next().await.expect_err("the end");
        let reason = status.metadata().get(END_TRAILER).map(|name| name.to_str().expect("ASCII"));
        (status.code(), reason.unwrap_or_default().to_owned())
    }
}

async fn read(output: &mut CommandStream<Polite>) -> Result<Command, Status> {
    match output.next().await.expect("a status comes first")? {
        Frame::Message(command) => Ok(command),
        Frame::Encoded(_) => panic!("nothing was broadcast"),
    }
}

fn reset() -> Command {
    Command { kind: RESET, ..Command::default() }
}

fn ended(code: Code, reason: &str) -> (Code, String) {
    (code, reason.to_owned())
}

#[tokio::test(start_paused = true)]
async fn a_client_that_comes_back_goes_on_with_its_session() {
    let mut stage = Stage::new();
    let mut peer = stage.connected().await;
    let epoch = |stage: &Stage| stage.hub.session("sensor".into()).expect("there").info.epoch();
    let before = epoch(&stage);
    let written = stage.request().await;
    let asked = peer.next().await.expect("a command");
    let key = peer.key.clone();
    drop(peer);
    stage.away().await;
    // It is not there, and can be sent to.
    assert!(!stage.hub.is_connected("sensor"));
    assert_eq!((stage.hub.len(), stage.hub.connected(), stage.hub.clients()), (0, vec![], vec![]));
    let queued = stage.request().await;
    stage.send().await.expect("room");
    assert_eq!(stage.hub.broadcast().send(reset()).await.accepted, 1);
    sleep(10 * SECOND).await;

    let mut peer = stage.connect(Some(&key)).await;
    assert!(peer.resumed && peer.key != key);
    stage.expect(&["resume", "handle 0"]).await;
    assert!(stage.hub.is_connected("sensor") && stage.hub.len() == 1);
    assert_eq!(epoch(&stage), before, "it is another session");
    assert_eq!(stage.hub.info("sensor").expect("connected").message_count, 2);
    // What was written is not written again, and its answer counts.
    peer.answer(&asked);
    written.await.expect("no panic").expect("an answer");
    let asked = peer.next().await.expect("the request that was queued");
    peer.answer(&asked);
    queued.await.expect("no panic").expect("an answer");
    assert_eq!(peer.next().await.expect("what was sent").kind, RESET);
    assert!(matches!(peer.output.next().await, Some(Ok(Frame::Encoded(_)))), "the broadcast");
    // And again, with the key that it has got now; the first is worth nothing.
    drop(peer.output);
    stage.away().await;
    assert!(!stage.open(&[("streaming-session", &key)]).await.resumed);
    let peer = stage.connect(Some(&peer.key)).await;
    assert!(peer.resumed);
    stage.expect(&["resume", "handle 0"]).await;
    assert_eq!(stage.hub.0.keys.len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_client_that_stays_away_has_left() {
    let mut stage = Stage::new();
    let mut peer = stage.connected().await;
    let written = stage.request().await;
    peer.next().await.expect("a command");
    sleep(5 * SECOND).await;
    let key = peer.key.clone();
    drop(peer);
    stage.away().await;
    let queued = stage.request().await;
    stage.send().await.expect("room");
    sleep(29 * SECOND).await;
    stage.send().await.expect("it may still come");
    sleep(SECOND).await;
    stage.expect(&["client-gone 2"]).await;
    assert_eq!(stage.second(), 35);
    let end = |sent| Err(RequestError::Disconnected { sent });
    assert_eq!(written.await.expect("no panic"), end(true));
    assert_eq!(queued.await.expect("no panic"), end(false));
    assert_eq!(stage.send().await, Err(SendError::NotConnected));
    tokio::task::yield_now().await;
    assert_eq!(stage.hub.0.keys.len(), 0, "its key is kept");
    let again = stage.connect(Some(&key)).await;
    assert!(!again.resumed);
    stage.expect(&["connect", "handle 0"]).await;
}

#[tokio::test(start_paused = true)]
async fn the_end_of_the_input_is_a_lost_stream_unless_the_client_said_goodbye() {
    let mut stage = Stage::new();
    let mut peer = stage.connected().await;
    for _ in 0..2 {
        stage.send().await.expect("room");
    }
    peer.next().await.expect("a command");
    peer.input = None;
    stage.away().await;
    // Nothing more is written to a stream that may be lost.
    assert_eq!(peer.end().await, ended(Code::Ok, "half-closed"));
    let mut peer = stage.connect(Some(&peer.key)).await;
    stage.expect(&["resume", "handle 0"]).await;
    assert_eq!(peer.next().await.expect("what was left").kind, RESET);

    peer.send(&Message { kind: BYE, ..note(9) });
    assert_eq!(peer.end().await, ended(Code::Ok, "goodbye"));
    stage.expect(&["handle 9", "goodbye 0"]).await;
    assert!(!stage.connect(Some(&peer.key)).await.resumed);
}

#[tokio::test(start_paused = true)]
async fn an_older_stream_that_is_still_open_is_superseded() {
    let mut stage = Stage::new();
    let mut old = stage.connected().await;
    let key = old.key.clone();
    let mut new = stage.connect(Some(&key)).await;
    assert!(new.resumed);
    stage.expect(&["resume", "handle 0"]).await;
    assert_eq!(old.end().await, ended(Code::Aborted, "superseded"));
    drop(old);
    stage.send().await.expect("room");
    assert_eq!(new.next().await.expect("a command").kind, RESET);
    assert!(stage.hub.is_connected("sensor") && stage.hub.len() == 1);
    // One that is dropped before it is polled says nothing either.
    let newest = stage.connect(Some(&new.key)).await;
    stage.expect(&["resume", "handle 0"]).await;
    drop(new);
    tokio::task::yield_now().await;
    assert!(stage.hub.is_connected("sensor"));
    drop(newest);
    stage.away().await;
}

#[tokio::test(start_paused = true)]
async fn a_stream_without_the_key_is_a_new_session() {
    let mut stage = Stage::with(|config| config.take_over_limit = 0);
    for key in [None, Some("0123456789abcdef0123456789abcdef"), Some("no key")] {
        let peer = stage.connected().await;
        stage.send().await.expect("room");
        drop(peer);
        stage.away().await;
        let peer = stage.connect(key).await;
        assert!(!peer.resumed);
        stage.expect(&["replaced 1", "connect", "handle 0"]).await;
        peer.send(&Message { kind: BYE, ..note(9) });
        drop(peer);
        stage.expect(&["handle 9", "goodbye 0"]).await;
    }
}

#[tokio::test(start_paused = true)]
async fn whoever_shows_the_key_and_is_somebody_else_changes_nothing() {
    let mut stage = Stage::with(|config| config.identify_timeout = 50 * SECOND + SECOND / 2);
    let peer = stage.connected().await;
    let key = peer.key.clone();
    drop(peer);
    stage.away().await;
    let shown = ("streaming-session", key.as_str());
    // The headers come before the id.
    let mut other = stage.open(&[shown]).await;
    assert!(other.resumed);
    other.send(&Message { sensor: "other".to_owned(), ..note(0) });
    assert_eq!(other.end().await, ended(Code::InvalidArgument, "id-changed"));
    let mut thief = stage.open(&[shown, ("who", "somebody else")]).await;
    thief.send(&note(0));
    assert_eq!(thief.end().await, ended(Code::PermissionDenied, "not-allowed"));
    assert!(!stage.hub.is_connected("other"));
    let mut silent = stage.open(&[shown]).await;
    assert!(silent.resumed);
    // The session waits for it beyond its 30 s, and then no longer than a moment.
    assert_eq!(silent.end().await, ended(Code::DeadlineExceeded, "identify-timeout"));
    assert_eq!(stage.second(), 50);
    let peer = stage.connect(Some(&key)).await;
    assert!(peer.resumed, "the key is gone");
    stage.expect(&["resume", "handle 0"]).await;
    let _silent = stage.open(&[("streaming-session", &peer.key)]).await;
    drop(peer);
    assert_eq!(stage.lines.recv().await.as_deref(), Some("101 client-gone 0"));
}

#[tokio::test(start_paused = true)]
async fn of_two_with_the_key_the_first_to_say_who_it_is_goes_on() {
    let mut stage = Stage::new();
    let peer = stage.connected().await;
    let shown = ("streaming-session", peer.key.as_str());
    let [mut slow, mut fast] = [stage.open(&[shown]).await, stage.open(&[shown]).await];
    assert!(slow.resumed && fast.resumed);
    fast.send(&note(2));
    stage.expect(&["resume", "handle 2"]).await;
    slow.send(&note(3));
    assert_eq!(slow.end().await, ended(Code::Aborted, "superseded"));
    stage.send().await.expect("room");
    assert_eq!(fast.next().await.expect("a command").kind, RESET);
}

#[tokio::test(start_paused = true)]
async fn clocks_rest_while_a_client_is_away_and_begin_anew() {
    let mut stage = Stage::with(|config| {
        config.reconnect_grace = 1000 * SECOND;
        config.ping.strategy = PingStrategy::Interval;
        config.ping.interval = 3 * SECOND;
        config.ping.timeout = PingTimeout::After(10 * SECOND);
        config.write_timeout = 8 * SECOND;
        config.max_stream_age = Some(100 * SECOND);
    });
    let peer = stage.connected().await;
    let key = peer.key.clone();
    drop(peer);
    stage.away().await;
    stage.send().await.expect("room");
    sleep(900 * SECOND).await;
    let mut peer = stage.connect(Some(&key)).await;
    stage.expect(&["resume", "handle 0"]).await;
    assert_eq!(peer.next().await.expect("what was sent").kind, RESET);
    let ping = peer.next().await.expect("a ping");
    assert_eq!((ping.kind, ping.value, stage.second()), (PING, 1, 903));
    while peer.next().await.is_ok_and(|command| command.kind != GOODBYE) {}
    stage.expect(&["ping-timeout 0"]).await;
    assert_eq!(stage.second(), 910);
}

#[tokio::test(start_paused = true)]
async fn a_resume_authenticates_anew() {
    let mut stage = Stage::new();
    let peer = stage.open(&[("who", "minute")]).await;
    peer.send(&note(0));
    stage.expect(&["connect", "handle 0"]).await;
    sleep(40 * SECOND).await;
    let mut again = stage.open(&[("who", "minute"), ("streaming-session", &peer.key)]).await;
    again.send(&note(0));
    stage.expect(&["resume", "handle 0"]).await;
    assert_eq!(again.next().await.expect("a goodbye").text, "identity-expired");
    assert_eq!(again.end().await, ended(Code::Unavailable, "identity-expired"));
    let second = stage.second();
    assert!((99..=100).contains(&second), "{second}");
}

#[tokio::test(start_paused = true)]
async fn a_handler_that_runs_goes_on_and_on_resume_waits_for_it() {
    let mut stage = Stage::new();
    let peer = stage.connected().await;
    peer.send(&note(SLOW));
    stage.expect(&["handle 1"]).await;
    let key = peer.key.clone();
    drop(peer);
    stage.away().await;
    sleep(5 * SECOND).await;
    let _peer = stage.connect(Some(&key)).await;
    sleep(15 * SECOND).await;
    stage.expect(&["done", "resume", "handle 0"]).await;
}

#[tokio::test(start_paused = true)]
async fn while_the_hub_drains_nobody_is_waited_for() {
    let mut stage = Stage::new();
    let peer = stage.connected().await;
    let key = peer.key.clone();
    drop(peer);
    stage.away().await;
    stage.send().await.expect("room");
    let report = stage.hub.drain(60 * SECOND).await;
    assert_eq!((report.clients, report.left, report.unread, stage.second()), (1, 0, 1, 0));
    stage.expect(&["drained 1"]).await;
    let mut request = Request::new(input::<Polite>().1);
    request.metadata_mut().insert("streaming-session", key.parse().expect("a header"));
    let refused = stage.hub.serve(&stage.host, request).await.map(drop);
    assert_eq!(refused.expect_err("it drains").code(), Code::Unavailable);
}

#[tokio::test(start_paused = true)]
async fn a_client_that_is_away_takes_nobodys_place() {
    let mut stage = Stage::with(|config| config.max_streams = Some(1));
    let mut peer = stage.connected().await;
    for _ in 0..3 {
        assert!(!stage.hub.health().accepting);
        drop(peer.output);
        stage.away().await;
        assert!(stage.hub.health().accepting, "it holds its place");
        peer = stage.connect(Some(&peer.key)).await;
        stage.expect(&["resume", "handle 0"]).await;
    }
    stage.hub.disconnect("sensor", "enough").await;
    peer.next().await.expect("a goodbye");
    stage.expect(&["closed: enough 0"]).await;
    tokio::task::yield_now().await;
    assert!(stage.hub.health().accepting, "it holds its place after its end");
}

#[tokio::test(start_paused = true)]
async fn without_a_grace_the_key_only_passes_reject() {
    let mut stage = Stage::with(|config| {
        config.reconnect_grace = Duration::ZERO;
        config.duplicates = Duplicates::Reject;
    });
    let mut old = stage.connected().await;
    let mut twin = stage.connect(None).await;
    assert_eq!(twin.end().await, ended(Code::AlreadyExists, "duplicate"));
    let new = stage.connect(Some(&old.key)).await;
    assert!(!new.resumed);
    assert_eq!(old.next().await.expect("a goodbye").text, "replaced");
    assert_eq!(old.end().await, ended(Code::Aborted, "replaced"));
    stage.expect(&["replaced 0", "connect", "handle 0"]).await;
    drop(new);
    stage.expect(&["client-gone 0"]).await;
    assert_eq!(stage.hub.0.keys.len(), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn however_often_a_client_comes_back_it_gets_each_command_once_and_in_order() {
    let mut stage = Stage::new();
    let mut peer = stage.connected().await;
    let hub = stage.hub.clone();
    let sending = tokio::spawn(async move {
        for value in 0.. {
            let command = Command { value, ..reset() };
            if hub.client("sensor").send(command).await == Err(SendError::NotConnected) {
                break;
            }
        }
    });
    let mut expected = 0..;
    for time in 0..300 {
        for _ in 0..=time % 20 {
            let command = peer.next().await.expect("a command");
            assert_eq!(Some(command.value), expected.next(), "at the {time}. time");
        }
        let (key, mut old) = (peer.key, Some(peer.output));
        match time % 3 {
            0 => old = None,
            1 => peer.input = None,
            _ => {}
        }
        peer = stage.connect(Some(&key)).await;
        assert!(peer.resumed, "at the {time}. time");
        // One that is still open gets commands until the new one has come.
        while let Some(output) = &mut old {
            match read(output).await {
                Ok(command) => assert_eq!(Some(command.value), expected.next(), "{time}"),
                Err(_) => old = None,
            }
        }
    }
    stage.hub.disconnect("sensor", "enough").await;
    while peer.next().await.is_ok() {}
    sending.await.expect("no panic");
}
