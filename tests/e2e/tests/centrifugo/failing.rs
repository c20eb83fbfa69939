//! Answers that the real server cannot be made to give.

use std::time::Duration;

use streaming_runtime::publish::centrifugo::{BreakerState, Delivery};

use crate::{Behaviour, Stub, at_rest, build, drive_to, echoes_do_not_wait, figures, ms, publish};

#[tokio::test]
async fn errors_open_the_breaker_whatever_their_status() {
    let failures = [
        Behaviour::Status(500),
        Behaviour::Status(502),
        Behaviour::Status(503),
        Behaviour::Status(429),
        Behaviour::Refuse(100),
        Behaviour::Body(r#"{"error":{"code":100,"message":"internal server error"}}"#),
        Behaviour::Close,
    ];
    for failure in failures {
        let stub = Stub::start(failure.clone()).await;
        let builder = stub.publisher().retry(1, ms(5)).breaker(5, ms(300), 2);
        let publisher = build(builder.batch(8, ms(1)));
        echoes_do_not_wait(&publisher).await;
        drive_to(&publisher, BreakerState::Open).await;
        let stats = at_rest(&publisher).await;
        assert_eq!(stats.published, 0, "{failure:?}: {stats:?}");
        let lost = match failure {
            Behaviour::Status(503 | 429) => stats.dropped.failed,
            Behaviour::Status(_) | Behaviour::Close => stats.unconfirmed,
            _ => stats.dropped.rejected,
        };
        let elsewhere = stats.dropped.breaker_open + stats.dropped.queue_full;
        assert_eq!(lost + elsewhere, stats.offered, "{failure:?}: {stats:?}");
        assert!(lost > 0, "{failure:?}: {stats:?}");

        stub.behave(Behaviour::Confirm(Duration::ZERO));
        drive_to(&publisher, BreakerState::Closed).await;
        assert!(at_rest(&publisher).await.published > 0, "{failure:?}");
    }
}

#[tokio::test]
async fn bad_messages_are_dropped_and_the_breaker_stays() {
    for fault in [Behaviour::Status(400), Behaviour::Refuse(102), Behaviour::Refuse(107)] {
        let stub = Stub::start(fault.clone()).await;
        let publisher = build(stub.publisher().batch(1, ms(0)));
        for number in 0..20 {
            publish(&publisher, "c", number);
        }
        let stats = at_rest(&publisher).await;
        assert_eq!(stats.dropped.rejected, 20, "{fault:?}: {stats:?}");
        assert_eq!((stats.state, stats.failures), (BreakerState::Closed, 0), "{fault:?}");
        assert_eq!(stub.requests().len(), 20, "{fault:?}: nothing is sent again");
    }
}

#[tokio::test]
async fn what_is_no_centrifugo_confirms_nothing() {
    for body in ["<html>log in</html>", "", "{}", r#"{"replies":[]}"#] {
        let stub = Stub::start(Behaviour::Body(body)).await;
        let publisher = build(stub.publisher());
        publish(&publisher, "c", 1);
        let stats = at_rest(&publisher).await;
        assert_eq!((stats.published, stats.unconfirmed), (0, 1), "{body}: {stats:?}");
        assert_eq!(stats.state, BreakerState::Closed);
    }
}

#[tokio::test]
async fn a_slow_server_delays_nothing_and_gets_everything_in_order() {
    let stub = Stub::start(Behaviour::Confirm(ms(200))).await;
    let publisher = build(stub.publisher());
    echoes_do_not_wait(&publisher).await;
    for number in 0..100 {
        publish(&publisher, "c", number);
    }
    let stats = at_rest(&publisher).await;
    assert_eq!(stats.published, stats.offered, "{stats:?}");
    assert!(stats.latency.mean_ms >= 200.0, "{stats:?}");
    let requests = stub.requests();
    let commands = requests.iter().filter_map(|body| body["commands"].as_array()).flatten();
    let numbers: Vec<u64> =
        commands.filter_map(|command| command["publish"]["data"]["n"].as_u64()).collect();
    assert_eq!(numbers, (0..100).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_whole_batch_is_sent_again_with_its_keys() {
    let stub = Stub::start(Behaviour::Close).await;
    let builder = stub.publisher().delivery(Delivery::Retry).retry(20, ms(20)).no_breaker();
    let publisher = build(builder);
    for number in 0..3 {
        publish(&publisher, "c", number);
    }
    e2e::until("a repetition", || figures(&publisher).retries >= 1).await;
    stub.behave(Behaviour::Confirm(Duration::ZERO));
    let stats = at_rest(&publisher).await;
    assert_eq!((stats.published, stats.batches), (3, 1), "{stats:?}");
    let requests = stub.requests();
    assert!(requests.len() >= 2 && requests.windows(2).all(|two| two[0] == two[1]), "{requests:?}");
}
