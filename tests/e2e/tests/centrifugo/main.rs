//! Publishing into the real Centrifugo, and into a stub for what the real one cannot be made to do.

mod arrives;
mod channels;
mod deliveries;
mod documented;
mod failing;
mod npm;
mod order;
mod server;
mod stopped;
mod stub;
mod subscriber;

use std::time::Duration;

use e2e::{Bot, Server, until};
use streaming_runtime::{
    HubConfig, Publication, Publisher as _,
    publish::centrifugo::{BreakerState, CentrifugoBuilder, CentrifugoPublisher, CentrifugoStats},
};

pub(crate) use server::Centrifugo;
pub(crate) use stub::{Behaviour, Stub};
pub(crate) use subscriber::Subscriber;

const fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

/// Settings under which everything is published and nothing happens by time alone.
fn publishing() -> HubConfig {
    HubConfig::testing().with(|config| {
        config.publish.messages = true;
        config.publish.commands = true;
        config.send_timeout = e2e::LONG;
        config.reply_timeout = e2e::LONG;
        config.identify_timeout = e2e::LONG;
        config.callback_timeout = e2e::LONG;
        config.handler_grace = e2e::LONG;
    })
}

fn build(builder: CentrifugoBuilder) -> CentrifugoPublisher {
    builder.build().expect("valid settings")
}

/// The figures, which must account for every publication whenever one looks.
fn figures(publisher: &CentrifugoPublisher) -> CentrifugoStats {
    let stats = publisher.stats();
    let known = stats.published + stats.dropped.total() + stats.unconfirmed;
    assert_eq!(stats.offered, known + stats.queued + stats.in_flight, "{stats:?}");
    stats
}

/// The figures after everything has come to an end.
async fn at_rest(publisher: &CentrifugoPublisher) -> CentrifugoStats {
    e2e::within("the flush", publisher.flush()).await;
    let stats = figures(publisher);
    assert_eq!((stats.queued, stats.in_flight), (0, 0), "{stats:?}");
    stats
}

/// One publication by hand.
fn publish(publisher: &CentrifugoPublisher, channel: &str, number: u64) {
    let data = format!(r#"{{"n":{number}}}"#);
    publisher.publish(Publication::new("bot".into(), channel, "grpc_message_trade", data));
}

/// Publishes again and again until the breaker is in this state.
async fn drive_to(publisher: &CentrifugoPublisher, state: BreakerState) {
    let mut number = 0;
    until("the breaker's change", || {
        number += 1;
        publish(publisher, "drive", number);
        figures(publisher).state == state
    })
    .await;
}

/// Echoes go through a hub that publishes to where this publisher does, and none waits for it: it would wait longer
/// than [`e2e::LONG`].
async fn echoes_do_not_wait(publisher: &CentrifugoPublisher) {
    let server = Server::publishing(publishing(), publisher.clone());
    let mut bot = Bot::connect(server.addr, "echo").await;
    let echoes = async {
        for _ in 0..50 {
            bot.trade("echo").await;
            bot.command().await;
        }
    };
    e2e::within("fifty echoes", echoes).await;
    assert!(figures(publisher).offered > 0);
}
