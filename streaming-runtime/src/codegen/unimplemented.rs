//! What fills a slot of a service that is left out.

use crate::{
    contract::Contract,
    error::Failure,
    session::{Client, Handler},
};

/// The handler of a contract that is not served. There is never a value of it.
///
/// It lies here and not in generated code, so that it is never listed among the types that handle a contract.
#[derive(Clone, Copy, Debug)]
pub enum Unimplemented {}

#[diagnostic::do_not_recommend]
impl<C: Contract> Handler<C> for Unimplemented {
    async fn dispatch(&self, _: &Client<C>, _: C::Message) -> Result<(), Failure> {
        match *self {}
    }
}
