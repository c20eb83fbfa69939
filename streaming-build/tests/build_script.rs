//! What cargo gets to read, and the other ways in.

#![allow(clippy::unwrap_used, reason = "tests fail so")]

mod place;

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
};

use streaming_build::configure;

const PROTO: &str = "tests/errors/client_ids/no_client_id.proto";

fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).unwrap();
    folder
}

/// Runs the test `name` of this file as cargo runs a build script; what it prints for cargo, and whether it went well.
fn as_build_script(name: &str) -> (Vec<String>, bool) {
    let output = Command::new(env::current_exe().unwrap())
        .args(["--exact", name, "--ignored", "--nocapture"])
        .env("OUT_DIR", folder(name))
        .env("TARGET", "some-target")
        .env("HOST", "some-host")
        .env("NUM_JOBS", "1")
        .output()
        .unwrap();
    let printed = String::from_utf8(output.stdout).unwrap();
    // The harness puts the name of the test in front of the first.
    let cargo =
        printed.lines().filter_map(|line| line.find("cargo::").map(|at| line[at..].to_owned()));
    (cargo.map(|line| place::as_build_script(&line, file!())).collect(), output.status.success())
}

#[test]
#[ignore = "run by the test below"]
fn script_with_findings() {
    configure()
        .only(["no_client_id.v1.Bots/Connect"])
        .client_id("no.v1.Such", "thing")
        .compile_protos(&[PROTO], &["tests/errors/client_ids", "not/there"])
        .unwrap();
}

#[test]
fn findings_are_told_to_cargo_and_the_script_ends_well() {
    let (cargo, success) = as_build_script("script_with_findings");
    assert!(success);
    assert_eq!(
        cargo,
        [
            "cargo::rerun-if-changed=tests/errors/client_ids",
            "cargo::rerun-if-changed=tests/errors/client_ids/no_client_id.proto",
            "cargo::rerun-if-changed=tests/errors/client_ids/no_client_id.proto",
            "cargo::error=build.rs:LINE: `.client_id(\"no.v1.Such\", \"thing\")`: no message `no.v1.Such`; messages: `no_client_id.v1.Entry.List`, `no_client_id.v1.Up`",
            "cargo::error=tests/errors/client_ids/no_client_id.proto:6:3: `no_client_id.v1.Bots.Connect` has no client id: `Up` has no field `client_id`; mark one with `[(streaming.client_id) = true]` or call `.client_id(\"no_client_id.v1.Up\", \"…\")`; fields that could hold it: `bot_id`, `hello.device_id`, `name`; or take it from a header, the identity or the hub: `.client_id_from_metadata`, `.client_id_authenticated`, `.client_id_assigned`",
        ]
    );
}

#[test]
#[ignore = "run by the test below"]
fn script_with_imports() {
    streaming_build::compile_protos(&["tests/protos/foreign.proto"], &["tests/protos"]).unwrap();
}

#[test]
fn every_file_that_is_read_is_watched() {
    let (cargo, success) = as_build_script("script_with_imports");
    assert!(success);
    assert_eq!(
        cargo,
        [
            "cargo::rerun-if-changed=tests/protos",
            "cargo::rerun-if-changed=tests/protos/foreign.proto",
            "cargo::rerun-if-changed=tests/protos/common/v1/money.proto",
            "cargo::rerun-if-changed=tests/protos/foreign.proto",
        ]
    );
    let out = Path::new(env!("CARGO_TARGET_TMPDIR")).join("script_with_imports");
    for file in ["foreign.v1.rs", "common.v1.rs", "streaming.rs", "common.v1.bin"] {
        assert!(out.join(file).is_file(), "{file} is not there");
    }
}

#[test]
#[ignore = "run by the test below"]
fn script_with_a_syntax_error() {
    streaming_build::compile_protos(
        &["tests/errors/files/unknown_import.proto"],
        &["tests/errors/files"],
    )
    .unwrap();
}

#[test]
fn a_proto_that_does_not_compile_is_watched() {
    let (cargo, success) = as_build_script("script_with_a_syntax_error");
    assert!(success);
    let watched = "cargo::rerun-if-changed=tests/errors/files/unknown_import.proto".to_owned();
    assert!(cargo.contains(&watched), "{cargo:?}");
    let error = "cargo::error=tests/errors/files/unknown_import.proto:3:1: import `nowhere/to_be_found.proto` not found; include folders: `tests/errors/files`; protos: `almost_an_import.proto`, `no_syntax.proto`, `syntax.proto`, `unknown_import.proto`, `unknown_type.proto`";
    assert_eq!(cargo.last().map(String::as_str), Some(error));
}

#[test]
fn a_file_that_is_right_is_left_alone() {
    let out = folder("left_alone");
    let generate = || {
        configure()
            .out_dir(&out)
            .compile_protos(&["tests/protos/flag.proto"], &["tests/protos"])
            .unwrap();
        let file = fs::metadata(out.join("flag.v1.rs")).unwrap();
        file.modified().unwrap()
    };
    assert_eq!(generate(), generate());
}

#[test]
fn without_a_folder_nothing_is_written() {
    // Tests of a package without build script have no OUT_DIR.
    let result = streaming_build::compile_protos(&["tests/protos/flag.proto"], &["tests/protos"]);
    assert_eq!(
        result.unwrap_err().to_string(),
        "no folder to write to; run it from a build script, or call `.out_dir(…)`"
    );
}

#[test]
fn a_folder_that_is_not_there_is_an_error_with_its_path() {
    let result = configure()
        .out_dir("not/there")
        .compile_protos(&["tests/protos/flag.proto"], &["tests/protos"]);
    let told = format!("{:?}", result.unwrap_err());
    assert!(told.starts_with("not/there/flag.v1.rs: "), "{told}");
}

#[test]
fn the_options_are_written_out() {
    let folder = folder("options");
    let output = Command::new(env!("CARGO_BIN_EXE_streaming-build"))
        .arg("options")
        .arg(&folder)
        .output()
        .unwrap();
    assert!(output.status.success());
    let written = fs::read_to_string(folder.join("streaming/options.proto")).unwrap();
    assert_eq!(written, fs::read_to_string("proto/streaming/options.proto").unwrap());
    let wrong = Command::new(env!("CARGO_BIN_EXE_streaming-build")).output().unwrap();
    assert_eq!(wrong.status.code(), Some(2));
}

#[cfg(not(feature = "cli"))]
#[test]
fn explain_is_another_feature() {
    let mut explain = Command::new(env!("CARGO_BIN_EXE_streaming-build"));
    let output = explain.args(["explain", PROTO]).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    let told = String::from_utf8(output.stderr).unwrap();
    assert_eq!(told, "`explain` is not part of this build; install it with `--features cli`\n");
}

#[test]
fn another_runtime_and_plain_rpcs() {
    let out = folder("renamed");
    configure()
        .runtime_path("::my::runtime")
        .plain("several.v1.Fleet/Control")
        .out_dir(&out)
        .compile_protos(&["tests/protos/several.proto"], &["tests/protos"])
        .unwrap();
    let text = fs::read_to_string(out.join("several.v1.rs")).unwrap();
    assert!(!text.contains("streaming_runtime"));
    assert!(text.contains("::my::runtime::codegen::V1"));
    assert!(text.contains(
        "`several.v1.Fleet/Control` is no contract but a plain tonic method: `.plain(…)` in build.rs names it."
    ));
    // tonic's type again.
    assert!(text.contains("type ControlStream: ::my::runtime::codegen::tonic::codegen::tokio_stream::Stream<\n                    Item = ::std::result::Result<\n                        super::Down,"));
}
