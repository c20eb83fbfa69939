//! `streaming-build options DIR` writes `streaming/options.proto` for the protoc of other languages;
//! `streaming-build explain PROTO…` tells what is found in protos, and why.

use std::{env, fs, io, path::Path, process::ExitCode};

use streaming_build::{OPTIONS_NAME, OPTIONS_TEXT};

fn main() -> ExitCode {
    let mut args = env::args().skip(1);
    match (args.next().as_deref(), args) {
        (Some("options"), rest) => options(&rest.collect::<Vec<_>>()),
        (Some("explain"), rest) => explain(rest),
        _ => usage(),
    }
}

#[cfg(feature = "cli")]
fn explain(args: impl Iterator<Item = String>) -> ExitCode {
    streaming_build::explain_protos(args)
}

#[cfg(not(feature = "cli"))]
fn explain(_: impl Iterator<Item = String>) -> ExitCode {
    eprintln!("`explain` is not part of this build; install it with `--features cli`");
    ExitCode::from(2)
}

fn usage() -> ExitCode {
    eprintln!(
        "usage: streaming-build options DIR\n       streaming-build explain PROTO… -I DIR [--format json]"
    );
    ExitCode::from(2)
}

fn options(args: &[String]) -> ExitCode {
    let [folder] = args else {
        return usage();
    };
    match write_options(Path::new(folder)) {
        Ok(path) => {
            println!("{path}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("{folder}: {error}");
            ExitCode::FAILURE
        }
    }
}

fn write_options(folder: &Path) -> io::Result<String> {
    let path = folder.join(OPTIONS_NAME);
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent)?;
    }
    fs::write(&path, OPTIONS_TEXT)?;
    Ok(path.display().to_string())
}
