//! Who is connected: from ids to sessions, in shards so that look-ups seldom meet.

use std::{
    collections::{HashMap, hash_map::Entry},
    hash::BuildHasher as _,
    sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard},
};

use foldhash::fast::RandomState;
use tokio::time::Instant;

use crate::{
    config::Duplicates,
    context::Context,
    contract::Contract,
    id::{ClientId, IdRef},
    planted::planted,
    resume::Key,
    room::give_back,
    session::Session,
    status::{Reason, Refusal},
    take_overs::TakeOvers,
};

const SHARDS: usize = 64;

type Shard<C> = HashMap<ClientId, Holder<C>>;

struct Holder<C: Contract> {
    session: Arc<Session<C>>,
    taken_over: TakeOvers,
}

/// The newest session of every id. It stays until nothing of it runs any more, so that its successor can wait for it.
pub(crate) struct Registry<C: Contract> {
    hasher: RandomState,
    shards: Box<[RwLock<Shard<C>>]>,
}

impl<C: Contract> Registry<C> {
    pub(super) fn new() -> Self {
        Self {
            hasher: RandomState::default(),
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
        let session = id.with_str(|id| Some(read(self.shard(id)).get(id)?.session.clone()))?;
        session.is_live().then_some(session)
    }

    /// Makes `session` the newest of its id. The one before ends; it is given back, to be waited for. `shown` is the key of
    /// a session that its client knows.
    pub(super) fn claim(
        &self,
        session: &Arc<Session<C>>,
        shown: Option<Key>,
    ) -> Result<Option<Arc<Session<C>>>, Refusal> {
        let Context { config, gate, .. } = &*session.context;
        let mut shard = write(self.shard(session.id()));
        if gate.is_closed() {
            // Looked at under the lock: whoever closes the gate first and looks for sessions then finds them all.
            return Err(Refusal::Draining);
        }
        let before = match shard.entry(session.id().clone()) {
            Entry::Vacant(vacant) => {
                vacant
                    .insert(Holder { session: session.clone(), taken_over: TakeOvers::default() });
                None
            }
            Entry::Occupied(mut occupied) => {
                let holder = occupied.get_mut();
                if !holder.session.has_ended() && !holder.session.is_away() {
                    planted!(LetsInTwice => return Ok(Some(std::mem::replace(&mut holder.session, session.clone()))));
                    let own = shown.is_some_and(|key| holder.session.seat.key() == key);
                    if config.duplicates == Duplicates::Reject && !own {
                        return Err(Refusal::Duplicate);
                    }
                    if !holder.taken_over.count(config.take_over_limit, Instant::now()) {
                        return Err(Refusal::TakeOverLimit);
                    }
                }
                Some(std::mem::replace(&mut holder.session, session.clone()))
            }
        };
        drop(shard);
        if let Some(before) = &before {
            before.end(Reason::Replaced);
        }
        Ok(before)
    }

    /// Forgets `session`, unless it has a successor.
    pub(super) fn release(&self, session: &Arc<Session<C>>) {
        let mut shard = write(self.shard(session.id()));
        if shard.get(session.id()).is_some_and(|newest| Arc::ptr_eq(&newest.session, session)) {
            shard.remove(session.id());
            give_back(&mut shard);
        }
    }

    /// For how many ids there is room.
    #[cfg(test)]
    pub(super) fn room(&self) -> usize {
        self.shards.iter().map(|shard| read(shard).capacity()).sum()
    }

    /// Calls `f` for every session that can be sent to. `f` must not come back to the registry.
    pub(crate) fn for_each_live(&self, mut f: impl FnMut(&Arc<Session<C>>)) {
        self.for_each(|session| {
            if session.is_live() {
                f(session);
            }
        });
    }

    /// Calls `f` for the newest session of every id, live or not. `f` must not come back to the registry.
    pub(crate) fn for_each(&self, mut f: impl FnMut(&Arc<Session<C>>)) {
        for shard in &self.shards {
            read(shard).values().for_each(|holder| f(&holder.session));
        }
    }
}

fn read<C: Contract>(shard: &RwLock<Shard<C>>) -> RwLockReadGuard<'_, Shard<C>> {
    shard.read().unwrap_or_else(PoisonError::into_inner)
}

fn write<C: Contract>(shard: &RwLock<Shard<C>>) -> RwLockWriteGuard<'_, Shard<C>> {
    shard.write().unwrap_or_else(PoisonError::into_inner)
}
