//! How often a client was taken over from another node lately. It goes along with the client, since each node sees only
//! every other of two that chase each other.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::time::Instant;

use super::{member::Shared, wire};
use crate::{
    contract::Contract, id::ClientId, room::give_back, status::Refusal, take_overs::TakeOvers,
};

/// So many may be left of clients that were refused in the end.
const MANY: usize = 1024;

/// Of the clients that this node has.
#[derive(Debug, Default)]
pub(super) struct Taken(Mutex<HashMap<ClientId, TakeOvers>>);

impl Taken {
    fn lock(&self) -> MutexGuard<'_, HashMap<ClientId, TakeOvers>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<C: Contract> Shared<C> {
    /// It is to be taken over from the node that has `found` it.
    pub(super) fn count_taken(&self, id: &ClientId, found: &wire::Answer) -> Result<(), Refusal> {
        let now = Instant::now();
        let ages = found.taken_ms.iter().map(|age| Duration::from_millis(*age));
        let mut taken = TakeOvers::of(ages.filter_map(|age| now.checked_sub(age)));
        if !taken.count(self.context.config.take_over_limit, now) {
            return Err(Refusal::TakeOverLimit);
        }
        let mut all = self.taken.lock();
        if all.len() >= MANY {
            all.retain(|_, taken| taken.ages(now).next().is_some());
        }
        all.insert(id.clone(), taken);
        Ok(())
    }

    /// How long ago that was, each time, in milliseconds.
    pub(super) fn taken(&self, id: &ClientId) -> Vec<u64> {
        let all = self.taken.lock();
        let ages = all.get(id).into_iter().flat_map(|taken| taken.ages(Instant::now()));
        ages.map(|age| u64::try_from(age.as_millis()).unwrap_or(u64::MAX)).collect()
    }

    pub(super) fn forget_taken(&self, id: &ClientId) {
        let mut all = self.taken.lock();
        all.remove(id);
        give_back(&mut all);
    }
}
