//! What runs before what, for one id.

use e2e::{
    Bot, end_reason,
    pb::{self, bot_command::Payload, bot_message, trading_bots::ConnectCommands as _},
    until,
};
use streaming_runtime::{RequestError, SendError};
use tonic::Code;

use crate::{calm, connected, ms, name_of, stage::Stage};

fn trade(symbol: &str) -> bot_message::Payload {
    bot_message::Payload::Trade(pb::Trade { symbol: symbol.to_owned(), ..Default::default() })
}

#[tokio::test]
async fn a_newcomer_waits_until_nothing_of_its_predecessor_runs() {
    let mut stage = Stage::start(calm());
    let mut old = connected(&mut stage, "bot").await;
    stage.hold("handle bot slow");
    stage.hold("disconnect bot replaced []");
    old.trade("slow").await;
    old.trade("read before the end").await;
    let read = || stage.hub.info("bot").is_some_and(|bot| bot.message_count == 3);
    until("the messages are read", read).await;
    stage.expect(&["handle bot slow"]).await;

    let mut new = Bot::connect(stage.addr, "bot").await;
    until("the old one has left", || !stage.hub.is_connected("bot")).await;
    stage.release("handle bot slow");
    stage
        .expect(&[
            "handled bot slow",
            "handle bot read before the end",
            "handled bot read before the end",
            "disconnect bot replaced []",
        ])
        .await;
    assert!(!stage.hub.is_connected("bot"), "its callbacks still run");
    let sent = stage.hub.client("bot").stop(pb::Stop::default()).await;
    assert_eq!(sent, Err(SendError::NotConnected));
    let end = old.end().await;
    assert_eq!((end.code(), end_reason(&end)), (Code::Aborted, "replaced"));

    stage.release("disconnect bot replaced []");
    // The newcomer is not addressable in `on_connect`, and is when its first message is handled.
    stage
        .expect(&["disconnected bot", "connect bot", "connected bot false", "beat bot true"])
        .await;
    stage.hub.client("bot").stop(pb::Stop::default()).await.expect("connected");
    assert!(matches!(new.command().await.1, Payload::Stop(_)));
    assert_eq!(stage.hub.len(), 1);
}

#[tokio::test]
async fn of_several_newcomers_at_once_one_stays_and_callbacks_never_overlap() {
    // None of them is to be turned away for coming too often.
    let mut stage = Stage::start(calm().with(|config| config.take_over_limit = 100));
    let old = connected(&mut stage, "bot").await;
    stage.hold("disconnect bot replaced []");
    let mut bots = vec![old];
    for _ in 0..6 {
        bots.push(Bot::connect(stage.addr, "bot").await);
    }
    stage.expect(&["disconnect bot replaced []"]).await;
    stage.release("disconnect bot replaced []");
    let mut ends = tokio::task::JoinSet::new();
    for mut bot in bots {
        ends.spawn(async move { bot.end().await });
    }
    for _ in 0..6 {
        let end = ends.join_next().await.expect("seven bots").expect("no panic");
        assert_eq!((end.code(), end_reason(&end)), (Code::Aborted, "replaced"));
    }
    until("the last one is connected", || stage.hub.is_connected("bot")).await;
    assert_eq!(stage.hub.len(), 1);
    assert!(stage.hub.disconnect("bot", "seen enough").await);
    let end = ends.join_next().await.expect("the last one").expect("no panic");
    assert_eq!((end.code(), end_reason(&end)), (Code::Ok, "closed"));

    stage.expect(&["disconnected bot"]).await;
    loop {
        // A newcomer that was replaced before its turn has no callbacks at all.
        stage.expect(&["connect bot", "connected bot false"]).await;
        let mut line = stage.line().await;
        if line.starts_with("beat") {
            line = stage.line().await;
        }
        stage.expect(&["disconnected bot"]).await;
        if line == "disconnect bot closed []" {
            break;
        }
        assert_eq!(line, "disconnect bot replaced []");
    }
    assert_eq!(stage.rest(), Vec::<String>::new());
}

