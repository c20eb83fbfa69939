//! Which ends are for good, and when another attempt comes after the others.

use std::{
    future::pending,
    net::SocketAddr,
    sync::{Arc, Mutex},
    time::Duration,
};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _, copy_bidirectional},
    net::{TcpListener, TcpStream},
    sync::oneshot,
    time::Instant,
};
use tonic::{Code, Status};

use super::{
    Link, Log, Lost, MEASURE, Noting, PoliteLink, Server, link_with, note,
    peers::{Answer, Peer, Running, goodbye, uri},
    started,
};
use crate::{
    error::{Failure, HandlerError},
    sample::{Command, GOODBYE, Polite},
    session::{Client, Handler},
    status::{PUSHBACK, Reason},
};

const SECOND: Duration = Duration::from_secs(1);
/// For what takes its time on the way.
const SLACK: Duration = Duration::from_secs(20);

fn pushed_back(millis: &str) -> Status {
    let mut status = Status::unavailable("later");
    status.metadata_mut().insert(PUSHBACK, millis.parse().expect("a header"));
    status
}

/// It waits, and tries again within so long, counted from when it heard of the end.
async fn comes_back_within(answer: Answer, longest: Duration) {
    let peer = Peer::start([answer.clone(), Answer::hold()]);
    let mut running = Running::to(&peer);
    let again = async || {
        peer.asked(&format!("a stream after {answer:?}"), |asked| asked.get(1).map(drop)).await;
    };
    tokio::select! {
        biased;
        until = running.waits() => {
            assert!(until <= Instant::now() + longest, "{answer:?}: {until:?}");
            again().await;
        }
        // It has come before anybody saw it wait.
        () = again() => {}
    }
    running.is_online().await;
}

/// It waits for so long.
async fn stays_away(answer: Answer, time: Duration) {
    let peer = Peer::start([answer.clone()]);
    let asked = Instant::now();
    let mut running = Running::to(&peer);
    let until = running.waits().await;
    assert!(until >= asked + time && until <= Instant::now() + time, "{answer:?}: {until:?}");
    assert!(asked.elapsed() < SLACK, "{answer:?} was heard late");
    assert_eq!(peer.count(), 1, "{answer:?}: it came back at once");
}

async fn ends(answer: Answer) -> Status {
    let peer = Peer::start([answer.clone()]);
    let lost = Running::to(&peer).ends().await;
    assert_eq!(peer.count(), 1, "{answer:?}: it came back");
    lost.status
}

#[tokio::test]
async fn ends_of_no_use_to_come_back_from_are_for_good() {
    for code in [
        Code::Unauthenticated,
        Code::PermissionDenied,
        Code::InvalidArgument,
        Code::Unimplemented,
        Code::FailedPrecondition,
    ] {
        for answer in [Answer::Refuse, Answer::end] {
            let status = ends(answer(Status::new(code, "in no case"))).await;
            assert_eq!((status.code(), status.message()), (code, "in no case"));
        }
    }
    for answer in [Answer::Refuse, Answer::end] {
        assert_eq!(ends(answer(Reason::Replaced.status())).await.code(), Code::Aborted);
    }
}

#[tokio::test]
async fn all_other_ends_are_tried_again_within_two_seconds() {
    let others = [
        Code::Cancelled,
        Code::Unknown,
        Code::DeadlineExceeded,
        Code::NotFound,
        Code::AlreadyExists,
        Code::ResourceExhausted,
        Code::Aborted,
        Code::OutOfRange,
        Code::Internal,
        Code::Unavailable,
        Code::DataLoss,
    ];
    let refused = others.map(|code| Answer::Refuse(Status::new(code, "later")));
    let ended = others.map(|code| Answer::end(Status::new(code, "later")));
    let closed = [Answer::end(Status::ok("")), Answer::end(Reason::heard())];
    // At the same time, since each takes a second on average.
    let all = refused.into_iter().chain(ended).chain(closed);
    let all = all.map(|answer| comes_back_within(answer, 2 * SECOND));
    futures_util::future::join_all(all).await;
}

