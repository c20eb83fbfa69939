//! A command is sent on one stream after the other until it is answered, and no oftener.

use std::{
    future::Future,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};

use futures_util::FutureExt as _;
use tokio::{
    task::JoinHandle,
    time::{Instant, sleep},
};

use super::AtLeastOnce;
use crate::{
    ClientTarget, Hub, Overflow, Sending,
    config::HubConfig,
    error::{Failure, RequestError, SendError},
    id::OwnedId,
    sample::{Command, Message, RESET, Reset, Sample, note},
    session::{Client, Handler},
    target::Whole,
    testing::{Clients, Peer, settle},
};

const SECOND: Duration = Duration::from_secs(1);

/// Counts what it is called for, and may ask its clients when they connect.
#[derive(Default)]
struct Count {
    messages: AtomicUsize,
    resumes: AtomicUsize,
    asks: AtomicBool,
}

impl Handler<Sample> for Count {
    async fn dispatch(&self, _: &Client<Sample>, _: Message) -> Result<(), Failure> {
        self.messages.fetch_add(1, Ordering::Relaxed);
        Ok(())
    }

    async fn on_resume(&self, _: &Client<Sample>) -> Result<(), Failure> {
        self.resumes.fetch_add(1, Ordering::Relaxed);
        Ok(())
    }

    async fn on_connect(&self, client: &Client<Sample>) -> Result<(), Failure> {
        if self.asks.load(Ordering::Relaxed) {
            let client = client.clone();
            tokio::spawn(async move { client.send(reset("mine")).ack().await });
            tokio::task::yield_now().await;
        }
        Ok(())
    }
}

struct Stage {
    hub: Hub<Sample>,
    handled: Arc<Count>,
}

type Outcome = Result<String, RequestError>;

impl Stage {
    fn new(change: impl FnOnce(&mut HubConfig)) -> Self {
        let config = HubConfig::testing().with(|config| {
            config.reply_timeout = 200 * SECOND;
            config.take_over_limit = 1000;
            change(config);
        });
        Self { hub: Hub::new(config).expect("valid settings"), handled: Arc::default() }
    }

    /// A hub that waits so long for clients whose streams are lost.
    fn with_grace(seconds: u32) -> Self {
        Self::new(|config| config.reconnect_grace = seconds * SECOND)
    }

    fn clients(&self) -> Clients<Sample> {
        Clients::from_arc(self.handled.clone(), self.hub.clone())
    }

    async fn connect(&self) -> Peer<Sample> {
        self.clients().connect(note(0)).await
    }

    /// The client comes back to the session of this key.
    async fn resume(&self, clients: Clients<Sample>, key: &str) -> Peer<Sample> {
        let resumes = || self.handled.resumes.load(Ordering::Relaxed);
        let before = resumes();
        let opened = clients.metadata("streaming-session", key).open(note(0)).await;
        let peer = opened.expect("it is let in");
        assert_eq!(peer.headers().get("streaming-resumed").expect("a header"), "true");
        while resumes() == before {
            settle().await;
        }
        peer
    }

    /// Calls `call` with the client in a task of its own, and lets it run.
    async fn spawn<F: Future<Output = Outcome> + Send>(
        &self,
        call: impl FnOnce(Request<'static>) -> F + Send + 'static,
    ) -> JoinHandle<Outcome> {
        let hub: &'static Hub<Sample> = Box::leak(Box::new(self.hub.clone()));
        let task = tokio::spawn(async move { call(request(hub)).await });
        settle().await;
        task
    }

    fn nothing_is_left(&self) {
        self.nothing_is_open();
        assert!(!self.hub.0.context.arrivals.are_expected(), "somebody waits for a stream");
    }

    fn nothing_is_open(&self) {
        assert_eq!(self.hub.pending_requests(), []);
    }

    fn late_replies(&self) -> u64 {
        let session = self.hub.session("sensor".into()).expect("connected");
        session.info.counters.late_replies.load(Ordering::Relaxed)
    }
}

type Request<'a> = AtLeastOnce<ClientTarget<'a, Sample>, Sample, String>;

fn request(hub: &Hub<Sample>) -> Request<'_> {
    hub.client("sensor").send(reset("")).ack().at_least_once()
}

