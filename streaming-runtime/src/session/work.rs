//! What the user's code is called for: its panics are caught, its errors reported.

use std::{
    future::Future,
    panic::AssertUnwindSafe,
    pin::pin,
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use futures_util::FutureExt as _;
use tokio::time::timeout;
use tonic::Status;

use super::{Client, Handler, Inbox};
use crate::{
    backlog::Queue,
    contract::{Contract, Failed, Ping, Question},
    error::{Failure, HandlerError},
    gate::Place,
    id::OwnedId,
    status::code_name,
};

/// What the user's code is called for, one after the other, or side by side in lanes.
pub(super) enum Job<M> {
    /// It gives up its place among those that open when it is done.
    Connect(Option<Place>),
    Message(M),
    Resume,
    /// Pull mode: the handler takes the messages from here on.
    Session(Arc<Queue<M>>),
}

/// What came of it.
pub(super) enum Done {
    Connected,
    Refused(Status),
    Resumed,
    Handled,
    Failed(Status),
    /// The handler of a whole session has returned.
    Left,
    /// It has failed.
    Broken(Status),
}

/// What is not for each message is boxed, so that messages are not moved about with the room for it.
pub(super) async fn work<C: Contract, H: Handler<C>>(
    handler: &H,
    client: &Client<C>,
    job: Job<C::Message>,
) -> Done {
    match job {
        Job::Connect(place) => Box::pin(connect(handler, client, place)).await,
        Job::Resume => Box::pin(resume(handler, client)).await,
        Job::Session(queue) => Box::pin(pull(handler, client, queue)).await,
        Job::Message(message) => {
            let variant = C::message_variant(&message);
            let asked = C::question(&message).filter(|id| !id.is_empty()).map(OwnedId::from);
            let call = pin!(caught(async { handler.dispatch(client, message).await }));
            let handled = client.0.context.meters.handled(variant, call).await;
            if let Some(id) = asked {
                if let Err(error) = &handled {
                    answer_failed(client, Question { id: id.clone(), variant }, error.status());
                }
                client.0.once.handled(id.as_ref());
            }
            match handled {
                Ok(()) => Done::Handled,
                Err(mut error) => {
                    let name = variant.and_then(|variant| C::MESSAGES.get(usize::from(variant)));
                    error.variant = name.map(|variant| variant.name);
                    Done::Failed(Box::pin(report(handler, client, error)).await)
                }
            }
        }
    }
}

async fn connect<C: Contract, H: Handler<C>>(
    handler: &H,
    client: &Client<C>,
    _place: Option<Place>,
) -> Done {
    let callback = async { handler.on_connect(client).await };
    match guarded(client.0.context.config.callback_timeout, CALLBACK, callback).await {
        Ok(()) => Done::Connected,
        Err(error) => Done::Refused(report(handler, client, error).await),
    }
}

async fn resume<C: Contract, H: Handler<C>>(handler: &H, client: &Client<C>) -> Done {
    let callback = async { handler.on_resume(client).await };
    let within = client.0.context.config.callback_timeout;
    if let Err(error) = guarded(within, CALLBACK, callback).await {
        report(handler, client, error).await;
    }
    Done::Resumed
}

async fn pull<C: Contract, H: Handler<C>>(
    handler: &H,
    client: &Client<C>,
    queue: Arc<Queue<C::Message>>,
) -> Done {
    let inbox = Inbox::new(queue, client.clone());
    match caught(async { handler.session(client, inbox).await }).await {
        Ok(()) => Done::Left,
        Err(error) => Done::Broken(report(handler, client, error).await),
    }
}

/// Tells the client that what it asked for has failed.
fn answer_failed<C: Contract>(client: &Client<C>, question: Question, status: &Status) {
    let failed = Failed { message: status.message(), error: code_name(status.code()) };
    let id = question.id.clone();
    if let Some(command) = C::failed_answer(question, failed)
        && client.0.once.answered(id.as_ref(), &command)
    {
        client.answer_now(command);
    }
}

/// The handler's own ping, else the contract's, which is sent as well where making the other panics.
pub(super) fn make_ping<C: Contract, H: Handler<C>>(
    handler: &H,
    client: &Client<C>,
    ping: &Ping,
) -> Option<C::Command> {
    let make = AssertUnwindSafe(|| handler.ping(client, ping.sequence));
    let own = std::panic::catch_unwind(make).unwrap_or_else(|panic| {
        client.log_handler_error(&HandlerError::panicked(&*panic));
        None
    });
    own.or_else(|| C::ping(ping))
}

/// What the end of a callback that takes longer than it may is called.
pub(super) const CALLBACK: &str = "a callback took longer than the callback timeout";

/// Runs a callback of the user's: bounded in time, its panic caught.
pub(crate) fn guarded<T>(
    within: Duration,
    too_long: &'static str,
    callback: impl Future<Output = Result<T, Failure>>,
) -> impl Future<Output = Result<T, HandlerError>> {
    let late =
        move |_| Err(HandlerError::failed(Failure::new(Status::deadline_exceeded(too_long))));
    timeout(within, caught(callback)).map(move |outcome| outcome.unwrap_or_else(late))
}

// Combined, where an `async fn` would keep what it is given twice: it is kept as long as the stream.
fn caught<T>(
    callback: impl Future<Output = Result<T, Failure>>,
) -> impl Future<Output = Result<T, HandlerError>> {
    AssertUnwindSafe(callback).catch_unwind().map(|outcome| match outcome {
        Ok(outcome) => outcome.map_err(HandlerError::failed),
        Err(panic) => Err(HandlerError::panicked(&*panic)),
    })
}

/// Hands an error to `on_error`, whose own panic is the end of it. Gives the error's status.
pub(super) async fn report<C: Contract, H: Handler<C>>(
    handler: &H,
    client: &Client<C>,
    error: HandlerError,
) -> Status {
    client.0.info.counters.errors.fetch_add(1, Ordering::Relaxed);
    client.0.context.meters.failed(error.variant);
    let callback = async {
        handler.on_error(client, &error).await;
        Ok(())
    };
    let within = client.0.context.config.callback_timeout;
    if let Err(second) = guarded(within, CALLBACK, callback).await {
        tracing::error!(client = %client.id(), rpc = C::NAME, %second, "on_error failed itself");
    }
    error.status().clone()
}
