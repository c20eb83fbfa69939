//! How streams are opened: where, with what, how long it may take, and what is wrong from the start.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use tokio::{
    io::{AsyncReadExt as _, copy_bidirectional},
    net::{TcpListener, TcpStream},
    sync::Notify,
    task::JoinHandle,
    time::{Instant, timeout},
};
use tonic::{Code, Status, metadata::MetadataMap};

use super::{
    GRACE, Line, Link, LinkState, Noting, PoliteLink, Server, link, note,
    peers::{Answer, LONG, Peer, Running, goodbye, uri},
    started,
};
use crate::{
    config::QueueConfig,
    contract::Linked,
    error::SendError,
    link::{LinkBuilder, LinkConfig},
    resume::SESSION,
    sample::{ByBytes, ByHeader, ByIdentity, Computed, Nameless, Polite, Small},
};

/// So long that no test waits for it.
const HOUR: Duration = Duration::from_hours(1);

macro_rules! linked {
    ($($name:ident)*) => {$(
        impl Linked for $name {
            type Turned = PoliteLink;
        }
    )*};
}

linked!(Small Computed ByHeader ByBytes ByIdentity Nameless);

/// Takes connections, and says nothing on them.
struct Mute(SocketAddr, JoinHandle<()>);

impl Mute {
    async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let addr = listener.local_addr().expect("an address");
        let task = tokio::spawn(async move {
            let mut connections = Vec::new();
            while let Ok((connection, _)) = listener.accept().await {
                connections.push(connection);
            }
        });
        Self(addr, task)
    }
}

impl Drop for Mute {
    fn drop(&mut self) {
        self.1.abort();
    }
}

/// Where nobody listens.
async fn nobody() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    listener.local_addr().expect("an address")
}

fn quick(config: &mut LinkConfig) {
    config.first_delay = Duration::from_millis(1);
    config.max_delay = Duration::from_millis(10);
}

fn to(addr: SocketAddr) -> LinkBuilder<Polite> {
    Link::builder(uri(addr)).config(quick)
}

#[tokio::test]
async fn a_dead_first_address_does_not_stop_it() {
    let peer = Peer::start([Answer::hold()]);
    let builder = to(nobody().await).or(uri(nobody().await)).or(uri(peer.addr));
    Running::start(builder).is_online().await;
    assert_eq!(peer.count(), 1);
}

#[tokio::test]
async fn addresses_are_tried_in_turn() {
    let later = || [Answer::Refuse(Status::unavailable("later"))];
    let (one, two) = (Peer::start(later()), Peer::start(later()));
    let _running = Running::start(to(one.addr).or(uri(two.addr)));
    for streams in 1..4 {
        one.asked("a stream", |asked| (asked.len() >= streams).then_some(())).await;
        two.asked("a stream", |asked| (asked.len() >= streams).then_some(())).await;
        let (one, two) = (one.count(), two.count());
        assert!(one.abs_diff(two) <= 1, "{one} and {two}");
    }
}

#[tokio::test]
async fn a_lost_connection_is_tried_where_it_was_and_a_hub_that_ends_it_is_left() {
    let (addr, server) = Server::start(GRACE);
    let line = Line::to(addr).await;
    let other = Peer::start([Answer::Say(vec![goodbye("rest", 0)], None)]);
    let mut running = Running::start(
        to(line.addr)
            .or(uri(other.addr))
            .config(|config| config.flush_timeout = Duration::from_secs(1)),
    );
    running.bot.log.has(1, "connect").await;
    line.to.send_modify(|_| {});
    running.bot.log.has(1, "resume").await;
    assert_eq!((server.heard.lines().len(), other.count()), (2, 0), "{:?}", server.heard.lines());
    server.hub.disconnect("bot-1", "enough").await;
    other.asked("a stream", |asked| asked.first().map(drop)).await;
    // Which says goodbye.
    server.heard.has(2, "connect").await;
    running.is_online().await;
}

#[tokio::test]
async fn a_peer_that_takes_connections_and_says_nothing_is_given_up() {
    let mute = Mute::start().await;
    let silent = Peer::start([Answer::Silence]);
    let peer = Peer::start([Answer::hold()]);
    let builder = to(mute.0).or(uri(silent.addr)).or(uri(peer.addr));
    let builder = builder.config(|config| config.open_timeout = Duration::from_millis(300));
    let _running = Running::start(builder);
    peer.asked("a stream", |asked| asked.first().map(drop)).await;
    assert!(silent.count() > 0, "it was not asked");
}

