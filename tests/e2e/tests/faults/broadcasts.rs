//! Nobody waits for anybody: g.

use e2e::{Bot, Server, pb, until};
use pb::{bot_command::Payload, trading_bots::ConnectCommands as _};
use streaming_runtime::SendError;

use crate::{calm, ms};

#[tokio::test]
async fn g_a_full_client_delays_nobody() {
    let server = Server::start(calm().with(|config| config.send_timeout = ms(200)));
    let stalled = Bot::connect(server.addr, "stalled").await;
    let mut one = Bot::connect(server.addr, "one").await;
    let mut two = Bot::connect(server.addr, "two").await;
    until("all are connected", || server.hub.len() == 3).await;

    // The stalled one reads nothing: its windows fill, then its outbox.
    let bulk = pb::Stop { reason: "x".repeat(20_000) };
    let mut sent = Ok(());
    for _ in 0..500 {
        sent = server.hub.client("stalled").stop(bulk.clone()).await;
        if sent.is_err() {
            break;
        }
    }
    assert_eq!(sent, Err(SendError::Overflow));

    // The stalled one has ten commands queued and is left alone: the broadcast waits for nothing, not even once.
    let mut broadcast = server.hub.broadcast().except(["two"]).start(pb::Start::default());
    let mut cx = std::task::Context::from_waker(std::task::Waker::noop());
    let std::task::Poll::Ready(report) = std::pin::Pin::new(&mut broadcast).poll(&mut cx) else {
        panic!("the broadcast waits");
    };
    assert_eq!(report.accepted, 1);
    assert_eq!(report.refused, [("stalled".into(), SendError::Overflow)]);
    assert!(matches!(one.command().await.1, Payload::Start(_)));

    // The one that was left out gets the next command, and only that.
    server.hub.broadcast().only(["two"]).stop(pb::Stop::default()).await;
    assert!(matches!(two.command().await.1, Payload::Stop(_)));
    drop(stalled);
}
