//! A whole session over an input in memory, under paused time: every bound is kept to the second.

use std::{
    future::Future,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, Waker},
    time::Duration,
};

use bytes::{BufMut as _, Bytes, BytesMut};
use futures_util::StreamExt as _;
use prost::Message as _;
use tokio::{
    sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel},
    task::JoinHandle,
    time::Instant,
};
use tonic::{Code, Status, Streaming, codec::Codec as _};

use super::super::{
    Client, CommandStream, Disconnect, Handler, Identified, Rpc, Session, run as run_session,
};
use crate::{
    config::{HubConfig, PingTimeout},
    error::{Failure, HandlerError, RequestError, SendError},
    outbox::{Frame, FrameCodec},
    sample::{self, ACK, Command, MEASURE, Measure, Message, NOTE, RESET, Sample},
    target::Sending,
};

const SECOND: Duration = Duration::from_secs(1);

/// The bytes of an input, as they would come from a connection.
struct Input(UnboundedReceiver<Message>);

impl http_body::Body for Input {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<http_body::Frame<Bytes>, Status>>> {
        self.0.poll_recv(cx).map(|message| {
            let message = message?.encode_to_vec();
            let mut frame = BytesMut::new();
            frame.put_u8(0);
            frame.put_u32(u32::try_from(message.len()).expect("a small message"));
            frame.extend_from_slice(&message);
            Some(Ok(http_body::Frame::data(frame.freeze())))
        })
    }
}

/// What a handler does with a message, by its value.
const FINE: u64 = 0;
const HANG: u64 = 1;
/// Takes 100 s.
const SLOW: u64 = 2;
const CLOSE: u64 = 3;

/// Tells what it is called for. Its callbacks take as long as they are told to.
struct Play {
    told: UnboundedSender<String>,
    start: Instant,
    connects_in: Duration,
    disconnects_in: Duration,
}

impl Play {
    fn tell(&self, line: &str) {
        // A test that has seen enough does not listen any more.
        let _ = self.told.send(format!("{} {line}", self.start.elapsed().as_secs()));
    }
}

impl Handler<Sample> for Play {
    async fn dispatch(&self, client: &Client<Sample>, message: Message) -> Result<(), Failure> {
        self.tell(&format!("handle {}", message.value));
        match message.value {
            HANG => std::future::pending().await,
            SLOW => tokio::time::sleep(100 * SECOND).await,
            CLOSE => client.close("the handler's words"),
            _ => {}
        }
        Ok(())
    }

    async fn on_connect(&self, _: &Client<Sample>) -> Result<(), Failure> {
        tokio::time::sleep(self.connects_in).await;
        self.tell("connected");
        Ok(())
    }

    async fn on_disconnect(
        &self,
        _: &Client<Sample>,
        end: &Disconnect<Sample>,
    ) -> Result<(), Failure> {
        self.tell(&format!("{} {}", end.reason, end.undelivered.len()));
        tokio::time::sleep(self.disconnects_in).await;
        self.tell("left");
        Ok(())
    }

    async fn on_error(&self, _: &Client<Sample>, error: &HandlerError) {
        self.tell(&format!("error {error}"));
    }
}

/// A session that runs.
struct Running {
    session: Arc<Session<Sample>>,
    input: Option<UnboundedSender<Message>>,
    output: CommandStream<Sample>,
    lines: UnboundedReceiver<String>,
    task: JoinHandle<()>,
}

impl Running {
    fn start(config: HubConfig) -> Self {
        Self::with(config, Duration::ZERO, Duration::ZERO)
    }

    fn with(config: HubConfig, connects_in: Duration, disconnects_in: Duration) -> Self {
        let (told, lines) = unbounded_channel();
        let (input, receiver) = unbounded_channel();
        let (rpc, session) = (Rpc::new(), sample::session(config));
        let output = CommandStream::new(rpc.clone());
        rpc.attach(&session);
        let decoder = FrameCodec::<Command, Message>::default().decoder();
        let streaming = Streaming::new_request(decoder, Input(receiver), None, None);
        let first = Identified { id: session.id().clone(), first: message(FINE) };
        let handler = Play { told, start: Instant::now(), connects_in, disconnects_in };
        let running = run_session(session.clone(), Arc::new(handler), streaming, first);
        Self { session, input: Some(input), output, lines, task: tokio::spawn(running) }
    }

    /// One that has handled its first message.
    async fn connected(config: HubConfig) -> Self {
        let mut running = Self::start(config);
        running.expect(&["0 connected", "0 handle 0"]).await;
        running
    }

    fn send(&self, value: u64) {
        self.send_message(message(value));
    }

    fn send_message(&self, message: Message) {
        self.input.as_ref().expect("the input is open").send(message).expect("somebody reads");
    }

    /// The next lines, each with the second in which it was told.
    async fn expect(&mut self, lines: &[&str]) {
        for expected in lines {
            assert_eq!(self.lines.recv().await.as_deref(), Some(*expected), "of {lines:?}");
        }
    }

