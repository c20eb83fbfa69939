//! Who is who: e, m15.

use e2e::{Bot, Server, end_reason, pb, until};
use pb::{bot_command::Payload, trading_bots::ConnectCommands as _};
use streaming_runtime::{SendError, config::Duplicates};
use tonic::Code;

use crate::{calm, disconnect};

#[tokio::test]
async fn e_a_second_stream_takes_over_and_the_first_is_told() {
    let mut server = Server::start(calm());
    let mut first = Bot::connect(server.addr, "bot").await;
    until("the first is connected", || server.hub.is_connected("bot")).await;
    let mut second = Bot::connect(server.addr, "bot").await;

    let end = first.end().await;
    assert_eq!((end.code(), end_reason(&end)), (Code::Aborted, "replaced"));
    assert_eq!(disconnect(&mut server.events).await.1, "replaced");

    // What the first leaves behind does not touch the second.
    until("the second is connected", || server.hub.is_connected("bot")).await;
    drop(first);
    server.hub.client("bot").stop(pb::Stop::default()).await.expect("the second is there");
    assert!(matches!(second.command().await.1, Payload::Stop(_)));
    assert_eq!(server.hub.len(), 1);

    drop(second);
    disconnect(&mut server.events).await;
    let sent = server.hub.client("bot").stop(pb::Stop::default()).await;
    assert_eq!(sent, Err(SendError::NotConnected));
}

#[tokio::test]
async fn e_where_duplicates_are_rejected_the_first_stays() {
    let server = Server::start(calm().with(|config| config.duplicates = Duplicates::Reject));
    let mut first = Bot::connect(server.addr, "bot").await;
    until("the first is connected", || server.hub.is_connected("bot")).await;
    let mut second = Bot::connect(server.addr, "bot").await;
    let end = second.end().await;
    assert_eq!((end.code(), end_reason(&end)), (Code::AlreadyExists, "duplicate"));
    first.trade("echo").await;
    assert!(matches!(first.command().await.1, Payload::Start(_)));
}

#[tokio::test]
async fn m15_a_stream_without_a_usable_id_is_refused_with_a_status() {
    let server = Server::start(calm());
    let long = "x".repeat(129);
    for (id, reason) in [("", "no-id"), ("a\nb", "bad-id"), (long.as_str(), "bad-id")] {
        let mut bot = Bot::connect(server.addr, id).await;
        let end = bot.end().await;
        assert_eq!((end.code(), end_reason(&end)), (Code::InvalidArgument, reason), "{id:?}");
    }
    let mut silent = Bot::open(server.addr, "bot").await;
    silent.half_close();
    let end = silent.end().await;
    assert_eq!((end.code(), end_reason(&end)), (Code::InvalidArgument, "no-id"));
    assert!(server.hub.is_empty());
}

#[tokio::test]
async fn m15_a_stream_that_never_says_who_it_is_ends_in_time() {
    let server = Server::start(calm().with(|config| config.identify_timeout = crate::ms(50)));
    let mut silent = Bot::open(server.addr, "bot").await;
    let end = silent.end().await;
    assert_eq!((end.code(), end_reason(&end)), (Code::DeadlineExceeded, "identify-timeout"));
}
