//! docs/operations.md and docs/dashboard.json say what there is, and nothing else. Each check is a function that lists
//! faults, so that it is seen to find them as well.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use crate::metrics::{ALL, CONNECTED, HANDLER_SECONDS, Kind, Metric};

fn docs(file: &str) -> String {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs").join(file);
    std::fs::read_to_string(path).expect("the docs are there")
}

fn row(metric: &Metric) -> String {
    let labels: Vec<_> = metric.labels.iter().map(|label| format!("`{label}`")).collect();
    let Metric { name, kind, unit, description, .. } = metric;
    let cells =
        [format!("`{name}`"), kind.name().to_owned(), (*unit).to_owned(), labels.join(", ")];
    format!("| {} | {description} |", cells.join(" | "))
}

/// Rows of the table that are missing, and those that there are too many.
fn table_faults(page: &str) -> Vec<String> {
    let found: BTreeSet<String> =
        page.lines().filter(|line| line.starts_with("| `streaming_")).map(str::to_owned).collect();
    let expected: BTreeSet<String> = ALL.iter().map(row).collect();
    let missing = expected.difference(&found).map(|row| format!("missing: {row}"));
    missing.chain(found.difference(&expected).map(|row| format!("untrue: {row}"))).collect()
}

/// A query asks for what there is: names, the series of histograms, and labels. Adds the names that it asks for.
fn query_faults(query: &str, asked: &mut BTreeSet<&'static str>) -> Vec<String> {
    let words = query.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_'));
    let mut labels: BTreeSet<&str> = BTreeSet::new();
    let mut faults = Vec::new();
    for word in words.filter(|word| word.starts_with("streaming_")) {
        let mut series = ["_bucket", "_sum", "_count"].into_iter();
        let base = series.find_map(|end| word.strip_suffix(end));
        let is = |metric: &&Metric| match metric.kind {
            Kind::Histogram => Some(metric.name) == base,
            _ => metric.name == word,
        };
        let Some(metric) = ALL.iter().find(is) else {
            faults.push(format!("there is no `{word}`: {query}"));
            continue;
        };
        asked.insert(metric.name);
        labels.extend(metric.labels);
        labels.extend(base.map(|_| "le"));
        // Of the scraper.
        labels.insert("instance");
    }
    let between = |open, close| {
        query.split(open).skip(1).filter_map(move |rest: &str| rest.split_once(close))
    };
    let by = between("by (", ")").flat_map(|(by, _)| by.split(", ").map(str::to_owned));
    let matched = between("{", "}").flat_map(|(matchers, _)| {
        let names = matchers.split(',').filter_map(|one| one.split(['=', '!']).next());
        names.map(|name| name.trim().to_owned())
    });
    let unknown = by.chain(matched).filter(|label| !labels.contains(label.as_str()));
    faults.extend(unknown.map(|label| format!("there is no label `{label}`: {query}")));
    faults
}

/// What panels and variables ask for in vain, and metrics that no panel shows.
fn dashboard_faults(dashboard: &Value) -> Vec<String> {
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let mut shown = BTreeSet::new();
    let mut faults = Vec::new();
    for target in list(&dashboard["panels"]).iter().flat_map(|panel| list(&panel["targets"])) {
        let query = target["expr"].as_str().expect("a panel's target asks for something");
        faults.extend(query_faults(query, &mut shown));
    }
    for variable in list(&dashboard["templating"]["list"]) {
        if let Some(query) = variable["query"]["query"].as_str() {
            faults.extend(query_faults(query, &mut BTreeSet::new()));
        }
    }
    let unseen = ALL.iter().filter(|metric| !shown.contains(metric.name));
    faults.extend(unseen.map(|metric| format!("no panel shows `{}`", metric.name)));
    faults
}

/// The expressions of the alerts in a page, by name.
fn alerts(page: &str) -> BTreeMap<&str, &str> {
    let mut lines = page.lines().map(str::trim);
    let mut alerts = BTreeMap::new();
    while let Some(line) = lines.next() {
        if let Some(name) = line.strip_prefix("- alert: ") {
            let query = lines.next().and_then(|line| line.strip_prefix("expr: "));
            alerts.insert(name, query.expect("an alert's second line is its expression"));
        }
    }
    alerts
}

fn dashboard() -> Value {
    serde_json::from_str(&docs("dashboard.json")).expect("JSON")
}

#[test]
fn every_name_says_its_kind_and_its_unit() {
    for Metric { name, kind, unit, labels, .. } in ALL {
        assert!(name.starts_with("streaming_"), "{name}");
        assert_eq!(name.ends_with("_total"), *kind == Kind::Counter, "{name}");
        assert_eq!(name.ends_with("_seconds"), *unit == "seconds", "{name}");
        assert_eq!(name.ends_with("_bytes"), *unit == "bytes", "{name}");
        // Those of which there are as many as a build has contracts, variants and reasons.
        let bounded = ["rpc", "variant", "reason", "outcome", "policy", "state", "code"];
        assert!(labels.iter().all(|label| bounded.contains(label)), "{name}");
    }
}

#[test]
fn the_table_of_metrics_is_true() {
    assert_eq!(table_faults(&docs("operations.md")), [""; 0]);
}

#[test]
fn a_table_with_a_row_too_few_too_many_or_another_unit_is_not_true() {
    let page = docs("operations.md");
    let own = row(&CONNECTED);
    assert_eq!(table_faults(&page.replace(&own, "")), [format!("missing: {own}")]);
    let invented = own.replace("connected", "invented");
    let more = page.replace(&own, &format!("{own}\n{invented}"));
    assert_eq!(table_faults(&more), [format!("untrue: {invented}")]);
    let other = own.replace("clients |", "seconds |");
    let faults = [format!("missing: {own}"), format!("untrue: {other}")];
    assert_eq!(table_faults(&page.replace(&own, &other)), faults);
}

#[test]
fn the_dashboard_asks_for_what_there_is_and_shows_all_of_it() {
    assert_eq!(dashboard_faults(&dashboard()), [""; 0]);
}

#[test]
fn a_dashboard_that_asks_for_something_else_or_shows_less_is_found() {
    let mut dashboard = dashboard();
    let panels = dashboard["panels"].as_array_mut().expect("panels");
    panels.retain(|panel| !panel["targets"].to_string().contains(HANDLER_SECONDS.name));
    let ask = |query: &str| json!({ "targets": [{ "expr": query }] });
    let wrong = [
        "sum(streaming_invented)",
        "rate(streaming_request_duration_seconds[1m])",
        "sum by (client) (streaming_open_requests)",
        r#"streaming_away_clients{variant="x"}"#,
    ];
    panels.extend(wrong.map(ask));
    let expected = [
        "there is no `streaming_invented`: ",
        "there is no `streaming_request_duration_seconds`: ",
        "there is no label `client`: ",
        "there is no label `variant`: ",
        "no panel shows `streaming_handler_duration_seconds`",
    ];
    let faults = dashboard_faults(&dashboard);
    assert_eq!(faults.len(), expected.len(), "{faults:#?}");
    for (fault, expected) in faults.iter().zip(expected) {
        assert!(fault.starts_with(expected), "{fault}");
    }
}

#[test]
fn the_alerts_ask_for_what_there_is() {
    let page = docs("operations.md");
    let alerts = alerts(&page);
    assert_eq!(alerts.len(), 5, "{alerts:?}");
    for (name, query) in alerts {
        let mut asked = BTreeSet::new();
        assert_eq!(query_faults(query, &mut asked), [""; 0], "{name}");
        assert!(!asked.is_empty(), "{name}");
    }
}
