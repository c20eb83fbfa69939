//! What is wrong with a proto or with build.rs: one line each, all of them at once.

use std::{
    error,
    fmt::{self, Write as _},
    io,
    panic::Location,
    path::PathBuf,
};

/// A place in a proto, or in build.rs.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Position {
    /// The file, as it was opened.
    pub(crate) file: String,
    /// Counted from 1; 0 where only the file is known.
    pub(crate) line: usize,
    /// Counted from 1.
    pub(crate) column: usize,
}

impl Position {
    /// Where the method of the builder was called that calls this.
    #[track_caller]
    pub(crate) fn of_call() -> Self {
        let place = Location::caller();
        let number = |number| usize::try_from(number).unwrap_or_default();
        Self {
            file: place.file().to_owned(),
            line: number(place.line()),
            column: number(place.column()),
        }
    }

    /// `file:line`, as the messages of the attribute show it.
    pub(crate) fn line_only(&self) -> String {
        match self.line {
            0 => self.file.clone(),
            line => format!("{}:{line}", self.file),
        }
    }
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            0 => write!(f, "{}", self.file),
            line => write!(f, "{}:{line}:{}", self.file, self.column),
        }
    }
}

/// One thing that is wrong, in one line.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Finding {
    /// Where, if it is known.
    pub(crate) position: Option<Position>,
    pub(crate) message: String,
}

impl Finding {
    pub(crate) fn new(position: impl Into<Option<Position>>, message: impl Into<String>) -> Self {
        Self { position: position.into(), message: message.into() }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // cargo reads an error to the end of the line.
        let message = self.message.replace('\n', " ");
        match &self.position {
            Some(position) => write!(f, "{position}: {message}"),
            None => write!(f, "build.rs: {message}"),
        }
    }
}

/// The nearest of `names`, and all of them where they are few: `` ; did you mean `heartbeat`? variants: … ``.
pub(crate) fn suggest(wrong: &str, what: &str, names: &[&str]) -> String {
    let wrong = plain(wrong);
    let nearest = names
        .iter()
        .map(|name| (strsim::jaro(&wrong, &plain(name)), name))
        .filter(|(likeness, _)| *likeness > 0.7)
        .max_by(|(a, _), (b, _)| a.total_cmp(b));
    let mut suggestion = String::new();
    if let Some((_, name)) = nearest {
        suggestion = format!("; did you mean `{name}`?");
    }
    if (1..=8).contains(&names.len()) {
        let separator = if suggestion.is_empty() { ";" } else { "" };
        write!(suggestion, "{separator} {what}: {}", list(names))
            .expect("a String takes everything");
    }
    suggestion
}

/// `serverID` and `server_id` are the same name, as people write it.
fn plain(name: &str) -> String {
    name.replace('_', "").to_lowercase()
}

/// `` `a`, `b` ``
pub(crate) fn list(names: &[&str]) -> String {
    let quoted: Vec<_> = names.iter().map(|name| format!("`{name}`")).collect();
    quoted.join(", ")
}

/// Why no code was generated.
///
/// In a build script this is an I/O error: whatever is wrong with a proto was told to cargo by then, which fails the
/// build by itself. For any other caller the text holds all findings, one a line. `Debug` is as readable as `Display`,
/// because `main` prints it.
#[non_exhaustive]
pub enum Error {
    /// A file could not be read or written.
    Io {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// There is no folder to write to: `OUT_DIR` is not set and [`out_dir`](crate::Builder::out_dir) was not called.
    NoOutDir,
    /// The protos, or calls of the builder, are wrong. One line each.
    Findings(Vec<String>),
}

impl Error {
    pub(crate) fn io(path: impl Into<PathBuf>, source: io::Error) -> Self {
        Self::Io { path: path.into(), source }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Io { path, source } => write!(f, "{}: {source}", path.display()),
            Self::NoOutDir => f.write_str(
                "no folder to write to; run it from a build script, or call `.out_dir(…)`",
            ),
            Self::Findings(findings) => f.write_str(&findings.join("\n")),
        }
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl error::Error for Error {
    fn source(&self) -> Option<&(dyn error::Error + 'static)> {
        match self {
            Self::Io { source, .. } => Some(source),
            Self::NoOutDir | Self::Findings(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::suggest;

    #[test]
    fn the_nearest_name_is_found_in_any_spelling() {
        for (wrong, near) in [("ID", "id"), ("ServerID", "server_id"), ("processid", "ProcessID")] {
            let suggested = suggest(wrong, "fields", &["kind", near]);
            assert_eq!(
                suggested,
                format!("; did you mean `{near}`? fields: `kind`, `{near}`"),
                "{wrong}"
            );
        }
    }

    #[test]
    fn an_empty_name_is_near_to_nothing() {
        assert_eq!(suggest("", "fields", &["id"]), "; fields: `id`");
    }
}
