//! A handler that others hold as well: the `Service` of generated code takes it as it takes one of its own.

use std::{future::Future, sync::Arc};

use crate::{
    contract::Contract,
    error::{Failure, HandlerError},
    identity::{Handshake, Identity},
    session::{Client, Disconnect, Handler, Inbox},
};

#[diagnostic::do_not_recommend]
impl<C: Contract, H: Handler<C>> Handler<C> for Arc<H> {
    fn dispatch(
        &self,
        client: &Client<C>,
        message: C::Message,
    ) -> impl Future<Output = Result<(), Failure>> + Send {
        H::dispatch(self, client, message)
    }

    const PULLS: bool = H::PULLS;

    fn session(
        &self,
        client: &Client<C>,
        inbox: Inbox<C>,
    ) -> impl Future<Output = Result<(), Failure>> + Send {
        H::session(self, client, inbox)
    }

    const AUTHENTICATES: bool = H::AUTHENTICATES;

    fn authenticate(
        &self,
        handshake: &Handshake,
    ) -> impl Future<Output = Result<Identity, Failure>> + Send {
        H::authenticate(self, handshake)
    }

    const LANES: &'static [usize] = H::LANES;

    fn lane(variant: Option<u16>) -> Option<usize> {
        H::lane(variant)
    }

    fn is_handled(variant: Option<u16>) -> bool {
        H::is_handled(variant)
    }

    fn ping(&self, client: &Client<C>, sequence: u64) -> Option<C::Command> {
        H::ping(self, client, sequence)
    }

    fn on_connect(&self, client: &Client<C>) -> impl Future<Output = Result<(), Failure>> + Send {
        H::on_connect(self, client)
    }

    fn on_resume(&self, client: &Client<C>) -> impl Future<Output = Result<(), Failure>> + Send {
        H::on_resume(self, client)
    }

    fn on_disconnect(
        &self,
        client: &Client<C>,
        disconnect: &Disconnect<C>,
    ) -> impl Future<Output = Result<(), Failure>> + Send {
        H::on_disconnect(self, client, disconnect)
    }

    #[cfg(feature = "link")]
    fn on_lost(
        &self,
        client: &Client<C>,
        lost: &crate::lost::Lost,
    ) -> impl Future<Output = Result<(), Failure>> + Send {
        H::on_lost(self, client, lost)
    }

    fn on_error(
        &self,
        client: &Client<C>,
        error: &HandlerError,
    ) -> impl Future<Output = ()> + Send {
        H::on_error(self, client, error)
    }
}