#[tokio::test]
async fn whoever_is_pushed_back_stays_away_for_so_long() {
    for answer in [Answer::Refuse, Answer::end] {
        stays_away(answer(pushed_back("120000")), 120 * SECOND).await;
        // The clock can count as far as any hub says.
        stays_away(answer(pushed_back("9223372036854775807")), Duration::from_hours(365 * 24))
            .await;
        comes_back_within(answer(pushed_back("0")), Duration::from_millis(100)).await;
    }
}

#[tokio::test]
async fn a_pushback_below_zero_is_for_good_and_one_that_is_no_number_says_nothing() {
    for answer in [Answer::Refuse, Answer::end] {
        assert_eq!(ends(answer(pushed_back("-1"))).await.message(), "later");
        let nonsense = ["soon", "", "1e3", "99999999999999999999"];
        let all = nonsense.map(|told| comes_back_within(answer(pushed_back(told)), 2 * SECOND));
        futures_util::future::join_all(all).await;
    }
}

#[tokio::test]
async fn a_goodbye_says_when_to_come_back() {
    let ok = (Duration::ZERO, Status::ok(""));
    let said = |millis| Answer::Say(vec![goodbye("rest", millis)], Some(ok.clone()));
    stays_away(said(120_000), 120 * SECOND).await;
    stays_away(said(i64::MAX), Duration::from_hours(365 * 24)).await;
    comes_back_within(said(0), 2 * SECOND).await;
    // Its words are nearer than a pushback.
    let both = Some((Duration::ZERO, pushed_back("1")));
    stays_away(Answer::Say(vec![goodbye("rest", 120_000)], both), 120 * SECOND).await;
}

#[tokio::test]
async fn a_goodbye_that_says_so_is_for_good() {
    let ok = Some((Duration::ZERO, Status::ok("")));
    let never = Answer::Say(vec![goodbye("retired", -1)], ok.clone());
    assert_eq!(ends(never).await.code(), Code::Ok);
    let replaced = Answer::Say(vec![goodbye("replaced", 0)], ok);
    assert_eq!(ends(replaced).await.code(), Code::Ok);
}

#[tokio::test]
async fn an_end_that_comes_behind_its_goodbye_counts() {
    let late = Duration::from_millis(300);
    let behind = |status| Answer::Say(vec![goodbye("", 0)], Some((late, status)));
    assert_eq!(ends(behind(Reason::Replaced.status())).await.code(), Code::Aborted);
    assert_eq!(ends(behind(Reason::IdChanged.status())).await.code(), Code::InvalidArgument);
    let answer = behind(pushed_back("120000"));
    stays_away(answer, 120 * SECOND).await;
}

#[tokio::test]
async fn a_hub_that_says_goodbye_and_does_not_end_is_left() {
    let peer = Peer::start([Answer::Say(vec![goodbye("rest", 120_000)], None)]);
    let builder = Link::builder(uri(peer.addr));
    let mut running = Running::start(builder.config(|config| config.flush_timeout = SECOND));
    peer.asked("its end", |asked| asked[..].first()?.ended.then_some(())).await;
    running.waits().await;
    running.bot.log.has(1, "lost Unavailable").await;
}

#[tokio::test]
async fn what_is_sent_after_a_goodbye_goes_out_on_the_next_stream() {
    let slow = Some((SECOND, Status::ok("")));
    let first = Answer::Say(vec![goodbye("rest", 1)], slow);
    let peer = Peer::start([first, Answer::hold()]);
    let running = Running::to(&peer);
    peer.asked("its end", |asked| asked.first()?.ended.then_some(())).await;
    for text in ["a", "b"] {
        running.link.send(note(text)).await.expect("room");
    }
    let (before, after) = peer
        .asked("its messages", |asked| {
            let texts = |at: usize| -> Option<Vec<_>> {
                let messages = asked.get(at)?.messages.iter();
                Some(messages.map(|it| it.error.clone()).filter(|it| !it.is_empty()).collect())
            };
            let after = texts(1).filter(|texts| texts.len() == 2)?;
            Some((texts(0)?, after))
        })
        .await;
    assert_eq!((before.len(), after), (0, vec!["a".to_owned(), "b".to_owned()]));
}

