//! Locks and what else threads share: those of std and tokio, or those of loom where every interleaving is tried, see
//! `cargo xtask loom`.

#[cfg(not(all(test, streaming_loom)))]
pub(crate) use std::sync::{
    Mutex, MutexGuard,
    atomic::{AtomicBool, AtomicUsize, fence},
};
#[cfg(not(all(test, streaming_loom)))]
pub(crate) use tokio::sync::Notify;

#[cfg(all(test, streaming_loom))]
pub(crate) use self::tried::{
    AtomicBool, AtomicUsize, Mutex, MutexGuard, Notify, explore, explore_without_fences, fence,
};

/// Wakes all of them; no lock that they may want is held then.
pub(crate) fn wake(wakers: impl IntoIterator<Item = std::task::Waker>) {
    for waker in wakers {
        waker.wake();
    }
}

#[cfg(all(test, streaming_loom))]
mod tried {
    use std::{cell::Cell, sync::atomic::Ordering};

    pub(crate) use loom::sync::{
        Mutex, MutexGuard,
        atomic::{AtomicBool, AtomicUsize},
    };
    use tokio::sync::futures::Notified;

    /// tokio's, between whose calls and others loom may switch.
    #[derive(Debug)]
    pub(crate) struct Notify(tokio::sync::Notify, AtomicUsize);

    impl Notify {
        pub(crate) fn new() -> Self {
            Self(tokio::sync::Notify::new(), AtomicUsize::new(0))
        }

        pub(crate) fn notified(&self) -> Notified<'_> {
            self.1.fetch_add(1, Ordering::Relaxed);
            self.0.notified()
        }

        pub(crate) fn notify_waiters(&self) {
            self.1.fetch_add(1, Ordering::Relaxed);
            self.0.notify_waiters();
        }
    }

    thread_local! {
        static FENCES: Cell<bool> = const { Cell::new(true) };
    }

    pub(crate) fn fence(order: Ordering) {
        if FENCES.get() {
            loom::sync::atomic::fence(order);
        }
    }

    /// Tries every interleaving in which threads that could go on are interrupted at most three times. What waits for
    /// ever panics.
    pub(crate) fn explore(model: impl Fn() + Send + Sync + 'static) {
        FENCES.set(true);
        check(model);
    }

    /// The same with a bug, which is to be found.
    pub(crate) fn explore_without_fences(model: impl Fn() + Send + Sync + 'static) {
        FENCES.set(false);
        check(model);
    }

    fn check(model: impl Fn() + Send + Sync + 'static) {
        let mut builder = loom::model::Builder::new();
        builder.preemption_bound = Some(3);
        builder.check(model);
    }
}
