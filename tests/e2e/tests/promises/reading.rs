//! Reading goes on beside handlers, and stops where the inbox is full.

use std::sync::Arc;

use e2e::{
    pb::{self, bot_message},
    until,
};

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
