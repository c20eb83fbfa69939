//! What every client must do, whatever it is written in.

use std::time::Duration;

use e2e::{
    Bot, Event, LONG, Server,
    pb::{
        self, CommandAck,
        trading_bots::{Connect, ConnectCommands as _},
    },
    until,
};
use streaming_runtime::{
    Hub, HubConfig, RequestError,
    config::{PingStrategy, PingTimeout},
};

use crate::{line::Line, peer::Start};

/// Has the client start by this strategy, by a command with this id.
async fn start(hub: &Hub<Connect>, id: &str, strategy: &str) -> CommandAck {
    let start = pb::Start { strategy: strategy.to_owned() };
    let sending = hub.client("bot").start(start).with(|command| command.command_id = id.into());
    sending.ack().timeout(LONG).await.expect("an ack")
}

fn connected(id: &str) -> Event {
    Event::Connected(id.to_owned())
}

fn traded(symbol: &str) -> Event {
    Event::Trade("bot".to_owned(), symbol.to_owned())
}

fn left(reason: &str) -> Event {
    let (id, reason) = ("bot".to_owned(), reason.to_owned());
    Event::Disconnected { id, reason, registered: false, undelivered: 0 }
}

pub(crate) async fn it_says_who_it_is_and_how_its_commands_went(client: Start) {
    let mut server = Server::start(HubConfig::testing());
    let mut bot = client(server.addr, "bot");
    assert_eq!(server.events.next().await, connected("bot"));
    bot.say("trade BTC-EUR").await;
    assert_eq!(server.events.next().await, traded("BTC-EUR"));

    let good = start(&server.hub, "good", "grid").await;
    let said = (good.success, good.message.as_str(), good.error.as_str());
    assert_eq!(said, (true, "grid as number 1", ""));
    let failed = start(&server.hub, "failed", "fail").await;
    let said = (failed.success, failed.message.as_str(), failed.error.as_str());
    assert_eq!(said, (false, "", "not this strategy"));
    let unknown = server.hub.client("bot").stop(pb::Stop::default()).reply().timeout(LONG).await;
    let Err(RequestError::Rejected(unknown)) = unknown else { panic!("no rejection: {unknown:?}") };
    assert!(unknown.error.contains("does not know"), "{unknown:?}");
}

pub(crate) async fn it_answers_pings_while_a_handler_runs_and_starts_no_command_again(
    client: Start,
) {
    let config = HubConfig::testing().with(|config| {
        config.ping.strategy = PingStrategy::Interval;
        config.ping.interval = Duration::from_millis(20);
        config.ping.timeout = PingTimeout::After(LONG);
    });
    let mut server = Server::start(config);
    let mut bot = client(server.addr, "bot");
    assert_eq!(server.events.next().await, connected("bot"));
    let hub = server.hub.clone();
    let waiting = tokio::spawn(async move { start(&hub, "one", "wait").await });
    bot.line("executing wait").await;

    let messages = || server.hub.info("bot").expect("it is connected").message_count;
    let before = messages();
    until("pings are answered", || messages() > before + 3).await;
    let again = pb::Start { strategy: "wait".to_owned() };
    let again = server.hub.client("bot").start(again);
    again.with(|command| command.command_id = "one".into()).await.expect("it is connected");

    bot.say("go").await;
    assert_eq!(waiting.await.expect("an answer").message, "wait as number 1");
    assert_eq!(start(&server.hub, "two", "next").await.message, "next as number 2");
    assert!(server.hub.info("bot").expect("it is connected").round_trip.is_some());
}

pub(crate) async fn it_goes_on_with_its_session_and_executes_no_command_twice(client: Start) {
    let config = HubConfig::testing().with(|config| config.reconnect_grace = 10 * LONG);
    let mut server = Server::start(config);
    let line = Line::to(server.addr).await;
    let mut bot = client(line.addr, "bot");
    assert_eq!(server.events.next().await, connected("bot"));
    bot.line("a new session").await;
    assert_eq!(start(&server.hub, "one", "first").await.message, "first as number 1");

    line.cut();
    until("the bot is away", || server.hub.stats().away == 1).await;
    // Before it knows, it would hand its message to a stream that is lost, and the message would be lost as well.
    bot.line("lost").await;
    bot.say("trade meanwhile").await;
    bot.line("queued meanwhile").await;
    let hub = server.hub.clone();
    let waiting = tokio::spawn(async move { start(&hub, "two", "second").await });
    until("the hub has something for it", || server.hub.stats().queued_commands == 1).await;

    line.mend(server.addr);
    bot.line("the same session").await;
    assert_eq!(server.events.next().await, Event::Resumed("bot".to_owned()));
    assert_eq!(server.events.next().await, traded("meanwhile"));
    assert_eq!(waiting.await.expect("an answer").message, "second as number 2");

    // What has been executed before is answered again, and nothing else happens.
    assert_eq!(start(&server.hub, "one", "first").await.message, "first as number 1");
    assert_eq!(start(&server.hub, "three", "third").await.message, "third as number 3");
    assert_eq!(server.events.rest(), []);
}

