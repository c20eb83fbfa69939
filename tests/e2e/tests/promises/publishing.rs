//! Handing over a publication never fails.

use e2e::{Bot, Event, Server, pb::bot_command::Payload, until};
use streaming_runtime::{MemoryPublisher, Publication, Publisher};

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

#[tokio::test]
async fn a_message_without_a_variant_has_no_channel_and_is_counted() {
    let published = MemoryPublisher::new();
    let config = calm().with(|config| config.publish.messages = true);
    let server = Server::publishing(config, published.clone());
    let bot = Bot::connect(server.addr, "bot").await;
    bot.send_nothing().await;
    bot.trade("after").await;
    until("the trade is published", || published.publications().len() == 2).await;
    let channels = published.take().into_iter().map(|one| one.channel().to_owned());
    assert_eq!(channels.collect::<Vec<_>>(), ["grpc#bot#heartbeat", "grpc#bot#trade"]);
    assert_eq!(server.hub.stats().unpublished, 1);
}
