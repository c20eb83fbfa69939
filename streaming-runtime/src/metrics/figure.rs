//! Figures that are told to whoever scrapes, and that the hub reads itself.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use super::sink::{Counter, Gauge};

/// How many there are at the moment.
#[derive(Debug)]
pub(crate) struct Level {
    now: AtomicUsize,
    gauge: Gauge,
}

impl Level {
    pub(super) fn new(gauge: Gauge) -> Self {
        Self { now: AtomicUsize::new(0), gauge }
    }

    /// One has left it, or entered it, or both.
    pub(crate) fn passed(&self, left: bool, entered: bool) {
        if entered {
            self.now.fetch_add(1, Ordering::Relaxed);
            self.gauge.increment(1.0);
        }
        if left {
            self.now.fetch_sub(1, Ordering::Relaxed);
            self.gauge.decrement(1.0);
        }
    }

    pub(crate) fn get(&self) -> usize {
        self.now.load(Ordering::Relaxed)
    }
}

/// What somebody looks up from time to time.
#[cfg(any(feature = "link", feature = "cluster"))]
#[derive(Debug)]
pub(super) struct Reading {
    last: AtomicUsize,
    gauge: Gauge,
}

#[cfg(any(feature = "link", feature = "cluster"))]
impl Reading {
    pub(super) fn new(gauge: Gauge) -> Self {
        Self { last: AtomicUsize::new(0), gauge }
    }

    /// So many there are now.
    pub(super) fn set(&self, now: usize) {
        let was = self.last.swap(now, Ordering::Relaxed);
        let figure = |count: usize| f64::from(u32::try_from(count).unwrap_or(u32::MAX));
        if now > was {
            self.gauge.increment(figure(now - was));
        } else if was > now {
            self.gauge.decrement(figure(was - now));
        }
    }
}

/// How many there were in all.
#[derive(Debug)]
pub(crate) struct Total {
    all: AtomicU64,
    counter: Counter,
}

impl Total {
    pub(super) fn new(counter: Counter) -> Self {
        Self { all: AtomicU64::new(0), counter }
    }

    pub(crate) fn add(&self, more: usize) {
        self.all.fetch_add(more as u64, Ordering::Relaxed);
        self.counter.increment(more as u64);
    }

    pub(crate) fn get(&self) -> u64 {
        self.all.load(Ordering::Relaxed)
    }
}

/// One session's share of a total. Changed under its owner's lock.
#[derive(Debug)]
pub(crate) struct Share {
    own: u64,
    all: Counter,
}

impl Share {
    pub(super) fn new(all: Counter) -> Self {
        Self { own: 0, all }
    }

    pub(crate) fn add(&mut self, more: usize) {
        self.own += more as u64;
        self.all.increment(more as u64);
    }

    pub(crate) fn get(&self) -> u64 {
        self.own
    }
}
