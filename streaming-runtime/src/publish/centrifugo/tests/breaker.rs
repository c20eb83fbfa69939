//! The breaker, and what happens to publications around it.

use super::{MS, at_rest, figures, publish, start};
use crate::publish::{
    Publisher as _,
    centrifugo::{BreakerState, CentrifugoPublisher, answer::Answer},
};

/// Lets the breaker open over five batches that cannot have arrived.
async fn open(publisher: &CentrifugoPublisher, server: &mut super::Server) {
    for number in 0..5 {
        assert!(publisher.accepts());
        publish(publisher, "a", [number]);
        server.request().await.no_answer();
        publisher.flush().await;
    }
    assert!(!publisher.accepts());
    assert_eq!(figures(publisher).state, BreakerState::Open);
}

#[tokio::test(start_paused = true)]
async fn opens_drops_what_waits_and_takes_nothing() {
    let (publisher, mut server) = start(|config| config.batch.messages = 1);
    publish(&publisher, "a", 0..10);
    for _ in 0..5 {
        server.request().await.no_answer();
    }
    server.quiet(MS * 59_000).await;
    assert!(!publisher.accepts());
    publish(&publisher, "a", [10]);
    let stats = at_rest(&publisher).await;
    assert_eq!((stats.unconfirmed, stats.dropped.breaker_open, stats.failures), (5, 6, 5));
}

#[tokio::test(start_paused = true)]
async fn probes_one_at_a_time_and_closes() {
    let (publisher, mut server) = start(|config| config.batch.messages = 1);
    open(&publisher, &mut server).await;
    tokio::time::sleep(MS * 60_000).await;
    assert!(publisher.accepts());
    assert_eq!(figures(&publisher).state, BreakerState::HalfOpen);
    for client in 0..20 {
        publish(&publisher, &client.to_string(), [client]);
    }
    for _ in 0..2 {
        let probe = server.request().await;
        server.quiet(MS * 1000).await;
        assert_eq!(figures(&publisher).state, BreakerState::HalfOpen);
        probe.publish();
    }
    // All shards at once again.
    let (one, two) = (server.request().await, server.request().await);
    assert_eq!(figures(&publisher).state, BreakerState::Closed);
    one.publish();
    two.publish();
    while figures(&publisher).published < 20 {
        server.request().await.publish();
        tokio::task::yield_now().await;
    }
    assert_eq!(at_rest(&publisher).await.failures, 0);
}

#[tokio::test(start_paused = true)]
async fn a_bad_probe_opens_it_again() {
    let (publisher, mut server) = start(|config| config.batch.messages = 1);
    open(&publisher, &mut server).await;
    tokio::time::sleep(MS * 60_000).await;
    publish(&publisher, "a", 0..3);
    server.request().await.not_executed();
    server.quiet(MS * 59_000).await;
    assert!(!publisher.accepts());
    let stats = at_rest(&publisher).await;
    // A probe is not repeated.
    assert_eq!((stats.dropped.failed, stats.dropped.breaker_open, stats.retries), (1, 2, 0));
}

#[tokio::test(start_paused = true)]
async fn a_batch_that_waits_for_its_repetition_is_given_up_when_it_opens() {
    let (publisher, mut server) = start(|config| config.retry.times = 100);
    publish(&publisher, "a", 0..3);
    for _ in 0..5 {
        server.request().await.not_executed();
    }
    let stats = at_rest(&publisher).await;
    assert_eq!((stats.state, stats.dropped.failed), (BreakerState::Open, 3));
}

#[tokio::test(start_paused = true)]
async fn wrong_settings_and_bad_messages_leave_it_alone() {
    let (publisher, mut server) = start(|config| config.batch.messages = 1);
    for number in 0..20 {
        publish(&publisher, "a", [number]);
        let request = server.request().await;
        match number % 3 {
            0 => request.give(Answer::Misconfigured("401".into())),
            1 => request.give(Answer::Malformed("400".into())),
            _ => request.refuse(1, 102),
        }
        publisher.flush().await;
    }
    let stats = at_rest(&publisher).await;
    assert_eq!((stats.state, stats.failures), (BreakerState::Closed, 0));
    assert_eq!((stats.dropped.misconfigured, stats.dropped.rejected), (7, 13));
}

#[tokio::test(start_paused = true)]
async fn a_probe_that_tells_nothing_is_followed_by_another() {
    let (publisher, mut server) = start(|config| config.batch.messages = 1);
    open(&publisher, &mut server).await;
    tokio::time::sleep(MS * 60_000).await;
    for client in 0..8 {
        publish(&publisher, &client.to_string(), [client]);
    }
    server.request().await.refuse(1, 102);
    for _ in 0..7 {
        server.request().await.publish();
    }
    let stats = at_rest(&publisher).await;
    assert_eq!((stats.state, stats.published), (BreakerState::Closed, 7));
}
