//! Pull mode, the user's own pings, handlers of heartbeats: m4, m5, m10, m14.

use std::time::Duration;

use e2e::{Bot, Serving, end_reason, pb, until};
use pb::{
    bot_command::Payload,
    bot_message,
    trading_bots::{Connect, ConnectCommands as _},
};
use streaming_runtime::{
    Client, HandlerError, Hub, Inbox, bidi_streaming,
    config::{PingStrategy, PingTimeout},
};
use tokio::sync::mpsc::{self, UnboundedReceiver, UnboundedSender};
use tonic::Code;

use crate::{calm, ms};

/// Takes messages one by one, and tells when none came for a while.
struct Puller(UnboundedSender<&'static str>);

#[bidi_streaming(pb::trading_bots::Connect)]
impl Puller {
    #[session]
    async fn run(&self, bot: &Client<Connect>, mut inbox: Inbox<Connect>) -> anyhow::Result<()> {
        loop {
            match inbox.next_within(ms(20)).await {
                Err(_) => self.0.send("quiet")?,
                Ok(None) => return Ok(()),
                Ok(Some(pb::BotMessage {
                    payload: Some(bot_message::Payload::Trade(trade)),
                    ..
                })) => match trade.symbol.as_str() {
                    "leave" => return Ok(()),
                    "fail" => anyhow::bail!("cannot go on"),
                    strategy => bot.start(pb::Start { strategy: strategy.to_owned() }).await?,
                },
                Ok(Some(_)) => self.0.send("other")?,
            }
        }
    }

    #[on_error]
    async fn failed(&self, _: &Client<Connect>, _: &HandlerError) {
        let _ = self.0.send("error");
    }
}

fn pulling() -> (Hub<Connect>, Serving, UnboundedReceiver<&'static str>) {
    let hub = Hub::new(calm()).expect("valid settings");
    let (sender, told) = mpsc::unbounded_channel();
    let serving = Serving::start(hub.clone(), Puller(sender));
    (hub, serving, told)
}

#[tokio::test]
async fn m4_a_read_that_times_out_can_simply_be_repeated() {
    let (_hub, serving, mut told) = pulling();
    let mut bot = Bot::connect(serving.addr, "bot").await;
    assert_eq!(told.recv().await, Some("other"), "the identifying heartbeat");
    for round in ["one", "two", "three"] {
        assert_eq!(told.recv().await, Some("quiet"));
        bot.trade(round).await;
        let Payload::Start(start) = bot.command().await.1 else { panic!("no start") };
        assert_eq!(start.strategy, round);
    }
}

#[tokio::test]
async fn m4_a_session_ends_the_stream_when_it_leaves() {
    let (hub, serving, mut told) = pulling();
    let mut bot = Bot::connect(serving.addr, "bot").await;
    bot.trade("leave").await;
    let end = bot.end().await;
    assert_eq!((end.code(), end_reason(&end)), (Code::Ok, "closed"));

    let mut bot = Bot::connect(serving.addr, "bot").await;
    bot.trade("fail").await;
    let end = bot.end().await;
    assert_eq!((end.code(), end_reason(&end)), (Code::Internal, "handler-errors"));
    while told.recv().await != Some("error") {}

    // The client ends its side: what it sent before is still taken.
    let mut bot = Bot::connect(serving.addr, "bot").await;
    bot.trade("last words").await;
    bot.half_close();
    assert!(matches!(bot.command().await.1, Payload::Start(_)));
    let end = bot.end().await;
    assert_eq!((end.code(), end_reason(&end)), (Code::Ok, "half-closed"));
    until("all are gone", || hub.is_empty()).await;
}

#[tokio::test]
async fn m5_a_stream_ends_at_its_age_in_both_modes() {
    let config = || calm().with(|config| config.max_stream_age = Some(ms(100)));
    let server = e2e::Server::start(config());
    let hub = Hub::new(config()).expect("valid settings");
    let (sender, _told) = mpsc::unbounded_channel();
    let pulling = Serving::start(hub, Puller(sender));
    for addr in [server.addr, pulling.addr] {
        let mut bot = Bot::connect(addr, "bot").await;
        let end = bot.end().await;
        assert_eq!((end.code(), end_reason(&end)), (Code::Unavailable, "stream-age"));
    }
}

/// Handles heartbeats slowly, and fails at some; makes its own pings, and fails at some.
struct Careful(UnboundedSender<String>);

#[bidi_streaming(pb::trading_bots::Connect)]
impl Careful {
    #[on(heartbeat)]
    async fn beat(&self, beat: pb::Heartbeat) -> anyhow::Result<()> {
        self.0.send(format!("begin {}", beat.memory_bytes))?;
        tokio::time::sleep(ms(2)).await;
        anyhow::ensure!(beat.memory_bytes % 10 != 9, "a bad beat");
        self.0.send(format!("end {}", beat.memory_bytes))?;
        Ok(())
    }

    #[on(trade)]
    async fn trade(&self, _: pb::Trade) {}

    #[ping]
    fn ping(&self, _: &Client<Connect>, sequence: u64) -> pb::Ping {
        assert!(sequence != 2, "no ping for you");
        pb::Ping { sequence: sequence + 1000 }
    }

    #[on_error]
    async fn failed(&self, _: &Client<Connect>, error: &HandlerError) {
        let _ = self.0.send(error.to_string());
    }
}

fn careful(config: streaming_runtime::HubConfig) -> (Serving, UnboundedReceiver<String>) {
    let hub = Hub::new(config).expect("valid settings");
    let (sender, told) = mpsc::unbounded_channel();
    (Serving::start(hub, Careful(sender)), told)
}

#[tokio::test]
async fn m10_heartbeats_are_handled_in_order_and_their_errors_are_seen() {
    let (serving, mut told) = careful(calm());
    let bot = Bot::open(serving.addr, "bot").await;
    for memory_bytes in 0..50 {
        let beat = pb::Heartbeat { memory_bytes, ..pb::Heartbeat::default() };
        bot.send(bot_message::Payload::Heartbeat(beat)).await;
    }
    for beat in 0..50 {
        assert_eq!(told.recv().await, Some(format!("begin {beat}")));
        let end = told.recv().await.expect("the handler lives");
        if beat % 10 == 9 {
            assert!(end.contains("a bad beat"), "{end}");
        } else {
            assert_eq!(end, format!("end {beat}"));
        }
    }
}

#[tokio::test]
async fn m14_a_ping_that_cannot_be_made_ends_nothing() {
    let (serving, _told) = careful(calm().with(|config| {
        config.ping.strategy = PingStrategy::Interval;
        config.ping.interval = ms(10);
        config.ping.timeout = PingTimeout::After(Duration::from_mins(1));
    }));
    let mut bot = Bot::connect(serving.addr, "bot").await;
    bot.answers_pings = false;
    // The second one is the contract's own, since making it panicked.
    assert_eq!(bot.ping().await, 1001);
    assert_eq!(bot.ping().await, 2);
    assert_eq!(bot.ping().await, 1003);
}
