//! `MessageToDict(message, preserving_proto_field_name=True)` gives the same, value for value.

#![allow(clippy::unwrap_used, reason = "tests fail so")]

use std::{env, fmt::Write as _, fs, path::Path, process::Command};

use json::{Case, Random, Type, by_hand, edge_cases};
use serde_json::json;

/// Hands all cases to Python, which takes the same bytes.
fn check(cases: &[Case]) {
    let python = xtask::services::python().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let lines = folder.path().join("cases");
    fs::write(&lines, cases.iter().map(line).collect::<String>()).unwrap();
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let output = Command::new(python)
        .arg(here.join("tests/compare.py"))
        .args([&here.join("proto"), folder.path(), &lines])
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&output.stdout);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{told}{errors}");
    println!("{told}");
}

fn line(case: &Case) -> String {
    let wire = case.wire.iter().fold(String::new(), |mut hex, byte| {
        write!(hex, "{byte:02x}").unwrap();
        hex
    });
    let Case { name, of, .. } = case;
    let json = of.json(&case.wire);
    format!("{}\n", json!({ "name": name, "type": of.full_name(), "wire": wire, "json": json }))
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
