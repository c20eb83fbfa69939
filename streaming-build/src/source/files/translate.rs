//! protox's errors in our words.

use std::path::{Path, PathBuf};

use miette::Diagnostic;

use super::{OPTIONS_NAME, Paths, folders};
use crate::finding::{Finding, Position, suggest};

/// What protox adds where a name begins with that of a package, and what helps nobody.
const SCOPES: &str = "The innermost scope is searched first";
/// The options of `streaming/options.proto`.
const OPTIONS: [&str; 10] = [
    "client_id",
    "command_id",
    "ack",
    "ping",
    "pong",
    "heartbeat",
    "publish",
    "reply",
    "payload",
    "plain",
];

/// Turns an error of protox, which may hold several, into findings.
pub(super) fn translate(
    error: &protox::Error,
    proto: &Path,
    includes: &[PathBuf],
    paths: &Paths,
) -> Vec<Finding> {
    let shown = |name: &str| match paths.get(name) {
        Some(path) => path.display().to_string(),
        None => name.to_owned(),
    };
    let file = error.file().map_or_else(|| proto.display().to_string(), &shown);
    let one = |diagnostic: &dyn Diagnostic| {
        let (line, column) = place(diagnostic, error).unwrap_or_default();
        let position = Position { file: file.clone(), line, column };
        Finding::new(Some(position), message(diagnostic, includes))
    };
    let related = error.related().into_iter().flatten().map(one);
    std::iter::once(one(error)).chain(related).collect()
}

/// The line and column of the first label, both counted from 1.
fn place(diagnostic: &dyn Diagnostic, whole: &protox::Error) -> Option<(usize, usize)> {
    let label = diagnostic.labels()?.next()?;
    let source = diagnostic.source_code().or_else(|| whole.source_code())?;
    let contents = source.read_span(label.inner(), 0, 0).ok()?;
    Some((contents.line() + 1, contents.column() + 1))
}

fn message(diagnostic: &dyn Diagnostic, includes: &[PathBuf]) -> String {
    let text = backticks(&diagnostic.to_string());
    if let Some(option) = unknown_option(&text) {
        return option;
    }
    if text.starts_with("import ") && text.ends_with(" not found") {
        let import = text.split('`').nth(1).unwrap_or_default();
        let near = folders::suggest_import(import, includes);
        return format!("{text}; {}{near}", folders::shown(includes));
    }
    if text.starts_with("fields must have a label with proto2 syntax") {
        return format!("{text}; a file is proto2 unless it begins with `syntax = \"proto3\";`");
    }
    match diagnostic.help().map(|help| help.to_string()) {
        Some(help) if !help.starts_with(SCOPES) => {
            format!("{text}; {}", backticks(help.trim_end_matches('.')))
        }
        _ => text,
    }
}

/// What to write, where `text` says that one of our options is not known.
fn unknown_option(text: &str) -> Option<String> {
    let name = text.split('`').nth(1)?.strip_prefix("streaming.")?;
    if !text.ends_with(" is not defined") {
        return None;
    }
    Some(if OPTIONS.contains(&name) {
        format!("`(streaming.{name})` is not known here; add `import {OPTIONS_NAME:?};`")
    } else {
        format!("no option `(streaming.{name})`{}", suggest(name, "options", &OPTIONS))
    })
}

/// Names in backticks instead of single quotes.
fn backticks(text: &str) -> String {
    let characters: Vec<char> = text.chars().collect();
    let is_word = |at: Option<&char>| at.is_some_and(|it| it.is_alphanumeric());
    let quote = |at: usize| {
        // Not the apostrophe of a word.
        let before = at.checked_sub(1).and_then(|before| characters.get(before));
        characters[at] == '\'' && !(is_word(before) && is_word(characters.get(at + 1)))
    };
    (0..characters.len()).map(|at| if quote(at) { '`' } else { characters[at] }).collect()
}
