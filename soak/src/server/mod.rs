//! The server: a hub with everything on, which is told on standard input what to do.

mod bots;
mod traffic;

use std::{fs, io::BufRead as _, sync::Arc, time::Duration};

use anyhow::bail;
use streaming_runtime::{
    Hub, HubConfig,
    config::{PingStrategy, PingTimeout},
};
use tokio::runtime::Runtime;

use crate::{
    figures::Figures,
    live_heap,
    pb::trading_bots::{Connect, Service},
};
use bots::{Bots, COUNTS, Counting};
use traffic::Traffic;

const SECOND: Duration = Duration::from_secs(1);

/// Serves on a free loopback port, which it prints, until standard input ends.
///
/// `traffic` begins requests and broadcasts, `quiet` waits until the last of them has ended, `figures` prints where it
/// stands. These lines are read outside of the runtime, so that they are no task of it.
pub(crate) fn serve() -> anyhow::Result<()> {
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let hub = Hub::builder().config(config()).publisher(Counting).build()?;
    let entered = runtime.enter();
    let incoming = streaming_runtime::incoming("127.0.0.1:0")?;
    println!("{}", incoming.local_addr()?);
    let service = Service::new(Bots, hub.clone());
    runtime.spawn(streaming_runtime::server().add_service(service).serve_with_incoming(incoming));
    drop(entered);
    let hub = Arc::new(hub);
    let mut traffic = None;
    for line in std::io::stdin().lock().lines() {
        match line?.as_str() {
            "traffic" => traffic = Some(Traffic::begin(&runtime, &hub)),
            "quiet" => {
                if let Some(traffic) = traffic.take() {
                    runtime.block_on(traffic.end())?;
                }
                println!("quiet");
            }
            "figures" => println!("{}", serde_json::to_string(&figures(&runtime, &hub)?)?),
            other => bail!("there is no command `{other}`; traffic, quiet, figures"),
        }
    }
    Ok(())
}

/// Everything on, and so short that it comes to pass often.
fn config() -> HubConfig {
    HubConfig::production().with(|config| {
        config.ping.strategy = PingStrategy::Interval;
        config.ping.interval = SECOND;
        config.ping.timeout = PingTimeout::After(5 * SECOND);
        config.reconnect_grace = 2 * SECOND;
        config.write_timeout = 4 * SECOND;
        config.reply_timeout = 3 * SECOND;
        for timeout in [
            &mut config.send_timeout,
            &mut config.identify_timeout,
            &mut config.handler_grace,
            &mut config.flush_timeout,
        ] {
            *timeout = 2 * SECOND;
        }
    })
}

fn figures(runtime: &Runtime, hub: &Hub<Connect>) -> anyhow::Result<Figures> {
    let heap = live_heap();
    let stats = hub.stats();
    Ok(Figures {
        heap,
        tasks: runtime.metrics().num_alive_tasks(),
        // One of them is that of the folder itself.
        descriptors: fs::read_dir("/proc/self/fd")?.count() - 1,
        sessions: stats.total_connections + stats.away,
        pending: hub.pending_requests().len(),
        ..COUNTS.figures()
    })
}
