//! What the arguments of handlers may be: the types that the user wrote, compared by rustc, with our message.

use prost::UnknownEnumValue;

use crate::{
    contract::Contract,
    error::HandlerError,
    identity::Handshake,
    session::{Client, Disconnect, Inbox},
};
#[cfg(feature = "link")]
use crate::{
    contract::Linked,
    link::{Link, Lost},
};

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

/// A client's handler's link.
#[cfg(feature = "link")]
#[diagnostic::on_unimplemented(
    message = "handlers of a client of `{C}` take the link as `&Link<{C}>`, not `{Self}`",
    label = "not the link of this contract"
)]
pub trait LinkArg<'a, C> {
    /// The argument.
    fn arg(link: &'a Link<C>) -> Self
    where
        C: Linked;
}

#[cfg(feature = "link")]
impl<'a, C: Linked> LinkArg<'a, C> for &'a Link<C> {
    fn arg(link: &'a Link<C>) -> Self {
        link
    }
}

/// The second argument of a client's `#[on_disconnect]`.
#[cfg(feature = "link")]
#[diagnostic::on_unimplemented(
    message = "a client's `#[on_disconnect]` takes the end as `&Lost`, not `{Self}`",
    label = "expected `&Lost`"
)]
pub trait LostArg<'a> {
    /// The argument.
    fn arg(lost: &'a Lost) -> Self;
}

#[cfg(feature = "link")]
impl<'a> LostArg<'a> for &'a Lost {
    fn arg(lost: &'a Lost) -> Self {
        lost
    }
}

/// What a variant carries, as the type that the user wrote. `V` is there for its name: generated code uses this where a
/// type parameter is called as the variant is. `How` keeps the two impls apart, and rustc infers it.
#[diagnostic::on_unimplemented(
    message = "variant `{V}` carries `{P}`, not `{Self}`",
    label = "expected `{P}`"
)]
pub trait PayloadArg<P, V, How>: Sized {
    /// The argument.
    ///
    /// # Errors
    /// A number that the enum does not know.
    fn arg(payload: P) -> Result<Self, UnknownEnumValue>;
}

impl<P, V> PayloadArg<P, V, ()> for P {
    fn arg(payload: P) -> Result<Self, UnknownEnumValue> {
        Ok(payload)
    }
}

/// An enum as its type: prost keeps it as a number.
#[diagnostic::do_not_recommend]
impl<E, V> PayloadArg<i32, V, i32> for E
where
    E: TryFrom<i32, Error = UnknownEnumValue>,
{
    fn arg(payload: i32) -> Result<Self, UnknownEnumValue> {
        payload.try_into()
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

/// The argument of `#[authenticate]`.
#[diagnostic::on_unimplemented(
    message = "`#[authenticate]` takes the handshake as `&Handshake`, not `{Self}`",
    label = "expected `&Handshake`"
)]
pub trait HandshakeArg<'a> {
    /// The argument.
    fn arg(handshake: &'a Handshake) -> Self;
}

impl<'a> HandshakeArg<'a> for &'a Handshake {
    fn arg(handshake: &'a Handshake) -> Self {
        handshake
    }
}

/// The inbox of `#[session]`.
#[diagnostic::on_unimplemented(
    message = "`#[session]` takes the messages as `Inbox<{C}>`, not `{Self}`",
    label = "expected `Inbox<{C}>`"
)]
pub trait InboxArg<C> {
    /// The argument.
    fn arg(inbox: Inbox<C>) -> Self
    where
        C: Contract;
}

impl<C: Contract> InboxArg<C> for Inbox<C> {
    fn arg(inbox: Inbox<C>) -> Self {
        inbox
    }
}

/// The sequence that `#[ping]` gets.
#[diagnostic::on_unimplemented(
    message = "`#[ping]` takes the sequence as `u64`, not `{Self}`",
    label = "expected `u64`"
)]
pub trait SequenceArg {
    /// The argument.
    fn arg(sequence: u64) -> Self;
}

impl SequenceArg for u64 {
    fn arg(sequence: u64) -> Self {
        sequence
    }
}

/// What `#[ping]` returns: the payload of the ping of `C`.
#[diagnostic::on_unimplemented(
    message = "the ping of `{C}` carries `{P}`, not `{Self}`",
    label = "expected `{P}`"
)]
pub trait PingPayload<P, C> {
    /// The payload.
    fn payload(self) -> P;
}

impl<P, C> PingPayload<P, C> for P {
    fn payload(self) -> P {
        self
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

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Clone, Copy, Debug, PartialEq, Eq, prost::Enumeration)]
    #[repr(i32)]
    enum Level {
        Low = 0,
        High = 1,
    }

    fn take<T: PayloadArg<i32, (), How>, How>(payload: i32) -> Result<T, UnknownEnumValue> {
        T::arg(payload)
    }

    #[test]
    fn an_enum_is_taken_as_its_type_or_as_a_number() {
        assert_eq!(take::<Level, _>(1), Ok(Level::High));
        assert_eq!(take::<Level, _>(7), Err(UnknownEnumValue(7)));
        assert_eq!(take::<i32, _>(7), Ok(7));
        assert_eq!(Level::Low as i32, 0);
    }
}