#[tokio::test]
async fn an_attempt_takes_no_longer_than_the_open_timeout() {
    for addr in [Mute::start().await.0, Peer::start([Answer::Silence]).addr] {
        let builder = to(addr).config(|config| {
            config.open_timeout = Duration::from_millis(100);
            (config.first_delay, config.max_delay) = (HOUR, HOUR);
        });
        Running::start(builder).waits().await;
    }
}

#[tokio::test]
async fn headers_are_made_for_each_attempt_and_one_that_fails_is_the_attempts_own_failure() {
    let later = Answer::Refuse(Status::unavailable("later"));
    let peer = Peer::start([later.clone(), later, Answer::hold()]);
    let calls = Arc::new(AtomicUsize::new(0));
    let made = calls.clone();
    let builder = to(peer.addr).metadata("kind", "fixed").metadata("token", "none").metadata_with(
        move || {
            let call = made.fetch_add(1, Ordering::Relaxed);
            async move {
                match call {
                    0 => Err(Status::unauthenticated("the token server is away")),
                    2 => Err(Status::permission_denied("it has no mood")),
                    4 => std::future::pending().await,
                    _ => {
                        let mut headers = MetadataMap::new();
                        headers.insert("token", format!("{call}").parse().expect("ASCII"));
                        Ok(headers)
                    }
                }
            }
        },
    );
    let builder = builder.config(|config| config.open_timeout = Duration::from_secs(2));
    let mut running = Running::start(builder);
    let tokens = peer.asked("three streams", |asked| {
        let header = |name| {
            let all = asked.iter().map(move |asked| asked.metadata.get(name).expect("it is there"));
            all.map(|value| value.to_str().expect("ASCII").to_owned()).collect::<Vec<_>>()
        };
        (asked.len() == 3).then(|| (header("token"), header("kind")))
    });
    let texts = |texts: [&str; 3]| texts.map(str::to_owned).to_vec();
    assert_eq!(tokens.await, (texts(["1", "3", "5"]), texts(["fixed"; 3])));
    running.is_online().await;
    assert_eq!(calls.load(Ordering::Relaxed), 6);
}

#[tokio::test]
async fn a_hub_from_which_nothing_comes_is_given_up() {
    let peer = Peer::start([Answer::hold()]);
    let builder = to(peer.addr).config(|config| config.silence = Some(Duration::from_millis(100)));
    let running = Running::start(builder);
    running.bot.log.has(2, "lost Unavailable").await;
    assert!(peer.count() >= 2, "it did not come back");
}

/// A line that carries until it is told to stop, and says nothing of it.
struct Freezing(SocketAddr, Arc<Notify>, JoinHandle<()>);

impl Freezing {
    async fn to(hub: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let addr = listener.local_addr().expect("an address");
        let stop = Arc::new(Notify::new());
        let stopped = stop.clone();
        let task = tokio::spawn(async move {
            let (mut near, _) = listener.accept().await.expect("a link");
            let mut far = TcpStream::connect(hub).await.expect("a hub");
            tokio::select! {
                () = stopped.notified() => std::future::pending().await,
                _ = copy_bidirectional(&mut near, &mut far) => {}
            }
        });
        Self(addr, stop, task)
    }
}

impl Drop for Freezing {
    fn drop(&mut self) {
        self.2.abort();
    }
}

#[tokio::test]
async fn a_hub_that_vanishes_is_noticed_where_the_contract_has_no_pings() {
    let (addr, server) = Server::start(GRACE);
    let line = Freezing::to(addr).await;
    let builder = Link::builder(uri(line.0)).config(|config| config.silence = None);
    let mut running = Running::start(builder);
    server.heard.has(1, "connect").await;
    running.is_online().await;
    line.1.notify_one();
    // A ping of the connection's after 30 s, and 20 s for its answer.
    tokio::time::pause();
    let since = Instant::now();
    running.waits().await;
    let noticed = since.elapsed();
    let earliest = Duration::from_secs(40);
    assert!(noticed > earliest && noticed < LONG, "{noticed:?}");
}

