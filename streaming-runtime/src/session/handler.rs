//! What the attribute implements: the traits between the user's impl and the reading task.

use std::future::Future;

use super::{Client, Disconnect, Inbox};
use crate::{
    contract::Contract,
    error::{Failure, HandlerError},
    identity::{Handshake, Identity},
};

/// Handles everything that clients of `C` send: what `#[bidi_streaming]` implements.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not handle `{C}`",
    label = "missing `#[bidi_streaming]` impl",
    note = "write `#[bidi_streaming({C})]` with the path of the contract above an `impl {Self}` block",
    note = "where `{C}` is a contract as its client sees it, `#[bidi_streaming(path, client)]` with the contract's own path"
)]
pub trait Handler<C: Contract>: Send + Sync + 'static {
    /// Handles one message.
    fn dispatch(
        &self,
        client: &Client<C>,
        message: C::Message,
    ) -> impl Future<Output = Result<(), Failure>> + Send;

    /// Whether the handler takes the messages itself, in [`session`](Self::session), instead of getting each by
    /// [`dispatch`](Self::dispatch).
    const PULLS: bool = false;

    /// Takes the client's messages from `inbox` and leaves when it wants, which ends the stream.
    fn session(
        &self,
        client: &Client<C>,
        inbox: Inbox<C>,
    ) -> impl Future<Output = Result<(), Failure>> + Send {
        let _ = (client, inbox);
        std::future::ready(Ok(()))
    }

    /// Whether [`authenticate`](Self::authenticate) is called for each stream.
    const AUTHENTICATES: bool = false;

    /// Says who opens a stream, before its headers are answered; an error refuses it.
    fn authenticate(
        &self,
        handshake: &Handshake,
    ) -> impl Future<Output = Result<Identity, Failure>> + Send {
        let _ = handshake;
        std::future::ready(Err(Failure::new(tonic::Status::unauthenticated("nobody"))))
    }

    /// For each method that is handled beside the ordered line: how many of its messages run at once for one client.
    const LANES: &'static [usize] = &[];

    /// The index in [`LANES`](Self::LANES) of the method that handles the variant of this index; `None`, the default,
    /// for those that are handled in order.
    #[must_use]
    fn lane(variant: Option<u16>) -> Option<usize> {
        let _ = variant;
        None
    }

    /// Whether anything is done with messages of the variant of this index; those of others are dropped when they are
    /// read. By default something is.
    #[must_use]
    fn is_handled(variant: Option<u16>) -> bool {
        let _ = variant;
        true
    }

    /// Makes a ping; `None`, the default, for the contract's own.
    fn ping(&self, client: &Client<C>, sequence: u64) -> Option<C::Command> {
        let _ = (client, sequence);
        None
    }

    /// Runs before the client is addressable; an error refuses it. It may send to the client and wait for its answer.
    fn on_connect(&self, client: &Client<C>) -> impl Future<Output = Result<(), Failure>> + Send {
        let _ = client;
        std::future::ready(Ok(()))
    }

    /// Runs when a client has come back to its session within `reconnect_grace`, before what it sends then; neither
    /// `on_disconnect` nor `on_connect` runs for that. Not called where [`session`](Self::session) takes the messages.
    fn on_resume(&self, client: &Client<C>) -> impl Future<Output = Result<(), Failure>> + Send {
        let _ = client;
        std::future::ready(Ok(()))
    }

    /// Runs once for each `on_connect` that returned `Ok`.
    fn on_disconnect(
        &self,
        client: &Client<C>,
        disconnect: &Disconnect<C>,
    ) -> impl Future<Output = Result<(), Failure>> + Send {
        let _ = (client, disconnect);
        std::future::ready(Ok(()))
    }

    /// Runs when a link has lost its stream, once for each `on_connect` or `on_resume` before.
    #[cfg(feature = "link")]
    fn on_lost(
        &self,
        client: &Client<C>,
        lost: &crate::lost::Lost,
    ) -> impl Future<Output = Result<(), Failure>> + Send {
        let _ = (client, lost);
        std::future::ready(Ok(()))
    }

    /// Gets what handlers and callbacks return as errors, and their panics. Without it, it is logged.
    fn on_error(
        &self,
        client: &Client<C>,
        error: &HandlerError,
    ) -> impl Future<Output = ()> + Send {
        client.log_handler_error(error);
        std::future::ready(())
    }
}

/// Handles the messages whose variant is `V`; the whole message, of which the generated code takes the payload.
pub trait Handles<C: Contract, V>: Send + Sync + 'static {
    /// Handles one message.
    fn handle(
        &self,
        client: &Client<C>,
        message: C::Message,
    ) -> impl Future<Output = Result<(), Failure>> + Send;
}

/// The `V` of messages whose variant this build does not know, or in which none is set.
#[derive(Debug)]
pub struct Unknown;

/// Leads a message to the handler of its variant: the `match` over the oneof, in generated code.
pub trait Dispatch<H>: Contract {
    /// Handles one message.
    fn dispatch(
        handler: &H,
        client: &Client<Self>,
        message: Self::Message,
    ) -> impl Future<Output = Result<(), Failure>> + Send;
}
