//! What is emitted, kept as files: a change of one is a change of the public interface, and is reviewed as one.
//!
//! `UPDATE_GOLDEN=1 cargo test -p streaming-build` writes them anew.

#![allow(clippy::unwrap_used, reason = "tests fail so")]

mod place;

use std::{env, fs, path::Path};

use streaming_build::{Builder, configure};

/// Generates `proto`, and holds each of `files` against its golden one.
fn check(name: &str, proto: &str, files: &[&str], builder: Builder) {
    let out = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    fs::create_dir_all(&out).unwrap();
    builder.out_dir(&out).compile_protos(&[proto], &["tests/protos", "../proto"]).unwrap();
    let golden = Path::new("tests/golden").join(name);
    fs::create_dir_all(&golden).unwrap();
    for file in files {
        let mut emitted = fs::read(out.join(file)).unwrap();
        if Path::new(file).extension().is_some_and(|extension| extension == "rs") {
            let text = String::from_utf8(emitted).unwrap();
            emitted = place::as_build_script(&text, file!()).into_bytes();
        }
        let kept = golden.join(file);
        if env::var_os("UPDATE_GOLDEN").is_some() {
            fs::write(&kept, &emitted).unwrap();
        }
        let expected = fs::read(&kept).unwrap_or_default();
        if emitted != expected {
            let (emitted, expected) =
                (String::from_utf8_lossy(&emitted), String::from_utf8_lossy(&expected));
            let line = emitted.lines().zip(expected.lines()).position(|(a, b)| a != b);
            panic!(
                "{} differs from what is emitted, first in line {:?}; look at `diff {} {}`, then run with UPDATE_GOLDEN=1",
                kept.display(),
                line.map(|line| line + 1),
                kept.display(),
                out.join(file).display()
            );
        }
    }
}

#[test]
fn the_example() {
    check(
        "trading",
        "../proto/trading/v1/trading.proto",
        &["trading.v1.rs", "trading.v1.bin"],
        configure(),
    );
}

#[test]
fn the_client_id_in_a_variant_and_scalar_variants() {
    check("nested", "tests/protos/nested.proto", &["nested.v1.rs", "nested.v1.bin"], configure());
}

#[test]
fn a_bool_ping_and_options() {
    check("flag", "tests/protos/flag.proto", &["flag.v1.rs", "flag.v1.bin"], configure());
}

#[test]
fn keywords_and_names_that_are_taken() {
    check("names", "tests/protos/names.proto", &["names.type.rs", "names.type.bin"], configure());
}

#[test]
fn types_of_another_package() {
    check(
        "foreign",
        "tests/protos/foreign.proto",
        &["foreign.v1.rs", "common.v1.rs", "streaming.rs", "foreign.v1.bin", "common.v1.bin"],
        configure(),
    );
}

#[test]
fn several_services_and_other_rpcs() {
    check(
        "several",
        "tests/protos/several.proto",
        &["several.v1.rs", "several.v1.bin"],
        configure(),
    );
}

#[test]
fn answers_in_envelopes() {
    check(
        "envelope",
        "tests/protos/envelope.proto",
        &["envelope.v1.rs", "envelope.v1.bin"],
        configure().client_id("envelope.v1.Control/Control", "worker"),
    );
}

#[test]
fn answers_to_messages_and_goodbyes() {
    check(
        "answers",
        "tests/protos/answers.proto",
        &["answers.v1.rs", "answers.v1.bin"],
        configure(),
    );
}

#[test]
fn answers_in_envelopes_that_the_client_asks_for() {
    check(
        "state",
        "tests/protos/state.proto",
        &["state.v1.rs", "state.v1.bin"],
        configure()
            .message_id("state.v1.StateRequest", "id")
            .client_id_assigned("state.v1.State/State"),
    );
}

#[test]
fn presence_in_proto2() {
    check("legacy", "tests/protos/legacy.proto", &["legacy.v1.rs", "legacy.v1.bin"], configure());
}

#[test]
fn roles_that_calls_name() {
    let (rpc, up, down) =
        ("overridden.v1.service/Self", "overridden.v1.Upward", "overridden.v1.Downward");
    check(
        "overridden",
        "tests/protos/overridden.proto",
        &["overridden.v1.rs", "overridden.v1.bin"],
        configure()
            .payload(up, "right")
            .client_id(rpc, "who.card.number")
            .command_id(down, "ref")
            .ack(up, "outcome")
            .reply(down, "grant", "outcome")
            .message_id(up, "wish.wishNo")
            .message_id(up, "secretWish.wishNo")
            .answer(up, "secretWish", "grant")
            .ping(down, "probe")
            .pong(up, "back")
            .heartbeat(up, "alive")
            .goodbye(up, "leave")
            .no_publish(up, "secretWish")
            .overflow(down, "grant", "wait")
            .overflow(rpc, "grant", "disconnect")
            .coalesce(rpc, "join")
            .client_id_assigned("overridden.v1.service/async")
            .no_goodbye("overridden.v1.Silent")
            .only([rpc, "overridden.v1.service/async"])
            .plain("overridden.v1.service/Kept"),
    );
}

#[test]
fn one_type_both_ways_without_package() {
    check("packets", "tests/protos/packets.proto", &["_.rs", "_.bin"], configure());
}

#[test]
fn every_kind_of_field() {
    check(
        "kinds",
        "tests/protos/kinds.proto",
        &["kinds.v1.rs", "kinds.v1.bin"],
        configure().prost(|config| {
            config.btree_map(["."]).bytes([".kinds.v1.All.blobs"]);
        }),
    );
}

#[test]
fn names_of_the_prelude_and_what_is_deprecated() {
    check(
        "hostile",
        "tests/protos/hostile.proto",
        &["hostile.v1.rs", "hostile.v1.bin"],
        configure(),
    );
}
