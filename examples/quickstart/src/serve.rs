//! `--serve [ADDR]`: serves clients that others start, and gives each something to do.

use std::{
    collections::HashSet,
    net::{IpAddr, Ipv4Addr, SocketAddr},
    time::Duration,
};

use anyhow::{Context as _, bail};
use streaming_runtime::{ClientId, Hub, RequestError};
use tokio::time::sleep;

use crate::{
    pb::{
        self,
        trading_bots::{Connect, ConnectCommands as _},
    },
    transcript::say,
};

/// Where `--serve` listens unless it is told otherwise.
const DEFAULT: &str = "127.0.0.1:50051";

/// A loopback port that is free.
pub(crate) const ANY_PORT: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 0);

/// The address of `--serve [ADDR]`; `None` without it.
pub(crate) fn address() -> anyhow::Result<Option<SocketAddr>> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let addr = match args.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [] => return Ok(None),
        ["--serve"] => DEFAULT,
        ["--serve", addr] => addr,
        _ => bail!("usage: quickstart [--serve [ADDR]]; ADDR is {DEFAULT} unless it is given"),
    };
    let addr = addr.parse().with_context(|| format!("`{addr}` is no address like `{DEFAULT}`"))?;
    Ok(Some(addr))
}

/// Gives every new client its commands, until Ctrl-C.
pub(crate) async fn until_ctrl_c(hub: &Hub<Connect>) -> anyhow::Result<()> {
    let mut known = HashSet::new();
    loop {
        tokio::select! {
            pressed = tokio::signal::ctrl_c() => return Ok(pressed?),
            () = sleep(Duration::from_millis(200)) => {}
        }
        let connected: HashSet<ClientId> = hub.connected().into_iter().collect();
        for id in connected.difference(&known) {
            let (hub, id) = (hub.clone(), id.clone());
            tokio::spawn(async move {
                if let Err(error) = command(&hub, &id).await {
                    say("call", format!("{id}: {error}"));
                }
            });
        }
        known = connected;
    }
}

/// Start, ask for the schema, stop; each waits for its answer.
async fn command(hub: &Hub<Connect>, id: &ClientId) -> Result<(), RequestError> {
    let bot = hub.client(id);
    sleep(Duration::from_secs(1)).await;
    let ack = bot.start(pb::Start { strategy: "grid".into() }).reply().await?;
    say("call", format!("{id} has started: {}", ack.message));
    let schema = bot.request_config_schema(pb::RequestConfigSchema {}).reply().await?;
    say("call", format!("{id} is configured by {}", schema.json));
    sleep(Duration::from_secs(2)).await;
    let ack = bot.stop(pb::Stop { reason: "end of the demonstration".into() }).reply().await?;
    say("call", format!("{id} has stopped: {}", ack.message));
    Ok(())
}
