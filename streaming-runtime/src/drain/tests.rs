//! Whole drains over inputs in memory, under paused time.

#[cfg(feature = "channel")]
mod server;

use std::{sync::Arc, time::Duration};

use futures_util::StreamExt as _;
use tokio::{
    sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel},
    task::JoinHandle,
    time::Instant,
};
use tonic::{Code, Request, Status};

use super::DrainReport;
use crate::{
    Hub,
    config::HubConfig,
    contract::Contract,
    error::{Failure, RequestError, SendError},
    outbox::Frame,
    sample::{ACK, Command, GOODBYE, Message, Polite, RESET, Sample, note},
    session::{Client, CommandStream, Disconnect, Handler},
    status::END_TRAILER,
    testing::{Frames, frame, input},
};

const SECOND: Duration = Duration::from_secs(1);

/// A message whose handler never returns.
const HANG: u64 = 1;

/// Tells who leaves, how, and with how many commands that were not delivered; each with the second.
struct Host {
    told: UnboundedSender<String>,
    start: Instant,
}

impl<C: Contract<Message = Message, Command = Command>> Handler<C> for Host {
    async fn dispatch(&self, _: &Client<C>, message: Message) -> Result<(), Failure> {
        match message.value {
            HANG => std::future::pending().await,
            _ => Ok(()),
        }
    }

    async fn on_connect(&self, client: &Client<C>) -> Result<(), Failure> {
        if *client.id() == *"slow" {
            tokio::time::sleep(3 * SECOND).await;
            client.send(reset()).await.map_err(Failure::new)?;
        }
        Ok(())
    }

    async fn on_disconnect(&self, client: &Client<C>, end: &Disconnect<C>) -> Result<(), Failure> {
        let second = self.start.elapsed().as_secs();
        let (reason, undelivered) = (&end.reason, end.undelivered.len());
        let _ = self.told.send(format!("{second} {} {reason} {undelivered}", client.id()));
        Ok(())
    }
}

struct Stage<C: Contract> {
    hub: Hub<C>,
    host: Arc<Host>,
    lines: UnboundedReceiver<String>,
}

/// One client: what it sends, and what it gets.
struct Peer<C: Contract> {
    input: Option<Frames>,
    output: CommandStream<C>,
}

impl<C: Contract<Message = Message, Command = Command>> Stage<C> {
    fn new() -> Self {
        let (told, lines) = unbounded_channel();
        let config = HubConfig::testing().with(|config| {
            config.callback_timeout = 10 * SECOND;
            config.flush_timeout = 5 * SECOND;
            config.goodbye_timeout = 2 * SECOND;
            config.handler_grace = 5 * SECOND;
            config.reply_timeout = 1000 * SECOND;
            config.write_timeout = 1000 * SECOND;
            config.identify_timeout = 1000 * SECOND;
        });
        let host = Arc::new(Host { told, start: Instant::now() });
        Self { hub: Hub::new(config).expect("valid settings"), host, lines }
    }

    /// Opens a stream that says nothing yet.
    async fn open(&self) -> Result<Peer<C>, Status> {
        let (sender, streaming) = input::<C>();
        let served = self.hub.serve(&self.host, Request::new(streaming)).await?;
        Ok(Peer { input: Some(sender), output: served.into_inner() })
    }

    async fn connect(&self, id: &str) -> Peer<C> {
        let peer = self.open().await.expect("let in");
        peer.send(&Message { sensor: id.to_owned(), ..note(0) });
        while !self.hub.is_connected(id) {
            tokio::task::yield_now().await;
        }
        peer
    }

    /// Begins to drain, and lets it begin.
    async fn drain(&self, within: Duration) -> JoinHandle<DrainReport> {
        let hub = self.hub.clone();
        let draining = tokio::spawn(async move { hub.drain(within).await });
        while self.hub.health().accepting {
            tokio::task::yield_now().await;
        }
        draining
    }

