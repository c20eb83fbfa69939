//! Requests and broadcasts, all along.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

use streaming_runtime::{Hub, RequestError};
use tokio::{
    runtime::Runtime,
    task::{JoinError, JoinSet},
    time::{sleep, timeout},
};
use tokio_stream::StreamExt as _;

use super::{
    SECOND,
    bots::{COUNTS, GROUPS, group},
};
use crate::{
    CLIENTS,
    pb::{
        self,
        trading_bots::{Connect, ConnectCommands as _},
    },
};

/// So many ask at once, one client after the other.
const ASKING: usize = 16;

/// Names requests, so that an answer can be told from that to another one.
static NEXT: AtomicU64 = AtomicU64::new(0);

/// Traffic that goes on until it is told to end.
pub(super) struct Traffic {
    goes_on: Arc<AtomicBool>,
    tasks: JoinSet<()>,
}

impl Traffic {
    pub(super) fn begin(runtime: &Runtime, hub: &Arc<Hub<Connect>>) -> Self {
        let goes_on = Arc::new(AtomicBool::new(true));
        let mut tasks = JoinSet::new();
        let handle = runtime.handle();
        for _ in 0..ASKING {
            tasks.spawn_on(asking(hub.clone(), goes_on.clone()), handle);
        }
        tasks.spawn_on(telling(hub.clone(), goes_on.clone()), handle);
        tasks.spawn_on(asking_all(hub.clone(), goes_on.clone()), handle);
        Self { goes_on, tasks }
    }

    /// Returns once what is under way has ended by itself.
    pub(super) async fn end(mut self) -> Result<(), JoinError> {
        self.goes_on.store(false, Ordering::Relaxed);
        while let Some(ended) = self.tasks.join_next().await {
            ended?;
        }
        Ok(())
    }
}

/// Asks one client after the other.
async fn asking(hub: Arc<Hub<Connect>>, goes_on: Arc<AtomicBool>) {
    while goes_on.load(Ordering::Relaxed) {
        let id = format!("bot-{}", fastrand::usize(..CLIENTS));
        let name = format!("c-{}", NEXT.fetch_add(1, Ordering::Relaxed));
        COUNTS.asked.fetch_add(1, Ordering::Relaxed);
        let asked = ask(&hub, &id, &name);
        let outcome = if fastrand::u8(..20) == 0 {
            // Somebody who does not want to know any more.
            timeout(Duration::from_millis(2), asked).await.unwrap_or("given up")
        } else {
            asked.await
        };
        COUNTS.outcomes.count(outcome);
        sleep(Duration::from_millis(fastrand::u64(..30))).await;
    }
}

/// Asks one client, and says how that ended.
async fn ask(hub: &Hub<Connect>, id: &str, name: &str) -> &'static str {
    let client = hub.client(id);
    let named = |command: &mut pb::BotCommand| name.clone_into(&mut command.command_id);
    let answer = if fastrand::bool() {
        let ask = client.request_config_schema(pb::RequestConfigSchema {}).with(named);
        ask.reply().await.map(|schema| schema.json)
    } else {
        let ask = client.start(pb::Start { strategy: "grid".to_owned() }).with(named);
        ask.reply().await.map(|ack| ack.message)
    };
    match answer {
        Ok(answer) => {
            if answer != name {
                COUNTS.mixed_up.fetch_add(1, Ordering::Relaxed);
            }
            "answered"
        }
        Err(error) => outcome(&error),
    }
}

fn outcome(error: &RequestError) -> &'static str {
    match error {
        RequestError::Rejected(_) => "rejected",
        RequestError::Timeout => "timeout",
        RequestError::Disconnected { sent: false } => "disconnected, not sent",
        RequestError::Disconnected { sent: true } => "disconnected, perhaps sent",
        RequestError::NotConnected => "not connected",
        RequestError::Overflow => "overflow",
        RequestError::Backlog => "backlog",
        _ => "other",
    }
}

/// Sends to all and to groups.
async fn telling(hub: Arc<Hub<Connect>>, goes_on: Arc<AtomicBool>) {
    let command = || pb::Start { strategy: "for many".to_owned() };
    for round in 0_usize.. {
        if !goes_on.load(Ordering::Relaxed) {
            return;
        }
        let report = if round.is_multiple_of(5) {
            hub.broadcast().start(command()).await
        } else {
            hub.group(&group(fastrand::usize(..GROUPS))).start(command()).await
        };
        COUNTS.accepted.fetch_add(report.accepted as u64, Ordering::Relaxed);
        sleep(Duration::from_millis(100)).await;
    }
}

/// Asks all at once, and sometimes does not wait for the last.
async fn asking_all(hub: Arc<Hub<Connect>>, goes_on: Arc<AtomicBool>) {
    while goes_on.load(Ordering::Relaxed) {
        let ask = hub.broadcast().request_config_schema(pb::RequestConfigSchema {});
        let mut replies = ask.replies().timeout(2 * SECOND);
        let wanted = if fastrand::bool() { CLIENTS / 2 } else { usize::MAX };
        let mut ended = 0;
        let mut given_up = true;
        while ended < wanted {
            let Some((_, reply)) = replies.next().await else {
                given_up = false;
                break;
            };
            ended += 1;
            COUNTS.outcomes.count(reply.map_or_else(|error| outcome(&error), |_| "answered"));
        }
        // One outcome for each that accepted it.
        let accepted = replies.report().accepted;
        COUNTS.accepted.fetch_add(accepted as u64, Ordering::Relaxed);
        COUNTS.asked.fetch_add(accepted as u64, Ordering::Relaxed);
        if given_up {
            (ended..accepted).for_each(|_| COUNTS.outcomes.count("given up"));
        }
        drop(replies);
        sleep(5 * SECOND).await;
    }
}