fn reset(id: &str) -> Command {
    Command { kind: RESET, id: id.to_owned(), ..Command::default() }
}

fn key(peer: &Peer<Sample>) -> String {
    let key = peer.headers().get("streaming-session").expect("a key");
    key.to_str().expect("ASCII").to_owned()
}

fn id(command: &Command) -> OwnedId {
    OwnedId::Str(command.id.clone())
}

async fn lose(peer: Peer<Sample>) {
    drop(peer);
    settle().await;
}

#[tokio::test(start_paused = true)]
async fn a_client_that_is_not_there_is_waited_for() {
    let stage = Stage::with_grace(0);
    let asked = stage.spawn(|request| request).await;
    sleep(100 * SECOND).await;
    assert!(!asked.is_finished());
    let mut peer = stage.connect().await;
    let command = peer.next().await;
    peer.ack(id(&command));
    asked.await.expect("no panic").expect("an answer");
    stage.nothing_is_left();
}

#[tokio::test(start_paused = true)]
async fn what_was_written_to_a_lost_stream_is_written_once_to_the_next_of_its_session() {
    let stage = Stage::with_grace(30);
    let mut peer = stage.connect().await;
    let asked = stage.spawn(|request| request).await;
    let first = peer.next().await;
    for _ in 0..3 {
        let key = key(&peer);
        lose(peer).await;
        peer = stage.resume(stage.clients(), &key).await;
        assert_eq!(peer.next().await, first);
        peer.hears_nothing_for(SECOND).await;
    }
    peer.ack(id(&first));
    asked.await.expect("no panic").expect("an answer");
    stage.nothing_is_left();
}

#[tokio::test(start_paused = true)]
async fn it_goes_on_to_a_stream_that_comes_while_the_one_before_is_still_open() {
    let stage = Stage::with_grace(30);
    let mut old = stage.connect().await;
    let asked = stage.spawn(|request| request).await;
    let first = old.next().await;
    let mut new = stage.resume(stage.clients(), &key(&old)).await;
    assert_eq!(new.next().await, first);
    new.hears_nothing_for(SECOND).await;
    new.ack(id(&first));
    asked.await.expect("no panic").expect("an answer");
}

#[tokio::test(start_paused = true)]
async fn what_is_queued_when_the_client_comes_back_is_written_once() {
    let stage = Stage::with_grace(30);
    let peer = stage.clients().read_on_demand().connect(note(0)).await;
    let asked = stage.spawn(|request| request).await;
    let first_key = key(&peer);
    lose(peer).await;
    let late = stage.spawn(|request| request).await;
    let mut peer = stage.resume(stage.clients(), &first_key).await;
    for asked in [asked, late] {
        let command = peer.next().await;
        peer.ack(id(&command));
        asked.await.expect("no panic").expect("an answer");
    }
    peer.hears_nothing_for(SECOND).await;
    stage.nothing_is_left();
}

#[tokio::test(start_paused = true)]
async fn it_is_sent_to_the_clients_next_session_with_the_same_id() {
    let stage = Stage::with_grace(0);
    let mut peer = stage.connect().await;
    let asked = stage.spawn(|request| request).await;
    let first = peer.next().await;
    lose(peer).await;
    sleep(SECOND).await;
    stage.nothing_is_open();
    let mut second = stage.connect().await;
    assert_eq!(second.next().await, first);
    // Another stream takes the place of the open one.
    let mut third = stage.connect().await;
    assert_eq!(third.next().await, first);
    third.hears_nothing_for(SECOND).await;
    third.ack(id(&first));
    asked.await.expect("no panic").expect("an answer");
    stage.nothing_is_left();
}

