//! Messages that have waited too long to be of use.

use std::{collections::VecDeque, time::Duration};

use tokio::time::{Instant, sleep};

use super::Link;
use crate::{contract::Linked, error::RequestError};

/// A message is looked at so often while it may wait.
const LOOKS: u32 = 8;

/// Drops each message that has waited for `ttl`, and at most an eighth longer. Never ends.
///
/// The queue is in order, so that it is enough to know how many messages had come by when: no message needs a time of its
/// own.
pub(super) async fn keep_fresh<C: Linked>(link: &Link<C>, ttl: Option<Duration>) {
    let Some(ttl) = ttl else { return std::future::pending().await };
    let session = &link.0.0;
    let mut came = VecDeque::new();
    let mut until = 0;
    loop {
        let now = Instant::now();
        while let Some((since, count)) = came.front()
            && now.duration_since(*since) >= ttl
        {
            until = *count;
            came.pop_front();
        }
        let (expired, count) = session.outbox.expire(until);
        came.push_back((now, count));
        for request in expired.into_iter().filter_map(|entry| entry.request) {
            request.end(|_| Err(RequestError::Timeout));
        }
        link.count_queue();
        sleep(ttl / LOOKS).await;
    }
}

#[cfg(test)]
mod tests {
    use std::pin::pin;

    use futures_util::FutureExt as _;
    use tokio::{spawn, time::timeout};

    use super::*;
    use crate::{
        contract::Overflow,
        link::LinkConfig,
        sample::{Message, Polite},
    };

    const TTL: Duration = Duration::from_secs(8);

    /// A link without a stream.
    fn link(change: impl FnOnce(&mut LinkConfig)) -> Link<Polite> {
        let builder = Link::builder("http://127.0.0.1:1").client_id("bot-1").config(change);
        let link = builder.build().expect("valid settings");
        let fresh = link.clone();
        spawn(async move { keep_fresh(&fresh, Some(TTL)).await });
        link
    }

    /// How many messages wait, and how many were dropped.
    async fn counts(link: &Link<Polite>) -> (usize, u64) {
        tokio::task::yield_now().await;
        let (_, dropped) = link.0.0.outbox.counts();
        (link.0.0.outbox.len(), dropped)
    }

    #[tokio::test(start_paused = true)]
    async fn each_message_waits_for_its_time_and_at_most_an_eighth_longer() {
        let link = link(|_| {});
        let seconds = |seconds| sleep(Duration::from_secs(seconds));
        link.send(Message::default()).await.expect("room");
        seconds(4).await;
        link.send(Message::default()).await.expect("room");
        seconds(3).await;
        assert_eq!(counts(&link).await, (2, 0));
        seconds(2).await;
        assert_eq!(counts(&link).await, (1, 1), "the first has waited for 9 seconds");
        seconds(2).await;
        assert_eq!(counts(&link).await, (1, 1), "the second has not waited for 8");
        seconds(2).await;
        assert_eq!(counts(&link).await, (0, 2));
    }

    #[tokio::test(start_paused = true)]
    async fn a_request_that_waits_too_long_ends_and_makes_room() {
        let link = link(|config| {
            config.outbox.messages = 1;
            config.send_timeout = 10 * TTL;
        });
        let asked = link.send(Message::default()).ack().timeout(10 * TTL);
        let mut asked = pin!(asked);
        assert!(asked.as_mut().now_or_never().is_none());
        // It waits for the place of the one before.
        timeout(2 * TTL, link.send(Message::default())).await.expect("room").expect("no end");
        assert_eq!(asked.now_or_never(), Some(Err(RequestError::Timeout)));
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_asked_at_least_once_waits_for_its_own_deadline() {
        let link = link(|config| config.overflow = Overflow::Reject);
        let asked = link.send(Message::default()).ack().at_least_once().timeout(10 * TTL);
        let mut asked = pin!(asked);
        assert!(timeout(9 * TTL, asked.as_mut()).await.is_err(), "it has ended too early");
        assert_eq!(counts(&link).await.0, 1, "it waits for a stream");
        assert_eq!(asked.await, Err(RequestError::Timeout));
    }
}
