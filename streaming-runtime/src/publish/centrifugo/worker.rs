//! One task per shard: takes a batch, sends it until it is done or given up, takes the next.

use std::{
    sync::{Arc, PoisonError},
    time::Duration,
};

use bytes::Bytes;
use tokio::time::{Instant, sleep, timeout_at};

use super::{
    answer::Answer,
    batch,
    breaker::{BreakerState, Permit},
    config::Delivery,
    faults,
    flight::Flight,
    queue::Item,
    shared::Shared,
    state::Step,
};

/// Ends only by being aborted.
pub(super) async fn work(shared: Arc<Shared>, shard: usize) {
    loop {
        // The lock must not be held over an await, so the step is taken in a statement of its own.
        let step = shared.lock().step(shard, Instant::now());
        match step {
            Step::Send { items, permit } => {
                let flight = Flight::new(&shared, shard, items.len(), permit);
                deliver(flight, items).await;
            }
            Step::SleepUntil(due) => {
                // Over time is what is waited for.
                let _ = timeout_at(due, shared.ready[shard].notified()).await;
            }
            Step::Wait => shared.ready[shard].notified().await,
        }
    }
}

async fn deliver(mut flight: Flight<'_>, items: Vec<Item>) {
    let shared = flight.shared;
    let body = body(shared, &items);
    // From here on only the body is kept.
    drop(items);
    let mut repetitions = 0;
    loop {
        let answer = attempt(&mut flight, body.clone()).await;
        flight.unclear |= answer.may_have_arrived();
        let keyed = shared.config.delivery == Delivery::Retry;
        let again = answer.repeatable(keyed) && repetitions < shared.config.retry.times;
        // While the breaker is not closed, nothing but its probe is sent.
        if again && is_closed(shared) {
            sleep(faults::delay(shared.config.retry.delay, repetitions)).await;
            if is_closed(shared) {
                repetitions += 1;
                flight.permit = Permit::Send;
                shared.lock().counts.retries += 1;
                continue;
            }
        }
        return flight.settle(&answer);
    }
}

fn body(shared: &Shared, items: &[Item]) -> Bytes {
    let keys = (shared.config.delivery == Delivery::Retry)
        .then(|| shared.keys.lock().unwrap_or_else(PoisonError::into_inner).reserve(items.len()));
    batch::body(items, keys)
}

fn is_closed(shared: &Shared) -> bool {
    shared.lock().breaker.state() == BreakerState::Closed
}

async fn attempt(flight: &mut Flight<'_>, body: Bytes) -> Answer {
    let shared = flight.shared;
    let started = Instant::now();
    flight.requesting = true;
    let answer = (shared.transport)(body, flight.items).await;
    flight.requesting = false;
    note(flight, &answer, started.elapsed());
    answer
}

fn note(flight: &mut Flight<'_>, answer: &Answer, took: Duration) {
    let shared = flight.shared;
    let (noted, closed) = {
        let mut state = shared.lock();
        let before = state.breaker.state();
        let noted = state.note(answer, flight.permit, took, Instant::now());
        state.tell();
        let after = state.breaker.state();
        if before != BreakerState::Closed || after != BreakerState::Closed {
            shared.breaker_changed(&state);
        }
        (noted, before != after && after == BreakerState::Closed)
    };
    // A probe has reported; what follows is none.
    flight.permit = Permit::Send;
    if noted.opened {
        shared.settled.notify_waiters();
    }
    match (noted.fault, answer) {
        (Some(why), _) if noted.opened => {
            tracing::error!(%why, "Centrifugo fails; publishing is suspended");
        }
        (Some(why), Answer::Misconfigured(_) | Answer::Unclear { failure: false, .. }) => {
            tracing::error!(%why, "Centrifugo is misconfigured; what is published is lost");
        }
        (Some(why), _) => tracing::warn!(%why, "publishing to Centrifugo failed"),
        (None, _) if closed => tracing::info!("Centrifugo is back; publishing goes on"),
        (None, _) => {}
    }
}
