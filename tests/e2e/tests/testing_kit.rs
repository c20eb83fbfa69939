//! The testing kit knows a generated contract: what clients expect, acknowledge and answer, over both transports.

use std::time::Duration;

use e2e::pb::{
    self, bot_message,
    trading_bots::{Connect, ConnectCommands as _, ConnectExpects as _},
};
use streaming_runtime::{
    Hub, HubConfig, RequestError, bidi_streaming,
    config::PingStrategy,
    contract::N,
    testing::{Clients, Peer, settle},
};

struct Quiet;

#[bidi_streaming(pb::trading_bots::Connect)]
impl Quiet {
    #[on(trade)]
    async fn trade(&self, _trade: pb::Trade) {}
}

/// Both transports, each with a hub of its own and one bot.
async fn bots(config: HubConfig) -> [(Hub<Connect>, Peer<Connect>); 2] {
    let connected = [false, true].map(async |http2| {
        let hub = Hub::new(config.clone()).expect("valid settings");
        let clients = Clients::new(Quiet, hub.clone());
        let clients = if http2 { clients.over_http2() } else { clients };
        let payload = Some(bot_message::Payload::Heartbeat(pb::Heartbeat::default()));
        let hello = pb::BotMessage { client_id: "bot-1".to_owned(), payload };
        (hub, clients.connect(hello).await)
    });
    let [memory, http2] = connected;
    [memory.await, http2.await]
}

#[tokio::test(start_paused = true)]
async fn a_command_is_expected_and_acknowledged_good_or_failed() {
    for (hub, mut bot) in bots(HubConfig::testing()).await {
        let target = hub.client("bot-1");
        let started = target.start(pb::Start { strategy: "grid".to_owned() }).reply();
        let (started, start) = tokio::join!(started, bot.expect_start().ack());
        assert_eq!(start.strategy, "grid");
        assert!(started.expect("an ack").success);

        let stopped = hub.client("bot-1").stop(pb::Stop::default()).reply();
        let (stopped, _) = tokio::join!(stopped, bot.expect_stop().fail("not now"));
        match stopped {
            Err(RequestError::Rejected(rejection)) => assert_eq!(rejection.error, "not now"),
            other => panic!("not rejected: {other:?}"),
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_request_is_answered_by_its_own_message_at_once_or_later() {
    for (hub, mut bot) in bots(HubConfig::testing()).await {
        let answer = pb::ConfigSchema { json: "{}".to_owned(), ..pb::ConfigSchema::default() };
        let ask = || hub.client("bot-1").request_config_schema(pb::RequestConfigSchema {}).reply();
        let now = bot.expect_request_config_schema().reply(answer.clone());
        let (schema, asked) = tokio::join!(ask(), now);
        let schema = schema.expect("a schema");
        assert_eq!(schema.json, "{}");
        assert_eq!(asked.id.clone().into_string(), schema.command_id);

        let (schema, ()) = tokio::join!(ask(), async {
            let asked = bot.expect_request_config_schema().await;
            settle().await;
            bot.reply::<N<3>>(asked.id, answer);
        });
        assert_eq!(schema.expect("a schema").json, "{}");
    }
}

#[tokio::test(start_paused = true)]
#[should_panic(expected = "got `stop`")]
async fn another_command_than_the_expected_one_fails_the_test() {
    let [(hub, mut bot), _] = bots(HubConfig::testing()).await;
    hub.client("bot-1").stop(pb::Stop::default()).await.expect("room");
    bot.expect_start().await;
}

#[tokio::test(start_paused = true)]
async fn pings_are_answered_with_their_sequence_or_shown() {
    let pinging = HubConfig::testing().with(|config| {
        config.ping.strategy = PingStrategy::Interval;
        config.ping.interval = Duration::from_secs(1);
    });
    for (hub, mut bot) in bots(pinging).await {
        // Longer than an unanswered ping is borne.
        bot.hears_nothing_for(Duration::from_mins(1)).await;
        assert!(
            hub.clients().iter().all(|client| client.round_trip.is_some()),
            "{:?}",
            hub.clients()
        );
        bot.answer_pings(false);
        let first = bot.expect_ping().await;
        let second = bot.expect_ping().await;
        assert_eq!(second.sequence, first.sequence + 1);
        assert!(first.sequence > 50, "{first:?}");
    }
}
