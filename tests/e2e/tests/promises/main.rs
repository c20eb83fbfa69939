//! What the hub promises, over real gRPC.

mod at_least_once;
mod ends;
mod fairness;
mod lifecycle;
mod limits;
mod order;
mod publishing;
mod reading;
mod resume;
mod sending;
mod stage;
mod transport;

use std::time::Duration;

use e2e::{Bot, pb::bot_command::Payload};
use stage::Stage;
use streaming_runtime::HubConfig;

/// Settings under which nothing happens by time alone within a test.
fn calm() -> HubConfig {
    HubConfig::testing().with(|config| {
        for timeout in [
            &mut config.send_timeout,
            &mut config.reply_timeout,
            &mut config.identify_timeout,
            &mut config.callback_timeout,
            &mut config.handler_grace,
            &mut config.flush_timeout,
        ] {
            *timeout = 2 * e2e::LONG;
        }
    })
}

const fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

/// A bot that is connected and whose first message was handled.
async fn connected(stage: &mut Stage, id: &str) -> Bot {
    let bot = Bot::connect(stage.addr, id).await;
    stage.find(&format!("beat {id}")).await;
    bot
}

/// The name of a start command, as [`Stage::start`] gave it.
fn name_of(payload: &Payload) -> &str {
    match payload {
        Payload::Start(start) => stage::name_of(&start.strategy),
        other => panic!("a start was expected, not {other:?}"),
    }
}
