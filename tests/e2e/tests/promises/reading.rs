//! Reading goes on beside handlers, and stops where the inbox is full.

use std::{sync::Arc, time::Duration};

use e2e::{
    pb::{
        self, bot_message,
        trading_bots::{Connect, ConnectCommands as _},
    },
    until, within,
};
use streaming_runtime::{
    Hub, HubConfig, RequestError, bidi_streaming,
    config::{PingStrategy, PingTimeout},
    testing::Clients,
};
use tokio::{sync::mpsc, task::JoinHandle, time::Instant};

use crate::{calm, connected, stage::Stage};

#[tokio::test]
async fn a_burst_to_a_slow_handler_is_held_back_and_arrives_whole() {
    let mut stage = Stage::start(calm().with(|config| config.inbox.messages = 16));
    let bot = connected(&mut stage, "bot").await;
    stage.hold("handle bot 0");
    let bot = Arc::new(bot);
    let sender = bot.clone();
    let sending = tokio::spawn(async move {
        for number in 0..5000 {
            sender.trade(&number.to_string()).await;
        }
    });
    stage.expect(&["handle bot 0"]).await;
    let read = || stage.hub.info("bot").expect("connected").message_count;
    // The heartbeat, the one that is handled, and the inbox.
    until("the inbox is full", || read() == 2 + 16).await;
    stage.release("handle bot 0");
    stage.expect(&["handled bot 0"]).await;
    for number in 1..5000 {
        let lines = [format!("handle bot {number}"), format!("handled bot {number}")];
        stage.expect(&[&lines[0], &lines[1]]).await;
    }
    sending.await.expect("no panic");
    assert_eq!(stage.hub.info("bot").expect("no GOAWAY").message_count, 5001);
}

#[tokio::test]
async fn few_large_messages_fill_the_inbox_as_well() {
    let mut stage = Stage::start(calm().with(|config| config.inbox.bytes = 10_000));
    let bot = Arc::new(connected(&mut stage, "bot").await);
    stage.hold("handle bot 0");
    bot.trade("0").await;
    stage.expect(&["handle bot 0"]).await;
    let sender = bot.clone();
    // Each has 1,000 bytes and some more.
    let name = |number: u32| format!("{number:0>1000}");
    let sending = tokio::spawn(async move {
        for number in 1..100 {
            sender.trade(&name(number)).await;
        }
    });
    let read = || stage.hub.info("bot").expect("connected").message_count;
    // The heartbeat, the one that is handled, and the inbox.
    until("the inbox is full", || read() == 2 + 10).await;
    stage.release("handle bot 0");
    stage.expect(&["handled bot 0"]).await;
    for number in 1..100 {
        let lines = ["handle", "handled"].map(|word| format!("{word} bot {}", name(number)));
        stage.expect(&[&lines[0], &lines[1]]).await;
    }
    sending.await.expect("no panic");
}

