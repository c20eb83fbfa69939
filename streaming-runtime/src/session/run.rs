//! A session's life in order: `on_connect`, messages, the flush and the goodbye, `on_disconnect`.

use std::{collections::VecDeque, future::poll_fn, pin::pin, sync::Arc};

use prost::Message as _;
use tokio::time::{Instant, sleep, timeout};

use super::{
    Client, Disconnect, Handler, Phase, Queued, Session,
    reading::Reading,
    timers,
    work::{report, work},
};
use crate::{
    callback::{CALLBACK, guarded},
    context::Context,
    contract::{Contract, Goodbye},
    gate::Place,
    input::Input,
    outbox::Frame,
    planted::planted,
    status::Reason,
};

/// Runs a session from its `on_connect` to its `on_disconnect`. `first` is the message that told who it is, `place` its
/// place among those that open.
///
/// It is lent all that is large, since an `async fn` keeps its arguments twice; and the end is boxed, since a stream would
/// keep the room for it all its life.
pub(crate) async fn run<C: Contract, H: Handler<C>>(
    session: &Arc<Session<C>>,
    handler: &H,
    input: &mut Input<C::Message>,
    first: &mut Option<Box<C::Message>>,
    place: &mut Option<Place>,
) {
    session.context.meters.connects.increment(1);
    let _finished = Finished(session);
    let client = Client(session.clone());
    let connected = if session.has_ended() {
        // Replaced or gone before its turn came.
        false
    } else {
        planted!(ResumesStrangers => handler.on_resume(&client).await.ok());
        let start = |job| work(handler, &client, job);
        let alarm = pin!(sleep(timers::NEVER));
        let mut reading = Reading::new(&client, handler, input, start, alarm, place.take());
        if let Some(first) = first.take() {
            reading.read(*first, Instant::now());
        }
        poll_fn(|cx| reading.poll_live(cx)).await;
        session.pass(Phase::Ending);
        reading.inbox.close();
        // What was read before the end is handled.
        let rest = poll_fn(|cx| reading.poll_rest(cx));
        if Box::pin(timeout(session.context.config.handler_grace, rest)).await.is_err() {
            let dropped = reading.running();
            session.context.meters.dropped_handlers.add(dropped);
            tracing::warn!(client = %session.id(), rpc = C::NAME, dropped, "handlers outlived their stream and were dropped");
        }
        reading.connected
    };
    Box::pin(end(&client, handler, connected)).await;
}

/// From the end of its messages to the end of its `on_disconnect`, if its `on_connect` has run.
async fn end<C: Contract, H: Handler<C>>(client: &Client<C>, handler: &H, connected: bool) {
    let session = &client.0;
    let Context { config, meters, .. } = &*session.context;
    let reason = session.end.get().cloned().unwrap_or(Reason::ClientGone);
    if reason.can_flush() {
        session.outbox.close(session.goodbye(&reason));
        let flushed = poll_fn(|cx| session.outbox.poll_flushed(cx));
        // Whoever does not read in time gets no more.
        let _ = timeout(config.flush_timeout, flushed).await;
    }
    planted!(LosesUndelivered => session.outbox.abort());
    let undelivered = undelivered::<C>(session.outbox.abort());
    meters.returned(undelivered.len());
    tracing::debug!(client = %session.id(), rpc = C::NAME, %reason, undelivered = undelivered.len(), "disconnected");
    if connected {
        let disconnect = Disconnect { reason, undelivered };
        let callback = async { handler.on_disconnect(client, &disconnect).await };
        planted!(DisconnectsTwice => handler.on_disconnect(client, &disconnect).await.ok());
        if let Err(error) = guarded(config.callback_timeout, CALLBACK, callback).await {
            report(handler, client, error).await;
        }
        planted!(HandlesLate => handler.dispatch(client, C::Message::default()).await.ok());
    }
}

/// However the task ends, whoever waits for the session goes on.
struct Finished<'a, C: Contract>(&'a Session<C>);

impl<C: Contract> Drop for Finished<'_, C> {
    fn drop(&mut self) {
        // Where it was dropped or panicked, requests that are open end as well.
        self.0.end(Reason::ClientGone);
        self.0.pass(Phase::Ending);
        self.0.context.meters.disconnected(self.0.end.get());
        self.0.outbox.abort();
        self.0.finish();
    }
}

impl<C: Contract> Session<C> {
    /// The hub's last word, where the contract has one and the client did not end the stream itself.
    fn goodbye(&self, reason: &Reason) -> Option<Queued<C>> {
        let goodbye = Goodbye { reason: reason.goodbye()?, reconnect_after: None };
        self.entry(C::goodbye(&goodbye)?).ok()
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
