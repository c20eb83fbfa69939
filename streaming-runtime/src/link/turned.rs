//! The bot as the handler of a session: what a link adds to it.

use std::{
    future::Future,
    sync::{Arc, atomic::Ordering},
};

use tokio::sync::watch;

use super::{
    end::Farewell,
    state::{LinkState, Shared},
};
use crate::{
    callback::guarded,
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

/// What the end of a callback that takes longer than it may is called.
const TOO_LONG: &str = "a callback took longer than the callback timeout";

impl<C: Linked, H: Handler<C::Turned>> Bot<C, H> {
    /// A session of the hub's has begun.
    async fn greet(&self, client: &Client<C::Turned>) {
        self.shared.greeted.store(true, Ordering::Relaxed);
        self.tell(client, async { self.bot.on_connect(client).await }).await;
    }

    /// Tells the bot that its stream is lost, if it knows that there was one.
    pub(super) async fn lost(&self, client: &Client<C::Turned>, lost: &Lost) {
        if self.shared.greeted.swap(false, Ordering::Relaxed) {
            self.shared.losing.store(true, Ordering::Relaxed);
            self.tell(client, async { self.bot.on_lost(client, lost).await }).await;
            self.shared.losing.store(false, Ordering::Relaxed);
        }
    }

    /// Runs a callback. Whatever comes of it, in time or not, the link goes on.
    async fn tell(
        &self,
        client: &Client<C::Turned>,
        callback: impl Future<Output = Result<(), Failure>>,
    ) {
        let within = self.shared.config.callback_timeout;
        let Err(error) = guarded(within, TOO_LONG, callback).await else { return };
        client.0.context.meters.failed(None);
        let on_error = async {
            self.bot.on_error(client, &error).await;
            Ok(())
        };
        if let Err(second) = guarded(within, TOO_LONG, on_error).await {
            tracing::error!(client = %client.id(), rpc = C::NAME, %second, "on_error failed itself");
        }
    }
}

/// When it is dropped, the bot was told of the hub's goodbye.
struct Heard<'a>(&'a watch::Sender<Option<Farewell>>);

impl Drop for Heard<'_> {
    fn drop(&mut self) {
        self.0.send_modify(|said| {
            if let Some(said) = said {
                said.heard = true;
            }
        });
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
        // Also where the handler panics.
        let _heard = C::hubs_goodbye(&command).map(|_| Heard(&self.shared.farewell));
        self.bot.dispatch(client, command).await
    }

    fn ping(&self, _: &Client<C::Turned>, _: u64) -> Option<C::Message> {
        self.shared.heartbeat.as_ref().map(|make| make())
    }

    async fn on_connect(&self, client: &Client<C::Turned>) -> Result<(), Failure> {
        self.greet(client).await;
        Ok(())
    }

    async fn on_resume(&self, client: &Client<C::Turned>) -> Result<(), Failure> {
        if !matches!(*self.shared.progress.state.borrow(), LinkState::Online) {
            // It is lost again; the next one is told.
            return Ok(());
        }
        if self.shared.fresh.load(Ordering::Relaxed) {
            self.greet(client).await;
            return Ok(());
        }
        self.shared.greeted.store(true, Ordering::Relaxed);
        self.tell(client, async { self.bot.on_resume(client).await }).await;
        Ok(())
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
