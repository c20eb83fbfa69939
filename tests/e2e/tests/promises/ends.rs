//! How streams end: what is still written, what is given back, and in which time.

use std::{
    collections::HashMap,
    task::{Context, Poll, Waker},
};

use e2e::{Bot, end_reason, pb::trading_bots::ConnectCommands as _, until, within};
use streaming_runtime::{
    RequestError,
    config::{PingStrategy, PingTimeout},
};
use tonic::Code;

use crate::{
    calm, connected, ms, name_of,
    stage::{Stage, start},
};

/// Whether `disconnect` returns without waiting.
fn disconnect_at_once(stage: &Stage, id: &str) {
    let disconnect = std::pin::pin!(stage.hub.disconnect(id, "test"));
    let polled = disconnect.poll(&mut Context::from_waker(Waker::noop()));
    assert_eq!(polled, Poll::Ready(true), "`disconnect` waits");
}

#[tokio::test]
async fn close_writes_what_was_sent_before_and_ends_with_ok() {
    let mut stage = Stage::start(calm());
    let mut bot = connected(&mut stage, "bot").await;
    bot.trade("close").await;
    for name in ["1", "2", "3"] {
        assert_eq!(name_of(&bot.command().await.1), name);
    }
    let end = bot.end().await;
    assert_eq!((end.code(), end_reason(&end)), (Code::Ok, "closed"));
    stage.expect(&["handle bot close", "handled bot close", "disconnect bot closed []"]).await;
}

#[tokio::test]
async fn m3_disconnect_waits_for_nothing_and_a_full_queue_is_still_written() {
    let mut stage = Stage::start(calm());
    let mut bot = connected(&mut stage, "bot").await;
    let filled = stage.fill("bot").await;
    disconnect_at_once(&stage, "bot");
    assert!(!stage.hub.disconnect("bot", "again").await, "it has ended already");
    for number in 0..filled {
        assert_eq!(name_of(&bot.command().await.1), number.to_string());
    }
    let end = bot.end().await;
    assert_eq!((end.code(), end_reason(&end)), (Code::Ok, "closed"));
    stage.expect(&["disconnect bot closed []"]).await;
}

#[tokio::test]
async fn m2_a_peer_that_never_reads_delays_the_end_by_the_flush_timeout_only() {
    let mut stage = Stage::start(calm().with(|config| config.flush_timeout = ms(200)));
    let _bot = connected(&mut stage, "bot").await;
    let filled = stage.fill("bot").await;
    disconnect_at_once(&stage, "bot");
    let undelivered = stage.find("disconnect bot closed ").await;
    assert_eq!(undelivered, last_ten_of(filled));
    // The id is free.
    let mut next = connected(&mut stage, "bot").await;
    stage.hub.client("bot").start(start("next")).await.expect("connected");
    assert_eq!(name_of(&next.command().await.1), "next");
}

/// The outbox of the tests holds ten commands.
fn last_ten_of(filled: usize) -> String {
    let names: Vec<_> = (filled - 10..filled).map(|number| number.to_string()).collect();
    format!("[{}]", names.join(","))
}

#[tokio::test]
async fn what_a_client_that_left_had_not_been_sent_is_given_back_in_order() {
    let mut stage = Stage::start(calm());
    let bot = connected(&mut stage, "bot").await;
    let filled = stage.fill("bot").await;
    drop(bot);
    let end = stage.find("disconnect bot ").await;
    let (_, undelivered) = end.split_once(' ').expect("a reason and a list");
    assert_eq!(undelivered, last_ten_of(filled));
}

#[tokio::test]
async fn a_request_that_is_said_never_to_have_been_sent_is_not_sent_afterwards() {
    let mut stage = Stage::start(calm());
    let mut bot = connected(&mut stage, "bot").await;
    // Requests and plain sends by turns, until some of both wait in the outbox.
    let mut requests = HashMap::new();
    let mut accepted = 0;
    loop {
        let name = accepted.to_string();
        let hub = stage.hub.clone();
        let id = name.clone();
        let request = tokio::spawn(async move {
            let request = hub.client("bot").start(start("request"));
            request.with(|command| command.command_id = id).reply().await
        });
        requests.insert(name.clone(), request);
        until("the request is made", || stage.hub.pending_requests().len() == requests.len()).await;
        let send = stage.hub.client("bot").start(start(format!("{name}:{}", "x".repeat(20_000))));
        if tokio::time::timeout(ms(300), send).await.is_err() {
            break;
        }
        accepted += 1;
    }
    disconnect_at_once(&stage, "bot");
    let mut unsent = Vec::new();
    for (name, request) in requests {
        match within("the end of the request", request).await.expect("no panic") {
            Err(RequestError::Disconnected { sent: false }) => unsent.push(name),
            Err(RequestError::Disconnected { sent: true }) => {}
            other => panic!("{other:?}"),
        }
    }
    // Four or five in the outbox, and the one that waited for room.
    assert!(unsent.len() >= 4, "{unsent:?}");

    let mut names = Vec::new();
    while names.last().is_none_or(|last| *last != (accepted - 1).to_string()) {
        let (command_id, command) = bot.command().await;
        match name_of(&command) {
            "request" => {
                assert!(!unsent.contains(&command_id), "{command_id} was to be safe to send again");
            }
            name => names.push(name.to_owned()),
        }
    }
    let expected: Vec<_> = (0..accepted).map(|number| number.to_string()).collect();
    assert_eq!(names, expected);
    let end = bot.end().await;
    assert_eq!((end.code(), end_reason(&end)), (Code::Ok, "closed"));
    stage.expect(&["disconnect bot closed []"]).await;
}

