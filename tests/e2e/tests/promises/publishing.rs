//! Handing over a publication never fails.

use e2e::{Bot, Event, Server, pb::bot_command::Payload};
use streaming_runtime::{Publication, Publisher};

use crate::calm;

/// Has a bug.
struct Panics;

impl Publisher for Panics {
    fn publish(&self, publication: Publication) {
        panic!("cannot publish on {}", publication.channel());
    }
}

#[tokio::test]
async fn a_publisher_that_panics_costs_its_publications_alone() {
    let config = calm().with(|config| {
        config.publish.messages = true;
        config.publish.commands = true;
    });
    let mut server = Server::publishing(config, Panics);
    let mut bot = Bot::connect(server.addr, "bot").await;
    // Both a message and a command.
    bot.trade("echo").await;
    assert!(matches!(bot.command().await.1, Payload::Start(_)));
    bot.half_close();
    let end = server.events.find(|event| match event {
        Event::Disconnected { reason, .. } => Some(reason),
        _ => None,
    });
    assert_eq!(end.await, "half-closed");
}
