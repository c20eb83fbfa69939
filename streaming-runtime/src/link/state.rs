//! What all handles of a link share.

use std::{
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

use tokio::{sync::watch, time::Instant};

use super::{Lost, config::LinkConfig};
use crate::contract::Linked;

/// What a link is doing.
///
/// ```
/// # use streaming_runtime::{Link, LinkState, contract::Linked};
/// # fn example<C: Linked>(link: &Link<C>) {
/// match link.state() {
///     LinkState::Online => println!("it has a stream"),
///     LinkState::Waiting { until } => println!("the next attempt is at {until:?}"),
///     LinkState::Ended(Some(lost)) => println!("it does not come back: {lost}"),
///     _ => {}
/// }
/// # }
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum LinkState {
    /// It opens a stream, or is about to.
    Connecting,
    /// It has a stream: the hub has answered its request.
    Online,
    /// It waits before it tries again.
    Waiting {
        /// When that is.
        until: Instant,
    },
    /// It is over: closed, or lost for good in this way.
    Ended(Option<Lost>),
}

/// Makes a message.
pub(super) type Make<M> = Box<dyn Fn() -> M + Send + Sync>;

/// What all handles of a link share, and what it was built with.
pub(super) struct Shared<C: Linked> {
    pub(super) state: watch::Sender<LinkState>,
    pub(super) config: LinkConfig,
    pub(super) addrs: Vec<super::attempt::Addr>,
    pub(super) metadata: super::attempt::Metadata,
    pub(super) hello: Option<Make<C::Message>>,
    pub(super) heartbeat: Option<Make<C::Message>>,
    /// Whether it was run.
    pub(super) taken: AtomicBool,
    /// Whether the stream that has come is that of a new session.
    pub(super) fresh: AtomicBool,
    pub(super) goodbye: watch::Sender<Option<Bidden>>,
    /// Whether the bot was told of a stream, and not yet that it was lost.
    pub(super) greeted: AtomicBool,
}

/// The hub has said goodbye.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bidden {
    /// How long to stay away, if it said so.
    pub(super) after: Option<Duration>,
}

impl<C: Linked> Shared<C> {
    pub(super) fn pass(&self, state: LinkState) {
        self.state.send_replace(state);
    }

    /// The first call says `true`.
    pub(super) fn take(&self) -> bool {
        !self.taken.swap(true, Ordering::Relaxed)
    }
}
