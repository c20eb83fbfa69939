//! A whole shutdown: stop accepting, drain, wait a moment for the connections, leave.

use std::{
    future::Future,
    pin::{Pin, pin},
    task::{Context, Poll},
    time::Duration,
};

use futures_util::future::{Either, select};
use tokio::{
    sync::oneshot::{Receiver, channel},
    time::timeout,
};

/// How long connections may take to end after the drain. One that never spoke, or whose peer never reads, ends never.
const LAST: Duration = Duration::from_secs(1);

/// Serves until `stop` is ready, then shuts down in the order that ends in time: no more connections are taken; `drain`
/// runs while those that are there are served; connections get a second to end; the server is dropped.
///
/// `serve` makes the server's future from the one that tells it to stop: that is what tonic's
/// `serve_with_incoming_shutdown` takes. `drain` is what [`Hub::drain`](crate::Hub::drain) gives; of several hubs, all of
/// them at once. Gives what `drain` gives; `None` where the server ended by itself.
///
/// (tonic alone waits for the last stream, and a stream to a client that stays ends never.)
///
/// ```no_run
/// # use std::{future::Future, time::Duration};
/// # use streaming_runtime::{Contract, Hub, tonic::transport::server::Router};
/// # async fn example<C: Contract>(
/// #     router: Router, hub: Hub<C>, signal: impl Future<Output = ()>,
/// # ) -> Result<(), Box<dyn std::error::Error>> {
/// let incoming = streaming_runtime::incoming("0.0.0.0:50051")?;
/// let drained = streaming_runtime::serve_until(
///     signal,
///     |stopped| router.serve_with_incoming_shutdown(incoming, stopped),
///     hub.drain(Duration::from_secs(30)),
/// )
/// .await?;
/// println!("{drained:?}");
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// What the server gives.
///
/// # Cancel safety
/// Dropped, it drops the server and leaves the connections as they are; a drain that has begun goes on.
pub async fn serve_until<S, E, D>(
    stop: impl Future<Output = ()>,
    serve: impl FnOnce(Stopped) -> S,
    drain: impl Future<Output = D>,
) -> Result<Option<D>, E>
where
    S: Future<Output = Result<(), E>>,
{
    let (tell, told) = channel();
    let mut serve = pin!(serve(Stopped(told)));
    if let Either::Right((served, _)) = select(pin!(stop), serve.as_mut()).await {
        return served.map(|()| None);
    }
    // Where nobody listens it has stopped already.
    let _ = tell.send(());
    match select(pin!(drain), serve.as_mut()).await {
        Either::Left((drained, _)) => {
            let served = timeout(LAST, serve).await;
            served.unwrap_or(Ok(())).map(|()| Some(drained))
        }
        Either::Right((served, drain)) => {
            let drained = drain.await;
            served.map(|()| Some(drained))
        }
    }
}

/// Tells a server to stop.
#[derive(Debug)]
pub struct Stopped(Receiver<()>);

impl Future for Stopped {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        Pin::new(&mut self.0).poll(cx).map(drop)
    }
}

#[cfg(test)]
mod tests {
    use std::future::{pending, ready};

    use tokio::time::{Instant, sleep};

    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    async fn drain() -> &'static str {
        sleep(10 * SECOND).await;
        "drained"
    }

    /// What comes of a server that ends so long after it was told to, or never, and after which time.
    async fn after(
        stop: impl Future<Output = ()>,
        ends: Option<Duration>,
        end: Result<(), &'static str>,
    ) -> (Result<Option<&'static str>, &'static str>, u64) {
        let start = Instant::now();
        let serve = |stopped: Stopped| async move {
            stopped.await;
            match ends {
                Some(ends) => sleep(ends).await,
                None => pending().await,
            }
            end
        };
        let outcome = serve_until(stop, serve, drain()).await;
        (outcome, start.elapsed().as_secs())
    }

    #[tokio::test(start_paused = true)]
    async fn the_server_is_told_to_stop_and_waited_for_a_moment_after_the_drain() {
        let stop = || sleep(5 * SECOND);
        let drained = Ok(Some("drained"));
        assert_eq!(after(stop(), None, Ok(())).await, (drained, 16), "a stream stayed");
        assert_eq!(after(stop(), Some(10 * SECOND + SECOND / 2), Ok(())).await, (drained, 15));
        // One that has no connections ends before.
        assert_eq!(after(stop(), Some(SECOND), Ok(())).await, (drained, 15));
        assert_eq!(after(stop(), Some(SECOND), Err("broken")).await, (Err("broken"), 15));
    }

    #[tokio::test(start_paused = true)]
    async fn a_server_that_ends_by_itself_is_not_drained() {
        for end in [Ok(()), Err("the address is in use")] {
            let ended = serve_until(pending(), |_| ready(end), drain()).await;
            assert_eq!(ended, end.map(|()| None));
        }
    }
}
