//! The faults of the system that this one replaces, each as a test named after its letter.

mod broadcasts;
mod ends;
mod identity;
mod modes;
mod publishing;
mod requests;
mod timers;

use std::time::Duration;

use e2e::{Event, Events};
use streaming_runtime::HubConfig;

/// Settings under which nothing happens by time alone within a test.
fn calm() -> HubConfig {
    HubConfig::testing().with(|config| {
        config.send_timeout = e2e::LONG;
        config.reply_timeout = e2e::LONG;
        config.identify_timeout = e2e::LONG;
        config.callback_timeout = e2e::LONG;
    })
}

const fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

/// The next `on_disconnect`: for whom and why.
async fn disconnect(events: &mut Events) -> (String, String, bool) {
    events
        .find(|event| match event {
            Event::Disconnected { id, reason, registered, .. } => Some((id, reason, registered)),
            _ => None,
        })
        .await
}
