//! Both deliveries against a server that hangs and wakes up: it then executes what it had been sent.

use e2e::until;
use streaming_runtime::publish::centrifugo::{CentrifugoPublisher, Delivery};

use crate::{Centrifugo, Subscriber, at_rest, build, figures, ms, publish};

/// Publishes `marks` one by one, and gives what the subscriber saw before the last of them.
async fn seen(publisher: &CentrifugoPublisher, browser: &mut Subscriber) -> Vec<u64> {
    for mark in 100..120 {
        publish(publisher, "c", mark);
        at_rest(publisher).await;
    }
    let mut seen = Vec::new();
    loop {
        let number = browser.next().await.1["n"].as_u64().expect("a number");
        match number {
            119 => return seen,
            100.. => {}
            number => seen.push(number),
        }
    }
}

#[tokio::test]
async fn at_most_once_is_unconfirmed_and_may_appear_late_but_never_twice() {
    let centrifugo = Centrifugo::start().await;
    let mut browser = Subscriber::to(&centrifugo, &["c"]).await;
    let publisher = build(centrifugo.publisher().timeout(ms(300)).no_breaker());
    centrifugo.hang().await;
    publish(&publisher, "c", 1);
    let stats = at_rest(&publisher).await;
    assert_eq!((stats.unconfirmed, stats.retries), (1, 0), "{stats:?}");
    centrifugo.wake();
    publisher_recovers(&publisher).await;
    let seen = seen(&publisher, &mut browser).await;
    assert!(seen.len() <= 1, "{seen:?}");
}

#[tokio::test]
async fn retry_delivers_once_although_the_server_executes_twice() {
    let centrifugo = Centrifugo::start().await;
    let mut browser = Subscriber::to(&centrifugo, &["c"]).await;
    let publisher = build(
        centrifugo
            .publisher()
            .timeout(ms(500))
            .delivery(Delivery::Retry)
            .retry(40, ms(10))
            .no_breaker(),
    );
    centrifugo.hang().await;
    publish(&publisher, "c", 1);
    until("three repetitions", || figures(&publisher).retries >= 3).await;
    centrifugo.wake();
    let stats = at_rest(&publisher).await;
    assert_eq!((stats.published, stats.unconfirmed), (1, 0), "{stats:?}");
    publisher_recovers(&publisher).await;
    assert_eq!(seen(&publisher, &mut browser).await, [1]);
}

/// After a wake-up the first requests may still take too long.
async fn publisher_recovers(publisher: &CentrifugoPublisher) {
    let before = figures(publisher).published;
    e2e::within("an answer", async {
        while figures(publisher).published == before {
            publish(publisher, "other", 0);
            publisher.flush().await;
        }
    })
    .await;
}