#[tokio::test]
async fn whatever_comes_from_a_hub_is_no_silence() {
    let (addr, server) = Server::start(Duration::ZERO);
    let silence = Duration::from_secs(2);
    let running = Running::start(to(addr).config(|config| config.silence = Some(silence)));
    server.heard.has(1, "connect").await;
    let until = Instant::now() + 2 * silence;
    while Instant::now() < until {
        server.hub.client("bot-1").send(super::measure("a")).await.expect("it is there");
        tokio::time::sleep(silence / 20).await;
    }
    assert!(!running.bot.log.lines().iter().any(|line| line.starts_with("lost")));
}

#[tokio::test]
async fn closed_before_it_has_a_stream_it_ends_at_once() {
    let mute = Mute::start().await;
    let slow = |config: &mut LinkConfig| {
        (config.first_delay, config.max_delay, config.open_timeout) = (HOUR, HOUR, HOUR);
    };
    for (addr, waits) in [(nobody().await, true), (mute.0, false)] {
        let mut running = Running::start(Link::builder(uri(addr)).config(slow));
        let waiting = tokio::spawn({
            let link = running.link.clone();
            async move { while link.send(note("nobody hears it")).await.is_ok() {} }
        });
        if waits {
            running.waits().await;
        }
        running.link.close("enough");
        let ended = timeout(LONG, &mut running.run).await.expect("it ends").expect("no panic");
        ended.expect("it was closed");
        assert!(matches!(running.link.state(), LinkState::Ended(None)));
        timeout(LONG, waiting).await.expect("nobody waits for room").expect("no panic");
    }
}

#[tokio::test]
async fn where_it_is_not_run_any_more_it_takes_nothing() {
    let peer = Peer::start([Answer::hold()]);
    for addr in [peer.addr, nobody().await] {
        let slow = |config: &mut LinkConfig| (config.first_delay, config.max_delay) = (HOUR, HOUR);
        let mut running = Running::start(Link::builder(uri(addr)).config(slow));
        let waits = running.link.clone();
        let waits = tokio::spawn(async move { waits.send(note("asks")).ack().await });
        if addr == peer.addr {
            running.is_online().await;
        } else {
            running.waits().await;
        }
        running.run.abort();
        timeout(LONG, waits).await.expect("it ends").expect("no panic").expect_err("no answer");
        assert_eq!(
            running.link.send(note("too late")).await,
            Err(SendError::Disconnected { sent: false })
        );
        assert!(matches!(running.link.state(), LinkState::Ended(None)));
    }
}

#[tokio::test]
async fn run_twice_it_says_so_and_the_first_goes_on() {
    let (addr, server) = Server::start(GRACE);
    let (link, bot) = (link::<Polite>(addr), Arc::new(Noting::default()));
    started(&link, &bot);
    server.heard.has(1, "connect").await;
    let lost = link.run(bot.clone()).await.expect_err("it runs already");
    assert_eq!((lost.status.code(), lost.retry_at), (Code::FailedPrecondition, None));
    assert!(lost.status.message().contains("build another"), "{lost:?}");
    link.send(note("still here")).await.expect("room");
    server.heard.has(1, "note still here").await;
}

#[tokio::test]
async fn the_handle_of_a_contract_with_the_same_other_end_sees_the_same() {
    let peer = Peer::start([Answer::hold()]);
    let mut running = Running::to(&peer);
    let other = Link::<Nameless>::of(&running.link.0);
    let mut watch = other.watch();
    running.is_online().await;
    assert!(matches!(other.state(), LinkState::Online));
    let again = other.run(Arc::new(Noting::default())).await.expect_err("it runs already");
    assert_eq!(again.status.code(), Code::FailedPrecondition);
    other.close("enough");
    let ended = |state: &LinkState| matches!(state, LinkState::Ended(None));
    timeout(LONG, watch.wait_for(ended)).await.expect("it ends").expect("it is there");
}

#[tokio::test]
async fn it_comes_back_with_the_key_that_it_was_given_last() {
    let (addr, server) = Server::start(GRACE);
    let line = Line::to(addr).await;
    let running = Running::start(to(line.addr));
    running.bot.log.has(1, "connect").await;
    for resumes in 1..4 {
        line.to.send_modify(|_| {});
        running.bot.log.has(resumes, "resume").await;
    }
    assert_eq!(server.heard.lines().len(), 4, "{:?}", server.heard.lines());
    // A server that gives none is shown none.
    let peer = Peer::start([Answer::hold()]);
    line.lead_to(peer.addr);
    let shown =
        peer.asked("a stream", |asked| Some(asked.first()?.metadata.get(SESSION).is_some()));
    assert!(shown.await, "it shows the last one");
    running.bot.log.has(2, "connect").await;
    line.to.send_modify(|_| {});
    let shown = peer.asked("another", |asked| Some(asked.get(1)?.metadata.get(SESSION).is_some()));
    assert!(!shown.await, "it shows an old one");
}

