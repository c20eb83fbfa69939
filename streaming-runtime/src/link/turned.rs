//! The bot as the handler of a session: what a link adds to it.

use std::{
    future::Future,
    sync::{Arc, atomic::Ordering},
};

use super::state::{LinkState, Shared};
use crate::{
    contract::Linked,
    error::{Failure, HandlerError},
    lost::Lost,
    session::{Client, Handler},
};

/// The bot of a link.
pub(super) struct Bot<C: Linked, H> {
    pub(super) bot: Arc<H>,
    pub(super) shared: Arc<Shared<C>>,
}

impl<C: Linked, H: Handler<C::Turned>> Bot<C, H> {
    /// A session of the hub's has begun. What the callback fails with is reported, and the link goes on.
    async fn greet(&self, client: &Client<C::Turned>) -> Result<(), Failure> {
        self.shared.greeted.store(true, Ordering::Relaxed);
        if let Err(failure) = self.bot.on_connect(client).await {
            self.bot.on_error(client, &HandlerError::failed(failure)).await;
        }
        Ok(())
    }
}

impl<C: Linked, H: Handler<C::Turned>> Handler<C::Turned> for Bot<C, H> {
    const LANES: &'static [usize] = H::LANES;

    fn lane(variant: Option<u16>) -> Option<usize> {
        H::lane(variant)
    }

    async fn dispatch(
        &self,
        client: &Client<C::Turned>,
        command: C::Command,
    ) -> Result<(), Failure> {
        let goodbye = C::hubs_goodbye(&command).is_some();
        let handled = self.bot.dispatch(client, command).await;
        if goodbye {
            self.shared.farewell.send_modify(|said| {
                if let Some(said) = said {
                    said.heard = true;
                }
            });
        }
        handled
    }

    fn ping(&self, _: &Client<C::Turned>, _: u64) -> Option<C::Message> {
        self.shared.heartbeat.as_ref().map(|make| make())
    }

    async fn on_connect(&self, client: &Client<C::Turned>) -> Result<(), Failure> {
        self.greet(client).await
    }

    async fn on_resume(&self, client: &Client<C::Turned>) -> Result<(), Failure> {
        if !matches!(*self.shared.progress.state.borrow(), LinkState::Online) {
            // It is lost again; the next one is told.
            return Ok(());
        }
        if self.shared.fresh.load(Ordering::Relaxed) {
            return self.greet(client).await;
        }
        self.shared.greeted.store(true, Ordering::Relaxed);
        self.bot.on_resume(client).await
    }

    fn on_lost(
        &self,
        client: &Client<C::Turned>,
        lost: &Lost,
    ) -> impl Future<Output = Result<(), Failure>> + Send {
        self.bot.on_lost(client, lost)
    }

    fn on_error(
        &self,
        client: &Client<C::Turned>,
        error: &HandlerError,
    ) -> impl Future<Output = ()> + Send {
        self.bot.on_error(client, error)
    }
}
