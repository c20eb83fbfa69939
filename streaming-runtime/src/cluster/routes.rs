//! Where clients were when they were asked last, so that what is for them goes with all else that is for their node.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use super::post::Post;
use crate::id::ClientId;

/// So many are known; then they are learned anew.
const MANY: usize = 65_536;

/// Clients of other nodes. A node that has the client no more says so, and then it is forgotten.
#[derive(Debug, Default)]
pub(super) struct Routes(Mutex<HashMap<ClientId, Post>>);

impl Routes {
    fn lock(&self) -> MutexGuard<'_, HashMap<ClientId, Post>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn of(&self, client: &str) -> Option<Post> {
        self.lock().get(client).cloned()
    }

    pub(super) fn learn(&self, client: &ClientId, post: Post) {
        let mut routes = self.lock();
        if routes.len() >= MANY {
            routes.clear();
        }
        routes.insert(client.clone(), post);
    }

    /// The client is not there any more.
    pub(super) fn forget(&self, client: &str) {
        self.lock().remove(client);
    }
}