#[tokio::test]
async fn a_handler_that_hangs_is_dropped_after_the_handler_grace() {
    let mut stage = Stage::start(calm().with(|config| config.handler_grace = ms(100)));
    let mut bot = connected(&mut stage, "bot").await;
    stage.hold("handle bot hang");
    bot.trade("hang").await;
    stage.expect(&["handle bot hang"]).await;
    disconnect_at_once(&stage, "bot");
    stage.expect(&["dropped bot hang", "disconnect bot closed []", "disconnected bot"]).await;
    let end = bot.end().await;
    assert_eq!((end.code(), end_reason(&end)), (Code::Ok, "closed"));
}

#[tokio::test]
async fn a_handler_that_goes_on_sending_to_a_peer_that_never_reads_is_bounded_as_well() {
    let mut stage = Stage::start(calm().with(|config| {
        config.handler_grace = ms(100);
        config.flush_timeout = ms(100);
    }));
    let bot = connected(&mut stage, "bot").await;
    bot.trade("flood").await;
    stage.expect(&["handle bot flood"]).await;
    stage.fill("bot").await;
    disconnect_at_once(&stage, "bot");
    stage.expect(&["dropped bot flood"]).await;
    let end = stage.find("disconnect bot closed ").await;
    assert_eq!(end.split(',').count(), 10, "{end}");
    stage.expect(&["disconnected bot"]).await;
    until("the hub is empty", || stage.hub.is_empty()).await;
}

#[tokio::test]
async fn a_client_that_drops_only_its_stream_of_commands_is_noticed() {
    let mut stage = Stage::start(calm().with(|config| {
        config.ping.strategy = PingStrategy::Interval;
        config.ping.interval = ms(20);
        config.ping.timeout = PingTimeout::After(ms(1000));
    }));
    let bot = connected(&mut stage, "bot").await;
    let _messages = bot.deaf();
    let end = stage.find("disconnect bot ").await;
    assert!(["client-gone []", "ping-timeout []"].contains(&end.as_str()), "{end}");
    until("the hub is empty", || stage.hub.is_empty()).await;
}

#[tokio::test]
async fn a_status_behind_a_question_mark_in_a_handler_is_what_the_peer_sees() {
    let mut stage = Stage::start(calm().with(|config| config.max_consecutive_errors = 1));
    let mut bot = connected(&mut stage, "bot").await;
    bot.trade("missing").await;
    // Nothing that comes after it is handled.
    for _ in 0..20 {
        bot.trade("late").await;
    }
    let end = bot.end().await;
    assert_eq!((end.code(), end.message()), (Code::NotFound, "no such symbol"));
    assert_eq!(end_reason(&end), "handler-errors");
    let lines = stage.rest();
    assert!(!lines.iter().any(|line| line.contains("late")), "{lines:?}");
}

#[tokio::test]
async fn a_transport_that_is_lost_is_told_apart_from_a_bad_message() {
    let mut stage = Stage::start(calm());
    // A proxy whose connection to the server is cut.
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let proxy = listener.local_addr().expect("a bound socket");
    let server = stage.addr;
    let cut = tokio::spawn(async move {
        let (mut client, _) = listener.accept().await.expect("a bot");
        let mut server = tokio::net::TcpStream::connect(server).await.expect("the server");
        // Reset instead of a proper end.
        server.set_zero_linger().expect("an open socket");
        let _ = tokio::io::copy_bidirectional(&mut client, &mut server).await;
    });
    let _bot: Bot = Bot::connect(proxy, "bot").await;
    stage.find("beat bot").await;
    cut.abort();
    let end = stage.find("disconnect bot ").await;
    assert!(["client-gone []", "half-closed []"].contains(&end.as_str()), "{end}");
}