    fn client(&self) -> Client<Sample> {
        Client(self.session.clone())
    }

    /// What comes next on the wire; the status at the end.
    async fn output(&mut self) -> Result<Command, Status> {
        match self.output.next().await.expect("it has not ended")? {
            Frame::Message(command) => Ok(command),
            Frame::Encoded(_) => panic!("nothing was broadcast"),
        }
    }

    /// Fills the outbox, which nobody reads.
    async fn fill(&self) {
        let client = self.client();
        while self.session.outbox.len() < 10 {
            client.send(reset()).await.expect("room");
        }
    }
}

fn message(value: u64) -> Message {
    Message { sensor: "sensor".to_owned(), kind: NOTE, value, ..Message::default() }
}

fn reset() -> Command {
    Command { kind: RESET, ..Command::default() }
}

fn measure() -> Command {
    Command { kind: MEASURE, ..Command::default() }
}

/// Each bound has its own length.
fn config() -> HubConfig {
    HubConfig::testing().with(|config| {
        config.callback_timeout = 20 * SECOND;
        config.handler_grace = 30 * SECOND;
        config.flush_timeout = 40 * SECOND;
        config.send_timeout = 50 * SECOND;
        config.reply_timeout = 60 * SECOND;
    })
}

/// How long it took.
async fn timed<T>(future: impl Future<Output = T>) -> (T, u64) {
    let start = Instant::now();
    let output = future.await;
    (output, start.elapsed().as_secs())
}

#[tokio::test(start_paused = true)]
async fn an_on_connect_that_takes_too_long_refuses_the_client() {
    let mut running = Running::with(config(), 1000 * SECOND, Duration::ZERO);
    let status = running.output().await.expect_err("refused");
    assert_eq!(status.code(), Code::DeadlineExceeded);
    running
        .expect(&["20 error handler failed: code: 'Deadline expired before operation could complete', message: \"a callback took longer than the callback timeout\""])
        .await;
    assert_eq!(running.lines.recv().await, None, "`on_disconnect` ran");
}

#[tokio::test(start_paused = true)]
async fn an_on_connect_that_takes_its_time_delays_the_first_message() {
    let mut running = Running::with(config(), 19 * SECOND, Duration::ZERO);
    running.expect(&["19 connected", "19 handle 0"]).await;
}

#[tokio::test(start_paused = true)]
async fn a_handler_that_hangs_delays_the_end_by_the_handler_grace() {
    let mut running = Running::connected(config()).await;
    running.send(HANG);
    running.expect(&["0 handle 1"]).await;
    running.client().close("test");
    let status = running.output().await.expect_err("the end");
    assert_eq!(status.code(), Code::Ok);
    running.expect(&["30 closed: test 0", "30 left"]).await;
}

#[tokio::test(start_paused = true)]
async fn an_output_that_is_never_polled_delays_the_end_by_the_flush_timeout() {
    let mut running = Running::connected(config()).await;
    running.fill().await;
    running.client().close("test");
    running.expect(&["40 closed: test 10", "40 left"]).await;
    let status = running.output().await.expect_err("what is left is not written");
    assert_eq!(status.code(), Code::Ok);
}

#[tokio::test(start_paused = true)]
async fn an_on_disconnect_that_hangs_is_dropped_after_the_callback_timeout() {
    let mut running = Running::with(config(), Duration::ZERO, 1000 * SECOND);
    running.expect(&["0 connected", "0 handle 0"]).await;
    running.client().close("test");
    let session = running.session.clone();
    let (_, ()) = tokio::join!(running.output(), session.finished());
    running.expect(&["0 closed: test 0"]).await;
    let line = running.lines.recv().await.expect("an error");
    assert!(line.starts_with("20 error "), "{line}");
    assert_eq!(running.lines.recv().await, None);
}

#[tokio::test(start_paused = true)]
async fn what_is_read_before_the_end_is_handled_and_nothing_after() {
    let mut running = Running::connected(config()).await;
    running.send(CLOSE);
    running.send(7);
    running.output().await.expect_err("the end");
    running.expect(&["0 handle 3", "0 closed: the handler's words 0", "0 left"]).await;
    assert_eq!(running.lines.recv().await, None);
}

#[tokio::test(start_paused = true)]
async fn a_client_that_falls_silent_is_dropped_whatever_its_handler_does() {
    let mut running = Running::connected(config().with(|config| {
        config.ping.timeout = PingTimeout::After(500 * SECOND);
    }))
    .await;
    tokio::time::sleep(100 * SECOND).await;
    running.send(HANG);
    running.expect(&["100 handle 1", "630 ping-timeout 0", "630 left"]).await;
}

#[tokio::test(start_paused = true)]
async fn while_the_inbox_is_full_a_client_is_not_silent() {
    let mut running = Running::connected(config().with(|config| {
        config.ping.timeout = PingTimeout::After(50 * SECOND);
        config.inbox.messages = 2;
    }))
    .await;
    // Each takes twice the timeout. While two more wait, the hub does not read.
    for _ in 0..4 {
        running.send(SLOW);
    }
    running.expect(&["0 handle 2", "100 handle 2", "200 handle 2"]).await;
    // From 200 s on there is room again, and silence; the handler gets its grace.
    running.expect(&["280 ping-timeout 0", "280 left"]).await;
}

