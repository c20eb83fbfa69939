//! A command that is expected, and what is answered.

use std::{
    fmt,
    future::{Future, IntoFuture},
    marker::PhantomData,
    ops::Deref,
    panic::Location,
    pin::Pin,
};

use super::{
    peer::{At, Peer, describe},
    script::{Responds, Unpacks},
};
use crate::{contract::Contract, id::OwnedId};

/// A command that is expected next. Does nothing until it is awaited.
///
/// `.await` gives what came; `.ack().await`, `.fail("no funds").await` and `.reply(schema).await` answer it as well. Each
/// panics where the next command is another, where none comes within the test's patience, or where the stream ends.
#[must_use = "nothing is expected until it is awaited"]
pub struct Expect<'a, C: Contract, V> {
    peer: &'a mut Peer<C>,
    at: At,
    variant: PhantomData<fn() -> V>,
}

impl<'a, C: Unpacks<V>, V> Expect<'a, C, V> {
    /// The next command of `peer` is the variant `V`: what the generated `bot.expect_start()` says.
    #[track_caller]
    pub fn of(peer: &'a mut Peer<C>) -> Self {
        Self { peer, at: Location::caller(), variant: PhantomData }
    }

    /// Gets it and acknowledges it.
    ///
    /// # Panics
    /// Another comes, or the contract has no acks.
    pub async fn ack(self) -> Received<C::Payload> {
        let (peer, received) = self.get().await;
        peer.ack(received.id.clone());
        received
    }

    /// Gets it and acknowledges it as failed, with this text.
    ///
    /// # Panics
    /// Another comes, or the contract has no acks.
    pub async fn fail(self, error: &str) -> Received<C::Payload> {
        let (peer, received) = self.get().await;
        peer.fail(received.id.clone(), error);
        received
    }

    /// Gets it and answers it.
    ///
    /// # Panics
    /// Another comes.
    pub async fn reply(self, reply: C::Reply) -> Received<C::Payload>
    where
        C: Responds<V>,
    {
        let (peer, received) = self.get().await;
        peer.reply::<V>(received.id.clone(), reply);
        received
    }

    async fn get(self) -> (&'a mut Peer<C>, Received<C::Payload>) {
        let Self { peer, at, .. } = self;
        let command = peer.next_at(at, "a command").await;
        let id = C::command_id(&command).map_or_else(|| OwnedId::Str(String::new()), OwnedId::from);
        let came = describe::<C>(&command);
        let payload = C::unpack(command);
        let payload =
            payload.unwrap_or_else(|| panic!("{} got {came} instead, at {at}", peer.name()));
        (peer, Received { id, payload })
    }
}

impl<'a, C: Unpacks<V>, V: 'a> IntoFuture for Expect<'a, C, V> {
    type Output = Received<C::Payload>;
    type IntoFuture = Pin<Box<dyn Future<Output = Self::Output> + Send + 'a>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move { self.get().await.1 })
    }
}

impl<C: Contract, V> fmt::Debug for Expect<'_, C, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Expect").field(&self.peer).finish()
    }
}

/// A command that came: its payload, and the id under which it can be answered later.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Received<P> {
    /// The command's id, empty where it has none: for [`Peer::ack`] and its like.
    pub id: OwnedId,
    /// What it carries.
    pub payload: P,
}

impl<P> Deref for Received<P> {
    type Target = P;

    fn deref(&self) -> &P {
        &self.payload
    }
}
