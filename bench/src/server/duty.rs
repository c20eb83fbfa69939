//! What a server does by itself, on whatever it holds its clients in.

use std::time::{Duration, Instant, SystemTime};

use tokio::{
    task::JoinSet,
    time::{MissedTickBehavior, interval, sleep},
};

use super::{Shared, asking::STRATEGY};
use crate::{
    pb::{Plan, Start, Step},
    settings::Duty,
};

/// The clients of a server, by their ids.
pub(crate) trait Clients: Clone + Send + Sync + 'static {
    fn connected(&self) -> usize;

    fn is_connected(&self, id: &str) -> bool;

    /// To everybody.
    fn broadcast(&self, plan: Plan) -> impl Future<Output = ()> + Send;

    /// Whether it was answered well.
    fn request(&self, id: &str, start: Start) -> impl Future<Output = bool> + Send;
}

pub(crate) async fn perform(clients: impl Clients, duty: Duty, tally: Shared) {
    match duty {
        Duty::Echo => {}
        Duty::Requests { in_flight, streams } => {
            until_there(&clients, streams).await;
            for number in 0..in_flight {
                let id = format!("bot-{}", number % streams);
                tokio::spawn(ask(clients.clone(), id, tally.clone(), usize::MAX));
            }
        }
        Duty::Broadcast { every_ms, burst } => {
            let mut ticks = interval(Duration::from_millis(every_ms));
            ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
            loop {
                ticks.tick().await;
                for _ in 0..burst {
                    clients.broadcast(plan()).await;
                }
            }
        }
        Duty::SomeRequests { in_flight, streams, count } => {
            until_there(&clients, streams).await;
            let mut asking = JoinSet::new();
            for number in 0..in_flight {
                let id = format!("bot-{}", number % streams);
                asking.spawn(ask(clients.clone(), id, tally.clone(), count / in_flight));
            }
            asking.join_all().await;
            println!("done");
        }
        Duty::SomeBroadcasts { every_ms, streams, count } => {
            until_there(&clients, streams).await;
            let mut ticks = interval(Duration::from_millis(every_ms));
            for _ in 0..count {
                ticks.tick().await;
                clients.broadcast(plan()).await;
            }
        }
        Duty::LookUps => look_up(clients, tally).await,
    }
}

async fn until_there(clients: &impl Clients, streams: usize) {
    while clients.connected() < streams {
        sleep(Duration::from_millis(1)).await;
    }
}

async fn ask(clients: impl Clients, id: String, tally: Shared, times: usize) {
    for _ in 0..times {
        let start = Instant::now();
        if !clients.request(&id, Start { strategy: STRATEGY.to_owned() }).await {
            return;
        }
        tally.with(|tally| tally.took(start.elapsed()));
    }
}

/// A kibibyte in 18 steps of three strings each.
fn plan() -> Plan {
    let step = |number: usize| Step {
        symbol: format!("SYMBOL-{number:03}/EUR"),
        venue: format!("venue-{number:03}.example"),
        order: format!("limit;price={number:03}.25"),
    };
    let sent = SystemTime::UNIX_EPOCH.elapsed().unwrap_or_default();
    let sent_nanos = u64::try_from(sent.as_nanos()).unwrap_or_default();
    Plan { sent_nanos, steps: (0..18).map(step).collect() }
}

/// Of so many ids, of which about half are there.
const IDS: usize = 2000;
/// Between two looks at the clock.
const BATCH: usize = 100;

async fn look_up(clients: impl Clients, tally: Shared) {
    let ids: Vec<String> = (0..IDS).map(|number| format!("bot-{number}")).collect();
    let mut next = 0;
    loop {
        let start = Instant::now();
        let mut there = 0;
        for _ in 0..BATCH {
            // In an order that no cache foresees.
            next = (next + 1237) % IDS;
            there += usize::from(clients.is_connected(&ids[next]));
        }
        std::hint::black_box(there);
        let took = start.elapsed();
        tally.with(|tally| tally.took(took / 100));
        // Whoever comes and goes must come to it: a batch takes some microseconds.
        sleep(Duration::from_micros(50)).await;
    }
}

#[cfg(test)]
mod tests {
    use streaming_runtime::codegen::prost::Message as _;

    #[test]
    fn a_plan_has_a_kibibyte() {
        let length = super::plan().encoded_len();
        assert!((1000..1050).contains(&length), "{length} bytes");
    }
}
