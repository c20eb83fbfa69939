//! Who is connected: from ids to sessions, in shards so that look-ups seldom meet.

use std::{
    collections::{HashMap, hash_map::Entry},
    hash::{BuildHasher as _, RandomState},
    sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard},
};

use crate::{
    config::Duplicates,
    contract::Contract,
    id::{ClientId, IdRef},
    session::Session,
    status::{Reason, Refusal},
};

const SHARDS: usize = 64;

type Shard<C> = HashMap<ClientId, Arc<Session<C>>>;

/// The newest session of every id. It stays until nothing of it runs any more, so that its successor can wait for it.
pub(crate) struct Registry<C: Contract> {
    hasher: RandomState,
    shards: Box<[RwLock<Shard<C>>]>,
}

impl<C: Contract> Registry<C> {
    pub(super) fn new() -> Self {
        Self {
            hasher: RandomState::new(),
            shards: (0..SHARDS).map(|_| RwLock::default()).collect(),
        }
    }

    /// The shard of an id. Nothing panics while it holds the lock.
    fn shard(&self, id: &str) -> &RwLock<Shard<C>> {
        let hash = self.hasher.hash_one(id);
        &self.shards[usize::try_from(hash % SHARDS as u64).expect("less than the number of shards")]
    }

    /// The session that can be sent to.
    pub(crate) fn live(&self, id: IdRef<'_>) -> Option<Arc<Session<C>>> {
        let session = id.with_str(|id| read(self.shard(id)).get(id).cloned())?;
        session.is_live().then_some(session)
    }

    /// Makes `session` the newest of its id. The one before ends; it is given back, to be waited for.
    pub(super) fn claim(
        &self,
        session: &Arc<Session<C>>,
        duplicates: Duplicates,
    ) -> Result<Option<Arc<Session<C>>>, Refusal> {
        let before = match write(self.shard(session.id())).entry(session.id().clone()) {
            Entry::Vacant(vacant) => {
                vacant.insert(session.clone());
                None
            }
            Entry::Occupied(mut occupied) => {
                if duplicates == Duplicates::Reject && !occupied.get().has_ended() {
                    return Err(Refusal::Duplicate);
                }
                Some(occupied.insert(session.clone()))
            }
        };
        if let Some(before) = &before {
            before.end(Reason::Replaced);
        }
        Ok(before)
    }

    /// Forgets `session`, unless it has a successor.
    pub(super) fn release(&self, session: &Arc<Session<C>>) {
        let mut shard = write(self.shard(session.id()));
        if shard.get(session.id()).is_some_and(|newest| Arc::ptr_eq(newest, session)) {
            shard.remove(session.id());
        }
    }

    /// Calls `f` for every session that can be sent to. `f` must not come back to the registry.
    pub(crate) fn for_each_live(&self, mut f: impl FnMut(&Arc<Session<C>>)) {
        for shard in &self.shards {
            read(shard).values().filter(|session| session.is_live()).for_each(&mut f);
        }
    }
}

fn read<C: Contract>(shard: &RwLock<Shard<C>>) -> RwLockReadGuard<'_, Shard<C>> {
    shard.read().unwrap_or_else(PoisonError::into_inner)
}

fn write<C: Contract>(shard: &RwLock<Shard<C>>) -> RwLockWriteGuard<'_, Shard<C>> {
    shard.write().unwrap_or_else(PoisonError::into_inner)
}
