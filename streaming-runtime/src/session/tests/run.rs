//! A whole session over an input in memory, under paused time: every bound is kept to the second.

use std::{
    future::Future,
    pin::Pin,
    task::{Context, Waker},
    time::Duration,
};

use tonic::Code;

use super::stage::{CLOSE, FINE, HANG, Running, SECOND, SLOW, config, measure, reset, timed};
use crate::{
    config::PingTimeout,
    error::{RequestError, SendError},
    sample::{ACK, Command, Measure, Message, READING, Sample, Small, note},
    target::Sending,
};

type Session = Running<Sample>;

#[tokio::test(start_paused = true)]
async fn an_on_connect_that_takes_too_long_refuses_the_client() {
    let mut running = Session::with(config(), 1000 * SECOND, Duration::ZERO).await;
    let status = running.output().await.expect_err("refused");
    assert_eq!(status.code(), Code::DeadlineExceeded);
    running
        .expect(&["20 error handler failed: code: 'Deadline expired before operation could complete', message: \"a callback took longer than the callback timeout\""])
        .await;
    assert_eq!(running.lines.recv().await, None, "`on_disconnect` ran");
}

#[tokio::test(start_paused = true)]
async fn an_on_connect_that_takes_its_time_delays_the_first_message() {
    let mut running = Session::with(config(), 19 * SECOND, Duration::ZERO).await;
    running.expect(&["19 connected", "19 handle 0"]).await;
}

#[tokio::test(start_paused = true)]
async fn a_handler_that_hangs_delays_the_end_by_the_handler_grace() {
    let mut running = Session::connected(config()).await;
    running.send(HANG);
    running.expect(&["0 handle 1"]).await;
    running.client().close("test");
    let status = running.output().await.expect_err("the end");
    assert_eq!(status.code(), Code::Ok);
    running.expect(&["30 closed: test 0", "30 left"]).await;
}

#[tokio::test(start_paused = true)]
async fn an_output_that_is_never_polled_delays_the_end_by_the_flush_timeout() {
    let mut running = Session::connected(config()).await;
    running.fill().await;
    running.client().close("test");
    running.expect(&["40 closed: test 10", "40 left"]).await;
    let status = running.output().await.expect_err("what is left is not written");
    assert_eq!(status.code(), Code::Ok);
}

#[tokio::test(start_paused = true)]
async fn an_on_disconnect_that_hangs_is_dropped_after_the_callback_timeout() {
    let mut running = Session::with(config(), Duration::ZERO, 1000 * SECOND).await;
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
    let mut running = Session::connected(config()).await;
    running.send(CLOSE);
    running.send(7);
    running.output().await.expect_err("the end");
    running.expect(&["0 handle 3", "0 closed: the handler's words 0", "0 left"]).await;
    assert_eq!(running.lines.recv().await, None);
}

#[tokio::test(start_paused = true)]
async fn a_client_that_falls_silent_is_dropped_whatever_its_handler_does() {
    let mut running = Session::connected(config().with(|config| {
        config.ping.timeout = PingTimeout::After(500 * SECOND);
    }))
    .await;
    tokio::time::sleep(100 * SECOND).await;
    running.send(HANG);
    running.expect(&["100 handle 1", "630 ping-timeout 0", "630 left"]).await;
}

#[tokio::test(start_paused = true)]
async fn while_the_inbox_is_full_a_client_is_not_silent() {
    let mut running = Session::connected(config().with(|config| {
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
    let running = Session::connected(config()).await;
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
    let mut running = Session::connected(config()).await;
    let client = running.client();
    assert_eq!(timed(client.send(reset()).ack()).await, (Err(RequestError::Timeout), 60));
    assert!(running.session.pending.is_empty(), "it stays registered");
    // It was written, and its answer comes too late.
    let written = running.output().await.expect("a command");
    let late = Message { kind: ACK, command_id: written.id, ..note(FINE) };
    running.send_message(late);
    running.expect(&["60 handle 0"]).await;
    assert_eq!(running.session.info.late_replies(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_small_id_that_an_open_request_has_is_passed_over() {
    let mut running = Running::<Small>::connected(config()).await;
    let client = running.client();
    let mut cx = Context::from_waker(Waker::noop());
    let mut chosen = client.send(Command { id: "1".to_owned(), ..reset() }).ack();
    let mut counted = [(); 2].map(|()| client.send(reset()).ack());
    assert!(Pin::new(&mut chosen).poll(&mut cx).is_pending());
    for request in &mut counted {
        assert!(Pin::new(request).poll(&mut cx).is_pending());
    }
    for id in ["1", "2", "3"] {
        assert_eq!(running.output().await.expect("a command").id, id);
    }
    // Whoever chooses an id is told that it is taken.
    let again = client.send(Command { id: "2".to_owned(), ..reset() }).ack().await;
    assert_eq!(again, Err(RequestError::DuplicateId("2".to_owned())));
}

#[tokio::test(start_paused = true)]
async fn a_typed_request_gets_the_typed_reply() {
    let mut running = Session::connected(config()).await;
    let client = running.client();
    let mut request = Sending::<_, Sample, Measure>::new(&client, measure()).reply();
    let mut cx = Context::from_waker(Waker::noop());
    assert!(Pin::new(&mut request).poll(&mut cx).is_pending());
    let command_id = running.output().await.expect("a command").id;
    let noted = Message { kind: ACK, command_id: command_id.clone(), ..note(FINE) };
    running.send_message(noted);
    let reply = Message { kind: READING, command_id, ..note(21) };
    running.send_message(reply);
    assert_eq!(request.await, Ok(21));
}

#[tokio::test(start_paused = true)]
async fn a_request_whose_future_is_dropped_leaves_nothing_registered() {
    let running = Session::connected(config()).await;
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
    let mut running = Session::connected(config()).await;
    let client = running.client();
    running.fill().await;
    let mut cx = Context::from_waker(Waker::noop());
    let mut waiting = client.send(reset());
    assert!(Pin::new(&mut waiting).poll(&mut cx).is_pending());
    running.peer.half_close();
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
    let mut running = Session::connected(config()).await;
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

#[tokio::test(start_paused = true)]
async fn a_client_that_reads_nothing_is_dropped_after_the_write_timeout() {
    let mut running = Session::connected(config()).await;
    let client = running.client();
    client.send(reset()).await.expect("room");
    // It is looked at every 100 s, the first time when the command has waited for so long.
    running.expect(&["500 stalled 1", "500 left"]).await;
    assert_eq!(running.output().await.expect_err("the end").code(), Code::ResourceExhausted);

    let mut slow = Session::connected(config()).await;
    slow.fill().await;
    for _ in 0..10 {
        tokio::time::sleep(300 * SECOND).await;
        slow.output().await.expect("a command");
    }
    tokio::time::sleep(3000 * SECOND).await;
    assert!(!slow.session.has_ended(), "it read, and nothing waits");
}
