//! Who waits for a client's next stream.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicUsize, Ordering, fence},
    },
    task::Waker,
};

use futures_util::task::AtomicWaker;

use crate::id::ClientId;

/// The clients whose next streams are waited for, and by whom.
#[derive(Debug, Default)]
pub(crate) struct Arrivals {
    /// So that a stream for which nobody waits costs no lock.
    count: AtomicUsize,
    by_client: Mutex<HashMap<ClientId, Vec<Arc<AtomicWaker>>>>,
}

impl Arrivals {
    fn lock(&self) -> MutexGuard<'_, HashMap<ClientId, Vec<Arc<AtomicWaker>>>> {
        self.by_client.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// From here on this client's streams are told. Whoever looks whether it is there looks afterwards.
    pub(crate) fn expect(self: &Arc<Self>, client: ClientId) -> Expected {
        let waker = Arc::new(AtomicWaker::new());
        self.lock().entry(client.clone()).or_default().push(waker.clone());
        self.count.fetch_add(1, Ordering::Relaxed);
        // With its twin in `tell`: either this finds the client, or the client's stream finds this.
        fence(Ordering::SeqCst);
        Expected { arrivals: self.clone(), client, waker }
    }

    /// Whether anybody waits for any client.
    pub(crate) fn are_expected(&self) -> bool {
        self.count.load(Ordering::Relaxed) > 0
    }

    /// This client has a new stream.
    pub(crate) fn tell(&self, client: &str) {
        fence(Ordering::SeqCst);
        if self.are_expected() {
            // Whoever is woken may drop what waits, which takes the lock.
            let wakers = self.lock().get(client).cloned();
            for waker in wakers.into_iter().flatten() {
                waker.wake();
            }
        }
    }

    /// No client will have a new stream.
    pub(crate) fn tell_all(&self) {
        let wakers: Vec<_> = self.lock().values().flatten().cloned().collect();
        for waker in wakers {
            waker.wake();
        }
    }
}

/// Waits for a client's next stream, as long as this is there.
#[derive(Debug)]
pub(crate) struct Expected {
    arrivals: Arc<Arrivals>,
    client: ClientId,
    waker: Arc<AtomicWaker>,
}

impl Expected {
    /// This is woken next.
    pub(crate) fn wakes(&self, waker: &Waker) {
        self.waker.register(waker);
    }
}

impl Drop for Expected {
    fn drop(&mut self) {
        let mut by_client = self.arrivals.lock();
        if let Some(wakers) = by_client.get_mut(&self.client) {
            wakers.retain(|waker| !Arc::ptr_eq(waker, &self.waker));
            if wakers.is_empty() {
                by_client.remove(&self.client);
            }
        }
        self.arrivals.count.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use std::task::Wake;

    use super::*;

    #[derive(Default)]
    struct Count(AtomicUsize);

    impl Wake for Count {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }

    #[test]
    fn those_who_wait_for_a_client_hear_of_its_streams_and_of_no_others() {
        let arrivals = Arc::new(Arrivals::default());
        let wait = |client: &str| {
            let (expected, count) = (arrivals.expect(client.into()), Arc::new(Count::default()));
            expected.wakes(&count.clone().into());
            (expected, count)
        };
        let waiting = ["a", "a", "b"].map(wait);
        let told = || waiting.each_ref().map(|(_, count)| count.0.load(Ordering::Relaxed));
        arrivals.tell("c");
        assert_eq!(told(), [0, 0, 0]);
        arrivals.tell("a");
        assert_eq!(told(), [1, 1, 0]);
        arrivals.tell_all();
        assert_eq!(told()[2], 1);
    }

    #[test]
    fn nothing_is_left_of_those_who_wait_no_more() {
        let arrivals = Arc::new(Arrivals::default());
        let waiting = ["a", "a", "b"].map(|client| arrivals.expect(client.into()));
        for (left, expected) in [2, 1, 0].into_iter().zip(waiting) {
            assert!(arrivals.are_expected());
            drop(expected);
            assert_eq!(arrivals.count.load(Ordering::Relaxed), left);
        }
        assert!(!arrivals.are_expected() && arrivals.lock().is_empty());
    }
}
