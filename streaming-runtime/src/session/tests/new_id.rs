//! Ids that the hub makes up.

use std::{
    collections::HashSet,
    sync::atomic::{AtomicI32, Ordering},
};

use super::super::NewIds;
use crate::id::{IdKind, NewId};

fn next(ids: &NewIds, kind: IdKind) -> NewId {
    ids.next(kind, &AtomicI32::new(1))
}

#[test]
fn each_kind_of_field_gets_its_form() {
    let ids = NewIds::new();
    let NewId::Str(text) = next(&ids, IdKind::Str) else { panic!("no string") };
    let uuid = uuid::Uuid::try_parse(&text).expect("a UUID");
    assert_eq!((uuid.get_version_num(), text.len()), (7, 36));
    let NewId::Bytes(bytes) = next(&ids, IdKind::Bytes) else { panic!("no bytes") };
    let uuid = uuid::Uuid::from_slice(&bytes).expect("16 bytes");
    assert_eq!(uuid.get_version_num(), 7);
    assert!(matches!(next(&ids, IdKind::Int64), NewId::Int(id) if id > i64::from(i32::MAX)));
    assert_eq!(next(&ids, IdKind::Int32), NewId::Int(1));
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
            let NewId::Int(id) = next(ids, IdKind::Int64) else { panic!("no integer") };
            assert!(id > 0, "{id}");
            clashes += usize::from(!seen.insert(id));
        }
    }
    // Counters that start at random can meet within one millisecond; that they do is a matter of one in hundreds.
    assert!(clashes < 20_000 / 10, "{clashes} ids came twice");

    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    let now = since.expect("after 1970").as_millis() & ((1 << 41) - 1);
    let NewId::Int(id) = next(&one, IdKind::Int64) else { panic!("no integer") };
    let millis = u128::try_from(id >> 22).expect("positive");
    assert!(millis.abs_diff(now) < 60_000, "{millis} is not {now}");
}

#[test]
fn ids_of_one_hub_are_unique() {
    let ids = NewIds::new();
    for kind in [IdKind::Str, IdKind::Bytes, IdKind::Int64] {
        let made: HashSet<_> = (0..10_000).map(|_| next(&ids, kind).as_ref().to_string()).collect();
        assert_eq!(made.len(), 10_000, "{kind:?}");
    }
}

#[test]
fn ids_of_32_bits_count_from_1_and_begin_anew_after_the_largest() {
    let ids = NewIds::new();
    let counter = AtomicI32::new(1);
    let next = || match ids.next(IdKind::Int32, &counter) {
        NewId::Int(id) => id,
        other => panic!("{other:?}"),
    };
    assert_eq!([next(), next(), next()], [1, 2, 3]);
    counter.store(i32::MAX - 1, Ordering::Relaxed);
    assert_eq!([next(), next(), next()], [(i32::MAX - 1).into(), i32::MAX.into(), 1]);
}
