//! The slots of a service's builder: whether one is filled is known by its type, compared by rustc, with our message.
//!
//! `Name` is there for its name: generated code has a type for each slot, called as the method that fills it.

/// A slot that is still to be filled.
#[derive(Clone, Copy, Debug)]
pub struct Missing;

/// A slot that is filled; with `None` it is left out.
#[derive(Debug)]
pub struct Filled<T>(pub Option<T>);

/// A slot as `build` takes it.
#[diagnostic::on_unimplemented(
    message = "slot `{Name}` of this service is still to be filled",
    label = "`{Name}` is missing",
    note = "call the method of that name before `.build()`: with a handler and its hub for a contract, with what implements `Rpcs` for `rpcs`; or leave it out with `.unimplemented_…()`"
)]
pub trait FilledSlot<Name, T> {
    /// What is served, if it is not left out.
    fn filled(self) -> Option<T>;
}

impl<Name, T> FilledSlot<Name, T> for Filled<T> {
    fn filled(self) -> Option<T> {
        self.0
    }
}

/// A slot as the methods take it that fill it or leave it out.
#[diagnostic::on_unimplemented(
    message = "slot `{Name}` of this service is filled already",
    label = "filled twice, or filled and left out",
    note = "a contract has one handler in one hub, and the other rpcs have one implementation"
)]
pub trait MissingSlot<Name> {}

impl<Name> MissingSlot<Name> for Missing {}
