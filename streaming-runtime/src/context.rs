//! What all sessions of a hub share.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, AtomicUsize},
    },
    time::Duration,
};

use crate::{
    arrivals::Arrivals, config::HubConfig, contract::Contract, gate::Gate, groups::Groups,
    id::NewIds, metrics::Meters, publish::Outlet,
};

/// What gRPC peers accept unless they are told otherwise.
const MAX_COMMAND: usize = 4 * 1024 * 1024;
/// While a request is open, reading goes on up to this many times the inbox.
pub(crate) const AHEAD: usize = 4;
/// So many acks and pings wait to be written, then the client counts as stalled.
const PRIORITY: usize = 64;
/// So many handlers of a link run at once, or few more do.
#[cfg(feature = "link")]
const HANDLERS: usize = 1024;
/// So many of a client's questions are kept with their answers.
const QUESTIONS: usize = 1024;

/// What all sessions of a hub share.
pub(crate) struct Context {
    pub(crate) config: HubConfig,
    pub(crate) gate: Gate,
    /// None where nothing is published.
    pub(crate) outlet: Option<Arc<Outlet>>,
    /// The silence after which a client is dropped, `auto` resolved.
    pub(crate) ping_timeout: Option<Duration>,
    /// The largest command in bytes.
    pub(crate) max_command: AtomicUsize,
    pub(crate) ids: NewIds,
    /// The last session's epoch.
    pub(crate) epochs: AtomicU64,
    pub(crate) groups: Groups,
    pub(crate) meters: Meters,
    pub(crate) arrivals: Arc<Arrivals>,
    /// How many of a client's questions are kept with their answers.
    pub(crate) kept: usize,
    /// How many acks and pings may wait to be written.
    pub(crate) priority: usize,
    /// Whether it is a link's, whose answers wait for its next stream.
    pub(crate) is_link: bool,
}

impl Context {
    /// Of a hub.
    pub(crate) fn new<C: Contract>(
        config: HubConfig,
        outlet: Option<Arc<Outlet>>,
        ping_timeout: Option<Duration>,
    ) -> Self {
        Self::of(config, outlet, ping_timeout, Meters::new::<C>())
    }

    /// Of a link, whose contract is turned.
    #[cfg(feature = "link")]
    pub(crate) fn of_link<C: Contract>(config: HubConfig) -> Self {
        let priority = config.inbox.messages.saturating_mul(AHEAD).saturating_add(HANDLERS);
        let context = Self::of(config, None, None, Meters::of_link::<C>());
        Self { priority, is_link: true, ..context }
    }

    /// The next session's epoch is a larger one.
    #[cfg(feature = "cluster")]
    pub(crate) fn exceed(&self, epoch: u64) {
        self.epochs.fetch_max(epoch, std::sync::atomic::Ordering::Relaxed);
    }

    fn of(
        config: HubConfig,
        outlet: Option<Arc<Outlet>>,
        ping_timeout: Option<Duration>,
        meters: Meters,
    ) -> Self {
        // A session that ends with its stream has nobody who could ask again.
        let kept = if config.reconnect_grace.is_zero() { 0 } else { QUESTIONS };
        Self {
            gate: Gate::new(&config),
            config,
            outlet,
            ping_timeout,
            max_command: AtomicUsize::new(MAX_COMMAND),
            ids: NewIds::new(),
            epochs: AtomicU64::new(0),
            groups: Groups::new(),
            meters,
            arrivals: Arc::new(Arrivals::default()),
            kept,
            priority: PRIORITY,
            is_link: false,
        }
    }
}
