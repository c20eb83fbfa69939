//! Sends, broadcasts, and servicers written by hand.

use std::{
    future::Future,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, Waker},
};

use e2e::{
    Bot, Event, Probe, end_reason,
    pb::{
        self,
        bot_command::Payload,
        trading_bots::{Connect, ConnectCommands as _},
        trading_bots_server::{TradingBots, TradingBotsServer},
    },
    within,
};
use streaming_runtime::{CommandStream, Hub, RequestError, SendError, incoming, server};
use tonic::{Code, Request, Response, Status, Streaming};

use crate::{
    calm, connected, name_of,
    stage::{Stage, start},
};

#[tokio::test]
async fn a_command_that_is_too_large_is_refused_when_it_is_sent() {
    let mut stage = Stage::start(calm().with(|config| config.outbox.bytes = 1000));
    let mut bot = connected(&mut stage, "bot").await;
    let target = stage.hub.client("bot");
    let large = start("x".repeat(1000));
    let Err(SendError::TooLarge { size, limit: 1000 }) = target.start(large.clone()).await else {
        panic!("it was accepted");
    };
    assert!((1001..1020).contains(&size), "{size}");
    let Err(RequestError::TooLarge { .. }) = target.start(large.clone()).reply().await else {
        panic!("it was accepted");
    };
    assert_eq!(stage.hub.pending_requests(), []);
    let report = stage.hub.broadcast().start(large).await;
    assert_eq!(report.refused, [("bot".into(), SendError::TooLarge { size, limit: 1000 })]);
    // What fits exactly is taken.
    target.start(start("x".repeat(2000 - size))).await.expect("it fits");
    bot.command().await;
}

#[tokio::test]
async fn the_services_limit_holds_as_well() {
    let hub = Hub::<Connect>::new(calm()).expect("valid settings");
    let (probe, _events) = Probe::new(hub.clone());
    let service = pb::trading_bots::Service::new(probe, hub.clone()).max_encoding_message_size(100);
    let incoming = incoming("127.0.0.1:0").expect("a free port");
    let addr = incoming.local_addr().expect("a bound socket");
    tokio::spawn(server().add_service(service).serve_with_incoming(incoming));
    let mut bot = Bot::connect(addr, "bot").await;
    bot.trade("echo").await;
    bot.command().await;
    let sent = hub.client("bot").start(start("x".repeat(100))).await;
    assert!(matches!(sent, Err(SendError::TooLarge { limit: 100, .. })), "{sent:?}");
}

#[tokio::test]
async fn waiting_sends_are_served_in_order_and_one_that_is_dropped_leaves_nothing() {
    let mut stage = Stage::start(calm());
    let mut bot = connected(&mut stage, "bot").await;
    let filled = stage.fill("bot").await;

    let target = stage.hub.client("bot");
    let [mut first, mut second, mut third, mut fourth, mut fifth] =
        ["1st", "2nd", "3rd", "4th", "5th"].map(|name| target.start(start(name)));
    let mut cx = Context::from_waker(Waker::noop());
    for send in [&mut first, &mut second, &mut third, &mut fourth, &mut fifth] {
        assert_eq!(Pin::new(send).poll(&mut cx), Poll::Pending);
    }
    // A queue in front of which others wait is full for those who do not.
    let report = stage.hub.broadcast().start(start("broadcast")).await;
    assert_eq!(report.refused, [("bot".into(), SendError::Overflow)]);
    drop((first, third));

    let reads = async {
        let mut names = Vec::new();
        while names.last().is_none_or(|last| last != "5th") {
            names.push(name_of(&bot.command().await.1).to_owned());
        }
        names
    };
    // They are polled in another order than they came.
    let served = async { tokio::join!(fifth, fourth, second, reads) };
    let (fifth, fourth, second, names) = within("all are served", served).await;
    assert_eq!((second, fourth, fifth), (Ok(()), Ok(()), Ok(())));
    let mut expected: Vec<_> = (0..filled).map(|number| number.to_string()).collect();
    expected.extend(["2nd", "4th", "5th"].map(str::to_owned));
    assert_eq!(names, expected);
}

#[tokio::test]
async fn a_broadcast_reports_who_took_it_and_who_did_not() {
    let mut stage = Stage::start(calm());
    let mut one = connected(&mut stage, "one").await;
    let _full = connected(&mut stage, "full").await;
    let mut two = connected(&mut stage, "two").await;
    stage.fill("full").await;
    let report = stage.hub.broadcast().start(start("all")).await;
    assert_eq!(report.accepted, 2);
    assert_eq!(report.refused, [("full".into(), SendError::Overflow)]);
    for bot in [&mut one, &mut two] {
        assert_eq!(name_of(&bot.command().await.1), "all");
    }
    let report = stage.hub.broadcast().only(["two", "nobody"]).start(start("two")).await;
    assert_eq!((report.accepted, report.refused.len()), (1, 0));
    let report = stage.hub.broadcast().except(["one", "full", "two"]).start(start("none")).await;
    assert_eq!((report.accepted, report.refused.len()), (0, 0));
    assert_eq!(name_of(&two.command().await.1), "two");
}

/// A servicer of the user's own, beside which the hub needs nothing that is generated.
struct ByHand {
    hub: Hub<Connect>,
    handler: Arc<Probe>,
}

#[tonic::async_trait]
impl TradingBots for ByHand {
    type ConnectStream = CommandStream<Connect>;

    async fn connect(
        &self,
        request: Request<Streaming<pb::BotMessage>>,
    ) -> Result<Response<Self::ConnectStream>, Status> {
        let mut response = self.hub.serve(&self.handler, request).await?;
        response.metadata_mut().insert("made", "by-hand".parse().expect("ASCII"));
        Ok(response)
    }
}

#[tokio::test]
async fn a_servicer_written_by_hand_serves_the_hub() {
    let hub = Hub::<Connect>::new(calm()).expect("valid settings");
    let (probe, mut events) = Probe::new(hub.clone());
    let service = TradingBotsServer::new(ByHand { hub: hub.clone(), handler: Arc::new(probe) });
    let incoming = incoming("127.0.0.1:0").expect("a free port");
    let addr = incoming.local_addr().expect("a bound socket");
    tokio::spawn(server().add_service(service).serve_with_incoming(incoming));

    let mut bot = Bot::connect(addr, "bot").await;
    bot.trade("echo").await;
    assert!(matches!(bot.command().await.1, Payload::Start(_)));
    assert!(hub.is_connected("bot"));
    assert!(hub.disconnect("bot", "seen enough").await);
    let end = bot.end().await;
    assert_eq!((end.code(), end_reason(&end)), (Code::Ok, "closed"));
    let reason = events.find(|event| match event {
        Event::Disconnected { reason, .. } => Some(reason),
        _ => None,
    });
    assert_eq!(reason.await, "closed");
}
