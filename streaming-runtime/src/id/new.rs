//! Ids for commands that came without one.

use std::{
    sync::atomic::{AtomicI32, AtomicU64, Ordering},
    time::SystemTime,
};

use uuid::{Builder, Uuid};

use super::{IdKind, OwnedId};

const RANDOM_BITS: u32 = 22;

/// Makes ids that are unique across restarts and nodes, but for those of 32 bits.
pub(crate) struct NewIds {
    /// Starts at random, then counts: the lower bits of 64-bit ids, and of UUIDs.
    count: AtomicU64,
    /// What is random in all of its UUIDs beside that.
    random: [u8; 2],
}

impl NewIds {
    pub(crate) fn new() -> Self {
        let (random, count) = (Uuid::new_v4().into_bytes(), Uuid::new_v4().as_u64_pair().1);
        Self { count: AtomicU64::new(count), random: [random[0], random[1]] }
    }

    /// An id for a field of this kind. `next` counts those of 32 bits, per session.
    pub(crate) fn next(&self, kind: IdKind, next: &AtomicI32) -> OwnedId {
        match kind {
            IdKind::Str => {
                let mut text = Uuid::encode_buffer();
                OwnedId::Str(self.uuid().hyphenated().encode_lower(&mut text).to_owned())
            }
            IdKind::Bytes => OwnedId::Bytes(self.uuid().as_bytes().to_vec()),
            IdKind::Int64 => OwnedId::Int(self.time_ordered().into()),
            IdKind::Int32 => OwnedId::Int(small(next).into()),
        }
    }

    fn count(&self) -> u64 {
        self.count.fetch_add(1, Ordering::Relaxed)
    }

    /// A UUID (version 7) whose 74 random bits are a counter that starts at random: to draw them anew takes longer.
    fn uuid(&self) -> Uuid {
        let mut counter = [0; 10];
        counter[..2].copy_from_slice(&self.random);
        // The two highest bits are the UUID's own.
        counter[2..].copy_from_slice(&self.count().to_be_bytes());
        Builder::from_unix_timestamp_millis(millis(), &counter).into_uuid()
    }

    /// 41 bits of milliseconds and 22 bits of random and counter: positive until the year 2039.
    fn time_ordered(&self) -> i64 {
        let millis = millis() & ((1 << 41) - 1);
        let id = (millis << RANDOM_BITS) | (self.count() & ((1 << RANDOM_BITS) - 1));
        i64::try_from(id).expect("63 bits").max(1)
    }
}

/// Since the Unix epoch.
fn millis() -> u64 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    since.as_secs() * 1000 + u64::from(since.subsec_millis())
}

/// Counts from 1, and from 1 again after the largest.
fn small(next: &AtomicI32) -> i32 {
    let step = |id: i32| Some(id.checked_add(1).unwrap_or(1));
    next.fetch_update(Ordering::Relaxed, Ordering::Relaxed, step).unwrap_or_else(|id| id)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    fn next(ids: &NewIds, kind: IdKind) -> OwnedId {
        ids.next(kind, &AtomicI32::new(1))
    }

    #[test]
    fn each_kind_of_field_gets_its_form() {
        let ids = NewIds::new();
        let OwnedId::Str(text) = next(&ids, IdKind::Str) else { panic!("no string") };
        let uuid = Uuid::try_parse(&text).expect("a UUID");
        assert_eq!((uuid.get_version_num(), text.len()), (7, 36));
        let OwnedId::Bytes(bytes) = next(&ids, IdKind::Bytes) else { panic!("no bytes") };
        let uuid = Uuid::from_slice(&bytes).expect("16 bytes");
        assert_eq!(uuid.get_version_num(), 7);
        assert!(matches!(next(&ids, IdKind::Int64), OwnedId::Int(id) if id > i32::MAX.into()));
        assert_eq!(next(&ids, IdKind::Int32), OwnedId::Int(1));
        for kind in [IdKind::Str, IdKind::Bytes, IdKind::Int64, IdKind::Int32] {
            assert!(!next(&ids, kind).as_ref().is_empty(), "{kind:?}");
        }
    }

    #[test]
    fn ids_of_64_bits_are_unique_over_two_hubs_and_begin_with_the_time() {
        let (one, other) = (NewIds::new(), NewIds::new());
        let mut seen = HashSet::new();
        let mut clashes = 0;
        for _ in 0..10_000 {
            for ids in [&one, &other] {
                let OwnedId::Int(id) = next(ids, IdKind::Int64) else { panic!("no integer") };
                assert!(id > 0, "{id}");
                clashes += usize::from(!seen.insert(id));
            }
        }
        // Counters that start at random can meet within one millisecond; that they do is a matter of one in hundreds.
        assert!(clashes < 20_000 / 10, "{clashes} ids came twice");

        let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
        let now = since.expect("after 1970").as_millis() & ((1 << 41) - 1);
        let OwnedId::Int(id) = next(&one, IdKind::Int64) else { panic!("no integer") };
        let millis = u128::try_from(id >> 22).expect("positive");
        assert!(millis.abs_diff(now) < 60_000, "{millis} is not {now}");
    }

    #[test]
    fn ids_of_one_hub_are_unique() {
        let ids = NewIds::new();
        for kind in [IdKind::Str, IdKind::Bytes, IdKind::Int64] {
            let made: HashSet<_> =
                (0..10_000).map(|_| next(&ids, kind).as_ref().to_string()).collect();
            assert_eq!(made.len(), 10_000, "{kind:?}");
        }
    }

    #[test]
    fn ids_of_32_bits_count_from_1_and_begin_anew_after_the_largest() {
        let ids = NewIds::new();
        let counter = AtomicI32::new(1);
        let next = || match ids.next(IdKind::Int32, &counter) {
            OwnedId::Int(id) => id,
            other => panic!("{other:?}"),
        };
        assert_eq!([next(), next(), next()], [1, 2, 3]);
        counter.store(i32::MAX - 1, Ordering::Relaxed);
        assert_eq!([next(), next(), next()], [(i32::MAX - 1).into(), i32::MAX.into(), 1]);
    }
}