#[tokio::test]
async fn a_refused_client_gets_the_status_and_none_of_its_messages_is_handled() {
    let mut stage = Stage::start(calm().with(|config| config.callback_timeout = ms(100)));
    stage.hold("connect slow");
    for (id, code, text) in [
        ("refused", Code::FailedPrecondition, "not today"),
        ("panics", Code::Internal, "the handler panicked"),
        ("slow", Code::DeadlineExceeded, "a callback took longer than the callback timeout"),
    ] {
        let first = (0..20).map(|number| trade(&number.to_string())).collect();
        let mut bot = Bot::with_first(stage.addr, id, first).await;
        let end = bot.end().await;
        assert_eq!((end.code(), end.message(), end_reason(&end)), (code, text, "refused"));
        let lines = stage.rest();
        assert_eq!(lines[0], format!("connect {id}"));
        assert!(lines[1].starts_with(&format!("error {id} ")), "{lines:?}");
        assert_eq!(lines.len(), 2, "{lines:?}");
    }
    until("all are gone", || stage.hub.is_empty()).await;
    assert_eq!(stage.rest(), Vec::<String>::new());
}

#[tokio::test]
async fn a_refused_client_gets_the_status_also_if_it_has_ended_its_side() {
    let mut stage = Stage::start(calm());
    stage.hold("connect refused");
    let mut bot = Bot::with_first(stage.addr, "refused", vec![trade("only")]).await;
    bot.half_close();
    stage.expect(&["connect refused"]).await;
    // Long enough for the end to be read: another client comes and is served.
    connected(&mut stage, "other").await;
    stage.release("connect refused");
    let end = bot.end().await;
    assert_eq!((end.code(), end_reason(&end)), (Code::FailedPrecondition, "refused"));
}

#[tokio::test]
async fn a_client_that_ends_its_side_during_on_connect_is_served_as_any_other() {
    let mut stage = Stage::start(calm());
    stage.hold("connect bot");
    let mut bot = Bot::with_first(stage.addr, "bot", vec![trade("only")]).await;
    bot.half_close();
    stage.expect(&["connect bot"]).await;
    connected(&mut stage, "other").await;
    stage.release("connect bot");
    stage.expect(&["connected bot false", "handle bot only", "handled bot only"]).await;
    stage.expect(&["disconnect bot half-closed []", "disconnected bot"]).await;
    let end = bot.end().await;
    assert_eq!((end.code(), end_reason(&end)), (Code::Ok, "half-closed"));
}

#[tokio::test]
async fn during_on_connect_only_the_client_itself_can_be_reached_by_its_handler() {
    let mut stage = Stage::start(calm());
    let mut bot = Bot::connect(stage.addr, "asks").await;
    let (_, hello) = bot.command().await;
    assert_eq!(name_of(&hello), "hello");
    let (command_id, asked) = bot.command().await;
    assert!(matches!(asked, Payload::RequestConfigSchema(_)));

    // It is still in `on_connect`, which waits for this answer.
    let target = stage.hub.client("asks");
    assert!(!stage.hub.is_connected("asks"));
    assert_eq!(target.stop(pb::Stop::default()).await, Err(SendError::NotConnected));
    let request = target.stop(pb::Stop::default()).reply().await;
    assert_eq!(request, Err(RequestError::NotConnected));
    assert_eq!(stage.hub.broadcast().stop(pb::Stop::default()).await.accepted, 0);

    let json = "{}".to_owned();
    bot.send(bot_message::Payload::ConfigSchema(pb::ConfigSchema { command_id, json })).await;
    stage
        .expect(&[
            "connect asks",
            r#"asked Ok(()) Err(NotConnected) Ok("{}")"#,
            "connected asks false",
            "beat asks true",
        ])
        .await;
}
