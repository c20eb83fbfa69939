//! A publisher that keeps what it gets, for tests.

use std::sync::{Arc, Mutex, PoisonError};

use super::{Publication, Publisher};

/// Keeps every publication in memory, without a bound. Clones share what they keep.
#[derive(Clone, Debug, Default)]
pub struct MemoryPublisher {
    kept: Arc<Mutex<Vec<Publication>>>,
}

impl MemoryPublisher {
    /// One that holds nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// A copy of what was published so far, in order.
    #[must_use]
    pub fn publications(&self) -> Vec<Publication> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Takes what was published so far, in order.
    #[must_use]
    pub fn take(&self) -> Vec<Publication> {
        std::mem::take(&mut *self.kept.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Publisher for MemoryPublisher {
    fn publish(&self, publication: Publication) {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner).push(publication);
    }
}
