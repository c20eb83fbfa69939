//! `streaming-build options DIR` writes `streaming/options.proto` for the protoc of other languages.

use std::{env, fs, io, path::Path, process::ExitCode};

use streaming_build::{OPTIONS_NAME, OPTIONS_TEXT};

fn main() -> ExitCode {
    let args: Vec<String> = env::args().skip(1).collect();
    let [command, folder] = args.as_slice() else {
        return usage();
    };
    if command != "options" {
        return usage();
    }
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

fn usage() -> ExitCode {
    eprintln!("usage: streaming-build options DIR");
    ExitCode::from(2)
}

fn write_options(folder: &Path) -> io::Result<String> {
    let path = folder.join(OPTIONS_NAME);
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent)?;
    }
    fs::write(&path, OPTIONS_TEXT)?;
    Ok(path.display().to_string())
}