    async fn send(&self, id: &str) -> Result<(), SendError> {
        self.hub.client(id).send(reset()).await
    }

    /// A request that has been sent to the client of this id.
    fn request(&self, id: &'static str) -> JoinHandle<Result<String, RequestError>>
    where
        C: crate::contract::Acks<Ack = String>,
    {
        let hub = self.hub.clone();
        tokio::spawn(async move { hub.client(id).send(reset()).ack().await })
    }

    fn second(&self) -> u64 {
        self.host.start.elapsed().as_secs()
    }

    async fn expect(&mut self, lines: &[&str]) {
        for expected in lines {
            assert_eq!(self.lines.recv().await.as_deref(), Some(*expected), "of {lines:?}");
        }
    }
}

impl<C: Contract<Message = Message, Command = Command>> Peer<C> {
    fn send(&self, message: &Message) {
        self.input.as_ref().expect("it is open").send(Ok(frame(message))).expect("somebody reads");
    }

    fn answer(&self, command: &Command) {
        let command_id = command.id.clone();
        self.send(&Message { kind: ACK, command_id, ..Message::default() });
    }

    async fn next(&mut self) -> Result<Command, Status> {
        match self.output.next().await.expect("a status comes first")? {
            Frame::Message(command) => Ok(command),
            Frame::Encoded(_) => panic!("nothing was broadcast"),
        }
    }

    /// The next command is the goodbye; gives how long the client is to stay away, in milliseconds.
    async fn goodbye(&mut self) -> u64 {
        let goodbye = self.next().await.expect("a goodbye");
        assert_eq!((goodbye.kind, goodbye.text.as_str()), (GOODBYE, "drained"));
        goodbye.value
    }

