//! What the docs say of settings and guarantees is so.

use std::{collections::BTreeMap, fs, path::Path};

use e2e::pb::trading_bots::Connect;
use streaming_runtime::{HubConfig, LinkConfig};

/// Every setting of a preset, as its file would have it: `ping.interval` → `5s`.
fn settings(preset: &HubConfig) -> BTreeMap<String, String> {
    let mut settings = BTreeMap::new();
    let serde_json::Value::Object(table) = serde_json::to_value(preset).expect("a table") else {
        panic!("settings are a table");
    };
    for (name, value) in table {
        match value {
            serde_json::Value::Object(section) => {
                for (inner, value) in section {
                    settings.insert(format!("{name}.{inner}"), text(&value));
                }
            }
            value => {
                settings.insert(name, text(&value));
            }
        }
    }
    settings
}

fn text(value: &serde_json::Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

#[test]
fn the_table_of_settings_is_true() {
    let path = xtask::root().join("docs/operations.md");
    let docs = fs::read_to_string(path).expect("docs/operations.md");
    let rows: BTreeMap<String, Vec<String>> = docs
        .lines()
        .filter_map(|line| line.strip_prefix("| `"))
        .map(|line| {
            let cells =
                line.trim_end_matches('|').split('|').map(|cell| cell.trim().replace('`', ""));
            let mut cells: Vec<String> = cells.collect();
            (cells.remove(0), cells)
        })
        .collect();
    let production = settings(&HubConfig::production());
    let presets = [
        production.clone(),
        settings(&HubConfig::development()),
        settings(&HubConfig::testing()),
        settings(&HubConfig::high_throughput()),
        settings(&HubConfig::low_latency()),
    ];
    for name in production.keys() {
        let row = rows.get(name).unwrap_or_else(|| panic!("no row for `{name}`"));
        for (column, preset) in presets.iter().enumerate() {
            let documented = match row[column + 1].as_str() {
                "" => &production[name],
                "none" => "null",
                documented => documented,
            };
            let value = preset.get(name).map_or("null", String::as_str);
            assert_eq!(documented, value, "`{name}`, column {column}");
        }
    }
    // And nothing is documented that is not there: what is not set at all in production is left out of its table.
    let unset = ["max_stream_age", "max_streams", "publish.template"];
    for name in rows.keys().filter(|name| rows[*name].len() == 7) {
        assert!(production.contains_key(name) || unset.contains(&name.as_str()), "`{name}`");
    }
}

#[test]
fn every_setting_of_a_link_is_in_its_table() {
    let page = fs::read_to_string(xtask::root().join("docs/clients.md")).expect("docs/clients.md");
    let rows: String = page.lines().filter(|line| line.starts_with("| `")).collect();
    let config = format!("{:#?}", LinkConfig::of::<Connect>());
    let fields = config.lines().filter_map(|line| line.strip_prefix("    ")?.split_once(": "));
    let fields: Vec<_> = fields.map(|(name, _)| name).filter(|it| !it.starts_with(' ')).collect();
    assert!(fields.len() > 10, "{fields:?}");
    for field in fields {
        assert!(rows.contains(&format!("`{field}`")), "no row has `{field}`");
    }
}

#[test]
fn every_guarantee_names_tests_that_are_there() {
    let page = xtask::root().join("docs/guarantees.md");
    let page = fs::read_to_string(page).expect("the page");
    let mut sources = String::new();
    for folder in ["streaming-runtime/src", "tests/e2e/tests", "tests/wire/tests", "storm/tests"] {
        read(&xtask::root().join(folder), &mut sources);
    }
    // Names of tests have several words; those of settings and roles at most two.
    let names = page.split('`').skip(1).step_by(2).filter(|name| name.matches('_').count() > 2);
    let names: Vec<&str> = names.filter(|name| !name.contains([' ', '.', '('])).collect();
    let missing: Vec<_> =
        names.iter().filter(|name| !sources.contains(&format!("fn {name}("))).collect();
    assert!(missing.is_empty(), "no such tests: {missing:#?}");
    assert!(names.len() > 60, "only {} tests were found", names.len());
}

/// All of the Rust in a folder.
fn read(folder: &Path, sources: &mut String) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            read(&path, sources);
        } else if path.extension().is_some_and(|end| end == "rs") {
            sources.push_str(&fs::read_to_string(&path).expect("a file"));
        }
    }
}
