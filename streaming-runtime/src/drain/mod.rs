//! The end of a hub: its clients leave in an orderly way, in batches, within a deadline.

mod leave;
mod plan;
#[cfg(test)]
mod tests;

use std::{future::pending, panic::resume_unwind, sync::Arc, time::Duration};

use futures_util::{StreamExt as _, stream::FuturesUnordered};
use serde::Serialize;
use tokio::{
    task::JoinError,
    time::{Instant, timeout_at},
};

use crate::{contract::Contract, hub::Hub, session::Session};
use leave::{Left, leave};
use plan::Plan;

/// How a hub was drained.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct DrainReport {
    /// Clients that there were when it began.
    pub clients: usize,
    /// Of these, those that left by themselves: after the goodbye, or before their turn came.
    pub left: usize,
    /// Those that did not read all that was queued for them, the goodbye included: `on_disconnect` got the rest.
    pub unread: usize,
    /// Requests that were still open, and ended as `Disconnected`.
    pub open_requests: usize,
    /// Those whose handlers or `on_disconnect` were still running at the deadline. They go on, each within its own bound.
    pub unfinished: usize,
}

impl<C: Contract> Hub<C> {
    /// Ends all sessions within this time, and takes no new ones: the first step of a shutdown, which
    /// `serve_until` does as a whole.
    ///
    /// New streams are refused with `UNAVAILABLE` from the first poll on, for good. The clients leave in batches that
    /// are spread over the time. Until its turn a client is served as always. Then: its open requests finish, or the
    /// batch's share of the time passes; nothing more is accepted for it ([`Draining`](crate::SendError::Draining)); what
    /// is queued is written; the contract's goodbye is the last, with a `reconnect_after` of its own; the stream ends
    /// with status `OK` when the client closes it, or after `goodbye_timeout`; `on_disconnect` gets
    /// [`Reason::Drained`](crate::Reason::Drained). Without a goodbye in the contract the stream ends with `UNAVAILABLE`.
    /// What is left shortly before the deadline is ended at once; clients that never read delay nothing.
    ///
    /// # Cancel safety
    /// Once polled it goes on, also where this is dropped. A second call speeds up the first where its time is shorter.
    pub async fn drain(&self, within: Duration) -> DrainReport {
        let hub = self.clone();
        let draining = tokio::spawn(async move { hub.drain_all(within).await });
        match draining.await.map_err(JoinError::try_into_panic) {
            Ok(report) => report,
            Err(Ok(panic)) => resume_unwind(panic),
            // The runtime ends, and everything with it.
            Err(Err(_)) => DrainReport::default(),
        }
    }

    async fn drain_all(&self, within: Duration) -> DrainReport {
        let context = &self.0.context;
        context.gate.close();
        context.arrivals.tell_all();
        let mut sessions: Vec<Arc<Session<C>>> = Vec::new();
        self.0.registry.for_each(|session| sessions.push(session.clone()));
        let mut report = DrainReport { clients: sessions.len(), ..DrainReport::default() };
        tracing::info!(rpc = C::NAME, clients = report.clients, ?within, "draining");
        let plan = Plan::new(Instant::now(), within, sessions.len(), &context.config);
        let mut leaving = FuturesUnordered::new();
        for (batch, sessions) in sessions.chunks(plan.batch).enumerate() {
            let late = async {
                while let Some(left) = leaving.next().await {
                    report.add(&left);
                }
                pending::<()>().await;
            };
            // Those who leave are waited for until it is the next batch's turn.
            let _ = timeout_at(plan.turn(batch), late).await;
            for (client, session) in sessions.iter().enumerate() {
                let times = plan.times(batch, client, sessions.len());
                leaving.push(leave(session.clone(), times));
            }
        }
        drop(sessions);
        while let Some(left) = leaving.next().await {
            report.add(&left);
        }
        if let Some(elsewhere) = self.elsewhere() {
            elsewhere.leaves().await;
        }
        tracing::info!(rpc = C::NAME, ?report, "drained");
        report
    }
}

impl DrainReport {
    fn add(&mut self, left: &Left) {
        self.left += usize::from(left.by_itself);
        self.unread += usize::from(left.unread);
        self.open_requests += left.open_requests;
        self.unfinished += usize::from(left.unfinished);
    }
}
