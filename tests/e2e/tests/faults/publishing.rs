//! What is published: b, f.

use std::sync::{Arc, Mutex};

use e2e::{Bot, Server, pb, until};
use pb::trading_bots::ConnectCommands as _;
use streaming_runtime::{MemoryPublisher, Publication, Publisher};
use tokio::sync::mpsc;

use crate::calm;

#[tokio::test]
async fn b_a_command_is_published_on_its_own_clients_channel() {
    let published = MemoryPublisher::new();
    let config = calm().with(|config| {
        config.publish.messages = true;
        config.publish.commands = true;
    });
    let server = Server::publishing(config, published.clone());
    let mut alice = Bot::connect(server.addr, "alice").await;
    let mut bob = Bot::connect(server.addr, "bob").await;
    until("both are connected", || server.hub.len() == 2).await;
    server.hub.client("alice").start(pb::Start { strategy: "grid".into() }).await.expect("alice");
    alice.command().await;
    // Bob spoke last, and Alice gets a command.
    bob.trade("echo").await;
    bob.command().await;
    server.hub.broadcast().stop(pb::Stop { reason: "night".into() }).await;
    alice.command().await;
    bob.command().await;

    let of = |id: &str| -> Vec<(String, String)> {
        let all = published.publications().into_iter();
        let own = all.filter(|publication| publication.client() == id);
        own.map(|publication| {
            (publication.channel().to_owned(), publication.event_type().to_owned())
        })
        .collect()
    };
    let named = |names: &[(&str, &str)]| -> Vec<(String, String)> {
        names.iter().map(|(channel, event)| ((*channel).to_owned(), (*event).to_owned())).collect()
    };
    assert_eq!(
        of("alice"),
        named(&[
            ("grpc#alice#heartbeat", "grpc_message_heartbeat"),
            ("grpc#alice#command_start", "grpc_command_start"),
            ("grpc#alice#command_stop", "grpc_command_stop"),
        ]),
    );
    assert_eq!(
        of("bob"),
        named(&[
            ("grpc#bob#heartbeat", "grpc_message_heartbeat"),
            ("grpc#bob#trade", "grpc_message_trade"),
            ("grpc#bob#command_start", "grpc_command_start"),
            ("grpc#bob#command_stop", "grpc_command_stop"),
        ]),
    );
    let stop = published.take().pop().expect("the broadcast was published");
    let data = std::str::from_utf8(stop.data()).expect("JSON");
    assert!(data.contains(r#""stop":{"reason":"night"}"#), "{data}");
    assert!(data.contains(r#""event_type":"grpc_command_stop""#), "{data}");
}

/// Hands over to a worker that is stuck, as a publisher does whose server hangs.
#[derive(Clone)]
struct Stuck(Arc<Mutex<Vec<Publication>>>, mpsc::Sender<Publication>);

impl Publisher for Stuck {
    fn publish(&self, publication: Publication) {
        if let Err(refused) = self.1.try_send(publication) {
            self.0.lock().expect("no panic").push(refused.into_inner());
        }
    }
}

#[tokio::test]
async fn f_publishing_delays_neither_input_nor_output() {
    let (worker, mut stuck) = mpsc::channel(1);
    let dropped = Arc::default();
    let config = calm().with(|config| {
        config.publish.messages = true;
        config.publish.commands = true;
    });
    let server = Server::publishing(config, Stuck(Arc::clone(&dropped), worker));
    let mut bot = Bot::connect(server.addr, "bot").await;
    for _ in 0..10 {
        bot.trade("echo").await;
        bot.command().await;
    }
    // All ten came back while the worker had taken nothing: 21 publications, one of them in its queue.
    assert_eq!(dropped.lock().expect("no panic").len(), 20);
    assert!(stuck.try_recv().is_ok());
}
