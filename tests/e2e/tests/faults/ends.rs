//! How streams end: a, k, m1, m12, m13.

use e2e::{Bot, Event, Server, end_reason, pb, until, within};
use pb::{bot_command::Payload, trading_bots::ConnectCommands as _};
use streaming_runtime::SendError;
use tonic::Code;

use crate::{calm, disconnect};

#[tokio::test]
async fn a_disconnect_runs_once_and_unregistered_whatever_the_way_out() {
    let mut server = Server::start(calm());
    for (way, reason) in
        [("half-close", "half-closed"), ("cancel", "client-gone"), ("hub", "closed")]
    {
        let mut bot = Bot::connect(server.addr, way).await;
        until("the bot is connected", || server.hub.is_connected(way)).await;
        match way {
            "half-close" => bot.half_close(),
            "cancel" => drop(bot),
            _ => assert!(server.hub.disconnect(way, "test").await),
        }
        let (id, why, registered) = disconnect(&mut server.events).await;
        assert_eq!((id.as_str(), registered), (way, false));
        assert_eq!(why, reason, "{way}");
        until("the hub is empty", || server.hub.is_empty()).await;
    }
    let again = server.events.rest();
    assert!(!again.iter().any(|event| matches!(event, Event::Disconnected { .. })), "{again:?}");
}

#[tokio::test]
async fn k_a_failing_handler_reaches_on_error_and_the_stream_goes_on() {
    let mut server = Server::start(calm());
    let mut bot = Bot::connect(server.addr, "bot").await;
    for (symbol, words) in
        [("fail", "the handler's own words"), ("panic", "the handler's own panic")]
    {
        bot.trade(symbol).await;
        let text = server.events.find(|event| match event {
            Event::Error(Some("trade"), text) => Some(text),
            _ => None,
        });
        let text = text.await;
        assert!(text.contains(words), "{text}");
    }
    bot.trade("echo").await;
    assert!(matches!(bot.command().await.1, Payload::Start(_)));
    assert_eq!(server.hub.info("bot").expect("connected").error_count, 2);
}

#[tokio::test]
async fn k_past_the_limit_the_stream_ends_with_the_last_status() {
    let server = Server::start(calm().with(|config| config.max_consecutive_errors = 3));
    let mut bot = Bot::connect(server.addr, "bot").await;
    // A success in between starts the count anew.
    for symbol in ["fail", "fail", "fine", "fail", "fail", "status"] {
        bot.trade(symbol).await;
    }
    let end = bot.end().await;
    assert_eq!((end.code(), end.message()), (Code::NotFound, "no such symbol"));
    assert_eq!(end_reason(&end), "handler-errors");
}

#[tokio::test]
async fn m1_after_a_half_close_what_is_read_is_handled_and_what_is_queued_is_written() {
    let mut server = Server::start(calm());
    let mut bot = Bot::connect(server.addr, "bot").await;
    for _ in 0..5 {
        bot.trade("nap").await;
        bot.trade("echo").await;
    }
    bot.half_close();
    for _ in 0..5 {
        assert!(matches!(bot.command().await.1, Payload::Start(_)));
    }
    let end = bot.end().await;
    assert_eq!((end.code(), end_reason(&end)), (Code::Ok, "half-closed"));
    assert_eq!(disconnect(&mut server.events).await.1, "half-closed");
}

#[tokio::test]
async fn m12_sends_to_a_client_that_is_gone_say_so_each_time() {
    let mut server = Server::start(calm());
    let bot = Bot::connect(server.addr, "bot").await;
    until("the bot is connected", || server.hub.is_connected("bot")).await;
    drop(bot);
    disconnect(&mut server.events).await;
    for _ in 0..20 {
        let sent = server.hub.client("bot").stop(pb::Stop::default());
        let sent = within("a send to nobody", sent).await;
        assert_eq!(sent, Err(SendError::NotConnected));
    }
}

#[tokio::test]
async fn m2_a_disconnect_ends_the_stream_without_the_client() {
    let mut server = Server::start(calm());
    let mut bot = Bot::connect(server.addr, "bot").await;
    until("the bot is connected", || server.hub.is_connected("bot")).await;
    server.hub.client("bot").stop(pb::Stop::default()).await.expect("connected");
    assert!(server.hub.disconnect("bot", "maintenance").await);
    assert!(!server.hub.is_connected("bot"));
    // What was queued before is still written; the client has closed nothing.
    assert!(matches!(bot.command().await.1, Payload::Stop(_)));
    let end = bot.end().await;
    assert_eq!((end.code(), end_reason(&end)), (Code::Ok, "closed"));
    assert_eq!(disconnect(&mut server.events).await.1, "closed");
    assert!(!server.hub.disconnect("bot", "again").await);
}

#[tokio::test]
async fn m3_a_disconnect_never_waits_on_a_full_queue() {
    let mut server = Server::start(calm().with(|config| {
        config.send_timeout = crate::ms(100);
        config.flush_timeout = crate::ms(100);
    }));
    // It reads nothing: its windows fill, then its outbox.
    let _stalled = Bot::connect(server.addr, "stalled").await;
    until("it is connected", || server.hub.is_connected("stalled")).await;
    let bulk = pb::Stop { reason: "x".repeat(20_000) };
    while server.hub.client("stalled").stop(bulk.clone()).await.is_ok() {}
    let mut cx = std::task::Context::from_waker(std::task::Waker::noop());
    let mut ending = std::pin::pin!(server.hub.disconnect("stalled", "too slow"));
    assert!(ending.as_mut().poll(&mut cx).is_ready());
    let undelivered = server.events.find(|event| match event {
        Event::Disconnected { reason, undelivered, .. } => Some((reason, undelivered)),
        _ => None,
    });
    assert_eq!(undelivered.await, ("closed".to_owned(), 10));
}

#[tokio::test]
async fn m11_nothing_outlives_the_stream_by_more_than_its_bounds() {
    let mut server = Server::start(calm().with(|config| config.handler_grace = crate::ms(50)));
    let bot = Bot::connect(server.addr, "bot").await;
    // A handler that never ends, and a queue of messages behind it.
    for _ in 0..20 {
        bot.trade("hang").await;
    }
    let stuck = || server.hub.info("bot").is_some_and(|bot| bot.message_count == 21);
    until("all are read", stuck).await;
    drop(bot);
    disconnect(&mut server.events).await;
    // The task, and with it the handler that it called, is gone.
    let gone = || std::sync::Arc::strong_count(&server.handler) == 2;
    until("nothing of the stream is left", gone).await;
}
