//! Answers that the hub gives by itself: what failed, and what happens where nobody reads them.

use std::sync::{Arc, atomic::Ordering};

use tonic::Code;

use super::stage::{FINE, HANG, MISSING, PANIC, Play, Running, SECOND, SECRET, config, reset};
use crate::{
    MemoryPublisher, Reason,
    config::PublishConfig,
    publish::Outlet,
    resume::Key,
    sample::{self, ACK, Command, FAILED, Message, Polite, Sample, note},
    session::Session,
};

/// A message that asks under this id.
fn question(id: &str, value: u64) -> Message {
    Message { question: id.to_owned(), ..note(value) }
}

async fn failed(running: &mut Running<Polite>) -> (String, String) {
    let command = running.output().await.expect("an answer");
    assert_eq!(command.kind, FAILED);
    (command.id, command.text)
}

#[tokio::test(start_paused = true)]
async fn whoever_asked_is_told_that_it_failed_and_not_more_than_it_may_know() {
    let mut running = Running::<Polite>::connected(config()).await;
    for (value, text) in [
        (MISSING, "Some(0) not_found: no such sensor"),
        (SECRET, "Some(0) internal: the handler failed"),
        (PANIC, "Some(0) internal: the handler panicked"),
    ] {
        running.send_message(question("q", value));
        assert_eq!(failed(&mut running).await, ("q".to_owned(), text.to_owned()));
    }
    running.expect(&["0 handle 4"]).await;
    let line = running.lines.recv().await.expect("an error");
    assert!(line.contains("error") && line.contains("no such sensor"), "{line}");
}

#[tokio::test(start_paused = true)]
async fn the_answer_to_what_failed_overtakes_what_is_queued() {
    let mut running = Running::<Polite>::connected(config()).await;
    running.client().send(reset()).await.expect("room");
    running.send_message(question("q", MISSING));
    running.expect(&["0 handle 4"]).await;
    tokio::task::yield_now().await;
    assert_eq!(failed(&mut running).await.0, "q");
    assert_eq!(running.output().await.expect("the command").kind, reset().kind);
}

#[tokio::test(start_paused = true)]
async fn whoever_asked_nothing_or_got_its_answer_is_not_told() {
    let mut running = Running::<Polite>::connected(config()).await;
    running.send_message(question("", MISSING));
    running.send_message(question("q", FINE));
    let mut plain = Running::<Sample>::connected(config()).await;
    plain.send_message(question("q", MISSING));
    running.expect(&["0 handle 4"]).await;
    plain.expect(&["0 handle 4"]).await;
    running.client().close("that is all");
    plain.client().close("that is all");
    // The last word comes first.
    let goodbye = running.output().await.expect("the goodbye");
    assert_eq!((goodbye.kind, goodbye.text.as_str()), (sample::GOODBYE, "that is all"));
    assert_eq!(plain.output().await.expect_err("the end").code(), Code::Ok);
}

#[tokio::test(start_paused = true)]
async fn what_fails_after_the_end_is_still_answered() {
    let mut running = Running::<Polite>::connected(config()).await;
    running.send_message(question("q", super::stage::SLOW));
    running.send_message(question("late", MISSING));
    running.expect(&["0 handle 2"]).await;
    tokio::time::sleep(90 * SECOND).await;
    running.client().close("test");
    assert_eq!(failed(&mut running).await.0, "late");
    assert_eq!(running.output().await.expect("the goodbye").kind, sample::GOODBYE);
}

#[tokio::test(start_paused = true)]
async fn a_client_that_does_not_read_its_answers_is_stalled() {
    let mut running = Running::<Polite>::connected(config()).await;
    for number in 0..64 {
        running.send_message(question(&number.to_string(), MISSING));
    }
    for _ in 0..2 * 64 {
        running.lines.recv().await.expect("handled, and reported");
    }
    assert!(!running.session.has_ended(), "there is room for 64");
    running.send_message(question("one too many", MISSING));
    running.expect(&["0 handle 4"]).await;
    running.lines.recv().await.expect("reported");
    assert_eq!(running.session.reason().map(Reason::name), Some("stalled"));
    // It would not read what is queued either: nothing is waited for.
    running.expect(&["0 stalled 0"]).await;
    let end = running.output().await.expect_err("the end");
    assert_eq!(end.code(), Code::ResourceExhausted);
}

#[tokio::test(start_paused = true)]
async fn acks_without_an_end_do_not_starve_the_end() {
    let mut running = Running::<Polite>::connected(config()).await;
    running.send_message(question("q", HANG));
    running.expect(&["0 handle 1"]).await;
    let client = running.client();
    for _ in 0..64 {
        client.answer_now(Command { kind: ACK, ..Command::default() });
    }
    assert!(!running.session.has_ended());
    client.close("test");
    // Sent after the end was decided, and no reason of its own.
    client.answer_now(Command { kind: ACK, ..Command::default() });
    assert_eq!(running.session.reason().map(Reason::name), Some("closed"));
}

#[tokio::test(start_paused = true)]
async fn what_is_too_large_for_the_client_is_not_said() {
    let mut running = Running::<Polite>::connected(config()).await;
    running.session.context.max_command.store(3, Ordering::Relaxed);
    running.send_message(question("q", MISSING));
    running.expect(&["0 handle 4"]).await;
    running.client().close("a long farewell");
    assert_eq!(running.output().await.expect_err("the end").code(), Code::Ok);
}

/// A session that publishes what these settings say.
async fn published(set: impl FnOnce(&mut PublishConfig)) -> (MemoryPublisher, Running<Polite>) {
    let publisher = MemoryPublisher::default();
    let mut context = sample::context(config().with(|config| set(&mut config.publish)));
    let names = context.config.publish.clone();
    context.outlet = Some(Arc::new(Outlet::new(Arc::new(publisher.clone()), names)));
    let session = Arc::new(Session::new(Arc::new(context), sample::info(), Key::new()));
    let mut running = Running::<Polite>::of(session, Some(note(FINE)), Play::quick).await;
    running.expect(&["0 connected", "0 handle 0"]).await;
    (publisher, running)
}

#[tokio::test(start_paused = true)]
async fn bare_acks_are_published_where_pings_are() {
    for pings in [false, true] {
        let (publisher, mut running) = published(|publish| {
            publish.commands = true;
            publish.pings = pings;
        })
        .await;
        running.client().answer_now(Command { kind: ACK, ..Command::default() });
        running.output().await.expect("the ack");
        assert_eq!(publisher.publications().len(), usize::from(pings));
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_read_in_one_go_is_published_with_one_time() {
    let (publisher, mut running) = published(|publish| publish.messages = true).await;
    assert_eq!(publisher.take().len(), 1);
    for _ in 0..3 {
        running.send(FINE);
    }
    running.expect(&["0 handle 0"; 3]).await;
    let data = publisher.publications().into_iter().map(|one| one.data().clone());
    let data: Vec<_> = data.collect();
    assert_eq!(data.len(), 3);
    assert_eq!([&data[1], &data[2]], [&data[0]; 2], "they differ in nothing but their time");
}
