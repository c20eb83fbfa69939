//! protox's errors in our words.

use std::path::{Path, PathBuf};

use miette::Diagnostic;

use super::{OPTIONS_TEXT, Paths, folders};
use crate::{
    finding::{Finding, Position},
    messages,
};

/// What protox adds where a name begins with that of a package, and what helps nobody.
const SCOPES: &str = "The innermost scope is searched first";

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
        return folders::no_such_import(import, includes);
    }
    if text.starts_with("fields must have a label with proto2 syntax") {
        return messages::label_of_proto2(&text);
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
    let options = options();
    Some(if options.contains(&name) {
        messages::option_without_import(name)
    } else {
        messages::no_such_option(name, &options)
    })
}

/// The options of `streaming/options.proto`.
fn options() -> Vec<&'static str> {
    let fields = OPTIONS_TEXT.lines().filter_map(|line| line.split_once(" = 50"));
    fields.filter_map(|(field, _)| field.rsplit(' ').next()).collect()
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
