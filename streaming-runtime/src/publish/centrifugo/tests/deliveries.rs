//! Batches, order, and what is sent again.

use tokio::time::Instant;

use super::{MS, at_rest, figures, publish, start};
use crate::publish::centrifugo::Delivery;

#[tokio::test(start_paused = true)]
async fn a_full_batch_goes_at_once_and_a_small_one_lingers() {
    let (publisher, mut server) = start(|config| {
        config.batch.messages = 3;
        config.batch.linger = MS * 50;
    });
    let started = Instant::now();
    publish(&publisher, "a", 0..4);
    let first = server.request().await;
    assert_eq!((first.numbers(), started.elapsed()), (vec![0, 1, 2], std::time::Duration::ZERO));
    first.publish();
    let second = server.request().await;
    assert_eq!(second.numbers(), [3]);
    assert!(started.elapsed() >= MS * 50, "{:?}", started.elapsed());
    assert_eq!(second.body["parallel"], false);
    second.publish();
    let stats = at_rest(&publisher).await;
    assert_eq!((stats.published, stats.batches, stats.retries), (4, 2, 0));
}

#[tokio::test(start_paused = true)]
async fn a_client_has_one_batch_in_flight_and_others_do_not_wait_for_it() {
    let (publisher, mut server) = start(|config| {
        config.batch.messages = 2;
        config.shards = 2;
    });
    publish(&publisher, "a", 0..4);
    let first = server.request().await;
    server.quiet(MS * 1000).await;
    // Of so many clients some belong to another shard.
    for client in 0..20 {
        publish(&publisher, &client.to_string(), [7]);
    }
    let other = server.request().await;
    assert!(other.numbers().iter().all(|&number| number == 7));
    assert_eq!(figures(&publisher).in_flight, 2 + other.commands().len() as u64);
    first.publish();
    other.publish();
    let mut seen = Vec::new();
    while figures(&publisher).published < 24 {
        let request = server.request().await;
        seen.extend(request.numbers().into_iter().filter(|&number| number < 4));
        request.publish();
        tokio::task::yield_now().await;
    }
    assert_eq!(seen, [2, 3]);
}

#[tokio::test(start_paused = true)]
async fn at_most_once_gives_up_what_may_have_arrived() {
    let (publisher, mut server) = start(|_| {});
    publish(&publisher, "a", 0..2);
    let request = server.request().await;
    assert!(request.commands()[0]["publish"].get("idempotency_key").is_none());
    request.no_answer();
    server.quiet(MS * 60_000).await;
    let stats = at_rest(&publisher).await;
    assert_eq!((stats.unconfirmed, stats.retries, stats.failures), (2, 0, 1));
    assert!(stats.last_failure_time.is_some_and(|time| time.ends_with("+00:00")));
}

#[tokio::test(start_paused = true)]
async fn at_most_once_repeats_what_cannot_have_been_executed() {
    let (publisher, mut server) = start(|config| config.retry.delay = MS * 100);
    publish(&publisher, "a", [0]);
    let first = server.request().await;
    // Its shard waits behind it.
    publish(&publisher, "a", [1]);
    first.not_executed();
    server.quiet(MS * 99).await;
    let second = server.request().await;
    assert_eq!(second.numbers(), [0]);
    second.publish();
    let third = server.request().await;
    assert_eq!(third.numbers(), [1]);
    third.publish();
    let stats = at_rest(&publisher).await;
    assert_eq!((stats.published, stats.retries, stats.failures), (2, 1, 0));
}

#[tokio::test(start_paused = true)]
async fn retry_sends_the_same_keys_again() {
    let (publisher, mut server) = start(|config| config.delivery = Delivery::Retry);
    publish(&publisher, "a", 0..2);
    let first = server.request().await;
    let body = first.body.clone();
    first.no_answer();
    let second = server.request().await;
    assert_eq!(second.body, body);
    let keys = [0, 1].map(|at| body["commands"][at]["publish"]["idempotency_key"].clone());
    assert_ne!(keys[0], keys[1]);
    second.refuse(2, 100);
    server.request().await.publish();
    let stats = at_rest(&publisher).await;
    assert_eq!((stats.published, stats.retries, stats.batches), (2, 2, 1));
}

#[tokio::test(start_paused = true)]
async fn retries_come_to_an_end() {
    for (may_arrive, expected) in [(true, (4, 0)), (false, (0, 4))] {
        let (publisher, mut server) = start(|config| {
            config.delivery = Delivery::Retry;
            config.retry.times = 2;
        });
        publish(&publisher, "a", 0..4);
        for _ in 0..3 {
            let request = server.request().await;
            if may_arrive { request.no_answer() } else { request.not_executed() }
        }
        server.quiet(MS * 60_000).await;
        let stats = at_rest(&publisher).await;
        assert_eq!((stats.unconfirmed, stats.dropped.failed), expected);
        assert_eq!(stats.retries, 2);
    }
}

#[tokio::test(start_paused = true)]
async fn what_the_server_refuses_is_dropped_alone() {
    for code in [102, 107, 108, 100] {
        let (publisher, mut server) = start(|config| config.delivery = Delivery::Retry);
        publish(&publisher, "a", 0..3);
        server.request().await.refuse(1, code);
        let stats = at_rest(&publisher).await;
        assert_eq!((stats.published, stats.dropped.rejected), (2, 1), "{code}");
        assert_eq!((stats.failures, stats.successes), (0, 1), "{code}");
        assert!(stats.last_error.is_some_and(|error| error.contains(&code.to_string())));
    }
}

#[tokio::test(start_paused = true)]
async fn at_most_once_does_not_repeat_an_internal_error() {
    let (publisher, mut server) = start(|_| {});
    publish(&publisher, "a", 0..3);
    server.request().await.refuse(3, 100);
    server.quiet(MS * 60_000).await;
    let stats = at_rest(&publisher).await;
    assert_eq!((stats.dropped.rejected, stats.failures), (3, 1));
}

#[tokio::test(start_paused = true)]
async fn a_refusal_proves_nothing_once_an_attempt_may_have_arrived() {
    let (publisher, mut server) = start(|config| config.delivery = Delivery::Retry);
    publish(&publisher, "a", 0..3);
    server.request().await.no_answer();
    server.request().await.refuse(1, 100);
    let stats = at_rest(&publisher).await;
    assert_eq!((stats.published, stats.unconfirmed, stats.dropped.total()), (2, 1, 0));
}