    async fn end(&mut self) -> (Code, String) {
        let status = self.next().await.expect_err("the end");
        let reason = status.metadata().get(END_TRAILER).map(|name| name.to_str().expect("ASCII"));
        (status.code(), reason.unwrap_or_default().to_owned())
    }
}

fn reset() -> Command {
    Command { kind: RESET, ..Command::default() }
}

fn drained(code: Code) -> (Code, String) {
    (code, "drained".to_owned())
}

#[tokio::test(start_paused = true)]
async fn a_client_is_served_until_its_requests_are_answered_and_then_says_goodbye() {
    let mut stage = Stage::<Polite>::new();
    let mut peer = stage.connect("a").await;
    let request = stage.request("a");
    let asked = peer.next().await.expect("a command");
    let draining = stage.drain(60 * SECOND).await;
    // Nobody new.
    let refused = stage.open().await.map(drop).expect_err("the hub drains");
    assert_eq!(refused.code(), Code::Unavailable);
    assert!(refused.metadata().contains_key("grpc-retry-pushback-ms"), "{refused:?}");
    // As always, until the request is answered.
    tokio::time::sleep(3 * SECOND).await;
    stage.send("a").await.expect("it is not its turn");
    peer.answer(&asked);
    request.await.expect("no panic").expect("an answer");
    assert_eq!(peer.next().await.expect("what was accepted").kind, RESET);
    assert_eq!(peer.goodbye().await, 0, "it is alone and may come back at once");
    assert_eq!(stage.send("a").await, Err(SendError::Draining));
    assert_eq!(stage.request("a").await.expect("no panic"), Err(RequestError::Draining));
    assert!(stage.hub.is_connected("a"), "its stream is open");
    peer.input = None;
    assert_eq!(peer.end().await, drained(Code::Ok));
    stage.expect(&["3 a drained 0"]).await;
    let report = DrainReport { clients: 1, left: 1, ..DrainReport::default() };
    assert_eq!(draining.await.expect("no panic"), report);
    assert_eq!(stage.second(), 3, "somebody waited for nothing");
    assert_eq!(stage.send("a").await, Err(SendError::NotConnected));
}

#[tokio::test(start_paused = true)]
async fn whoever_waits_for_room_is_turned_away_when_it_is_the_clients_turn() {
    let stage = Stage::<Polite>::new();
    let mut peer = stage.connect("a").await;
    for _ in 0..10 {
        stage.send("a").await.expect("room");
    }
    let (waiting, _) = tokio::join!(stage.send("a"), stage.drain(60 * SECOND));
    assert_eq!(waiting, Err(SendError::Draining));
    for _ in 0..10 {
        assert_eq!(peer.next().await.expect("what was accepted").kind, RESET);
    }
    peer.goodbye().await;
}

#[tokio::test(start_paused = true)]
async fn a_client_that_stays_is_ended_after_the_goodbye_timeout_and_its_answers_still_count() {
    let mut stage = Stage::<Polite>::new();
    let mut peer = stage.connect("a").await;
    let [late, never] = [stage.request("a"), stage.request("a")];
    let asked = peer.next().await.expect("a command");
    peer.next().await.expect("a command");
    // 27 s for all but the last tenth, of which 7 s for flush and goodbye.
    let draining = stage.drain(30 * SECOND).await;
    peer.goodbye().await;
    assert_eq!(stage.second(), 20, "its requests had so long");
    peer.answer(&asked);
    late.await.expect("no panic").expect("an answer");
    assert_eq!(peer.end().await, drained(Code::Ok));
    let ended = never.await.expect("no panic");
    assert_eq!(ended, Err(RequestError::Disconnected { sent: true }));
    stage.expect(&["22 a drained 0"]).await;
    let report = DrainReport { clients: 1, open_requests: 1, ..DrainReport::default() };
    assert_eq!(draining.await.expect("no panic"), report);
}

#[tokio::test(start_paused = true)]
async fn a_client_that_drops_its_stream_over_the_goodbye_was_drained() {
    let mut stage = Stage::<Polite>::new();
    let mut peer = stage.connect("a").await;
    let draining = stage.drain(30 * SECOND).await;
    peer.goodbye().await;
    drop(peer);
    stage.expect(&["0 a drained 0"]).await;
    assert_eq!(draining.await.expect("no panic").left, 1);
}

#[tokio::test(start_paused = true)]
async fn without_a_goodbye_in_the_contract_the_status_tells() {
    let mut stage = Stage::<Sample>::new();
    let mut peer = stage.connect("a").await;
    stage.send("a").await.expect("room");
    let draining = stage.drain(30 * SECOND).await;
    assert_eq!(peer.next().await.expect("what was accepted").kind, RESET);
    let status = peer.next().await.expect_err("the end");
    assert_eq!(status.code(), Code::Unavailable);
    assert!(status.metadata().contains_key("grpc-retry-pushback-ms"), "{status:?}");
    stage.expect(&["0 a drained 0"]).await;
    let report = DrainReport { clients: 1, ..DrainReport::default() };
    assert_eq!(draining.await.expect("no panic"), report);
}

#[tokio::test(start_paused = true)]
async fn peers_that_never_read_and_handlers_that_hang_delay_nothing() {
    let mut stage = Stage::<Polite>::new();
    let _deaf = stage.connect("deaf").await;
    for _ in 0..3 {
        stage.send("deaf").await.expect("room");
    }
    let unsent = stage.request("deaf");
    let mut busy = stage.connect("busy").await;
    busy.send(&Message { sensor: "busy".to_owned(), ..note(HANG) });
    let draining = stage.drain(10 * SECOND).await;
    // The handler may go on for 5 s: 2 s after the goodbye it is 2 s, the deadline 10 s.
    busy.goodbye().await;
    assert_eq!(busy.end().await, drained(Code::Ok));
    stage.expect(&["7 busy drained 0", "9 deaf drained 3"]).await;
    assert_eq!(unsent.await.expect("no panic"), Err(RequestError::Disconnected { sent: false }));
    let report = draining.await.expect("no panic");
    let expected =
        DrainReport { clients: 2, unread: 1, open_requests: 1, ..DrainReport::default() };
    assert_eq!((report, stage.second()), (expected, 9));

    let mut short = Stage::<Polite>::new();
    let busy = short.connect("busy").await;
    busy.send(&Message { sensor: "busy".to_owned(), ..note(HANG) });
    let report = short.drain(SECOND).await.await.expect("no panic");
    assert_eq!((report.unfinished, short.second()), (1, 1));
    short.expect(&["5 busy drained 0"]).await;
}

#[tokio::test(start_paused = true)]
async fn many_leave_in_batches_each_in_its_time() {
    let mut stage = Stage::<Polite>::new();
    let mut streams = Vec::new();
    for number in 0..130 {
        let peer = stage.connect(&number.to_string()).await;
        streams.push(tokio::spawn(async move {
            let mut peer = peer;
            let back = peer.goodbye().await;
            peer.input = None;
            peer.end().await;
            back
        }));
    }
    // 20 s for three batches.
    let draining = stage.drain(30 * SECOND).await;
    let mut seconds = Vec::new();
    for _ in 0..130 {
        let line = stage.lines.recv().await.expect("one for each");
        seconds.push(line.split(' ').next().expect("a second").to_owned());
    }
    let in_second = |second: &str| seconds.iter().filter(|other| *other == second).count();
    assert_eq!([in_second("0"), in_second("6"), in_second("13")], [64, 64, 2], "{seconds:?}");
    let report = draining.await.expect("no panic");
    assert_eq!((report.clients, report.left), (130, 130));
    let mut back = Vec::new();
    for stream in streams {
        back.push(stream.await.expect("no panic"));
    }
    back.sort_unstable();
    back.dedup();
    assert!(back.len() >= 64 && back.last().is_some_and(|last| *last < 5000), "{back:?}");
}

#[tokio::test(start_paused = true)]
async fn streams_that_are_opening_do_not_get_in() {
    let stage = Stage::<Polite>::new();
    let mut silent = stage.open().await.expect("let in");
    tokio::task::yield_now().await;
    let draining = stage.drain(30 * SECOND).await;
    assert_eq!(draining.await.expect("no panic"), DrainReport::default());
    silent.send(&note(0));
    assert_eq!(silent.end().await, (Code::Unavailable, "draining".to_owned()));
}

#[tokio::test(start_paused = true)]
async fn an_on_connect_that_runs_may_finish() {
    let mut stage = Stage::<Polite>::new();
    let mut slow = stage.open().await.expect("let in");
    slow.send(&Message { sensor: "slow".to_owned(), ..note(0) });
    tokio::time::sleep(SECOND).await;
    let draining = stage.drain(30 * SECOND).await;
    assert_eq!(slow.next().await.expect("what it sends").kind, RESET);
    slow.goodbye().await;
    assert_eq!(slow.end().await, drained(Code::Ok));
    stage.expect(&["3 slow drained 0"]).await;
    let report = DrainReport { clients: 1, ..DrainReport::default() };
    assert_eq!(draining.await.expect("no panic"), report);
}

#[tokio::test(start_paused = true)]
async fn it_goes_on_when_nobody_waits_for_it() {
    let mut stage = Stage::<Polite>::new();
    let mut peer = stage.connect("a").await;
    stage.drain(30 * SECOND).await.abort();
    peer.goodbye().await;
    peer.input = None;
    assert_eq!(peer.end().await, drained(Code::Ok));
    stage.expect(&["0 a drained 0"]).await;
}

#[tokio::test(start_paused = true)]
async fn a_second_drain_with_less_time_ends_the_first() {
    let stage = Stage::<Polite>::new();
    let mut peer = stage.connect("a").await;
    let _request = stage.request("a");
    peer.next().await.expect("a command");
    let first = stage.drain(1000 * SECOND).await;
    let second = stage.hub.drain(10 * SECOND).await;
    assert_eq!((second.clients, second.unfinished), (1, 0));
    first.await.expect("no panic");
    assert!(stage.second() <= 10, "it took {} s", stage.second());
}
