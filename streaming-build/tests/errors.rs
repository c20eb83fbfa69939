//! What is told of each mistake, kept as files.
//!
//! `UPDATE_GOLDEN=1 cargo test -p streaming-build` writes them anew.

#![allow(clippy::unwrap_used, reason = "tests fail so")]

use std::{env, fs, path::Path};

use streaming_build::{Builder, configure};

/// The report of `proto` must be that of the file `<case>.txt`.
fn check(case: &str, proto: &str, builder: Builder) {
    let out = Path::new(env!("CARGO_TARGET_TMPDIR")).join("errors");
    fs::create_dir_all(&out).unwrap();
    let proto = format!("tests/errors/{proto}.proto");
    let result = builder.out_dir(&out).compile_protos(&[proto], &["tests/errors"]);
    let told = match result {
        Ok(()) => panic!("{case}: nothing was found"),
        Err(error) => format!("{error:?}\n"),
    };
    let kept = Path::new("tests/errors").join(case).with_extension("txt");
    if env::var_os("UPDATE_GOLDEN").is_some() {
        fs::write(&kept, &told).unwrap();
    }
    let expected = fs::read_to_string(&kept).unwrap_or_default();
    assert_eq!(told, expected, "{} differs from what is told", kept.display());
}

#[test]
fn no_client_id() {
    let builder = configure().only(["no_client_id.v1.Bots/Connect"]);
    check("no_client_id", "no_client_id", builder);
}

#[test]
fn client_id_of_wrong_type() {
    let builder = configure().only(["wrong_type.v1.Bots/Connect"]);
    check("client_id_of_wrong_type", "client_id_of_wrong_type", builder);
}

#[test]
fn several_client_ids() {
    let builder = configure().only(["several_ids.v1.Bots/Connect"]);
    check("several_client_ids", "several_client_ids", builder);
}

#[test]
fn several_marked() {
    check("several_marked", "several_marked", configure());
}

#[test]
fn several_oneofs() {
    let builder = configure().heartbeat("several_oneofs.v1.Up", "text");
    check("several_oneofs", "several_oneofs", builder);
}

#[test]
fn several_acks() {
    let builder = configure().no_publish("several_acks.v1.Bots/Connect", "dump");
    check("several_acks", "several_acks", builder);
}

#[test]
fn options_in_wrong_places() {
    check("options_in_wrong_places", "options_in_wrong_places", configure());
}

#[test]
fn ack_without_id() {
    check("ack_without_id", "ack_without_id", configure());
}

#[test]
fn calls_about_nothing() {
    let builder = configure()
        .client_id("base.v1.Upp", "client_id")
        .client_id("base.v1.Bots/Conect", "client_id")
        .command_id("base.v1.Up", "command_id")
        .ack("base.v1.Unused", "ack")
        .plain("base.v1.Bots/Get")
        .only(["base.v1.Bots/Connekt"]);
    check("calls_about_nothing", "base", builder);
}

#[test]
fn calls_with_wrong_fields() {
    let builder = configure()
        .client_id("base.v1.Up", "command_ack.comand_id")
        .command_id("base.v1.Down", "tags")
        .ping("base.v1.Down", "pingg")
        .heartbeat("base.v1.Up", "heartbeet")
        .reply("base.v1.Down", "strat", "config_schema")
        .no_publish("base.v1.Up", "sekret");
    check("calls_with_wrong_fields", "base", builder);
}

#[test]
fn calls_with_fields_that_do_not_fit() {
    let builder = configure()
        .client_id("base.v1.Up", "flag.id")
        .payload("base.v1.Down", "paylod")
        .runtime_path("no path");
    check("calls_with_fields_that_do_not_fit", "base", builder);
}

#[test]
fn a_reply_that_carries_no_id() {
    let builder = configure()
        .client_id("base.v1.Up", "flag")
        .ack("base.v1.Up", "heartbeat")
        .reply("base.v1.Down", "start", "config_schema")
        .reply("base.v1.Down", "stop", "schema");
    check("a_reply_that_carries_no_id", "base", builder);
}

#[test]
fn syntax() {
    check("syntax", "syntax", configure());
}

#[test]
fn unknown_type() {
    check("unknown_type", "unknown_type", configure());
}

#[test]
fn unknown_import() {
    check("unknown_import", "unknown_import", configure());
}

#[test]
fn no_such_file() {
    check("no_such_file", "no_such_file", configure());
}

#[test]
fn a_type_of_another_crate() {
    let builder = configure().prost(|config| {
        config.extern_path(".base.v1.Schema", "::other::Schema");
    });
    check("a_type_of_another_crate", "base", builder);
}

#[test]
fn a_set_that_is_none() {
    let error = configure().compile_descriptor_set(b"no set").unwrap_err();
    let told = format!("{error:?}");
    assert!(told.starts_with("build.rs: the descriptor set cannot be read: "), "{told}");
}

#[test]
fn an_id_in_a_well_known_type() {
    let builder = configure().client_id("wrapped_id.v1.Up", "id.value");
    check("an_id_in_a_well_known_type", "wrapped_id", builder);
}
