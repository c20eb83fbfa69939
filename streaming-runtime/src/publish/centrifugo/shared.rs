//! What the handles and the workers share.

use std::{
    fmt,
    hash::{BuildHasher as _, BuildHasherDefault, DefaultHasher},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use bytes::Bytes;
use futures_util::future::BoxFuture;
use tokio::{runtime::Handle, sync::Notify, time::Instant};

use super::{
    answer::Answer,
    batch::Keys,
    config::CentrifugoConfig,
    state::{Offered, State},
    stats,
    stats::CentrifugoStats,
    worker,
};
use crate::publish::Publication;

/// Sends a batch of so many publications; ends within the time-out.
pub(super) type Transport = Box<dyn Fn(Bytes, usize) -> BoxFuture<'static, Answer> + Send + Sync>;

pub(super) struct Shared {
    pub(super) config: CentrifugoConfig,
    pub(super) transport: Transport,
    pub(super) keys: Mutex<Keys>,
    state: Mutex<State>,
    /// Per shard: there may be something to do.
    pub(super) ready: Vec<Notify>,
    /// A batch has ended, or the queue was dropped.
    pub(super) settled: Notify,
    /// Until when the breaker is open, in milliseconds after `epoch`; 0 while it is not. So that
    /// [`accepts`](Self::accepts), which every message asks, needs no lock.
    open_until: AtomicU64,
    epoch: Instant,
}

impl Shared {
    pub(super) fn new(config: CentrifugoConfig, transport: Transport) -> Self {
        Self {
            state: Mutex::new(State::new(&config)),
            ready: (0..config.shards).map(|_| Notify::new()).collect(),
            settled: Notify::new(),
            open_until: AtomicU64::new(0),
            epoch: Instant::now(),
            keys: Mutex::new(Keys::new()),
            config,
            transport,
        }
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes a publication, or drops and counts it.
    pub(super) fn offer(self: &Arc<Self>, publication: Publication) {
        let hasher = BuildHasherDefault::<DefaultHasher>::default();
        let hash = hasher.hash_one(publication.client().as_str());
        let shards = self.ready.len() as u64;
        let shard = usize::try_from(hash % shards).unwrap_or_default();
        let now = Instant::now();
        let mut state = self.lock();
        state.counts.offered += 1;
        state.breaker.at(now);
        let before = state.counts.dropped;
        let Offered { wake, tell_full } = if self.employ(&mut state, shard) {
            state.offer(shard, publication, now)
        } else {
            state.counts.dropped.no_runtime += 1;
            Offered { wake: false, tell_full: false }
        };
        if state.counts.dropped != before {
            state.tell();
        }
        drop(state);
        if wake {
            self.ready[shard].notify_one();
        }
        if tell_full {
            tracing::warn!("the queue for Centrifugo is full; publications are dropped");
        }
    }

    /// Sees to it that the shard has a worker: the first publication starts it, and the next one after the runtime of
    /// the last has ended. Gives whether it has.
    pub(super) fn employ(self: &Arc<Self>, state: &mut State, shard: usize) -> bool {
        let worker = &mut state.queue.shards()[shard].worker;
        if worker.as_ref().is_some_and(|worker| !worker.is_finished()) {
            return true;
        }
        let Ok(runtime) = Handle::try_current() else {
            return false;
        };
        // A runtime that is shutting down drops the future here, under the lock: it must not need it for that.
        let task = runtime.spawn(worker::work(Arc::clone(self), shard));
        *worker = Some(task.abort_handle());
        true
    }

    pub(super) fn accepts(&self) -> bool {
        let until = self.open_until.load(Ordering::Relaxed);
        until == 0 || self.after_epoch(Instant::now()) >= until
    }

    /// Tells everybody that the breaker has changed.
    pub(super) fn breaker_changed(&self, state: &State) {
        let until = state.breaker.open_until().map_or(0, |until| self.after_epoch(until).max(1));
        self.open_until.store(until, Ordering::Relaxed);
        self.wake_all();
    }

    pub(super) fn wake_all(&self) {
        self.ready.iter().for_each(Notify::notify_one);
    }

    fn after_epoch(&self, at: Instant) -> u64 {
        let millis = at.saturating_duration_since(self.epoch).as_millis();
        u64::try_from(millis).unwrap_or(u64::MAX)
    }

    pub(super) fn stats(&self) -> CentrifugoStats {
        let mut state = self.lock();
        state.breaker.at(Instant::now());
        stats::of(&state)
    }

    /// Ends the workers.
    pub(super) fn stop(&self) {
        let workers: Vec<_> = {
            let mut state = self.lock();
            state.queue.shards().iter_mut().filter_map(|shard| shard.worker.take()).collect()
        };
        // Without the lock: a task that ends gives its batch up, which needs it.
        workers.iter().for_each(tokio::task::AbortHandle::abort);
    }
}

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shared").field("config", &self.config).finish_non_exhaustive()
    }
}
