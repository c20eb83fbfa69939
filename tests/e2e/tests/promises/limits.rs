//! Streams that are refused or ended because of what they are or say.

use e2e::{
    Bot, end_reason,
    pb::{self, bot_message},
    within,
};
use streaming_runtime::{Frame, outbox::FrameCodec};
use tonic::{Code, Request, client::Grpc, codegen::http::uri::PathAndQuery, transport::Endpoint};

use crate::{calm, connected, stage::Stage};

#[tokio::test]
async fn more_streams_than_max_streams_are_refused() {
    let mut stage = Stage::start(calm().with(|config| config.max_streams = Some(2)));
    let first = connected(&mut stage, "first").await;
    // One that has not said who it is counts as well.
    let _second = Bot::open(stage.addr, "second").await;
    let third = Bot::try_open(stage.addr, "third").await.expect_err("the hub is full");
    assert_eq!((third.code(), end_reason(&third)), (Code::ResourceExhausted, "max-streams"));

    // A place is free again when nothing of its stream runs any more.
    drop(first);
    stage.find("disconnected first").await;
    within("a free place", async {
        while Bot::try_open(stage.addr, "fourth").await.is_err() {
            tokio::task::yield_now().await;
        }
    })
    .await;
}

#[tokio::test]
async fn more_silent_streams_than_max_unidentified_are_turned_away() {
    let mut stage = Stage::start(calm().with(|config| config.max_unidentified = 1));
    let silent = Bot::open(stage.addr, "silent").await;
    let other = Bot::try_open(stage.addr, "other").await.expect_err("one is enough");
    assert_eq!((other.code(), end_reason(&other)), (Code::Unavailable, "max-unidentified"));
    // Whoever has said its name is counted no longer.
    silent.beat().await;
    stage.find("beat silent").await;
    connected(&mut stage, "other").await;
}

#[tokio::test]
async fn a_message_with_another_id_ends_the_stream() {
    let mut stage = Stage::start(calm());
    let mut bot = connected(&mut stage, "bot").await;
    // An empty one is the same client.
    bot.send_as("", bot_message::Payload::Trade(pb::Trade::default())).await;
    bot.send_as("other", bot_message::Payload::Heartbeat(pb::Heartbeat::default())).await;
    let end = bot.end().await;
    assert_eq!((end.code(), end_reason(&end)), (Code::InvalidArgument, "id-changed"));
    stage.expect(&["handle bot ", "handled bot ", "disconnect bot id-changed []"]).await;
    stage.expect(&["disconnected bot"]).await;
}

#[tokio::test]
async fn a_message_that_is_too_large_ends_the_stream() {
    let mut stage = Stage::start(calm());
    let huge = "x".repeat(5 * 1024 * 1024);
    let mut first = Bot::open(stage.addr, "first").await;
    first.trade(&huge).await;
    let end = first.end().await;
    assert_eq!((end.code(), end_reason(&end)), (Code::ResourceExhausted, "bad-message"));

    let mut later = connected(&mut stage, "later").await;
    later.trade("small").await;
    later.trade(&huge).await;
    let end = later.end().await;
    assert_eq!((end.code(), end_reason(&end)), (Code::ResourceExhausted, "bad-message"));
    stage.expect(&["handle later small", "handled later small"]).await;
    stage.expect(&["disconnect later bad-message []"]).await;
}

#[tokio::test]
async fn a_message_that_is_no_protobuf_ends_the_stream() {
    let mut stage = Stage::start(calm());
    let endpoint = Endpoint::from_shared(format!("http://{}", stage.addr)).expect("an address");
    let mut client = Grpc::new(endpoint.connect().await.expect("a server"));
    client.ready().await.expect("a connection");
    let first = pb::BotMessage {
        client_id: "bot".to_owned(),
        payload: Some(bot_message::Payload::Heartbeat(pb::Heartbeat::default())),
    };
    // A field whose length goes beyond the end.
    let garbage = Frame::Encoded(vec![0x0a, 0x7f, b'x'].into());
    let messages = tokio_stream::iter([Frame::Message(first), garbage]);
    let codec = FrameCodec::<pb::BotMessage, pb::BotCommand>::default();
    let path = PathAndQuery::from_static("/trading.v1.TradingBots/Connect");
    let call = client.streaming(Request::new(messages), path, codec);
    let mut commands = call.await.expect("the rpc is accepted").into_inner();
    let end = commands.message().await.expect_err("the end");
    assert_eq!((end.code(), end_reason(&end)), (Code::Internal, "bad-message"));
    stage.find("disconnect bot bad-message []").await;
}

#[tokio::test]
async fn an_id_may_have_up_to_128_bytes() {
    let mut stage = Stage::start(calm());
    let longest = "\u{e4}".repeat(64);
    assert_eq!(longest.len(), 128);
    connected(&mut stage, &longest).await;
    let mut longer = Bot::connect(stage.addr, &format!("{longest}x")).await;
    let end = longer.end().await;
    assert_eq!((end.code(), end_reason(&end)), (Code::InvalidArgument, "bad-id"));
}
