//! `streaming-build explain`.

use std::{
    env, fs,
    io::{self, IsTerminal as _, Write as _},
    path::PathBuf,
    process::ExitCode,
};

use crate::{
    explain::{
        self, Explained, json,
        text::{self, Style},
    },
    finding::{Finding, Position},
    roles,
    settings::Settings,
    source::{self, Source},
};

const HELP: &str = "\
Tells of each bidi rpc what is found in the protos, and why.

usage: streaming-build explain PROTO… -I DIR [--format text|json]
       streaming-build explain --set FILE [--format text|json]

  -I DIR         a folder in which imports are found; several times for several
  --set FILE     a set of descriptors, as protoc or buf makes it, instead of protos
  --format       `text`, the default, or `json`

The calls in a build.rs are not known here: they are in the docs of the marker types.
";

/// What the command line asks for.
#[derive(Debug, Default)]
struct Args {
    protos: Vec<PathBuf>,
    includes: Vec<PathBuf>,
    set: Option<PathBuf>,
    json: bool,
}

/// Runs `streaming-build explain` with the arguments after that word.
#[must_use]
pub fn explain_protos(args: impl IntoIterator<Item = String>) -> ExitCode {
    let args = match Args::parse(args) {
        Ok(Some(args)) => args,
        Ok(None) => {
            print!("{HELP}");
            return ExitCode::SUCCESS;
        }
        Err(wrong) => {
            eprint!("{wrong}\n\n{HELP}");
            return ExitCode::from(2);
        }
    };
    let source = match read(&args) {
        Ok(source) => source,
        Err(findings) => return report(&findings),
    };
    let (model, mut findings) = roles::find(&source, &Settings::default());
    findings.sort();
    findings.dedup();
    let explained = explain::all(&source, &model);
    let shown = if args.json { json::json(&explained) } else { shown(&explained) };
    // A pipe that is closed early is no failure of ours.
    let _ = io::stdout().write_all(shown.as_bytes());
    if findings.is_empty() { ExitCode::SUCCESS } else { report(&findings) }
}

impl Args {
    /// `None` where help is asked for.
    fn parse(args: impl IntoIterator<Item = String>) -> Result<Option<Self>, String> {
        let mut parsed = Self::default();
        let mut args = args.into_iter();
        while let Some(arg) = args.next() {
            let mut value = || args.next().ok_or_else(|| format!("`{arg}` needs a value"));
            match arg.as_str() {
                "-h" | "--help" => return Ok(None),
                "-I" => parsed.includes.push(value()?.into()),
                "--set" => parsed.set = Some(value()?.into()),
                "--format" => {
                    parsed.json = match value()?.as_str() {
                        "json" => true,
                        "text" => false,
                        other => {
                            return Err(format!("no format `{other}`; formats: `text`, `json`"));
                        }
                    };
                }
                flag if flag.starts_with('-') => match flag.strip_prefix("-I") {
                    Some(folder) => parsed.includes.push(folder.into()),
                    None => return Err(format!("no option `{flag}`")),
                },
                proto => parsed.protos.push(proto.into()),
            }
        }
        match (parsed.protos.is_empty(), &parsed.set) {
            (true, None) => Err("no proto is named".to_owned()),
            (false, Some(_)) => Err("`--set` takes the place of protos".to_owned()),
            _ => Ok(Some(parsed)),
        }
    }
}

fn read(args: &Args) -> Result<Source, Vec<Finding>> {
    let here = |path: &PathBuf| Position { file: path.display().to_string(), line: 0, column: 0 };
    if let Some(path) = &args.set {
        let set =
            fs::read(path).map_err(|error| vec![Finding::new(here(path), error.to_string())])?;
        return Source::decode(&set, &here(path));
    }
    let default = [PathBuf::from(".")];
    let includes = if args.includes.is_empty() { &default } else { args.includes.as_slice() };
    let at = Position { file: "streaming-build".to_owned(), line: 0, column: 0 };
    source::read(&args.protos, includes, &at, |_| {})
}

fn report(findings: &[Finding]) -> ExitCode {
    for finding in findings {
        eprintln!("{finding}");
    }
    ExitCode::FAILURE
}

fn shown(explained: &[Explained]) -> String {
    let set = |name| env::var_os(name).is_some_and(|value| !value.is_empty());
    let coloured = io::stdout().is_terminal() && !set("NO_COLOR");
    let paint = if coloured { ansi } else { text::plain };
    match explained {
        [] => "there is no bidi rpc in these protos\n".to_owned(),
        explained => {
            let texts: Vec<_> = explained.iter().map(|it| text::text(it, paint)).collect();
            texts.join("\n")
        }
    }
}

/// In the colours of a terminal.
fn ansi(style: Style, text: &str) -> String {
    let code = match style {
        _ if text.is_empty() => return String::new(),
        Style::Head => 1,
        Style::Found => 36,
        Style::Dim => 2,
        Style::Note => 33,
    };
    format!("\u{1b}[{code}m{text}\u{1b}[0m")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `text` without what a terminal makes colours of.
    fn stripped(text: &str) -> String {
        let mut parts = text.split("\u{1b}[");
        let first = parts.next().unwrap_or_default();
        let rest = parts.map(|part| part.split_once('m').map_or(part, |(_, rest)| rest));
        std::iter::once(first).chain(rest).collect()
    }

    #[test]
    fn colours_change_nothing_else() {
        let args = ["tests/protos/flag.proto", "-Itests/protos"].map(str::to_owned);
        let args = Args::parse(args).ok().flatten().expect("arguments");
        let source = read(&args).expect("a proto");
        let (model, _) = roles::find(&source, &Settings::default());
        for explained in explain::all(&source, &model) {
            let coloured = text::text(&explained, ansi);
            assert!(coloured.contains("\u{1b}[1m"), "{coloured}");
            assert_eq!(stripped(&coloured), text::text(&explained, text::plain));
        }
    }
}
