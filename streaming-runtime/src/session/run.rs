//! A session's life in order: `on_connect`, messages, the flush, `on_disconnect`.

use std::{
    collections::VecDeque,
    future::{Future, poll_fn},
    panic::AssertUnwindSafe,
    pin::pin,
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use futures_util::FutureExt as _;
use prost::Message as _;
use tokio::time::{Instant, sleep, timeout};
use tonic::{Status, Streaming};

use super::{
    Client, Disconnect, Handler, Identified, Inbox, Queued, Session,
    inbox::Queue,
    reading::{Meant, Reading},
    timers,
};
use crate::{
    contract::{Contract, Ping},
    error::{Failure, HandlerError},
    outbox::Frame,
    status::Reason,
};

/// What the user's code is called for, one after the other.
pub(super) enum Job<M> {
    Connect,
    Message(M),
    /// Pull mode: the handler takes the messages from here on.
    Session(Arc<Queue<M>>),
}

/// What came of it.
pub(super) enum Done {
    Connected,
    Refused(Status),
    Handled,
    Failed(Status),
    /// The handler of a whole session has returned.
    Left,
    /// It has failed.
    Broken(Status),
}

/// Runs a session from its `on_connect` to its `on_disconnect`.
pub(crate) async fn run<C: Contract, H: Handler<C>>(
    session: Arc<Session<C>>,
    handler: Arc<H>,
    input: Streaming<C::Message>,
    identified: Identified<C::Message>,
) {
    let _finished = Finished(&session);
    let client = Client(session.clone());
    let config = &session.context.config;
    let start = |job| work(&*handler, &client, job);
    let make_ping = |ping: &Ping| own_ping(&*handler, &client, ping).or_else(|| C::ping(ping));
    let connected = if session.has_ended() {
        // Replaced or gone before its turn came.
        false
    } else {
        let mut slot = pin!(Some(start(Job::Connect)));
        let mut alarm = pin!(sleep(timers::NEVER));
        let mut reading = Reading::new(&session, input, H::PULLS, &make_ping);
        match reading.accept(&identified.first, Instant::now()) {
            Meant::Handler => reading.enqueue(identified.first),
            Meant::Request => reading.resolve(identified.first),
            Meant::Nobody => {}
        }
        poll_fn(|cx| reading.poll_live(cx, slot.as_mut(), alarm.as_mut(), &start)).await;
        session.leave();
        reading.inbox.close();
        // What was read before the end is handled.
        let rest = poll_fn(|cx| reading.poll_handler(cx, slot.as_mut(), &start));
        if timeout(config.handler_grace, rest).await.is_err() {
            session.context.dropped_handlers.fetch_add(1, Ordering::Relaxed);
            tracing::warn!(client = %session.id(), rpc = C::NAME, "a handler outlived its stream and was dropped");
        }
        reading.connected
    };
    let reason = session.end.get().cloned().unwrap_or(Reason::ClientGone);
    if reason.can_flush() {
        session.outbox.close();
        let flushed = poll_fn(|cx| session.outbox.poll_flushed(cx));
        // Whoever does not read in time gets no more.
        let _ = timeout(config.flush_timeout, flushed).await;
    }
    let undelivered = undelivered::<C>(session.outbox.abort());
    tracing::debug!(client = %session.id(), rpc = C::NAME, %reason, undelivered = undelivered.len(), "disconnected");
    if connected {
        let disconnect = Disconnect { reason, undelivered };
        let callback = async { handler.on_disconnect(&client, &disconnect).await };
        if let Err(error) = guarded(config.callback_timeout, callback).await {
            report(&*handler, &client, error).await;
        }
    }
}

/// However the task ends, whoever waits for the session goes on.
struct Finished<'a, C: Contract>(&'a Session<C>);

impl<C: Contract> Drop for Finished<'_, C> {
    fn drop(&mut self) {
        // Where it was dropped or panicked, requests that are open end as well.
        self.0.end(Reason::ClientGone);
        self.0.leave();
        self.0.outbox.abort();
        self.0.finish();
    }
}

