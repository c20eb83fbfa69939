//! The corpus of the fuzz targets, and more like it.

use std::{env, fs, path::Path};

use proptest::{
    collection::vec,
    prelude::*,
    sample::{Index, select},
    test_runner::{Config, RngSeed, TestRunner},
};
use wire::{connection, frames};

const CASES: u32 = 300;

/// The bytes in a folder of the corpus, each with the name of its file.
fn corpus(target: &str) -> Vec<(String, Vec<u8>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus").join(target);
    let files = fs::read_dir(folder).expect("the corpus").map(|file| {
        let file = file.expect("a file");
        let name = file.file_name().into_string().expect("an ASCII name");
        (name, fs::read(file.path()).expect("its bytes"))
    });
    files.collect()
}

fn hold(target: &str, does_no_harm: fn(&[u8])) {
    let corpus = corpus(target);
    assert!(corpus.len() > 20, "only {} files", corpus.len());
    for (name, bytes) in corpus {
        println!("{target}/{name}");
        does_no_harm(&bytes);
    }
}

#[test]
fn known_frames_do_no_harm() {
    hold("frames", frames);
}

#[test]
fn known_connections_do_no_harm() {
    hold("connection", connection);
}

/// What becomes of known bytes.
#[derive(Clone, Debug)]
enum Change {
    Put(Index, u8),
    Insert(Index, Vec<u8>),
    Remove(Index, usize),
    /// From here on it goes on as the other does.
    GoOnAs(Index, Vec<u8>),
}

impl Change {
    fn of(others: Vec<Vec<u8>>) -> impl Strategy<Value = Self> {
        let at = any::<Index>;
        prop_oneof![
            (at(), any::<u8>()).prop_map(|(at, byte)| Self::Put(at, byte)),
            (at(), vec(any::<u8>(), 1..20)).prop_map(|(at, bytes)| Self::Insert(at, bytes)),
            (at(), 1_usize..20).prop_map(|(at, bytes)| Self::Remove(at, bytes)),
            (at(), select(others)).prop_map(|(at, other)| Self::GoOnAs(at, other)),
        ]
    }

    fn apply(self, bytes: &mut Vec<u8>) {
        let within = |at: Index, bytes: &Vec<u8>| at.index(bytes.len() + 1);
        match self {
            Self::Put(at, byte) => {
                let at = within(at, bytes);
                bytes.resize(bytes.len().max(at + 1), 0);
                bytes[at] = byte;
            }
            Self::Insert(at, more) => {
                let at = within(at, bytes);
                bytes.splice(at..at, more);
            }
            Self::Remove(at, count) => {
                let at = within(at, bytes);
                bytes.drain(at..bytes.len().min(at + count));
            }
            Self::GoOnAs(at, other) => {
                bytes.truncate(within(at, bytes));
                bytes.extend(&other[at.index(other.len() + 1)..]);
            }
        }
    }
}

/// Known bytes with some changes, and now and then unknown ones.
fn bytes(target: &str) -> impl Strategy<Value = Vec<u8>> {
    let known: Vec<_> = corpus(target).into_iter().map(|(_, bytes)| bytes).collect();
    let changes = vec(Change::of(known.clone()), 1..6);
    let changed = (select(known), changes).prop_map(|(mut bytes, changes)| {
        for change in changes {
            change.apply(&mut bytes);
        }
        bytes
    });
    prop_oneof![8 => changed, 1 => vec(any::<u8>(), 0..200)]
}

/// Says with which seed, so that it can be run again: `PROPTEST_RNG_SEED=1 cargo test --package wire`.
fn try_many(target: &str, does_no_harm: fn(&[u8])) {
    let mut config = Config { cases: CASES, failure_persistence: None, ..Config::default() };
    if config.rng_seed == RngSeed::Random {
        let seed = std::time::SystemTime::UNIX_EPOCH.elapsed().expect("it is past 1970");
        config.rng_seed = RngSeed::Fixed(u64::from(seed.subsec_nanos()));
    }
    println!("PROPTEST_RNG_SEED={}", config.rng_seed);
    let seed = config.rng_seed;
    let tried = TestRunner::new(config).run(&bytes(target), |bytes| {
        does_no_harm(&bytes);
        Ok(())
    });
    tried.unwrap_or_else(|harm| panic!("{harm}\nPROPTEST_RNG_SEED={seed}"));
}

#[test]
fn whatever_comes_in_an_rpc_does_no_harm() {
    try_many("frames", frames);
}

#[test]
fn whatever_comes_on_a_connection_does_no_harm() {
    try_many("connection", connection);
}
