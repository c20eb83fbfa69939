//! Messages that nothing is done with.

use std::sync::atomic::Ordering;

use tonic::{Code, Status};

use super::stage::{Running, SECOND, Teller, config};
use crate::{
    error::{Failure, HandlerError},
    sample::{self, Message, Polite, note},
    session::{Client, Handler},
};

/// What nothing is done with.
const BEAT: u32 = 7;

const FINE: u64 = 0;
const HANGS: u64 = 1;
const FAILS: u64 = 2;

struct Deaf(Teller);

impl Handler<Polite> for Deaf {
    fn is_handled(variant: Option<u16>) -> bool {
        variant.map(u32::from) != Some(BEAT)
    }

    async fn dispatch(&self, _: &Client<Polite>, message: Message) -> Result<(), Failure> {
        self.0.tell(&format!("handle {}", message.value));
        match message.value {
            HANGS => std::future::pending().await,
            FAILS => Err(Failure::new(Status::not_found("nothing"))),
            _ => Ok(()),
        }
    }

    async fn on_error(&self, _: &Client<Polite>, _: &HandlerError) {}
}

fn beat() -> Message {
    Message { kind: BEAT, ..note(FINE) }
}

#[tokio::test(start_paused = true)]
async fn what_nothing_is_done_with_is_read_and_waits_for_nobody() {
    let config = config().with(|config| config.inbox.messages = 1);
    let mut running = Running::of(sample::session(config), Some(beat()), Deaf).await;
    running.send(HANGS);
    running.expect(&["0 handle 1"]).await;
    for _ in 0..9 {
        running.send_message(beat());
    }
    // It may answer a request, which has ended before.
    running.send_message(Message { command_id: "late".to_owned(), ..beat() });
    running.send(FINE);
    tokio::time::sleep(SECOND).await;
    let counters = &running.session.info.counters;
    assert_eq!(counters.messages.load(Ordering::Relaxed), 13, "nothing waits before the last");
    assert_eq!(counters.late_replies.load(Ordering::Relaxed), 1);
    running.client().close("test");
    tokio::time::sleep(100 * SECOND).await;
    running.lines.try_recv().expect_err("it was handled");
}

#[tokio::test(start_paused = true)]
async fn what_nothing_is_done_with_does_not_end_a_row_of_failures() {
    let config = config().with(|config| config.max_consecutive_errors = 2);
    let mut running = Running::of(sample::session(config), Some(beat()), Deaf).await;
    running.send(FAILS);
    running.send(FINE);
    running.send(FAILS);
    running.send_message(beat());
    running.send(FAILS);
    running.output().await.expect("the goodbye");
    assert_eq!(running.output().await.expect_err("the end").code(), Code::NotFound);
    running.expect(&["0 handle 2", "0 handle 0", "0 handle 2", "0 handle 2"]).await;
}
