//! Handlers beside the ordered line.

use std::time::Duration;

use tonic::{Code, Status};

use super::stage::{Running, SECOND, Teller, config, reset};
use crate::{
    Reason,
    config::{HubConfig, PingTimeout},
    error::{Failure, HandlerError, RequestError},
    sample::{self, Command, Message, Polite, note},
    session::{Client, Handler},
};

/// Two of these at once.
const PAIR: u32 = 7;
/// One at a time.
const SINGLE: u32 = 8;
/// In order with everything that is not in a lane.
const LINE: u32 = 0;

const FOREVER: u64 = 1000;
const FAILS: u64 = 500;

/// Takes as many seconds for a message as its value says.
struct Juggler {
    teller: Teller,
    connects_in: Duration,
}

impl Handler<Polite> for Juggler {
    const LANES: &'static [usize] = &[2, 1];

    fn lane(variant: Option<u16>) -> Option<usize> {
        match variant.map(u32::from) {
            Some(PAIR) => Some(0),
            Some(SINGLE) => Some(1),
            _ => None,
        }
    }

    async fn dispatch(&self, _: &Client<Polite>, message: Message) -> Result<(), Failure> {
        self.teller.tell(&format!("begins {}", message.value));
        if message.value == FAILS {
            return Err(Failure::new(Status::not_found("nothing")));
        }
        tokio::time::sleep(Duration::from_secs(message.value)).await;
        self.teller.tell(&format!("ends {}", message.value));
        Ok(())
    }

    async fn on_connect(&self, _: &Client<Polite>) -> Result<(), Failure> {
        tokio::time::sleep(self.connects_in).await;
        self.teller.tell("connected");
        Ok(())
    }

    async fn on_error(&self, _: &Client<Polite>, _: &HandlerError) {}
}

async fn start(config: HubConfig, connects_in: Duration) -> Running<Polite> {
    Running::of(sample::session(config), None, |teller| Juggler { teller, connects_in }).await
}

async fn connected(config: HubConfig) -> Running<Polite> {
    let mut running = start(config, Duration::ZERO).await;
    running.expect(&["0 connected"]).await;
    running
}

impl Running<Polite> {
    fn send_to(&self, lane: u32, values: &[u64]) {
        for value in values {
            self.send_message(Message { kind: lane, ..note(*value) });
        }
    }

    /// What came since the last call.
    fn rest(&mut self) -> Vec<String> {
        std::iter::from_fn(|| self.lines.try_recv().ok()).collect()
    }
}

#[tokio::test(start_paused = true)]
async fn so_many_run_at_once_beside_the_line_and_the_others_wait_in_order() {
    let mut running = connected(config()).await;
    running.send_to(PAIR, &[10, 20, 30, 1]);
    running.send_to(LINE, &[5, 2]);
    running.expect(&["0 begins 10", "0 begins 20", "0 begins 5"]).await;
    // The line goes on, and so does the lane.
    running.expect(&["5 ends 5", "5 begins 2", "7 ends 2"]).await;
    running.expect(&["10 ends 10", "10 begins 30", "20 ends 20", "20 begins 1", "21 ends 1"]).await;
    running.expect(&["40 ends 30"]).await;
}

#[tokio::test(start_paused = true)]
async fn a_lane_of_one_keeps_its_own_order() {
    let mut running = connected(config()).await;
    running.send_to(SINGLE, &[3, 1, 2]);
    running.send_to(LINE, &[20]);
    running
        .expect(&[
            "0 begins 3",
            "0 begins 20",
            "3 ends 3",
            "3 begins 1",
            "4 ends 1",
            "4 begins 2",
            "6 ends 2",
            "20 ends 20",
        ])
        .await;
}

#[tokio::test(start_paused = true)]
async fn no_handler_begins_before_on_connect_is_done() {
    let mut running = start(config(), 9 * SECOND).await;
    running.send_to(PAIR, &[1]);
    running.send_to(LINE, &[2]);
    running.expect(&["9 connected", "9 begins 2", "9 begins 1"]).await;

    let mut refused = start(config(), 1000 * SECOND).await;
    refused.send_to(PAIR, &[1]);
    assert_eq!(refused.output().await.expect("the goodbye").text, "refused");
    refused.output().await.expect_err("the end");
    assert_eq!(refused.lines.recv().await, None, "its messages were handled");
}

