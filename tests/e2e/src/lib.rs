//! What the tests share: the contract, a server on a free loopback port, a bot on tonic's own client, a handler that
//! tells what happened, a line between them that fails, NATS servers.

mod bot;
pub mod nats;
mod probe;
pub mod process;
pub mod proxy;
mod server;

pub use bot::{Bot, end_reason};
pub use probe::{Event, Events, Probe};
pub use server::{Server, Serving};

/// The contract of the trading bots.
pub mod pb {
    streaming_runtime::include_proto!("trading.v1");
}

use std::time::Duration;

/// Long enough for anything that has to happen, also on a slow machine.
pub const LONG: Duration = Duration::from_secs(20);

/// Waits for `future`, and names it where it does not come.
///
/// # Panics
/// Where it takes too long.
pub async fn within<T>(what: &str, future: impl Future<Output = T>) -> T {
    let output = tokio::time::timeout(LONG, future).await;
    output.unwrap_or_else(|_| panic!("{what} did not happen within {LONG:?}"))
}

/// Waits until `condition` holds.
///
/// # Panics
/// Where it takes too long.
pub async fn until(what: &str, mut condition: impl FnMut() -> bool) {
    within(what, async {
        while !condition() {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    })
    .await;
}