/// What a connection begins with: settings by number, and how much the window is larger than it is by default.
async fn first_words(addr: SocketAddr, listener: TcpListener) -> (Vec<(u16, u32)>, u32) {
    let running = Running::start(Link::builder(uri(addr)));
    let (mut connection, _) = listener.accept().await.expect("it connects");
    let mut preface = [0; 24];
    connection.read_exact(&mut preface).await.expect("a preface");
    let (mut settings, mut window) = (Vec::new(), 0);
    while window == 0 {
        let mut head = [0; 9];
        connection.read_exact(&mut head).await.expect("a frame");
        let size = u32::from_be_bytes([0, head[0], head[1], head[2]]);
        let mut body = vec![0; usize::try_from(size).expect("small")];
        connection.read_exact(&mut body).await.expect("all of it");
        match (head[3], &head[5..]) {
            (4, _) => {
                let (all, _) = body.as_chunks::<6>();
                settings.extend(all.iter().map(|&[a, b, c, d, e, f]| {
                    (u16::from_be_bytes([a, b]), u32::from_be_bytes([c, d, e, f]))
                }));
            }
            (8, [0, 0, 0, 0]) => {
                window = u32::from_be_bytes(body[..4].try_into().expect("4 bytes"));
            }
            _ => {}
        }
    }
    drop(running);
    (settings, window)
}

#[tokio::test]
async fn windows_hold_back_what_nobody_reads() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let addr = listener.local_addr().expect("an address");
    let (settings, window) = timeout(LONG, first_words(addr, listener)).await.expect("it speaks");
    // SETTINGS_INITIAL_WINDOW_SIZE
    assert!(settings.contains(&(4, 64 * 1024)), "{settings:?}");
    assert_eq!(window + 65_535, 16 * 1024 * 1024);
}

fn faults<C: Linked>(builder: LinkBuilder<C>) -> Vec<String> {
    builder.build().expect_err("something is wrong").faults().to_vec()
}

fn is_fault<C: Linked>(builder: LinkBuilder<C>, fault: &str) {
    let faults = faults(builder);
    assert!(faults.len() == 1 && faults[0].contains(fault), "{faults:?} and not {fault}");
}

fn local<C: Linked>() -> LinkBuilder<C> {
    Link::builder("http://127.0.0.1:1")
}

#[test]
fn an_address_that_is_none_is_a_fault_without_its_secrets() {
    for (addr, why) in [
        ("", "`` is no URI of a hub"),
        ("not a uri", "`not a uri` is no URI of a hub: invalid URI"),
        ("127.0.0.1:50051", "`127.0.0.1:50051` is no URI of a hub: it must begin with `http://`"),
        ("localhost", "`localhost` is no URI of a hub: it must begin with `http://`"),
        ("ftp://me:secret@hub", "`ftp://hub` is no URI of a hub: it must begin with `http://`"),
    ] {
        is_fault::<Polite>(Link::builder(addr).client_id("bot-1"), why);
        is_fault::<Polite>(local().or(addr).client_id("bot-1"), why);
    }
    for addr in
        ["http://hub:1", "https://hub", "unix:///run/hub", "http://me:secret@hub/?key=secret"]
    {
        let built = Link::<Polite>::builder(addr).client_id("bot-1").build();
        assert!(built.is_ok(), "{built:?}");
    }
    let wrong = Link::<Polite>::builder("ftp://me:secret@hub/?key=secret").or("me:secret@hub:1");
    let wrong = wrong.client_id("bot-1").build().expect_err("two faults");
    assert!(wrong.faults().len() == 2 && !wrong.to_string().contains("secret"), "{wrong}");
}

#[test]
fn a_header_that_is_none_is_a_fault() {
    for (key, value) in
        [("key", "line\nbreak"), ("a key", "value"), ("key-bin", "value"), ("key", "Zoë"), ("", "")]
    {
        is_fault(local::<Polite>().client_id("bot-1").metadata(key, value), "is no header");
    }
}

