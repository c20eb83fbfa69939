//! What all handles of a link share.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use tokio::{
    sync::{Notify, watch},
    time::Instant,
};

use super::{Lost, config::LinkConfig, end::Farewell};
use crate::{
    contract::Linked,
    metrics::{Doing, LinkMeters},
};

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

/// How a link is doing, whatever its contract: two contracts may be the same to their clients, and a handle of one then
/// leads to a link of the other.
pub(super) struct Progress {
    pub(super) state: watch::Sender<LinkState>,
    pub(super) meters: LinkMeters,
    closed: Notify,
}

impl Progress {
    pub(super) fn new<C: Linked>() -> Self {
        Self {
            state: watch::Sender::new(LinkState::Connecting),
            meters: LinkMeters::new::<C>(),
            closed: Notify::new(),
        }
    }

    pub(super) fn close(&self) {
        self.closed.notify_one();
    }

    /// Waits until it is closed. For one.
    pub(super) async fn closed(&self) {
        self.closed.notified().await;
    }

    pub(super) fn pass(&self, state: LinkState) {
        self.meters.does(match state {
            LinkState::Connecting => Doing::Connecting,
            LinkState::Online => Doing::Online,
            LinkState::Waiting { .. } => Doing::Waiting,
            LinkState::Ended(_) => Doing::Nothing,
        });
        self.state.send_replace(state);
    }
}

/// What all handles of a link share, and what it was built with.
pub(super) struct Shared<C: Linked> {
    pub(super) progress: Arc<Progress>,
    pub(super) config: LinkConfig,
    pub(super) addrs: Vec<super::attempt::Addr>,
    pub(super) metadata: super::attempt::Metadata,
    pub(super) hello: Option<Make<C::Message>>,
    pub(super) heartbeat: Option<Make<C::Message>>,
    /// Whether it was run.
    pub(super) taken: AtomicBool,
    /// Whether the stream that has come is that of a new session.
    pub(super) fresh: AtomicBool,
    /// The goodbye of the stream that has come.
    pub(super) farewell: watch::Sender<Option<Farewell>>,
    /// Whether the bot was told of a stream, and not yet that it was lost.
    pub(super) greeted: AtomicBool,
    /// Whether the bot is being told that it was lost.
    pub(super) losing: AtomicBool,
}

impl<C: Linked> Shared<C> {
    /// The first call says `true`.
    pub(super) fn take(&self) -> bool {
        !self.taken.swap(true, Ordering::Relaxed)
    }
}
