//! m13: what a client that left held is given back.

use std::alloc::System;

use e2e::{Bot, Server, until};
use stats_alloc::{INSTRUMENTED_SYSTEM, StatsAlloc};
use streaming_runtime::HubConfig;

#[global_allocator]
static HEAP: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

fn live() -> usize {
    let stats = HEAP.stats();
    stats.bytes_allocated.saturating_sub(stats.bytes_deallocated)
}

#[tokio::test]
async fn m13_memory_returns_to_where_it_was() {
    let mut server = Server::start(HubConfig::testing());
    let mut after = Vec::new();
    for round in 0..6 {
        for number in 0..100 {
            // Every id is a new one.
            let id = format!("bot-{round}-{number}");
            let mut bot = Bot::connect(server.addr, &id).await;
            bot.trade("echo").await;
            bot.command().await;
        }
        until("all are gone", || server.hub.is_empty()).await;
        // The handler's events are the test's own.
        until("the last task is done", || {
            server.events.rest();
            std::sync::Arc::strong_count(&server.handler) == 2
        })
        .await;
        after.push(live());
    }
    // The first rounds fill tables and pools. A client that is kept costs a kibibyte at least.
    let (early, late) = (after[2], after[5]);
    assert!(late < early + 300 * 64, "{after:?}");
}
