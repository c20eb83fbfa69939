//! The last word, of the client and of the hub.

use std::time::Duration;

use tonic::Code;

use super::stage::{FINE, HANG, Running, SECOND, SLOW, config, reset};
use crate::sample::{BYE, GOODBYE, Message, Polite, Sample, note};

fn goodbye(words: &str) -> Message {
    Message { kind: BYE, error: words.to_owned(), ..note(9) }
}

#[tokio::test(start_paused = true)]
async fn a_clients_goodbye_ends_the_stream_once_what_came_before_is_done() {
    let mut running = Running::<Polite>::connected(config()).await;
    running.client().send(reset()).await.expect("room");
    running.send(SLOW);
    running.expect(&["0 handle 2"]).await;
    tokio::time::sleep(90 * SECOND).await;
    running.send(FINE);
    running.send_message(goodbye("good night"));
    // Nothing is read after it.
    running.send(FINE);
    running.expect(&["100 handle 0", "100 handle 9"]).await;
    assert_eq!(running.output().await.expect("what was queued").kind, reset().kind);
    // Nobody says goodbye to the one who has said it.
    assert_eq!(running.output().await.expect_err("the end").code(), Code::Ok);
    running.expect(&["100 goodbye: good night 0", "100 left"]).await;
    assert_eq!(running.lines.recv().await, None);
}

#[tokio::test(start_paused = true)]
async fn a_goodbye_during_on_connect_waits_for_it() {
    let mut running = Running::<Polite>::with(config(), 10 * SECOND, Duration::ZERO).await;
    running.send_message(goodbye(""));
    running.send(FINE);
    running.expect(&["10 connected", "10 handle 0", "10 handle 9"]).await;
    assert_eq!(running.output().await.expect_err("the end").code(), Code::Ok);
    running.expect(&["10 goodbye 0", "10 left"]).await;

    let mut refused = Running::<Polite>::with(config(), 1000 * SECOND, Duration::ZERO).await;
    refused.send_message(goodbye(""));
    assert_eq!(refused.output().await.expect("the hub's").text, "refused");
    let end = refused.output().await.expect_err("the end");
    assert_eq!(end.code(), Code::DeadlineExceeded, "it left before it was refused");
}

#[tokio::test(start_paused = true)]
async fn the_hubs_goodbye_is_the_last_thing_written() {
    for (close, words) in
        [(Some("maintenance"), "maintenance"), (Some(""), "closed"), (None, "id-changed")]
    {
        let mut running = Running::<Polite>::connected(config()).await;
        // It needs no room.
        running.fill().await;
        match close {
            Some(words) => running.client().close(words),
            None => running.send_message(Message { sensor: "other".to_owned(), ..note(FINE) }),
        }
        for _ in 0..10 {
            assert_eq!(running.output().await.expect("a command").kind, reset().kind);
        }
        let last = running.output().await.expect("the goodbye");
        assert_eq!((last.kind, last.text.as_str()), (GOODBYE, words));
        running.output().await.expect_err("the end");
        running.lines.recv().await.expect("the end");
    }
}

#[tokio::test(start_paused = true)]
async fn a_client_that_has_ended_its_side_hears_no_goodbye() {
    let mut running = Running::<Polite>::connected(config()).await;
    running.peer.half_close();
    assert_eq!(running.output().await.expect_err("the end").code(), Code::Ok);
    running.expect(&["0 half-closed 0"]).await;
}

#[tokio::test(start_paused = true)]
async fn a_goodbye_that_nobody_reads_is_not_undelivered() {
    let mut running = Running::<Polite>::connected(config()).await;
    running.fill().await;
    running.client().close("test");
    running.expect(&["40 closed: test 10", "40 left"]).await;
}

#[tokio::test(start_paused = true)]
async fn without_goodbyes_in_the_contract_such_a_message_is_like_any_other() {
    let mut running = Running::<Sample>::connected(config()).await;
    running.send_message(goodbye("good night"));
    running.send(HANG);
    running.expect(&["0 handle 9", "0 handle 1"]).await;
    assert!(!running.session.has_ended());
}
