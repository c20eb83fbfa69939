//! Who is in which group: names and ids, which know nothing of sessions.

use std::{
    collections::{BTreeSet, HashMap, HashSet},
    hash::{BuildHasher as _, RandomState},
    sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock},
};

use crate::{id::ClientId, planted::planted, room::give_back};

const SHARDS: usize = 16;

type Shard = HashMap<Arc<str>, HashSet<ClientId>>;

/// The groups of a hub. One without members is not there.
pub(crate) struct Groups {
    hasher: RandomState,
    shards: [RwLock<Shard>; SHARDS],
}

impl Groups {
    pub(crate) fn new() -> Self {
        Self { hasher: RandomState::new(), shards: Default::default() }
    }

    /// The shard of a name. Nothing panics while it holds the lock.
    fn shard(&self, name: &str) -> &RwLock<Shard> {
        let hash = self.hasher.hash_one(name) % SHARDS as u64;
        &self.shards[usize::try_from(hash).expect("less than the number of shards")]
    }

    /// The members of a group, in no order.
    pub(crate) fn members(&self, name: &str) -> Vec<ClientId> {
        let shard = self.shard(name).read().unwrap_or_else(PoisonError::into_inner);
        shard.get(name).map(|members| members.iter().cloned().collect()).unwrap_or_default()
    }

    fn join(&self, name: &Arc<str>, client: &ClientId) {
        let mut shard = self.shard(name).write().unwrap_or_else(PoisonError::into_inner);
        shard.entry(name.clone()).or_default().insert(client.clone());
    }

    fn leave(&self, name: &str, client: &ClientId) {
        let mut shard = self.shard(name).write().unwrap_or_else(PoisonError::into_inner);
        if let Some(members) = shard.get_mut(name) {
            members.remove(client);
            if members.is_empty() {
                shard.remove(name);
                give_back(&mut shard);
            }
        }
    }
}

/// The groups of one session, of which it is a member until it ends. `None`: it has ended.
///
/// Its lock is held across each change, so that no membership outlives the session. The next session of the same id opens
/// only after that, which is why groups hold ids: an id means one session at a time.
pub(crate) struct Memberships(Mutex<Option<BTreeSet<Arc<str>>>>);

impl Memberships {
    pub(crate) fn new() -> Self {
        Self(Mutex::new(Some(BTreeSet::new())))
    }

    fn lock(&self) -> MutexGuard<'_, Option<BTreeSet<Arc<str>>>> {
        self.0.lock().expect("nothing panics while it holds the names of groups")
    }

    /// Does nothing where the session has ended.
    pub(crate) fn join(&self, groups: &Groups, name: &str, client: &ClientId) {
        if let Some(names) = &mut *self.lock()
            && !names.contains(name)
        {
            let name = Arc::from(name);
            groups.join(&name, client);
            names.insert(name);
        }
    }

    pub(crate) fn leave(&self, groups: &Groups, name: &str, client: &ClientId) {
        if self.lock().as_mut().is_some_and(|names| names.remove(name)) {
            groups.leave(name, client);
        }
    }

    /// Leaves all groups for good.
    pub(crate) fn end(&self, groups: &Groups, client: &ClientId) {
        planted!(KeepsMembers => return);
        let mut names = self.lock();
        for name in names.take().into_iter().flatten() {
            groups.leave(&name, client);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn members(groups: &Groups, name: &str) -> Vec<String> {
        let mut members: Vec<_> = groups.members(name).iter().map(ToString::to_string).collect();
        members.sort();
        members
    }

    fn count(groups: &Groups) -> usize {
        groups.shards.iter().map(|shard| shard.read().expect("no panic").len()).sum()
    }

    #[test]
    fn a_client_is_a_member_from_join_to_leave_and_a_group_is_there_while_it_has_members() {
        let groups = Groups::new();
        let [a, b] = ["a", "b"].map(|id| (ClientId::from(id), Memberships::new()));
        for (id, memberships) in [&a, &b, &a] {
            memberships.join(&groups, "lobby", id);
        }
        a.1.join(&groups, "", &a.0);
        assert_eq!(members(&groups, "lobby"), ["a", "b"]);
        assert_eq!(members(&groups, ""), ["a"], "an empty name is one");
        a.1.leave(&groups, "lobby", &a.0);
        a.1.leave(&groups, "never joined", &a.0);
        assert_eq!(members(&groups, "lobby"), ["b"]);
        assert_eq!(members(&groups, ""), ["a"]);
        b.1.leave(&groups, "lobby", &b.0);
        assert_eq!(members(&groups, "lobby"), [""; 0]);
        assert_eq!(count(&groups), 1, "a group stays without members");
    }

    #[test]
    fn nothing_is_left_of_a_session_that_has_ended_and_it_joins_no_more() {
        let groups = Groups::new();
        let id = ClientId::from("a");
        let (old, new) = (Memberships::new(), Memberships::new());
        for name in 0..1000 {
            old.join(&groups, &name.to_string(), &id);
        }
        old.end(&groups, &id);
        old.join(&groups, "lobby", &id);
        assert_eq!(count(&groups), 0);
        let room: usize =
            groups.shards.iter().map(|s| s.read().expect("no panic").capacity()).sum();
        assert_eq!(room, 0, "the room of {room} names is kept for none");
        // Its successor's are not its to leave.
        new.join(&groups, "lobby", &id);
        old.leave(&groups, "lobby", &id);
        old.end(&groups, &id);
        assert_eq!(members(&groups, "lobby"), ["a"]);
    }
}
