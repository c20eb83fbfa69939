//! The checks themselves, on made-up crates.

use std::{fs, path::Path};

use architecture::{Lines, Module, Rules, lines, violations};

const RULES: Rules = Rules(&[
    Module::top("lib"),
    Module::new("hub", &["session"]),
    Module::new("session", &["id"]),
    Module::new("publish", &["id"]),
    Module::new("publish::json", &[]),
    Module::new("id", &["publish::json"]),
]);

/// Writes a crate of these files, and gives what breaks the rules in it, with paths from its folder.
fn broken(files: &[(&str, &str)]) -> Vec<String> {
    let folder = crate_of(files);
    let violations = violations(folder.path(), &RULES).expect("the files are Rust");
    let prefix = format!("{}/", folder.path().display());
    let strip = |line: String| line.strip_prefix(&prefix).map(str::to_owned);
    violations.into_iter().filter_map(strip).collect()
}

fn crate_of(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    for (path, text) in files {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().unwrap_or(Path::new("."))).expect("a folder");
        fs::write(path, text).expect("a file");
    }
    folder
}

#[test]
fn lets_the_right_directions_pass() {
    let files = [
        ("lib.rs", "mod hub; pub use id::ClientId; use crate::session::Client;"),
        ("hub/mod.rs", "use crate::{ClientId, session::Client, id};\nuse super::id::Other;"),
        ("hub/serve.rs", "use super::Hub;\nuse std::fmt;\nuse self::inner::X;"),
        ("session.rs", "fn f() { crate::id::new(); }"),
        ("publish/mod.rs", "use self::json::Object; use crate::id;"),
        ("publish/json/mod.rs", "use super::json::text;"),
        ("id.rs", "use crate::publish::json::Object;"),
    ];
    assert_eq!(broken(&files), Vec::<String>::new());
}

#[test]
fn names_file_and_line_of_a_wrong_direction() {
    let files =
        [("session/input.rs", "use std::fmt;\n\nuse crate::{\n    id::Id,\n    hub::Hub,\n};\n")];
    let expected =
        "session/input.rs:5: `session` imports `hub`; it imports `id` and what lies below";
    assert_eq!(broken(&files), [expected]);
}

#[test]
fn sees_every_way_to_write_a_path() {
    for code in [
        "use super::super::hub::Hub;",
        "use crate::hub::*;",
        "use crate::hub as other;",
        "use crate::{hub::{self}};",
        "fn f() -> crate::hub::Hub { loop {} }",
        "fn f() { let _ = crate::hub::Hub::new(); }",
        "fn f() { select! { x = crate::hub::next() => {} } }",
        "mod inner { use super::super::super::hub::Hub; }",
        "impl crate::hub::Hub for () {}",
    ] {
        let found = broken(&[("session/input.rs", code)]);
        assert_eq!(found.len(), 1, "`{code}` gives {found:?}");
    }
}

#[test]
fn follows_what_the_root_gives_another_name() {
    let files = [("lib.rs", "pub use hub::{Hub as Center};"), ("session.rs", "use crate::Center;")];
    let expected = "session.rs:1: `session` imports `hub`; it imports `id` and what lies below";
    assert_eq!(broken(&files), [expected]);
}

#[test]
fn keeps_a_part_to_its_own_rule() {
    let files = [("publish/json/mod.rs", "use crate::id::ClientId;")];
    let expected = "publish/json/mod.rs:1: `publish::json` imports `id`; it imports nothing";
    assert_eq!(broken(&files), [expected]);
}

#[test]
fn knows_no_module_without_a_rule() {
    let files = [("extra.rs", ""), ("id.rs", "use crate::extra::X;")];
    let expected = [
        "extra.rs:1: no rule says what `extra` may import",
        "id.rs:1: no rule names `extra::X`, which `id` imports",
    ];
    assert_eq!(broken(&files), expected);
}

#[test]
fn leaves_tests_out() {
    let files = [
        (
            "session/mod.rs",
            "#[cfg(test)]\nmod tests;\n#[cfg(all(test, loom))]\nuse crate::hub::Hub;",
        ),
        ("session/tests.rs", "use crate::hub::Hub;"),
        ("id.rs", "#![cfg(test)]\nuse crate::hub::Hub;"),
    ];
    assert_eq!(broken(&files), Vec::<String>::new());
    for also in ["not(test)", "any(test, feature = \"x\")", "any(feature = \"x\", all(test, loom))"]
    {
        let code = format!("#[cfg({also})]\nuse crate::hub::Hub;");
        assert_eq!(broken(&[("session.rs", &code)]).len(), 1, "{also}");
    }
    for tests in ["any(test, all(test, loom))", "all(any(loom, unix), test)"] {
        let code = format!("#[cfg({tests})]\nuse crate::hub::Hub;");
        assert_eq!(broken(&[("session.rs", &code)]), Vec::<String>::new(), "{tests}");
    }
}

#[test]
fn counts_lines_without_tests() {
    let folder = crate_of(&[
        (
            "session/mod.rs",
            "//! Docs.\n\nfn f() {}\n\n#[cfg(test)]\nmod tests {\n    fn g() {}\n}\n",
        ),
        (
            "session/more.rs",
            "fn f() {\n    planted!(Wrong => return);\n}\n\n#[cfg(test)]\nmod cases;\n",
        ),
        ("session/more/cases.rs", "fn f() {}\n"),
        ("id.rs", "fn f() {}\nfn g() {}\n"),
        ("hub.rs", "fn f() {}\n"),
    ]);
    let count = |modules: &[&str]| lines(folder.path(), modules).expect("the files are Rust");
    assert_eq!(count(&["session"]), Lines { all: 8, code: 3 });
    assert_eq!(count(&["session", "id"]), Lines { all: 10, code: 5 });
    assert_eq!(count(&["hub"]), Lines { all: 1, code: 1 });
}
