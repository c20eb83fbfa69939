//! Ids for commands that came without one.

use std::{
    sync::atomic::{AtomicI32, AtomicU32, Ordering},
    time::SystemTime,
};

use crate::id::{IdKind, NewId};

const RANDOM_BITS: u32 = 22;

/// Makes ids that are unique across restarts and nodes, but for those of 32 bits.
pub(crate) struct NewIds {
    /// Starts at random, then counts: the lower bits of 64-bit ids.
    count: AtomicU32,
}

impl NewIds {
    pub(crate) fn new() -> Self {
        let (random, ..) = uuid::Uuid::new_v4().as_fields();
        Self { count: AtomicU32::new(random) }
    }

    /// An id for a field of this kind. `next` counts those of 32 bits, per session.
    pub(crate) fn next(&self, kind: IdKind, next: &AtomicI32) -> NewId {
        match kind {
            IdKind::Str => NewId::Str(uuid::Uuid::now_v7().to_string()),
            IdKind::Bytes => NewId::Bytes(uuid::Uuid::now_v7().as_bytes().to_vec()),
            IdKind::Int64 => NewId::Int(self.time_ordered()),
            IdKind::Int32 => NewId::Int(small(next).into()),
        }
    }

    /// 41 bits of milliseconds and 22 bits of random and counter: positive until the year 2039.
    fn time_ordered(&self) -> i64 {
        let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
        let millis = since.map_or(0, |since| since.as_millis() & ((1 << 41) - 1));
        let millis = u64::try_from(millis).expect("41 bits");
        let count = self.count.fetch_add(1, Ordering::Relaxed) & ((1 << RANDOM_BITS) - 1);
        let id = (millis << RANDOM_BITS) | u64::from(count);
        i64::try_from(id).expect("63 bits").max(1)
    }
}

/// Counts from 1, and from 1 again after the largest.
fn small(next: &AtomicI32) -> i32 {
    let step = |id: i32| Some(id.checked_add(1).unwrap_or(1));
    next.fetch_update(Ordering::Relaxed, Ordering::Relaxed, step).unwrap_or_else(|id| id)
}