#[tokio::test]
async fn an_answer_behind_three_inboxes_of_messages_is_read() {
    let (mut stage, command_id, bot) = asked(4 * 16 - 1).await;
    let json = "{}".to_owned();
    bot.send(bot_message::Payload::ConfigSchema(pb::ConfigSchema { command_id, json })).await;
    stage.expect(&[r#"asked Ok("{}")"#, "handled bot ask", "handle bot 0"]).await;
}

#[tokio::test]
async fn an_answer_behind_four_inboxes_of_messages_is_not() {
    let (mut stage, command_id, bot) = asked(4 * 16).await;
    stage.expect(&["asked Err(Backlog)", "handled bot ask"]).await;
    let json = "{}".to_owned();
    bot.send(bot_message::Payload::ConfigSchema(pb::ConfigSchema { command_id, json })).await;
    // The stream goes on.
    for number in 0..64 {
        let lines = [format!("handle bot {number}"), format!("handled bot {number}")];
        stage.expect(&[&lines[0], &lines[1]]).await;
    }
    let all = || stage.hub.info("bot").expect("connected").message_count == 1 + 1 + 64 + 1;
    until("the late answer is read", all).await;
    assert_eq!(stage.hub.pending_requests(), []);
}

#[tokio::test]
async fn an_ack_behind_a_thousand_messages_that_wait_is_read() {
    let (mut stage, bot, request) = busy().await;
    for number in 0..1000 {
        bot.trade(&number.to_string()).await;
    }
    bot.ack("asked", true).await;
    let acked = within("the outcome", request).await.expect("no panic");
    assert!(acked.expect("acknowledged").success);
    stage.release("handle bot busy");
    stage.expect(&["handled bot busy"]).await;
    for number in 0..1000 {
        let lines = [format!("handle bot {number}"), format!("handled bot {number}")];
        stage.expect(&[&lines[0], &lines[1]]).await;
    }
}

#[tokio::test]
async fn an_ack_behind_ten_thousand_messages_that_wait_is_not() {
    let (mut stage, bot, request) = busy().await;
    let sending = tokio::spawn(async move {
        for number in 0..10_000 {
            bot.trade(&number.to_string()).await;
        }
        bot.ack("asked", true).await;
        bot
    });
    let acked = within("the outcome", request).await.expect("no panic");
    assert_eq!(acked.map(drop), Err(RequestError::Backlog));
    // The heartbeat, the one that is handled, and four inboxes.
    let read = || stage.hub.info("bot").expect("connected").message_count;
    assert_eq!(read(), 2 + 4 * 256);
    stage.release("handle bot busy");
    stage.expect(&["handled bot busy"]).await;
    // The stream goes on, and what was sent meanwhile is all there.
    for number in 0..10_000 {
        let lines = [format!("handle bot {number}"), format!("handled bot {number}")];
        stage.expect(&[&lines[0], &lines[1]]).await;
    }
    let _bot = within("the rest", sending).await.expect("no panic");
    let all = || stage.hub.info("bot").expect("connected").message_count == 2 + 10_000 + 1;
    until("the late ack is read", all).await;
    assert_eq!(stage.hub.pending_requests(), []);
}

type Asked = JoinHandle<Result<pb::CommandAck, RequestError>>;

/// A client whose handler is busy, and that was asked something, with the bounds of production.
async fn busy() -> (Stage, e2e::Bot, Asked) {
    let mut stage = Stage::start(calm());
    let mut bot = connected(&mut stage, "bot").await;
    stage.hold("handle bot busy");
    bot.trade("busy").await;
    stage.expect(&["handle bot busy"]).await;
    let hub = stage.hub.clone();
    let request = tokio::spawn(async move {
        let request = hub.client("bot").stop(pb::Stop::default());
        request.with(|command| "asked".clone_into(&mut command.command_id)).reply().await
    });
    assert_eq!(bot.command().await.0, "asked");
    (stage, bot, request)
}

/// A handler that waits for its client's answer, while so many messages wait for the handler.
async fn asked(messages: usize) -> (Stage, String, e2e::Bot) {
    let mut stage = Stage::start(calm().with(|config| config.inbox.messages = 16));
    let mut bot = connected(&mut stage, "bot").await;
    bot.trade("ask").await;
    let (command_id, _) = bot.command().await;
    for number in 0..messages {
        bot.trade(&number.to_string()).await;
    }
    stage.expect(&["handle bot ask"]).await;
    (stage, command_id, bot)
}

/// Takes ten minutes for each trade.
struct Thorough(mpsc::UnboundedSender<String>);

const TEN_MINUTES: Duration = Duration::from_mins(10);

#[bidi_streaming(pb::trading_bots::Connect)]
impl Thorough {
    #[on(heartbeat)]
    async fn beat(&self, _: pb::Heartbeat) {}

    #[on(trade)]
    async fn trade(&self, trade: pb::Trade) -> anyhow::Result<()> {
        tokio::time::sleep(TEN_MINUTES).await;
        Ok(self.0.send(trade.symbol)?)
    }
}

#[tokio::test(start_paused = true)]
async fn a_handler_of_ten_minutes_does_not_make_its_client_silent() {
    for http2 in [false, true] {
        let config = HubConfig::testing().with(|config| {
            config.ping.strategy = PingStrategy::Interval;
            config.ping.interval = Duration::from_millis(500);
            config.ping.timeout = PingTimeout::After(Duration::from_secs(1));
        });
        let hub = Hub::<Connect>::new(config).expect("valid settings");
        let (told, mut handled) = mpsc::unbounded_channel();
        let clients = Clients::new(Thorough(told), hub.clone());
        let clients = if http2 { clients.over_http2() } else { clients };
        let says = |payload| pb::BotMessage { client_id: "bot".to_owned(), payload: Some(payload) };
        let hello = bot_message::Payload::Heartbeat(pb::Heartbeat::default());
        let bot = clients.connect(says(hello)).await;
        let begin = Instant::now();
        for symbol in ["one", "two"] {
            let trade = pb::Trade { symbol: symbol.to_owned(), ..pb::Trade::default() };
            bot.send(says(bot_message::Payload::Trade(trade)));
        }
        for (symbol, times) in [("one", 1), ("two", 2)] {
            assert_eq!(handled.recv().await.as_deref(), Some(symbol), "over HTTP/2: {http2}");
            assert!(begin.elapsed() >= times * TEN_MINUTES);
        }
        assert!(hub.is_connected("bot"), "over HTTP/2: {http2}");
    }
}
