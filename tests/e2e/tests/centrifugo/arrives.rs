//! What goes through the hub comes out at a browser.

use e2e::{Bot, Server, pb};
use pb::trading_bots::ConnectCommands as _;
use streaming_runtime::publish::centrifugo::{
    CentrifugoBuilder, CentrifugoConfig, CentrifugoPublisher,
};

use crate::{Centrifugo, Subscriber, at_rest, build, publish, publishing, server::KEY};

#[tokio::test]
async fn a_message_and_a_command_arrive_on_their_channels() {
    let centrifugo = Centrifugo::start().await;
    let channels = ["grpc#bot-123#trade", "grpc#bot-123#command_start"];
    let mut browser = Subscriber::to(&centrifugo, &channels).await;
    let publisher = build(centrifugo.publisher());
    let server = Server::publishing(publishing(), publisher.clone());
    let mut bot = Bot::connect(server.addr, "bot-123").await;
    bot.trade("BTC-EUR").await;
    let (channel, data) = browser.next().await;
    assert_eq!(channel, "grpc#bot-123#trade");
    assert_eq!(data["client_id"], "bot-123");
    assert_eq!(data["trade"]["symbol"], "BTC-EUR");
    assert_eq!(data["event_type"], "grpc_message_trade");
    assert!(data["timestamp"].as_str().is_some_and(|time| time.ends_with("+00:00")), "{data}");

    let start = pb::Start { strategy: "grid".into() };
    server.hub.client("bot-123").start(start).await.expect("it is connected");
    bot.command().await;
    let (channel, data) = browser.next().await;
    assert_eq!(channel, "grpc#bot-123#command_start");
    assert_eq!(data["start"]["strategy"], "grid");
    assert_eq!(data["event_type"], "grpc_command_start");

    // With the heartbeat that nobody subscribed to.
    let stats = at_rest(&publisher).await;
    assert_eq!((stats.offered, stats.published), (3, 3), "{stats:?}");
    assert!(stats.latency.mean_ms > 0.0 && stats.latency.max_ms >= stats.latency.mean_ms);
}

#[tokio::test]
async fn a_config_and_a_client_of_ones_own_reach_it_as_well() {
    let centrifugo = Centrifugo::start().await;
    let mut browser = Subscriber::to(&centrifugo, &["c"]).await;
    let url = format!("http://127.0.0.1:{}/api", centrifugo.port);
    let config = serde_json::json!({ "url": url, "api_key": KEY, "delivery": "retry" });
    let config: CentrifugoConfig = serde_json::from_value(config).expect("valid");
    let own = reqwest::Client::builder().no_proxy().build().expect("a client");
    let publishers = [
        CentrifugoPublisher::new(config.clone()).expect("valid settings"),
        build(CentrifugoBuilder::from(config).client(own)),
    ];
    for (number, publisher) in (0..).zip(&publishers) {
        publish(publisher, "c", number);
        assert_eq!(browser.next().await.1["n"], number);
        assert_eq!(at_rest(publisher).await.published, 1);
    }
}
