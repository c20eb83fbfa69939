//! What a client declares is not yet memory. In a process of its own: it counts what is allocated on all threads.

use std::alloc::System;

use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};
use wire::frames;

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

const MIB: usize = 1024 * 1024;

/// What is allocated in all while these bytes come in an rpc.
fn allocated(bytes: &[u8]) -> usize {
    let region = Region::new(ALLOCATOR);
    frames(bytes);
    region.change().bytes_allocated
}

/// A message that declares so many bytes and has three.
fn declares(bytes: u32) -> Vec<u8> {
    [&[0], &bytes.to_be_bytes()[..], b"abc"].concat()
}

#[test]
fn a_message_that_declares_too_much_gets_no_memory_and_another_no_more_than_it_declares() {
    let small = declares(4);
    // What is made once.
    frames(&small);
    let usual = allocated(&small);
    assert!(usual < MIB, "{usual} bytes without any reason");
    let limit = 4 * MIB;
    for refused in [limit + 1, u32::MAX as usize] {
        let refused = u32::try_from(refused).expect("32 bits");
        let more = allocated(&declares(refused)).saturating_sub(usual);
        assert!(more < MIB / 4, "{more} bytes for a message of {refused} that is refused");
    }
    let more = allocated(&declares(u32::try_from(limit).expect("32 bits"))) - usual;
    assert!(more < limit + MIB / 4, "{more} bytes for a message of {limit}");
}