#[tokio::test(start_paused = true)]
async fn a_client_that_executes_it_twice_is_heard_once() {
    let stage = Stage::with_grace(30);
    let mut peer = stage.connect().await;
    let asked = stage.spawn(|request| request).await;
    let other = stage.spawn(|request| request).await;
    let [first, second] = [peer.next().await, peer.next().await];
    let first_key = key(&peer);
    lose(peer).await;
    let mut peer = stage.resume(stage.clients(), &first_key).await;
    assert_eq!([peer.next().await, peer.next().await], [first.clone(), second.clone()]);
    let before = stage.handled.messages.load(Ordering::Relaxed);
    for error in ["the first time", "the second time"] {
        peer.fail(id(&first), error);
    }
    settle().await;
    assert_eq!(asked.await.expect("no panic").as_deref(), Ok("the first time"));
    assert_eq!(
        stage.handled.messages.load(Ordering::Relaxed),
        before + 1,
        "it goes to its handler"
    );
    assert_eq!(stage.late_replies(), 1);
    assert!(!other.is_finished(), "it ended another request");
    peer.ack(id(&second));
    other.await.expect("no panic").expect("an answer");
}

#[tokio::test(start_paused = true)]
async fn an_answer_to_the_first_copy_keeps_the_second_from_being_written() {
    let stage = Stage::with_grace(30);
    let mut peer = stage.connect().await;
    let asked = stage.spawn(|request| request).await;
    let command = peer.next().await;
    let first_key = key(&peer);
    lose(peer).await;
    let mut peer = stage.resume(stage.clients().read_on_demand(), &first_key).await;
    settle().await;
    peer.ack(id(&command));
    asked.await.expect("no panic").expect("an answer");
    peer.read_on();
    peer.hears_nothing_for(SECOND).await;
}

#[tokio::test(start_paused = true)]
async fn it_ends_at_its_deadline_and_is_not_sent_afterwards() {
    let stage = Stage::with_grace(0);
    let start = Instant::now();
    let mut peer = stage.connect().await;
    for (timeout, expected) in [(None, 200), (Some(7), 7), (Some(10_000), 300)] {
        let asked = Instant::now();
        let outcome = match timeout {
            None => request(&stage.hub).await,
            Some(seconds) => request(&stage.hub).timeout(seconds * SECOND).await,
        };
        assert_eq!(outcome, Err(RequestError::Timeout));
        assert_eq!(asked.elapsed(), expected * SECOND);
        peer.next().await;
    }
    // What the request said before counts as well.
    let sending = send(&stage.hub).ack().timeout(7 * SECOND).at_least_once();
    assert_eq!(sending.await, Err(RequestError::Timeout));
    assert_eq!(start.elapsed().as_secs(), 200 + 7 + 300 + 7);
    lose(peer).await;
    stage.connect().await.hears_nothing_for(SECOND).await;
    stage.nothing_is_left();
}

fn send(hub: &Hub<Sample>) -> Sending<ClientTarget<'_, Sample>, Sample, Whole> {
    hub.client("sensor").send(reset(""))
}

#[tokio::test(start_paused = true)]
async fn dropped_it_leaves_nothing_and_is_not_sent_again() {
    let stage = Stage::with_grace(30);
    let waiting = stage.spawn(|request| request).await;
    waiting.abort();
    waiting.await.expect_err("it was dropped");
    stage.nothing_is_left();
    let mut peer = stage.connect().await;
    let asked = stage.spawn(|request| request).await;
    peer.next().await;
    let first_key = key(&peer);
    lose(peer).await;
    asked.abort();
    asked.await.expect_err("it was dropped");
    stage.nothing_is_left();
    stage.resume(stage.clients(), &first_key).await.hears_nothing_for(SECOND).await;
}

