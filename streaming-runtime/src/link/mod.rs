//! The other end of a hub's stream: a client that says who it is, does what it is told and comes back.

use crate::{contract::Linked, macros::impl_debug, session::Client};

pub use crate::lost::Lost;

/// The handle on one link. Cheap to clone.
pub struct Link<C: Linked>(pub(crate) Client<C::Turned>);

impl<C: Linked> Link<C> {
    #[doc(hidden)]
    #[must_use]
    pub fn of(client: &Client<C::Turned>) -> Self {
        Self(client.clone())
    }
}

impl<C: Linked> Clone for Link<C> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl_debug!([C: Linked] Link<C>, |link| link.0.id());
