//! docs/centrifugo.md says of the settings what they are.

use std::fs;

use streaming_runtime::{CentrifugoConfig, publish::centrifugo::Breaker};

fn page() -> String {
    fs::read_to_string(xtask::root().join("docs/centrifugo.md")).expect("docs/centrifugo.md")
}

#[test]
fn every_documented_default_is_the_default_and_its_variable_is_read() {
    let page = page();
    let table = page.split("## Every setting").nth(1).expect("the settings come last");
    let rows = table.lines().filter_map(|line| line.strip_prefix("| `"));
    let mut seen = 0;
    for row in rows {
        let cells: Vec<&str> = row.split('|').map(str::trim).collect();
        let [name, _, default, _, variable] = cells[..5] else { panic!("five columns: {row}") };
        let word = default.trim_matches('`').replace(',', "");
        let value = match word.split(' ').next().unwrap_or_default() {
            "none" => "http://a",
            "on" => continue,
            value => value,
        };
        let variables = [
            ("X_URL".to_owned(), "http://a".to_owned()),
            ("X_API_KEY".to_owned(), "http://a".to_owned()),
            (format!("X_{}", variable.trim_matches('`')), value.to_owned()),
        ];
        let config = CentrifugoConfig::default().with_env("X", variables);
        let expected = CentrifugoConfig::new("http://a", "http://a");
        assert_eq!(config, Ok(expected), "{name}");
        seen += 1;
    }
    assert_eq!(seen, 18, "rows of the table");
}

#[test]
fn the_documented_file_is_read() {
    let page = page();
    let block = page.split("```toml\n").nth(1).and_then(|rest| rest.split("```").next());
    let config: CentrifugoConfig = toml::from_str(block.expect("a block of TOML")).expect("valid");
    config.validate().expect("within the bounds");
    assert_eq!(config.queue.messages, 50_000);
    assert_eq!(config.breaker, Breaker::default());
}

#[test]
fn the_documented_figures_have_the_real_names() {
    let page = page();
    let figures = page.split("## Figures").nth(1).expect("there is such a section");
    let block = figures.split("```json\n").nth(1).and_then(|rest| rest.split("```").next());
    let documented: serde_json::Value =
        serde_json::from_str(block.expect("a block")).expect("JSON");
    let publisher = crate::build(streaming_runtime::CentrifugoPublisher::builder("http://a", "k"));
    let real = serde_json::to_value(publisher.stats()).expect("JSON");
    for (one, two) in [(&documented, &real), (&documented["dropped"], &real["dropped"])] {
        let names = |value: &serde_json::Value| -> Vec<String> {
            value.as_object().expect("an object").keys().cloned().collect()
        };
        assert_eq!(names(one), names(two));
    }
}
