//! Reads the sources of a crate, and says where an import points the wrong way and how long a part is.
//!
//! What counts is every `use` and every path that begins with `crate`, `super` or `self`, in macros too, outside of
//! `#[cfg(test)]`. A name that the crate's root re-exports counts as an import from where it comes from.

mod imports;
mod rules;
mod source;

use std::path::Path;

pub use rules::{Module, Rules};

/// Everything that breaks `rules` in the crate whose sources lie in `src`, as `file:line: what`.
///
/// # Errors
///
/// A file cannot be read or is no Rust.
pub fn violations(src: &Path, rules: &Rules) -> anyhow::Result<Vec<String>> {
    let files = source::read(src)?;
    let exports = imports::exports(&files);
    let mut violations = Vec::new();
    for file in &files {
        let Some(from) = rules.module(&file.module) else {
            let name = file.module.join("::");
            let path = file.path.display();
            violations.push(format!("{path}:1: no rule says what `{name}` may import"));
            continue;
        };
        for import in imports::imports(file, &exports) {
            if let Err(why) = rules.check(from, &import.target) {
                violations.push(format!("{}:{}: {why}", file.path.display(), import.line));
            }
        }
    }
    // Several names of one `use`.
    violations.dedup();
    Ok(violations)
}

/// How long a part of a crate is, without `#[cfg(test)]` items.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Lines {
    /// All lines.
    pub all: usize,
    /// Those that are neither blank nor a comment from their start.
    pub code: usize,
}

/// The lines of the named modules in `src`.
///
/// # Errors
///
/// A file cannot be read or is no Rust.
pub fn lines(src: &Path, modules: &[&str]) -> anyhow::Result<Lines> {
    let files = source::read(src)?;
    let counted = files.iter().filter(|file| modules.contains(&file.module[0].as_str()));
    Ok(counted.fold(Lines::default(), |sum, file| Lines {
        all: sum.all + file.lines.all,
        code: sum.code + file.lines.code,
    }))
}
