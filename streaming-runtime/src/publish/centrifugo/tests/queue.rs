//! A server that does not answer: the queue is bounded, and nobody waits.

use super::{MS, at_rest, figures, publish, start};
use crate::publish::centrifugo::WhenFull;

#[tokio::test(start_paused = true)]
async fn a_full_queue_drops_the_oldest() {
    let (publisher, mut server) = start(|config| {
        config.queue.messages = 100;
        config.batch.messages = 10;
    });
    publish(&publisher, "a", 0..10);
    let stuck = server.request().await;
    publish(&publisher, "a", 10..1000);
    let stats = figures(&publisher);
    assert_eq!((stats.in_flight, stats.queued, stats.dropped.queue_full), (10, 100, 890));
    stuck.publish();
    let next = server.request().await;
    assert_eq!(next.numbers()[0], 900);
}

#[tokio::test(start_paused = true)]
async fn a_full_queue_drops_the_newest_where_it_is_told_to() {
    let (publisher, mut server) = start(|config| {
        config.queue.messages = 100;
        config.queue.when_full = WhenFull::DropNewest;
        config.batch.messages = 10;
    });
    publish(&publisher, "a", 0..10);
    let stuck = server.request().await;
    publish(&publisher, "a", 10..1000);
    assert_eq!(figures(&publisher).dropped.queue_full, 890);
    stuck.publish();
    assert_eq!(server.request().await.numbers()[0], 10);
}

#[tokio::test(start_paused = true)]
async fn bytes_are_bounded_too() {
    let (publisher, mut server) = start(|config| {
        config.queue.bytes = 1024;
        config.batch.messages = 1;
    });
    publish(&publisher, "a", [0]);
    let stuck = server.request().await;
    publish(&publisher, "a", 1..1000);
    let stats = figures(&publisher);
    assert!(stats.queued_bytes <= 1024, "{stats:?}");
    assert!(stats.queued_bytes > 1000, "{stats:?}");
    let large = super::Publication::new("a".into(), "c", "t", vec![b' '; 2000]);
    super::super::Publisher::publish(&publisher, large);
    assert_eq!(figures(&publisher).dropped.too_large, 1);
    drop(stuck);
}

#[tokio::test(start_paused = true)]
async fn a_flush_waits_for_what_was_before_it_and_nothing_lingers() {
    let (publisher, mut server) = start(|config| config.batch.linger = MS * 10_000);
    publish(&publisher, "a", [1]);
    server.quiet(MS * 1000).await;
    let flush = publisher.flush();
    tokio::pin!(flush);
    assert!(tokio::time::timeout(MS * 100, flush.as_mut()).await.is_err());
    // What comes later is not waited for.
    let request = server.request().await;
    publish(&publisher, "a", [2]);
    request.publish();
    flush.await;
    assert_eq!(figures(&publisher).published, 1);
    server.request().await.publish();
    assert_eq!(at_rest(&publisher).await.published, 2);
}

#[tokio::test(start_paused = true)]
async fn a_flush_that_is_given_up_leaves_everything_as_it_was() {
    let (publisher, mut server) = start(|config| config.batch.linger = MS * 10_000);
    publish(&publisher, "a", [1]);
    assert!(tokio::time::timeout(MS, publisher.flush()).await.is_err());
    server.request().await.publish();
    at_rest(&publisher).await;
    publish(&publisher, "a", [2]);
    server.quiet(MS * 9000).await;
}

#[tokio::test(start_paused = true)]
async fn a_flush_of_nothing_is_over_at_once() {
    let (publisher, _server) = start(|_| {});
    assert_eq!(at_rest(&publisher).await.offered, 0);
}
