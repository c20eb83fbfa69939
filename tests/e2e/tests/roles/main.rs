//! The roles that the trading bots lack, over real gRPC: answers to what clients ask, goodbyes, handlers side by side, and
//! client ids that no message holds.

mod answers;
mod by_hand;
mod desk;
mod identity;
mod lanes;
mod printing;

use std::time::Duration;

use streaming_runtime::{Hub, HubConfig, config::PingStrategy, contract::Contract};

/// The generated code.
pub mod pb {
    streaming_runtime::include_proto!("roles.v1");
}

/// A hub without pings, in which nothing happens by time alone within a test.
fn calm<C: Contract>() -> Hub<C> {
    let config = HubConfig::testing().with(|config| {
        config.ping.strategy = PingStrategy::Disabled;
        for timeout in [
            &mut config.send_timeout,
            &mut config.identify_timeout,
            &mut config.callback_timeout,
            &mut config.handler_grace,
        ] {
            *timeout = Duration::from_secs(20);
        }
    });
    Hub::new(config).expect("valid settings")
}
