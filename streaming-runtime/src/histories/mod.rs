//! Random histories of a hub against a simple model: what must hold whatever happens, in whatever order.
//!
//! Each run plays others and says their seed; with `STREAMING_SEED=7` those of seed 7 are played. In memory a seed is
//! always the same run. Over TCP the steps are the same, and what meets what is not.

mod host;
mod model;
mod play;
mod step;
mod transport;

use std::{
    env,
    hash::{BuildHasher as _, RandomState},
    io::Write as _,
};

use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestError, TestRng, TestRunner};
use tokio::runtime::{Builder, Runtime};

use crate::{
    planted::Bug,
    sample::{Polite, Sample},
};
use step::{History, histories};

const HISTORIES: u32 = 10_000;
const OVER_TCP: u32 = 200;
/// Within so many, each planted bug is found.
const FOUND: u32 = 1000;

/// What a history shows that must not be.
type Fault = String;

/// Plays one history on one hub, where a history depends on nothing but its steps: no network, and no time that passes.
fn in_memory(history: &History) -> Result<(), Fault> {
    let runtime = Builder::new_current_thread().enable_time().start_paused(true).build();
    let runtime = runtime.expect("a runtime");
    play_on(&runtime, history, true)
}

/// Plays one history over TCP, where time passes.
fn over_tcp(history: &History) -> Result<(), Fault> {
    let runtime = Builder::new_current_thread().enable_all().build().expect("a runtime");
    play_on(&runtime, history, false)
}

fn play_on(runtime: &Runtime, history: &History, exact: bool) -> Result<(), Fault> {
    if history.setup.polite {
        runtime.block_on(play::play::<Polite>(history, exact))
    } else {
        runtime.block_on(play::play::<Sample>(history, exact))
    }
}

/// Plays histories until one shows a fault.
fn find(
    count: u32,
    seed: u64,
    simplify: u32,
    play: fn(&History) -> Result<(), Fault>,
) -> Result<(), (Fault, History)> {
    let config = Config {
        cases: count,
        failure_persistence: None,
        max_shrink_iters: simplify,
        ..Config::default()
    };
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &bytes);
    let mut runner = TestRunner::new_with_rng(config, rng);
    let outcome = runner.run(&histories(), |history| play(&history).map_err(TestCaseError::fail));
    match outcome {
        Ok(()) => Ok(()),
        Err(TestError::Fail(fault, history)) => Err((fault.message().to_owned(), history)),
        Err(TestError::Abort(why)) => panic!("the histories cannot be played: {why}"),
    }
}

/// Leaves out every step without which a history still shows a fault.
fn shorten(
    mut fault: Fault,
    mut history: History,
    play: fn(&History) -> Result<(), Fault>,
) -> (Fault, History) {
    for at in (0..history.steps.len()).rev() {
        let mut shorter = history.clone();
        shorter.steps.remove(at);
        if let Err(shows) = play(&shorter) {
            (fault, history) = (shows, shorter);
        }
    }
    (fault, history)
}

/// The seed that is asked for, else a new one. It is printed also where the test passes.
fn seed(what: &str) -> u64 {
    let seed = match env::var("STREAMING_SEED") {
        Ok(seed) => seed.parse().expect("STREAMING_SEED is a number"),
        Err(_) => RandomState::new().hash_one(()),
    };
    let _ = writeln!(std::io::stderr(), "histories {what}: STREAMING_SEED={seed}");
    seed
}

/// What shows a bug that is planted.
fn found(bug: Bug, within: u32, play: fn(&History) -> Result<(), Fault>) -> Fault {
    match bug.during(|| find(within, 1, 0, play)) {
        Ok(()) => panic!("{bug:?} was not found"),
        Err((fault, _)) => fault,
    }
}

#[test]
fn whatever_happens_the_invariants_hold() {
    let seed = seed("in memory");
    if let Err((fault, history)) = find(HISTORIES, seed, 2000, in_memory) {
        let (fault, history) = shorten(fault, history, in_memory);
        panic!("STREAMING_SEED={seed}: {fault}\n{history:?}");
    }
}

#[test]
fn whatever_happens_over_tcp_the_invariants_hold() {
    let seed = seed("over TCP");
    if let Err((fault, history)) = find(OVER_TCP, seed, 0, over_tcp) {
        panic!("STREAMING_SEED={seed}: {fault}\n{history:?}");
    }
}

#[test]
fn each_planted_bug_is_found() {
    // With what it is found.
    let bugs = [
        (Bug::Overlaps, "is open"),
        (Bug::HandlesLate, "runs outside of its session"),
        (Bug::DisconnectsTwice, "was disconnected twice"),
        (Bug::EndsUnasked, "is None, not Some"),
        (Bug::Overfills, "was accepted without room"),
        (Bug::RefusesWithRoom, "by Reject ended with Overflow"),
        (Bug::ForgetsWaiters, "wait for the room"),
        (Bug::MixesOrder, "was not written before"),
        (Bug::WritesSuperseded, "which is superseded"),
        (Bug::NeverCoalesces, "wait for"),
        (Bug::LosesUndelivered, "is undelivered"),
        (Bug::WritesEnded, "was written after"),
        (Bug::DeniesSent, "ended as"),
        (Bug::LosesReplies, "have no outcome"),
        (Bug::TimesOutEarly, "ended as"),
        (Bug::KeepsRequests, "are open, not"),
        (Bug::ForgetsRequests, "have no outcome"),
        (Bug::LetsInTwice, "is None, not Some"),
        (Bug::ResumesStrangers, "was never there"),
        (Bug::EndsStreams, " ended: "),
        (Bug::ServesLast, "although others wait"),
        (Bug::IgnoresKeys, "resumes: false"),
        (Bug::NeverExpires, "not None"),
        (Bug::Miscounts, "are connected, not"),
        (Bug::KeepsMembers, "are left in the hub"),
        (Bug::HidesRefusals, "is not of"),
        (Bug::LetsInLate, "was let in"),
        (Bug::KeepsSessions, "are left in the hub"),
    ];
    for (bug, shows) in bugs {
        let fault = found(bug, FOUND, in_memory);
        assert!(fault.contains(shows), "{bug:?} was found as: {fault}");
    }
}

#[test]
fn planted_bugs_are_found_over_tcp() {
    for (bug, shows) in [
        (Bug::Overlaps, "is open"),
        (Bug::DisconnectsTwice, "was disconnected twice"),
        (Bug::Overfills, "was accepted without room"),
        (Bug::MixesOrder, "was not written before"),
        (Bug::LosesUndelivered, "is undelivered"),
        (Bug::KeepsMembers, "are left in the hub"),
    ] {
        let fault = found(bug, OVER_TCP, over_tcp);
        assert!(fault.contains(shows), "{bug:?} was found as: {fault}");
    }
}
