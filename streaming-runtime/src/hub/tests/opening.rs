//! How streams open: in turn where they are many, and not for ever where two have one id.

use std::{sync::Arc, time::Duration};

use futures_util::StreamExt as _;
use tokio::{
    sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel},
    time::Instant,
};
use tonic::{Code, Request, Status};

use crate::{
    Hub,
    config::HubConfig,
    error::Failure,
    sample::{Message, Sample, note},
    session::{Client, CommandStream, Disconnect, Handler},
    status::END_TRAILER,
    testing::{Frames, frame, input},
};

const SECOND: Duration = Duration::from_secs(1);

/// Tells who comes and goes, each with the second. Its `on_connect` takes its time.
struct Door {
    told: UnboundedSender<String>,
    start: Instant,
    connects_in: Duration,
}

impl Door {
    fn tell(&self, line: &str) {
        let _ = self.told.send(format!("{} {line}", self.start.elapsed().as_secs()));
    }
}

impl Handler<Sample> for Door {
    async fn dispatch(&self, _: &Client<Sample>, _: Message) -> Result<(), Failure> {
        Ok(())
    }

    async fn on_connect(&self, client: &Client<Sample>) -> Result<(), Failure> {
        self.tell(client.id());
        tokio::time::sleep(self.connects_in).await;
        if client.id().starts_with("bad") {
            return Err(Failure::new(Status::failed_precondition("no")));
        }
        Ok(())
    }

    async fn on_disconnect(
        &self,
        client: &Client<Sample>,
        end: &Disconnect<Sample>,
    ) -> Result<(), Failure> {
        self.tell(&format!("{} {}", client.id(), end.reason));
        Ok(())
    }
}

struct Stage {
    hub: Hub<Sample>,
    door: Arc<Door>,
    lines: UnboundedReceiver<String>,
    inputs: Vec<Frames>,
}

impl Stage {
    fn new(connects_in: Duration, change: impl FnOnce(&mut HubConfig)) -> Self {
        let (told, lines) = unbounded_channel();
        let door = Arc::new(Door { told, start: Instant::now(), connects_in });
        let config = HubConfig::testing().with(|config| {
            config.callback_timeout = 1000 * SECOND;
            change(config);
        });
        Self { hub: Hub::new(config).expect("valid settings"), door, lines, inputs: Vec::new() }
    }

    async fn open(&mut self, id: &str) -> CommandStream<Sample> {
        let (sender, streaming) = input::<Sample>();
        let first = Message { sensor: id.to_owned(), ..note(0) };
        sender.send(Ok(frame(&first))).expect("somebody reads");
        self.inputs.push(sender);
        let served = self.hub.serve(&self.door, Request::new(streaming)).await;
        served.expect("it gets its headers").into_inner()
    }

    async fn expect(&mut self, lines: &[&str]) {
        for expected in lines {
            assert_eq!(self.lines.recv().await.as_deref(), Some(*expected), "of {lines:?}");
        }
    }
}

/// How a stream ends: the code, the reason, and after how many milliseconds it may come again.
async fn end(stream: &mut CommandStream<Sample>) -> (Code, String, Option<u64>) {
    let status = loop {
        if let Err(status) = stream.next().await.expect("a status comes first") {
            break status;
        }
    };
    let value = |name| status.metadata().get(name).map(|value| value.to_str().expect("ASCII"));
    let pushback = value("grpc-retry-pushback-ms").map(|millis| millis.parse().expect("a number"));
    (status.code(), value(END_TRAILER).unwrap_or_default().to_owned(), pushback)
}

#[tokio::test(start_paused = true)]
async fn so_many_open_at_once_and_the_others_in_the_order_in_which_they_came() {
    let mut stage = Stage::new(10 * SECOND, |config| {
        config.max_opening = 2;
        config.identify_timeout = 25 * SECOND;
    });
    let mut streams = Vec::new();
    for id in ["a", "bad", "c", "d", "e", "f", "g"] {
        streams.push(stage.open(id).await);
        // So that it is in the line before the next comes.
        tokio::task::yield_now().await;
    }
    stage.expect(&["0 a", "0 bad", "10 c", "10 d", "20 e", "20 f"]).await;
    let (code, reason, pushback) = end(streams.last_mut().expect("the last")).await;
    assert_eq!((code, reason.as_str()), (Code::Unavailable, "max-opening"));
    assert!(pushback.is_some_and(|millis| (1000..5000).contains(&millis)), "{pushback:?}");
    assert_eq!(stage.door.start.elapsed(), 25 * SECOND);
    // It is the only one that was told so, and nobody holds a place any more.
    tokio::time::sleep(10 * SECOND).await;
    assert_eq!(stage.hub.len(), 5);
    let _later = [stage.open("h").await, stage.open("i").await];
    stage.expect(&["35 h", "35 i"]).await;
}

