//! The real server stopped, hung, and with another key.

use e2e::LONG;
use streaming_runtime::{
    Publisher as _,
    publish::centrifugo::{BreakerState, CentrifugoPublisher},
};

use crate::{
    Centrifugo, Subscriber, at_rest, build, drive_to, echoes_do_not_wait, figures, ms, publish,
};

#[tokio::test]
async fn a_server_that_is_not_there_costs_publications_only() {
    let mut centrifugo = Centrifugo::not_started(serde_json::json!({}));
    let publisher =
        build(centrifugo.publisher().retry(1, ms(10)).breaker(5, ms(500), 2).batch(8, ms(1)));
    assert!(publisher.accepts());
    echoes_do_not_wait(&publisher).await;
    drive_to(&publisher, BreakerState::Open).await;
    let stats = at_rest(&publisher).await;
    assert_eq!((stats.published, stats.unconfirmed), (0, 0), "{stats:?}");
    assert!(stats.failures >= 5 && stats.last_failure_time.is_some(), "{stats:?}");
    assert!(
        stats.last_error.as_deref().is_some_and(|error| error.contains("refused")),
        "{stats:?}"
    );

    centrifugo.run().await;
    drive_to(&publisher, BreakerState::Closed).await;
    let mut browser = Subscriber::to(&centrifugo, &["c"]).await;
    publish(&publisher, "c", 1);
    assert_eq!(browser.next().await.1["n"], 1);
    assert_eq!(at_rest(&publisher).await.failures, 0);

    centrifugo.end();
    drive_to(&publisher, BreakerState::Open).await;
    centrifugo.run().await;
    drive_to(&publisher, BreakerState::Closed).await;
    at_rest(&publisher).await;
}

#[tokio::test]
async fn a_server_that_hangs_delays_nothing() {
    let centrifugo = Centrifugo::start().await;
    // One that waits for an answer would wait longer than the test.
    let publisher =
        build(centrifugo.publisher().timeout(LONG * 2).queue(20, 1 << 20).batch(4, ms(1)));
    centrifugo.hang().await;
    echoes_do_not_wait(&publisher).await;
    let stats = figures(&publisher);
    assert!(stats.queued <= 20 && stats.in_flight <= 16, "{stats:?}");
    assert!(stats.dropped.queue_full > 0, "{stats:?}");
    assert_eq!((stats.published, stats.state), (0, BreakerState::Closed), "{stats:?}");
    centrifugo.wake();
    let stats = at_rest(&publisher).await;
    assert_eq!(stats.published + stats.dropped.queue_full, stats.offered, "{stats:?}");
}

#[tokio::test]
async fn a_server_that_hangs_opens_the_breaker_by_time_outs() {
    let centrifugo = Centrifugo::start().await;
    let publisher =
        build(centrifugo.publisher().timeout(ms(300)).breaker(3, ms(500), 2).batch(8, ms(1)));
    centrifugo.hang().await;
    drive_to(&publisher, BreakerState::Open).await;
    assert!(!publisher.accepts() || figures(&publisher).state != BreakerState::Open);
    let stats = at_rest(&publisher).await;
    assert!(stats.unconfirmed > 0, "{stats:?}");
    // Every probe fails, and it opens again.
    drive_to(&publisher, BreakerState::HalfOpen).await;
    drive_to(&publisher, BreakerState::Open).await;
    centrifugo.wake();
    drive_to(&publisher, BreakerState::Closed).await;
    at_rest(&publisher).await;
}

#[tokio::test]
async fn a_wrong_key_is_told_and_does_not_open_the_breaker() {
    let centrifugo = Centrifugo::start().await;
    let url = format!("http://127.0.0.1:{}", centrifugo.port);
    let wrong_key = CentrifugoPublisher::builder(&url, "wrong");
    let wrong_path = CentrifugoPublisher::builder(format!("{url}/elsewhere/api"), "the-key");
    for (builder, status) in [(wrong_key, "401"), (wrong_path, "404")] {
        let publisher = build(builder.batch(1, ms(0)));
        echoes_do_not_wait(&publisher).await;
        let stats = at_rest(&publisher).await;
        assert_eq!(stats.dropped.misconfigured, stats.offered, "{stats:?}");
        assert_eq!((stats.state, stats.failures), (BreakerState::Closed, 0), "{stats:?}");
        let error = stats.last_error.expect("it is told");
        assert!(error.contains(status) && !error.contains("wrong"), "{error}");
    }
}
