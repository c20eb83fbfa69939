//! Who is let in: places for streams, for those that have not said who they are, and for those that are opening.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::{Instant, timeout_at},
};

use crate::{config::HubConfig, planted::planted, status::Refusal};

/// A place that is free again when this is dropped.
pub(crate) type Place = OwnedSemaphorePermit;

/// The places of a hub.
#[derive(Debug)]
pub(crate) struct Gate {
    streams: Arc<Semaphore>,
    unidentified: Arc<Semaphore>,
    opening: Arc<Semaphore>,
    closed: AtomicBool,
}

/// What one stream holds. All of it is free again when this is dropped.
#[derive(Debug)]
pub(crate) struct Places {
    stream: Option<Place>,
    unidentified: Option<Place>,
    /// From its turn, which comes once it has said who it is, to the end of `on_connect`.
    pub(crate) opening: Option<Place>,
}

impl Gate {
    pub(crate) fn new(config: &HubConfig) -> Self {
        let places = |limit: usize| Arc::new(Semaphore::new(limit.min(Semaphore::MAX_PERMITS)));
        Self {
            streams: places(config.max_streams.unwrap_or(usize::MAX)),
            unidentified: places(config.max_unidentified),
            opening: places(config.max_opening),
            closed: AtomicBool::new(false),
        }
    }

    /// The places of a new stream, which has not said who it is.
    pub(crate) fn admit(&self) -> Result<Places, Refusal> {
        if self.is_closed() {
            return Err(Refusal::Draining);
        }
        let take = |places: &Arc<Semaphore>| places.clone().try_acquire_owned();
        Ok(Places {
            stream: Some(take(&self.streams).map_err(|_| Refusal::MaxStreams)?),
            unidentified: Some(take(&self.unidentified).map_err(|_| Refusal::MaxUnidentified)?),
            opening: None,
        })
    }

    /// Waits until it is the stream's turn to open: first come, first served.
    pub(crate) async fn turn(&self, places: &mut Places, until: Instant) -> Result<(), Refusal> {
        let turn = timeout_at(until, self.opening.clone().acquire_owned()).await;
        let turn = turn.map_err(|_| Refusal::MaxOpening)?;
        places.opening = Some(turn.map_err(|_| Refusal::Draining)?);
        Ok(())
    }

    /// Lets nobody in any more, nor those that wait for their turn.
    pub(crate) fn close(&self) {
        self.closed.store(true, Ordering::SeqCst);
        self.opening.close();
    }

    pub(crate) fn is_closed(&self) -> bool {
        planted!(LetsInLate => return false);
        self.closed.load(Ordering::SeqCst)
    }

    /// Whether a stream that came now would be let in.
    pub(crate) fn is_open(&self) -> bool {
        !self.is_closed()
            && self.streams.available_permits() > 0
            && self.unidentified.available_permits() > 0
    }

    /// How many places are left for streams, and for those of them that have not said who they are.
    #[cfg(test)]
    pub(crate) fn left(&self) -> (usize, usize) {
        (self.streams.available_permits(), self.unidentified.available_permits())
    }
}

impl Places {
    /// It has said who it is and had its turn, and from here on its session holds its place as a stream.
    pub(crate) fn identified(&mut self) -> Option<Place> {
        self.unidentified = None;
        self.stream.take()
    }
}
