//! Messages that have waited too long to be of use.

use std::{collections::VecDeque, time::Duration};

use tokio::time::{Instant, sleep};

use crate::{contract::Contract, error::RequestError, session::Session};

/// A message is looked at so often while it may wait.
const LOOKS: u32 = 8;

/// Drops each message that has waited for `ttl`, and at most an eighth longer. Never ends.
///
/// The queue is in order, so that it is enough to know how many messages had come by when: no message needs a time of its
/// own.
pub(super) async fn keep_fresh<C: Contract>(session: &Session<C>, ttl: Option<Duration>) {
    let Some(ttl) = ttl else { return std::future::pending().await };
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
        sleep(ttl / LOOKS).await;
    }
}