async fn work<C: Contract, H: Handler<C>>(
    handler: &H,
    client: &Client<C>,
    job: Job<C::Message>,
) -> Done {
    match job {
        Job::Connect => connect(handler, client).await,
        Job::Session(queue) => {
            let inbox = Inbox::new(queue, client.clone());
            let call = AssertUnwindSafe(async { handler.session(client, inbox).await });
            match call.catch_unwind().await {
                Ok(Ok(())) => Done::Left,
                failed => {
                    let error = handler_error(None, failed);
                    let status = error.status().clone();
                    report(handler, client, error).await;
                    Done::Broken(status)
                }
            }
        }
        Job::Message(message) => {
            let variant = C::message_variant(&message);
            let call = AssertUnwindSafe(async { handler.dispatch(client, message).await });
            match call.catch_unwind().await {
                Ok(Ok(())) => Done::Handled,
                failed => {
                    let name = variant.and_then(|variant| C::MESSAGES.get(usize::from(variant)));
                    let error = handler_error(name.map(|variant| variant.name), failed);
                    let status = error.status().clone();
                    report(handler, client, error).await;
                    Done::Failed(status)
                }
            }
        }
    }
}

/// The handler's own ping. Where making it panics, the contract's is sent.
fn own_ping<C: Contract, H: Handler<C>>(
    handler: &H,
    client: &Client<C>,
    ping: &Ping,
) -> Option<C::Command> {
    let make = AssertUnwindSafe(|| handler.ping(client, ping.sequence));
    std::panic::catch_unwind(make).unwrap_or_else(|panic| {
        client.log_handler_error(&HandlerError::panicked(None, &*panic));
        None
    })
}

async fn connect<C: Contract, H: Handler<C>>(handler: &H, client: &Client<C>) -> Done {
    let within = client.0.context.config.callback_timeout;
    let callback = async { handler.on_connect(client).await };
    match guarded(within, callback).await {
        Ok(()) => Done::Connected,
        Err(error) => {
            let status = error.status().clone();
            report(handler, client, error).await;
            Done::Refused(status)
        }
    }
}

/// Runs a callback of the user's: bounded in time, its panic caught.
async fn guarded(
    within: Duration,
    callback: impl Future<Output = Result<(), Failure>>,
) -> Result<(), HandlerError> {
    let caught = AssertUnwindSafe(callback).catch_unwind();
    match timeout(within, caught).await {
        Ok(Ok(Ok(()))) => Ok(()),
        Ok(failed) => Err(handler_error(None, failed)),
        Err(_) => {
            let status =
                Status::deadline_exceeded("a callback took longer than the callback timeout");
            Err(HandlerError::failed(None, Failure::new(status)))
        }
    }
}

fn handler_error(
    variant: Option<&'static str>,
    outcome: Result<Result<(), Failure>, Box<dyn std::any::Any + Send>>,
) -> HandlerError {
    match outcome {
        Ok(Ok(())) => HandlerError::failed(variant, Failure::new("no error")),
        Ok(Err(failure)) => HandlerError::failed(variant, failure),
        Err(panic) => HandlerError::panicked(variant, &*panic),
    }
}

/// Hands an error to `on_error`, whose own panic is the end of it.
async fn report<C: Contract, H: Handler<C>>(handler: &H, client: &Client<C>, error: HandlerError) {
    client.0.info.counters.errors.fetch_add(1, Ordering::Relaxed);
    let callback = async {
        handler.on_error(client, &error).await;
        Ok(())
    };
    if let Err(second) = guarded(client.0.context.config.callback_timeout, callback).await {
        tracing::error!(client = %client.id(), rpc = C::NAME, %second, "on_error failed itself");
    }
}

/// Commands that were accepted and never written. Requests among them have ended with their own error.
fn undelivered<C: Contract>(rest: VecDeque<Queued<C>>) -> Vec<C::Command> {
    let decoded = |frame| match frame {
        Frame::Message(command) => Some(command),
        Frame::Encoded(bytes) => C::Command::decode(bytes).ok(),
    };
    rest.into_iter()
        .filter(|entry| entry.request.is_none())
        .filter_map(|entry| decoded(entry.frame))
        .collect()
}
