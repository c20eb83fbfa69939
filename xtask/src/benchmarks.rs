//! docs/benchmarks.md: each section is written by a command of its own.

use std::fs;

use anyhow::{Context as _, Result};

/// Writes the section with this heading, and leaves the others as they are. A new one comes last.
///
/// # Errors
/// The page cannot be read or written.
pub fn write_section(heading: &str, text: &str) -> Result<()> {
    let path = crate::root().join("docs/benchmarks.md");
    let page = fs::read_to_string(&path).context("docs/benchmarks.md")?;
    Ok(fs::write(&path, with_section(&page, heading, text))?)
}

fn with_section(page: &str, heading: &str, text: &str) -> String {
    let mut sections: Vec<String> =
        page.split("\n## ").map(|part| part.trim().to_owned()).collect();
    let section = format!("{heading}\n\n{}", text.trim());
    match sections.iter_mut().skip(1).find(|section| section.lines().next() == Some(heading)) {
        Some(there) => *there = section,
        None => sections.push(section),
    }
    sections.join("\n\n## ") + "\n"
}

#[cfg(test)]
mod tests {
    use super::with_section;

    const PAGE: &str = "# Page\n\nWords.\n\n## One\n\n- 1\n\n## Two\n\n- 2\n";

    #[test]
    fn a_section_is_replaced_and_the_others_stay() {
        let changed = with_section(PAGE, "One", "- eins\n- uno\n");
        assert_eq!(changed, PAGE.replace("- 1", "- eins\n- uno"));
        assert_eq!(with_section(PAGE, "Two", "- 2\n"), PAGE);
    }

    #[test]
    fn a_new_section_comes_last() {
        let changed = with_section(PAGE, "Three", "- 3");
        assert_eq!(changed, format!("{PAGE}\n## Three\n\n- 3\n"));
        assert_eq!(with_section("# Page\n", "One", "- 1"), "# Page\n\n## One\n\n- 1\n");
    }
}