#[tokio::test(start_paused = true)]
async fn a_send_waits_for_room_as_long_as_the_send_timeout() {
    let running = Running::connected(config()).await;
    running.fill().await;
    let client = running.client();
    assert_eq!(timed(client.send(reset())).await, (Err(SendError::Overflow), 50));
    let request = client.send(reset()).ack().timeout(51 * SECOND);
    assert_eq!(timed(request).await, (Err(RequestError::Overflow), 50));
    let request = client.send(reset()).ack().timeout(49 * SECOND);
    assert_eq!(timed(request).await, (Err(RequestError::Timeout), 49));
    assert!(running.session.pending.is_empty(), "something stays registered");
    assert_eq!(running.session.outbox.len(), 10, "something was queued");
}

#[tokio::test(start_paused = true)]
async fn a_request_waits_for_its_answer_as_long_as_the_reply_timeout() {
    let mut running = Running::connected(config()).await;
    let client = running.client();
    assert_eq!(timed(client.send(reset()).ack()).await, (Err(RequestError::Timeout), 60));
    assert!(running.session.pending.is_empty(), "it stays registered");
    // It was written, and its answer comes too late.
    let written = running.output().await.expect("a command");
    let late = Message { kind: ACK, command_id: written.id, ..message(FINE) };
    running.send_message(late);
    running.expect(&["60 handle 0"]).await;
    assert_eq!(running.session.info.late_replies(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_typed_request_gets_the_typed_reply() {
    let mut running = Running::connected(config()).await;
    let client = running.client();
    let mut request = Sending::<_, Sample, Measure>::new(&client, measure()).reply();
    let mut cx = Context::from_waker(Waker::noop());
    assert!(Pin::new(&mut request).poll(&mut cx).is_pending());
    let command_id = running.output().await.expect("a command").id;
    let noted = Message { kind: ACK, command_id: command_id.clone(), ..message(FINE) };
    running.send_message(noted);
    let reply = Message { kind: sample::READING, command_id, ..message(21) };
    running.send_message(reply);
    assert_eq!(request.await, Ok(21));
}

#[tokio::test(start_paused = true)]
async fn a_request_whose_future_is_dropped_leaves_nothing_registered() {
    let running = Running::connected(config()).await;
    let client = running.client();
    let mut cx = Context::from_waker(Waker::noop());
    let mut written = client.send(reset()).ack();
    assert!(Pin::new(&mut written).poll(&mut cx).is_pending());
    drop(written);
    assert!(running.session.pending.is_empty());
    running.fill().await;
    let mut waiting = client.send(reset()).ack();
    assert!(Pin::new(&mut waiting).poll(&mut cx).is_pending());
    assert!(!running.session.pending.is_empty());
    drop(waiting);
    assert!(running.session.pending.is_empty());
    assert_eq!(running.session.outbox.len(), 10);
    // Nor one that was never polled.
    drop(client.send(reset()).ack());
    assert!(running.session.pending.is_empty());
}

#[tokio::test(start_paused = true)]
async fn after_the_end_every_call_of_the_handle_says_so() {
    let mut running = Running::connected(config()).await;
    let client = running.client();
    running.fill().await;
    let mut cx = Context::from_waker(Waker::noop());
    let mut waiting = client.send(reset());
    assert!(Pin::new(&mut waiting).poll(&mut cx).is_pending());
    running.input = None;
    running.expect(&["40 half-closed 10", "40 left"]).await;
    let gone = SendError::Disconnected { sent: false };
    assert_eq!(waiting.await, Err(gone.clone()));
    assert_eq!(client.send(reset()).await, Err(gone.clone()));
    assert_eq!(client.send(reset()).ack().await, Err(gone.into()));
    client.close("too late");
    assert_eq!(running.session.reason().map(crate::Reason::name), Some("half-closed"));
}

#[tokio::test(start_paused = true)]
async fn a_session_whose_task_is_dropped_leaves_nobody_waiting() {
    let mut running = Running::connected(config()).await;
    let client = running.client();
    let mut written = client.send(reset()).ack();
    let mut cx = Context::from_waker(Waker::noop());
    assert!(Pin::new(&mut written).poll(&mut cx).is_pending());
    running.output().await.expect("a command");
    running.fill().await;
    let mut waiting = client.send(reset());
    assert!(Pin::new(&mut waiting).poll(&mut cx).is_pending());
    running.task.abort();
    running.session.finished().await;
    let ends = async { (written.await, waiting.await) };
    let gone = (
        Err(RequestError::Disconnected { sent: true }),
        Err(SendError::Disconnected { sent: false }),
    );
    assert_eq!(timed(ends).await, (gone, 0));
    assert_eq!(running.output().await.expect_err("the end").code(), Code::Cancelled);
}