pub(crate) async fn it_comes_to_a_new_hub_and_remembers_what_it_has_executed(client: Start) {
    let mut server = Server::start(HubConfig::testing());
    let line = Line::to(server.addr).await;
    let mut bot = client(line.addr, "bot");
    assert_eq!(server.events.next().await, connected("bot"));
    bot.line("a new session").await;
    assert_eq!(start(&server.hub, "one", "first").await.message, "first as number 1");

    let mut other = Server::start(HubConfig::testing());
    line.cut();
    line.mend(other.addr);
    bot.line("a new session").await;
    assert_eq!(other.events.next().await, connected("bot"));
    assert_eq!(start(&other.hub, "one", "first").await.message, "first as number 1");
    assert_eq!(start(&other.hub, "two", "second").await.message, "second as number 2");
}

pub(crate) async fn it_leaves_a_hub_that_drains_and_comes_back(client: Start) {
    let mut server = Server::start(HubConfig::testing());
    let line = Line::to(server.addr).await;
    let mut bot = client(line.addr, "bot");
    assert_eq!(server.events.next().await, connected("bot"));

    let mut other = Server::start(HubConfig::testing());
    line.mend(other.addr);
    server.hub.drain(LONG).await;
    assert_eq!(server.events.next().await, left("drained"));
    assert_eq!(other.events.next().await, connected("bot"));
    bot.say("trade BTC-EUR").await;
    assert_eq!(other.events.next().await, traded("BTC-EUR"));
}

pub(crate) async fn it_does_not_chase_the_one_that_took_its_id(client: Start) {
    let mut server = Server::start(HubConfig::testing());
    let bot = client(server.addr, "bot");
    assert_eq!(server.events.next().await, connected("bot"));
    let _other: Bot = Bot::connect(server.addr, "bot").await;
    let end = bot.end().await;
    let printed = end.lines.join("\n");
    assert_eq!(end.code, Some(1), "{printed}");
    assert!(printed.contains("ended for good") && printed.contains("replaced"), "{printed}");
}

pub(crate) async fn it_does_not_come_back_to_a_hub_that_refuses_it(client: Start) {
    let server = Server::start(HubConfig::testing());
    let end = client(server.addr, "refused").end().await;
    let printed = end.lines.join("\n");
    assert_eq!(end.code, Some(1), "{printed}");
    assert!(printed.contains("ended for good") && printed.contains("not today"), "{printed}");
}

pub(crate) async fn it_comes_back_when_it_is_asked_to(client: Start) {
    let server = Server::start(HubConfig::testing());
    let mut bot = client(server.addr, "later");
    bot.line("next attempt in 1234.6 s").await;
}

pub(crate) async fn it_gives_up_a_stream_that_does_not_open(client: Start) {
    let mut server = Server::start(HubConfig::testing());
    let line = Line::to(server.addr).await;
    line.cut();
    let mut bot = client(line.addr, "bot");
    bot.line("running").await;
    bot.line("lost").await;
    line.mend(server.addr);
    assert_eq!(server.events.next().await, connected("bot"));
}

pub(crate) async fn it_leaves_after_all_that_it_has_to_say(client: Start) {
    let mut server = Server::start(HubConfig::testing());
    let mut bot = client(server.addr, "bot");
    assert_eq!(server.events.next().await, connected("bot"));
    for line in ["trade one", "trade two", "trade three", "close"] {
        bot.say(line).await;
    }
    for event in [traded("one"), traded("two"), traded("three"), left("half-closed")] {
        assert_eq!(server.events.next().await, event);
    }
    assert_eq!(bot.end().await.code, Some(0));
}