#[tokio::test(start_paused = true)]
async fn no_other_command_is_sent_twice() {
    for grace in [0, 30] {
        let stage = Stage::with_grace(grace);
        let mut peer = stage.connect().await;
        // Somebody waits for the client's streams, which is nothing to others.
        let beside = stage.spawn(|request| request).await;
        let command = peer.next().await;
        peer.ack(id(&command));
        beside.await.expect("no panic").expect("an answer");
        let hub = stage.hub.clone();
        let asked = tokio::spawn(async move { send(&hub).ack().await });
        peer.next().await;
        send(&stage.hub).await.expect("room");
        peer.next().await;
        let first_key = key(&peer);
        lose(peer).await;
        let waits = stage.spawn(|request| request).await;
        let mut peer = if grace == 0 {
            let end = Err(RequestError::Disconnected { sent: true });
            assert_eq!(asked.await.expect("no panic"), end);
            stage.connect().await
        } else {
            stage.resume(stage.clients(), &first_key).await
        };
        peer.next().await;
        peer.hears_nothing_for(SECOND).await;
        waits.abort();
    }
}

/// One place, and a client that comes back to it when it is taken, and reads on demand.
async fn full() -> (Stage, JoinHandle<Outcome>, Peer<Sample>) {
    let stage = Stage::new(|config| {
        config.reconnect_grace = 30 * SECOND;
        config.outbox.messages = 1;
        config.write_timeout = 100 * SECOND;
        config.overflow = Overflow::Reject;
    });
    let mut peer = stage.connect().await;
    let asked = stage.spawn(|request| request).await;
    peer.next().await;
    let key = key(&peer);
    lose(peer).await;
    send(&stage.hub).overflow(Overflow::DropOldest).await.expect("it takes the place");
    let peer = stage.resume(stage.clients().read_on_demand(), &key).await;
    settle().await;
    (stage, asked, peer)
}

#[tokio::test(start_paused = true)]
async fn what_may_have_been_executed_waits_for_room() {
    let (stage, asked, mut peer) = full().await;
    assert_eq!(request(&stage.hub).await, Err(RequestError::Overflow), "of one never written");
    // Longer than a send waits.
    sleep(10 * SECOND).await;
    assert!(!asked.is_finished());
    peer.next().await;
    let again = peer.next().await;
    peer.ack(id(&again));
    asked.await.expect("no panic").expect("an answer");
    stage.nothing_is_left();
}

#[tokio::test(start_paused = true)]
async fn what_may_have_been_executed_comes_back_when_it_had_to_make_room() {
    let (stage, asked, mut peer) = full().await;
    peer.next().await;
    settle().await;
    // It is the only one in the queue now.
    send(&stage.hub).overflow(Overflow::DropOldest).await.expect("it takes the place");
    settle().await;
    let (other, again) = (peer.next().await, peer.next().await);
    assert_ne!(other, again);
    peer.ack(id(&again));
    asked.await.expect("no panic").expect("an answer");
    // One that was never written has ended by that.
    let never = stage.spawn(|request| request).await;
    send(&stage.hub).overflow(Overflow::DropOldest).await.expect("it takes the place");
    assert_eq!(never.await.expect("no panic"), Err(RequestError::Overflow));
    stage.nothing_is_left();
}

#[tokio::test(start_paused = true)]
async fn what_was_never_written_ends_as_any_request_does() {
    let stage = Stage::with_grace(30);
    let named = || send(&stage.hub).with(|command| command.id = "mine".to_owned());
    let huge = |command: &mut Command| command.text = "x".repeat(10_000_000);
    let mut peer = stage.connect().await;
    let mut asked = std::pin::pin!(named().ack().at_least_once());
    assert!(asked.as_mut().now_or_never().is_none());
    let duplicate = RequestError::DuplicateId("mine".to_owned());
    assert_eq!(named().ack().at_least_once().await, Err(duplicate));
    let large = send(&stage.hub).with(huge).ack().at_least_once().await;
    assert!(matches!(large, Err(RequestError::TooLarge { .. })), "{large:?}");
    let command = peer.next().await;
    assert_eq!(command.id, "mine");
    peer.ack(id(&command));
    asked.await.expect("an answer");
    stage.nothing_is_left();
}