#[test]
fn whoever_does_not_say_who_it_is_is_told_how() {
    is_fault(local::<Polite>(), "needs the id of its client");
    is_fault(local::<Computed>(), "needs the id of its client");
    is_fault(local::<ByHeader>(), "needs the id of its client");
    // A message of its own may hold it, a header of its own may be it.
    assert!(local::<Polite>().hello(|| note("")).build().is_ok());
    is_fault(local::<ByHeader>().hello(|| note("")), "needs the id of its client");
    assert!(local::<ByHeader>().metadata("sensor-id", "7").build().is_ok());
    let made = || async { Ok(MetadataMap::new()) };
    assert!(local::<ByHeader>().metadata_with(made).build().is_ok());
    assert!(local::<ByIdentity>().build().is_ok());
    assert!(local::<Nameless>().build().is_ok());
}

#[test]
fn an_id_that_no_client_may_have_is_a_fault() {
    let long = "x".repeat(129);
    for id in ["", "line\nbreak", &long] {
        is_fault(local::<Polite>().client_id(id), "is no client id; it must have 1 to 128 bytes");
    }
    is_fault(local::<ByHeader>().client_id("Zoë"), "not ASCII");
    is_fault(local::<ByBytes>().client_id("zoe"), "not in hex");
    assert!(local::<ByBytes>().client_id("00ff").build().is_ok());
}

#[test]
fn a_first_message_that_cannot_hold_the_id_must_be_given() {
    is_fault(local::<Small>().client_id("bot-1"), "give the first message with `.hello(..)`");
    let heartbeat = local::<Small>().client_id("bot-1").heartbeat(GRACE, || note(""));
    is_fault(heartbeat, "give the first message with `.hello(..)`");
    assert!(local::<Small>().client_id("bot-1").hello(|| note("")).build().is_ok());
    assert!(local::<Computed>().client_id("bot-1").build().is_ok());
}

type Set = fn(&mut LinkConfig, Duration);

#[test]
fn each_setting_that_makes_no_sense_is_a_fault() {
    let (zero, never) = (Duration::ZERO, Duration::MAX);
    let times: [(&str, Set); 10] = [
        ("message_ttl", |config, time| config.message_ttl = Some(time)),
        ("send_timeout", |config, time| config.send_timeout = time),
        ("reply_timeout", |config, time| config.reply_timeout = time),
        ("open_timeout", |config, time| config.open_timeout = time),
        ("silence", |config, time| config.silence = Some(time)),
        ("callback_timeout", |config, time| config.callback_timeout = time),
        ("handler_grace", |config, time| config.handler_grace = time),
        ("flush_timeout", |config, time| config.flush_timeout = time),
        ("first_delay", |config, time| config.first_delay = time),
        ("max_delay", |config, time| config.max_delay = time),
    ];
    let of = |change: &dyn Fn(&mut LinkConfig)| {
        faults(local::<Polite>().client_id("bot-1").config(|config| change(config)))
    };
    for (name, set) in times {
        for time in [zero, never] {
            let faults = of(&|config| set(config, time));
            let named = faults.iter().all(|fault| fault.starts_with(&format!("`{name}` is ")));
            assert!(named && faults.len() == 1, "{name} {time:?}: {faults:?}");
        }
    }
    let none = QueueConfig { messages: 0, bytes: 0 };
    let queues = of(&|config| (config.outbox, config.inbox) = (none, none));
    assert_eq!(queues.len(), 4, "{queues:?}");
    assert_eq!(queues[0], "`outbox.messages` is 0; it must be at least 1");
    let order = of(&|config| config.max_delay = Duration::from_secs(1));
    assert_eq!(order, ["`first_delay` is 2s; it must not be longer than `max_delay`, which is 1s"]);
    for every in [zero, never] {
        let heartbeat = local::<Polite>().client_id("bot-1").heartbeat(every, || note(""));
        is_fault(heartbeat, "`heartbeat` is ");
    }
}

#[test]
fn all_faults_come_at_once() {
    let all = Link::<Polite>::builder("nowhere").or("ftp://hub").metadata("a key", "value");
    let all = faults(all.config(|config| config.open_timeout = Duration::ZERO));
    assert_eq!(all.len(), 5, "{all:?}");
}
