//! Tasks and runtimes.

use tokio::runtime::Builder;

use super::{MS, at_rest, figures, publish, start};

#[tokio::test(start_paused = true)]
async fn the_last_handle_ends_the_tasks() {
    let (publisher, mut server) = start(|_| {});
    let other = publisher.clone();
    publish(&publisher, "a", [1]);
    let mut request = server.request().await;
    drop(publisher);
    server.quiet(MS).await;
    assert!(!request.answer.is_closed(), "a handle was left");
    drop(other);
    request.answer.closed().await;
    // The transport is gone with the last worker.
    assert!(server.0.recv().await.is_none());
}

#[test]
fn without_a_runtime_publications_are_counted() {
    let (publisher, _server) = start(|_| {});
    publish(&publisher, "a", 0..3);
    assert_eq!(figures(&publisher).dropped.no_runtime, 3);
}

#[test]
fn the_next_runtime_takes_over() {
    let runtime = || Builder::new_current_thread().enable_all().build().expect("a runtime");
    let (publisher, mut server) = start(|config| config.batch.messages = 1);
    let first = runtime();
    let stuck = first.block_on(async {
        publish(&publisher, "a", 0..2);
        server.request().await
    });
    drop(first);
    // One was in a request that was cut off; the other waits.
    let stats = figures(&publisher);
    assert_eq!((stats.unconfirmed, stats.queued, stats.in_flight), (1, 1, 0));
    drop(stuck);
    runtime().block_on(async {
        publish(&publisher, "a", [2]);
        for number in 1..3 {
            let request = server.request().await;
            assert_eq!(request.numbers(), [number]);
            request.publish();
        }
        assert_eq!(at_rest(&publisher).await.published, 2);
    });
}

#[tokio::test(start_paused = true)]
async fn the_figures_have_the_names_that_dashboards_know() {
    let (publisher, mut server) = start(|_| {});
    let stats = serde_json::to_value(figures(&publisher)).expect("JSON");
    assert_eq!(stats["state"], "CLOSED");
    assert_eq!((&stats["failures"], &stats["successes"]), (&0.into(), &0.into()));
    assert!(stats["last_failure_time"].is_null() && stats["dropped"]["queue_full"] == 0);
    publish(&publisher, "a", [1]);
    server.request().await.no_answer();
    let stats = serde_json::to_value(at_rest(&publisher).await).expect("JSON");
    let time = stats["last_failure_time"].as_str().expect("a time");
    assert!(time.len() >= 25 && time.contains('T'), "{time}");
}