#[tokio::test(start_paused = true)]
async fn an_id_that_somebody_else_uses_now_does_not_end_what_may_have_been_executed() {
    let stage = Stage::with_grace(0);
    let mut peer = stage.connect().await;
    let hub = stage.hub.clone();
    let asked = tokio::spawn(async move {
        hub.client("sensor").send(reset("mine")).ack().at_least_once().await
    });
    assert_eq!(peer.next().await.id, "mine");
    lose(peer).await;
    stage.handled.asks.store(true, Ordering::Relaxed);
    let mut peer = stage.connect().await;
    let of_another = peer.next().await;
    peer.hears_nothing_for(SECOND).await;
    peer.ack(id(&of_another));
    settle().await;
    assert!(!asked.is_finished());
    stage.nothing_is_open();
    lose(peer).await;
    stage.handled.asks.store(false, Ordering::Relaxed);
    let mut peer = stage.connect().await;
    let command = peer.next().await;
    peer.ack(id(&command));
    asked.await.expect("no panic").expect("an answer");
}

#[tokio::test(start_paused = true)]
async fn a_rejection_is_an_answer() {
    let stage = Stage::with_grace(0);
    let hub = stage.hub.clone();
    let mut peer = stage.connect().await;
    let asked = tokio::spawn(async move {
        let sending: Sending<_, Sample, Reset> = Sending::new(hub.client("sensor"), reset(""));
        sending.reply().at_least_once().await
    });
    let command = peer.next().await;
    peer.fail(id(&command), "no");
    let outcome = asked.await.expect("no panic");
    assert!(matches!(outcome, Err(RequestError::Rejected(_))), "{outcome:?}");
    lose(peer).await;
    stage.connect().await.hears_nothing_for(SECOND).await;
}

#[tokio::test(start_paused = true)]
async fn where_the_hub_drains_it_waits_for_those_who_are_there_and_for_nobody_else() {
    let stage = Stage::with_grace(30);
    let hub = stage.hub.clone();
    let nobody =
        tokio::spawn(
            async move { hub.client("nobody").send(reset("")).ack().at_least_once().await },
        );
    let mut peer = stage.connect().await;
    let [answered, lost] =
        [stage.spawn(|request| request).await, stage.spawn(|request| request).await];
    let command = peer.next().await;
    peer.next().await;
    let hub = stage.hub.clone();
    let draining = tokio::spawn(async move { hub.drain(60 * SECOND).await });
    settle().await;
    assert_eq!(nobody.await.expect("no panic"), Err(RequestError::Draining));
    peer.ack(id(&command));
    answered.await.expect("no panic").expect("an answer");
    // It is not its turn to leave yet, since a request is open.
    let queued = stage.spawn(|request| request).await;
    let queued_command = peer.next().await;
    peer.ack(id(&queued_command));
    queued.await.expect("no panic").expect("an answer");
    lose(peer).await;
    assert_eq!(lost.await.expect("no panic"), Err(RequestError::Disconnected { sent: true }));
    assert_eq!(request(&stage.hub).await, Err(RequestError::Draining));
    draining.await.expect("no panic");
    assert_eq!(send(&stage.hub).await, Err(SendError::NotConnected));
    stage.nothing_is_left();
}

/// Streams come and go on other threads while commands are written.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn however_often_a_client_comes_back_each_of_its_streams_has_the_command_once() {
    let stage = Stage::with_grace(30);
    let mut peer = stage.connect().await;
    for time in 0..300 {
        let asked = stage.spawn(|request| request).await;
        let mut before = None;
        for stream in 0..3 {
            // Lost as soon as the command is there, or before somebody has looked.
            if time % 2 == 0 || stream == 2 {
                let command = peer.next().await;
                assert_eq!(*before.get_or_insert(command.clone()), command, "{time}, {stream}");
            }
            if stream < 2 {
                let key = key(&peer);
                drop(peer);
                peer = stage.resume(stage.clients(), &key).await;
            }
        }
        let command = before.expect("the last stream had it");
        peer.ack(id(&command));
        asked.await.expect("no panic").expect("an answer");
    }
    peer.ack(OwnedId::Str("nobody's".to_owned()));
    stage.nothing_is_left();
}