#[tokio::test(start_paused = true)]
async fn what_waits_in_lanes_counts_for_the_inbox() {
    let mut running = connected(config().with(|config| {
        config.inbox.messages = 2;
        config.ping.timeout = PingTimeout::After(7 * SECOND);
    }))
    .await;
    // One runs, two wait; the fourth is not read, and the line is behind it.
    running.send_to(SINGLE, &[10, 10, 10, 0]);
    running.send_to(LINE, &[0]);
    tokio::time::sleep(9 * SECOND).await;
    assert_eq!(running.rest(), ["0 begins 10"]);
    assert_eq!(running.session.info.message_count(), 3);
    // Time in which the hub does not read is no silence.
    running.expect(&["10 ends 10", "10 begins 10", "20 ends 10", "20 begins 10"]).await;
    running.expect(&["20 begins 0", "20 ends 0"]).await;
    // The line was handled, the lane goes on.
    assert_eq!(running.session.reason().map(Reason::name), None);
}

#[tokio::test(start_paused = true)]
async fn a_request_ends_where_lanes_hold_up_its_answer() {
    let running = connected(config().with(|config| config.inbox.messages = 2)).await;
    let client = running.client();
    let request = tokio::spawn(async move { client.send(reset()).ack().await });
    tokio::task::yield_now().await;
    // One runs; eight wait, four times the inbox.
    running.send_to(SINGLE, &[FOREVER; 9]);
    assert_eq!(request.await.expect("no panic"), Err(RequestError::Backlog));
    assert_eq!(running.session.info.message_count(), 9);
}

#[tokio::test(start_paused = true)]
async fn at_the_end_what_was_read_is_handled_within_the_grace() {
    let mut running = connected(config()).await;
    running.send_to(PAIR, &[20, 20, 9]);
    running.send_to(SINGLE, &[1, 2]);
    running.expect(&["0 begins 20", "0 begins 20", "0 begins 1"]).await;
    running.client().close("test");
    running.expect(&["1 ends 1", "1 begins 2", "3 ends 2"]).await;
    running.expect(&["20 ends 20", "20 ends 20", "20 begins 9", "29 ends 9"]).await;
    assert_eq!(running.session.context.meters.dropped_handlers.get(), 0);
}

#[tokio::test(start_paused = true)]
async fn handlers_that_outlive_the_grace_are_dropped_and_counted() {
    let mut running = connected(config()).await;
    running.send_to(PAIR, &[FOREVER; 3]);
    running.send_to(LINE, &[FOREVER]);
    running.expect(&["0 begins 1000"; 3]).await;
    running.client().close("test");
    running.output().await.expect("the goodbye");
    assert_eq!(running.output().await.expect_err("the end").code(), Code::Ok);
    running.session.finished().await;
    assert_eq!(running.rest(), Vec::<String>::new());
    // One only waited.
    assert_eq!(running.session.context.meters.dropped_handlers.get(), 3);
}

#[tokio::test(start_paused = true)]
async fn failures_in_lanes_count_as_others_do_and_are_answered() {
    let mut running = connected(config().with(|config| config.max_consecutive_errors = 3)).await;
    running.send_message(Message { kind: PAIR, question: "q".to_owned(), ..note(FAILS) });
    let answer = running.output().await.expect("an answer");
    assert_eq!(
        answer,
        Command {
            kind: sample::FAILED,
            id: "q".to_owned(),
            text: "Some(7) not_found: nothing".to_owned(),
            ..Command::default()
        }
    );
    running.send_to(LINE, &[FAILS]);
    running.send_to(SINGLE, &[FOREVER, 1, FAILS]);
    running.send_to(PAIR, &[FAILS]);
    running.output().await.expect("the goodbye");
    assert_eq!(running.output().await.expect_err("the end").code(), Code::NotFound);
    let lines = running.rest();
    assert_eq!(lines.iter().filter(|line| line.contains("begins 500")).count(), 3, "{lines:?}");
    assert!(!lines.iter().any(|line| line.ends_with("begins 1")), "it still waited: {lines:?}");
}

#[tokio::test]
async fn a_flood_into_a_lane_leaves_others_their_turn() {
    let mut running = connected(config().with(|config| config.inbox.messages = 10_000)).await;
    running.send_to(PAIR, &[0; 2000]);
    let mut handled = 0;
    while handled < 2000 {
        tokio::task::yield_now().await;
        let ends = running.rest().iter().filter(|line| line.contains("ends")).count();
        assert!(ends <= 128, "{ends} handlers without a pause");
        handled += ends;
    }
}
