//! NATS that is away, and how soon clients are reachable when it is back.

use std::{thread, time::Duration};

use super::{Pair, figures::memory, server::NatsServer};

/// How long it is away.
const AWAY: Duration = Duration::from_secs(2);

pub(super) fn measure(clients: usize) -> anyhow::Result<String> {
    let mut server = NatsServer::start()?;
    let empty = memory(server.id())?;
    let mut hubs = Pair::hubs(&server.url(), clients)?;
    let reach = format!("reach {clients}");
    let before: f64 = hubs.asks.ask(&reach)?.parse()?;
    // The node that asks has no clients.
    let node = memory(hubs.others[0].id())?.saturating_sub(memory(hubs.asks.id())?);
    let nats = memory(server.id())?.saturating_sub(empty);
    let [node, nats] = [node, nats].map(|bytes| bytes / clients as u64);
    server.kill();
    thread::sleep(AWAY);
    server.restart()?;
    let after: f64 = hubs.asks.ask(&reach)?.parse()?;
    Ok(format!(
        "{clients} clients: reachable after {after:.2} s (500 sends when all is well take {before:.2} s); memory for each \
         {node} bytes in the node, {nats} bytes in the NATS server"
    ))
}