#[tokio::test(start_paused = true)]
async fn those_that_wait_for_their_turn_count_as_not_identified() {
    let mut stage = Stage::new(10 * SECOND, |config| {
        config.max_opening = 1;
        config.max_unidentified = 1;
        config.identify_timeout = 25 * SECOND;
    });
    let _opening = stage.open("a").await;
    stage.expect(&["0 a"]).await;
    let _waiting = stage.open("b").await;
    let refused = stage.hub.serve(&stage.door, Request::new(input::<Sample>().1)).await;
    let status = refused.expect_err("one too many");
    assert_eq!(status.code(), Code::Unavailable);
    assert_eq!(status.metadata().get(END_TRAILER).expect("a reason"), "max-unidentified");
    stage.expect(&["10 b"]).await;
    assert!(stage.hub.health().accepting);
}

#[tokio::test(start_paused = true)]
async fn those_that_never_say_who_they_are_keep_nobody_waiting() {
    let mut stage = Stage::new(Duration::ZERO, |config| config.identify_timeout = 10 * SECOND);
    let mut silent = Vec::new();
    for _ in 0..256 {
        let (sender, streaming) = input::<Sample>();
        let served = stage.hub.serve(&stage.door, Request::new(streaming)).await;
        silent.push((sender, served.expect("it gets its headers").into_inner()));
        // So that it is in every line there is before the next comes.
        tokio::task::yield_now().await;
    }
    let _speaks = stage.open("a").await;
    stage.expect(&["0 a"]).await;
    for (_, stream) in &mut silent {
        let (code, reason, _) = end(stream).await;
        assert_eq!((code, reason.as_str()), (Code::DeadlineExceeded, "identify-timeout"));
    }
    assert_eq!(stage.door.start.elapsed(), 10 * SECOND);
    assert_eq!(stage.hub.len(), 1);
}

#[tokio::test(start_paused = true)]
async fn an_id_that_is_taken_over_too_often_stays_with_its_holder() {
    let mut stage = Stage::new(Duration::ZERO, |config| config.take_over_limit = 2);
    let mut first = stage.open("a").await;
    stage.expect(&["0 a"]).await;
    let mut second = stage.open("a").await;
    assert_eq!(end(&mut first).await, (Code::Aborted, "replaced".to_owned(), None));
    stage.expect(&["0 a replaced", "0 a"]).await;
    tokio::time::sleep(30 * SECOND).await;
    let mut holder = stage.open("a").await;
    end(&mut second).await;
    stage.expect(&["30 a replaced", "30 a"]).await;
    for _ in 0..3 {
        let mut refused = stage.open("a").await;
        let expected = (Code::ResourceExhausted, "take-over-limit".to_owned(), Some(30_000));
        assert_eq!(end(&mut refused).await, expected);
    }
    assert!(stage.hub.is_connected("a"), "its holder was disturbed");
    // The first of the two is a minute ago.
    tokio::time::sleep(30 * SECOND).await;
    let _third = stage.open("a").await;
    end(&mut holder).await;
    stage.expect(&["60 a replaced", "60 a"]).await;
}

#[tokio::test(start_paused = true)]
async fn a_client_that_comes_back_after_its_end_takes_nothing_over() {
    let mut stage = Stage::new(Duration::ZERO, |config| config.take_over_limit = 0);
    let mut stream = stage.open("a").await;
    stage.expect(&["0 a"]).await;
    for _ in 0..3 {
        // The end is decided, and the session is still there.
        drop(stream);
        stream = stage.open("a").await;
        stage.expect(&["0 a client-gone", "0 a"]).await;
    }
}
