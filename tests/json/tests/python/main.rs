//! `MessageToDict(message, preserving_proto_field_name=True)` gives the same, value for value; and what a hub publishes is
//! what the Python system published.

#![allow(clippy::unwrap_used, reason = "tests fail so")]

mod published;
mod raw;

use std::{env, fmt::Write as _, fs, path::Path, process::Command};

use json::{Case, Random, Type, edge_cases, wire::by_hand};
use serde_json::{Value, json};

/// Hands the JSON of all cases to Python, which takes the same bytes.
fn check(cases: &[Case]) {
    compare(cases.iter().map(|case| {
        let Case { name, of, wire } = case;
        json!({ "name": name, "type": of.full_name(), "wire": hex(wire), "json": of.json(wire) })
    }));
}

/// Hands these lines to Python.
fn compare(lines: impl IntoIterator<Item = Value>) {
    let python = xtask::services::python().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let cases = folder.path().join("cases");
    let lines = lines.into_iter().map(|line| format!("{line}\n"));
    fs::write(&cases, lines.collect::<String>()).unwrap();
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let output = Command::new(python)
        // Without a folder of compiled modules among the sources.
        .arg("-B")
        .arg(here.join("tests/python/compare.py"))
        .args([&here.join("proto"), folder.path(), &cases])
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&output.stdout);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{told}{errors}");
    println!("{told}");
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut hex, byte| {
        write!(hex, "{byte:02x}").unwrap();
        hex
    })
}

#[test]
fn each_kind_of_field_with_what_is_special_for_it() {
    check(&edge_cases());
}

#[test]
fn what_only_other_writers_write() {
    check(&by_hand());
}

#[test]
fn any_message() {
    let seed = match env::var("JSON_SEED") {
        Ok(seed) => seed.parse().expect("JSON_SEED is a number"),
        Err(_) => fastrand::u64(..),
    };
    println!("JSON_SEED={seed} makes these messages again");
    let mut random = Random::new(seed);
    let of = |index: usize| Type::ALL[index % Type::ALL.len()];
    let cases: Vec<_> =
        (0..200).map(|index| random.case(of(index), format!("#{index} of seed {seed}"))).collect();
    check(&cases);
}
