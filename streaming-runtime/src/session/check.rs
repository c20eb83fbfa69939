//! What the arguments of handlers may be: the types that the user wrote, compared by rustc, with our message.

use super::{Client, Disconnect};
use crate::{contract::Contract, error::HandlerError};

/// A handler's client.
#[diagnostic::on_unimplemented(
    message = "handlers of `{C}` take the client as `&Client<{C}>`, not `{Self}`",
    label = "not the client of this contract"
)]
pub trait ClientArg<'a, C> {
    /// The argument.
    fn arg(client: &'a Client<C>) -> Self
    where
        C: Contract;
}

impl<'a, C: Contract> ClientArg<'a, C> for &'a Client<C> {
    fn arg(client: &'a Client<C>) -> Self {
        client
    }
}

/// The whole message, as `#[on_other]` and `#[on_message]` take it.
#[diagnostic::on_unimplemented(
    message = "`#[on_other]` and `#[on_message]` take the whole message, `{M}`, not `{Self}`",
    label = "expected `{M}`"
)]
pub trait MessageArg<M> {
    /// The argument.
    fn arg(message: M) -> Self;
}

impl<M> MessageArg<M> for M {
    fn arg(message: M) -> Self {
        message
    }
}

/// The second argument of `#[on_disconnect]`.
#[diagnostic::on_unimplemented(
    message = "`#[on_disconnect]` takes the end as `&Disconnect<{C}>`, not `{Self}`",
    label = "expected `&Disconnect<{C}>`"
)]
pub trait DisconnectArg<'a, C> {
    /// The argument.
    fn arg(disconnect: &'a Disconnect<C>) -> Self
    where
        C: Contract;
}

impl<'a, C: Contract> DisconnectArg<'a, C> for &'a Disconnect<C> {
    fn arg(disconnect: &'a Disconnect<C>) -> Self {
        disconnect
    }
}

/// The second argument of `#[on_error]`.
#[diagnostic::on_unimplemented(
    message = "`#[on_error]` takes the error as `&HandlerError`, not `{Self}`",
    label = "expected `&HandlerError`"
)]
pub trait ErrorArg<'a> {
    /// The argument.
    fn arg(error: &'a HandlerError) -> Self;
}

impl<'a> ErrorArg<'a> for &'a HandlerError {
    fn arg(error: &'a HandlerError) -> Self {
        error
    }
}
