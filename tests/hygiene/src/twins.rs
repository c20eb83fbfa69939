//! Two packages with the same names.

use ::rt::{Hub, Link, bidi_streaming};

use crate::pb::twins::{one, other};

/// Handles both.
#[derive(Clone, Copy, Debug)]
pub struct Twins;

#[bidi_streaming(one::twin::Connect, crate = ::rt)]
impl Twins {
    #[on(text)]
    async fn one(&self, _: one::Text) {}
}

#[bidi_streaming(other::twin::Connect, crate = crate::runtime)]
impl Twins {
    #[on(text)]
    async fn other(&self, _: other::Text) {}
}

// Their clients, in the same type: the contracts are of this crate.
#[bidi_streaming(one::twin::Connect, client, crate = ::rt)]
impl Twins {
    #[on(text)]
    async fn one_comes(&self, _: one::Text) {}
}

#[bidi_streaming(other::twin::Connect, client, crate = crate::runtime)]
impl Twins {
    #[on(text)]
    async fn other_comes(&self, link: &Link<other::twin::Connect>, _: other::Text) {
        let _ = link.id();
    }
}

/// Serves both.
#[must_use]
pub fn services(
    one: Hub<one::twin::Connect>,
    other: Hub<other::twin::Connect>,
) -> (one::twin::Service<Twins>, other::twin::Service<Twins>) {
    (one::twin::Service::new(Twins, one), other::twin::Service::new(Twins, other))
}