#[tokio::test]
async fn a_goodbye_counts_though_the_bot_has_not_come_to_it() {
    let ok = Some((Duration::ZERO, Status::ok("")));
    let slow = Command { kind: MEASURE, text: "slow".to_owned(), ..Command::default() };
    let peer = Peer::start([Answer::Say(vec![slow, goodbye("rest", 120_000)], ok)]);
    let asked = Instant::now();
    let mut running = Running::to(&peer);
    let until = running.waits().await;
    assert!(until >= asked + 120 * SECOND, "the goodbye was not heard");
    assert!(!running.bot.log.lines().contains(&"got 4".to_owned()), "the bot has come to it");
}

#[tokio::test]
async fn a_hub_that_drains_says_so_and_when_to_come_back() {
    let (addr, server) = Server::start(Duration::ZERO);
    let mut running = Running::start(Link::builder(uri(addr)));
    server.heard.has(1, "connect").await;
    server.hub.drain(30 * SECOND).await;
    running.waits().await;
    running.bot.log.has(1, "lost Ok drained").await;
}

/// Notes how long it is to the next attempt, whenever its stream is lost.
#[derive(Default)]
struct Delays(Mutex<Vec<Duration>>);

impl Handler<PoliteLink> for Delays {
    async fn dispatch(&self, _: &Client<PoliteLink>, _: Command) -> Result<(), Failure> {
        Ok(())
    }

    async fn on_lost(&self, _: &Client<PoliteLink>, lost: &Lost) -> Result<(), Failure> {
        let delay = lost.retry_at.map(|at| at.saturating_duration_since(Instant::now()));
        self.0.lock().expect("no panic").extend(delay);
        Ok(())
    }
}

#[tokio::test]
async fn a_stream_that_held_begins_the_delays_anew() {
    let millis = Duration::from_millis;
    let brief = Answer::end(Status::ok(""));
    let held = Answer::Say(Vec::new(), Some((millis(1000), Status::ok(""))));
    let streams = [vec![brief; 5], vec![held; 3], vec![Answer::hold()]].concat();
    let all = streams.len();
    let peer = Peer::start(streams);
    let builder = Link::<Polite>::builder(uri(peer.addr)).client_id("bot-1").config(|config| {
        config.first_delay = millis(10);
        config.max_delay = millis(200);
    });
    let (link, bot) = (builder.build().expect("valid settings"), Arc::new(Delays::default()));
    let run = tokio::spawn({
        let bot = bot.clone();
        async move { link.run(bot).await }
    });
    peer.asked("the last stream", |asked| (asked.len() == all).then_some(())).await;
    run.abort();
    let delays = bot.0.lock().expect("no panic").clone();
    assert_eq!(delays.len(), all - 1, "{delays:?}");
    // Those of the brief ones are up to 10, 20, 40, 80 and 160 ms.
    assert!(delays[5..].iter().all(|delay| *delay <= millis(10)), "{delays:?}");
}

/// Takes its time when it is told that its stream is lost.
#[derive(Default)]
struct Slow(Log);

impl Handler<PoliteLink> for Slow {
    async fn dispatch(&self, _: &Client<PoliteLink>, _: Command) -> Result<(), Failure> {
        Ok(())
    }

    async fn on_lost(&self, _: &Client<PoliteLink>, _: &Lost) -> Result<(), Failure> {
        self.0.say("begins");
        tokio::time::sleep(SECOND).await;
        self.0.say("is done");
        Ok(())
    }
}

#[tokio::test]
async fn what_is_told_of_a_lost_stream_is_told_to_the_end_though_the_link_is_closed() {
    let peer = Peer::start([Answer::end(Status::ok(""))]);
    let builder = Link::<Polite>::builder(uri(peer.addr)).client_id("bot-1");
    let builder = builder.config(|config| config.flush_timeout = SECOND / 20);
    let (link, bot) = (builder.build().expect("valid settings"), Arc::new(Slow::default()));
    let run = tokio::spawn({
        let (link, bot) = (link.clone(), bot.clone());
        async move { link.run(bot).await }
    });
    bot.0.has(1, "begins").await;
    link.close("enough");
    run.await.expect("no panic").expect("it was closed");
    assert_eq!(bot.0.lines(), ["begins", "is done"]);
}

/// Panics, or never ends, in all that it is told beside commands.
struct Clumsy {
    log: Log,
    hangs: bool,
}

