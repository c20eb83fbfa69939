//! What a client sends in an rpc.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| wire::frames(data));
