//! What the user's code is called for: its panics are caught, its errors reported.

use std::{
    panic::AssertUnwindSafe,
    pin::pin,
    sync::{Arc, atomic::Ordering},
};

use tonic::Status;

use super::{Client, Handler, Inbox};
use crate::{
    backlog::Queue,
    callback::{CALLBACK, caught, guarded},
    contract::{Contract, Failed, Ping, Question},
    error::HandlerError,
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
    let within = || client.0.context.config.callback_timeout;
    match job {
        Job::Connect(_place) => {
            let callback = async { handler.on_connect(client).await };
            let connect = async {
                match guarded(within(), CALLBACK, callback).await {
                    Ok(()) => Done::Connected,
                    Err(error) => Done::Refused(report(handler, client, error).await),
                }
            };
            Box::pin(connect).await
        }
        Job::Resume => {
            let callback = async { handler.on_resume(client).await };
            let resume = async {
                if let Err(error) = guarded(within(), CALLBACK, callback).await {
                    report(handler, client, error).await;
                }
                Done::Resumed
            };
            Box::pin(resume).await
        }
        Job::Session(queue) => {
            let inbox = Inbox::new(queue, client.clone());
            let session = async {
                match caught(async { handler.session(client, inbox).await }).await {
                    Ok(()) => Done::Left,
                    Err(error) => Done::Broken(report(handler, client, error).await),
                }
            };
            Box::pin(session).await
        }
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