impl Clumsy {
    async fn stumble(&self, what: &str) -> Result<(), Failure> {
        self.log.say(what);
        assert!(self.hangs, "it stumbles");
        pending().await
    }
}

impl Handler<PoliteLink> for Clumsy {
    async fn dispatch(&self, _: &Client<PoliteLink>, command: Command) -> Result<(), Failure> {
        self.log.say(format!("got {}", command.kind));
        assert!(command.kind != GOODBYE, "it stumbles");
        Ok(())
    }

    async fn on_connect(&self, _: &Client<PoliteLink>) -> Result<(), Failure> {
        self.stumble("connect").await
    }

    async fn on_lost(&self, _: &Client<PoliteLink>, _: &Lost) -> Result<(), Failure> {
        self.stumble("lost").await
    }

    async fn on_error(&self, _: &Client<PoliteLink>, _: &HandlerError) {
        let _ = self.stumble("error").await;
    }
}

#[tokio::test]
async fn a_bot_whose_callbacks_panic_or_hang_goes_on() {
    for hangs in [false, true] {
        let commands = || vec![Command { kind: MEASURE, ..Command::default() }, goodbye("rest", 1)];
        let told = Answer::Say(commands(), None);
        let peer = Peer::start([told.clone(), told.clone(), told]);
        let builder = Link::<Polite>::builder(uri(peer.addr)).client_id("bot-1");
        let builder = builder.config(|config| {
            (config.callback_timeout, config.flush_timeout) = (SECOND / 10, SECOND / 10);
        });
        let bot = Arc::new(Clumsy { log: Log::default(), hangs });
        let link = builder.build().expect("valid settings");
        let run = tokio::spawn({
            let (link, bot) = (link.clone(), bot.clone());
            async move { link.run(bot).await }
        });
        bot.log.has(3, "got 1").await;
        bot.log.has(2, "lost").await;
        assert!(!run.is_finished(), "{:?}", link.state());
        let lines = bot.log.lines();
        assert_eq!(lines[..4], ["connect", "error", "got 1", "got 4"], "{lines:?}");
        run.abort();
    }
}

/// Holds the first connection to the hub back, as a line does that stands still; the others pass. What came on the first
/// goes on to the hub when `release` is told, after the link has long given it up.
async fn held_back(hub: SocketAddr, release: oneshot::Receiver<()>) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let addr = listener.local_addr().expect("an address");
    tokio::spawn(async move {
        let (mut first, _) = listener.accept().await.expect("a link");
        tokio::spawn(async move {
            while let Ok((mut near, _)) = listener.accept().await {
                tokio::spawn(async move {
                    let mut far = TcpStream::connect(hub).await?;
                    copy_bidirectional(&mut near, &mut far).await
                });
            }
        });
        let mut held = Vec::new();
        while !held.ends_with(b"bot-1") {
            let read = first.read_buf(&mut held).await.expect("a connection");
            assert!(read > 0, "the link has gone before it said who it is");
        }
        release.await.expect("it is released");
        let mut late = TcpStream::connect(hub).await.expect("a hub");
        late.write_all(&held).await.expect("the hub reads");
        let _ = late.read_to_end(&mut held).await;
    });
    addr
}

#[tokio::test]
async fn an_attempt_that_was_given_up_and_arrives_late_does_not_end_the_link() {
    let (hub, server) = Server::start(Duration::ZERO);
    let (release, released) = oneshot::channel();
    let addr = held_back(hub, released).await;
    let link = link_with::<Polite>(addr, |config| config.open_timeout = 2 * SECOND);
    let bot = Arc::new(Noting::default());
    let running = started(&link, &bot);
    bot.log.has(1, "connect").await;
    release.send(()).expect("it waits");
    bot.log.has(1, "lost Aborted replaced").await;
    bot.log.has(2, "connect").await;

    // Another one that takes over is another.
    let twin = link_with::<Polite>(hub, |_| {});
    started(&twin, &Arc::new(Noting::default()));
    let lost = running.await.expect("no panic").expect_err("it was replaced");
    assert_eq!((lost.reason(), lost.retry_at), ("replaced", None));
    drop(server);
}
