//! Locks and atomics: those of std, or those of loom where every interleaving is tried, see `cargo xtask loom`.

#[cfg(not(all(test, streaming_loom)))]
pub(crate) use std::sync::{
    Mutex, MutexGuard,
    atomic::{AtomicBool, AtomicUsize, fence},
};

#[cfg(all(test, streaming_loom))]
pub(crate) use self::tried::{AtomicBool, AtomicUsize, Mutex, MutexGuard, explore, fence};

#[cfg(all(test, streaming_loom))]
mod tried {
    pub(crate) use loom::sync::{
        Mutex, MutexGuard,
        atomic::{AtomicBool, AtomicUsize, fence},
    };

    /// Tries every interleaving in which no more than three times a thread is interrupted that could go on. What waits
    /// for ever panics.
    pub(crate) fn explore(model: impl Fn() + Send + Sync + 'static) {
        let mut builder = loom::model::Builder::new();
        builder.preemption_bound = Some(3);
        builder.check(model);
    }
}
