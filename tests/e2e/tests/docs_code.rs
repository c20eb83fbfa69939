//! m7: the code in the README and in docs/ compiles: here is all of it, and a test that says so.

use std::{fs, path::PathBuf};

/// The blocks of one language in a page, without comments.
fn blocks(page: &str, language: &str) -> Vec<String> {
    let text = fs::read_to_string(page).expect(page);
    let fence = format!("```{language}\n");
    let blocks = text.split(&fence).skip(1);
    blocks.map(|rest| rest.split("```").next().unwrap_or_default().to_owned()).collect()
}

fn pages() -> Vec<PathBuf> {
    let docs = fs::read_dir(xtask::root().join("docs")).expect("docs/");
    let pages = docs.map(|entry| entry.expect("an entry").path());
    let pages = pages.filter(|page| page.extension().is_some_and(|end| end == "md"));
    pages.chain([xtask::root().join("README.md")]).collect()
}

/// Code without what says nothing.
fn bare(code: &str) -> String {
    let lines = code.lines().map(|line| line.split(" //").next().unwrap_or_default());
    let lines = lines.filter(|line| !line.trim_start().starts_with("//"));
    lines.flat_map(str::chars).filter(|c| !c.is_whitespace()).collect()
}

#[test]
fn every_line_of_rust_stands_in_code_that_compiles() {
    let compiled = [
        include_str!("docs_code/compiled.rs"),
        include_str!("roles/by_hand.rs"),
        include_str!("roles/desk.rs"),
        include_str!("roles/identity.rs"),
    ];
    let compiled = bare(&compiled.join("\n"));
    let mut lines = 0;
    for page in pages() {
        for block in blocks(&page.to_string_lossy(), "rust") {
            for line in block.lines().filter(|line| !bare(line).is_empty()) {
                assert!(compiled.contains(&bare(line)), "{}: {line}", page.display());
                lines += 1;
            }
        }
    }
    assert!(lines > 20, "only {lines} lines of Rust were found");
}

#[test]
fn the_settings_in_the_docs_are_read() {
    let page = xtask::root().join("docs/operations.md");
    let blocks = blocks(&page.to_string_lossy(), "toml");
    assert!(!blocks.is_empty());
    for block in blocks {
        let config: Result<streaming_runtime::HubConfig, _> = toml::from_str(&block);
        assert!(config.is_ok(), "{block}\n{config:?}");
    }
}

mod docs_code {
    #[rustfmt::skip]
    mod compiled;
}
