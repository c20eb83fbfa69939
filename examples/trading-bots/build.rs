//! Generates the contract from the proto, and a table of the page's files.

use std::{
    env, fs, io,
    path::{Path, PathBuf},
};

fn main() -> anyhow::Result<()> {
    // What the HTTP API reads from JSON, and what it writes.
    let read = "#[derive(serde::Deserialize)] #[serde(default, deny_unknown_fields)]";
    let written = "#[derive(serde::Serialize)]";
    streaming_build::configure()
        .prost(move |config| {
            for message in ["Start", "Stop", "RequestConfigSchema"] {
                config.type_attribute(format!(".trading.v1.{message}"), read);
            }
            for message in ["CommandAck", "ConfigSchema"] {
                config.type_attribute(format!(".trading.v1.{message}"), written);
            }
        })
        .compile_protos(&["proto/trading/v1/trading.proto"], &["proto"])?;

    let page = Path::new(&env::var("CARGO_MANIFEST_DIR")?).join("page");
    println!("cargo::rerun-if-changed={}", page.display());
    let mut paths = Vec::new();
    files(&page, &mut paths)?;
    let rows = paths.iter().map(|path| {
        let name = path.strip_prefix(&page).unwrap_or(path).display();
        let (name, path) = (format!("/{name}"), path.display().to_string());
        format!("    ({name:?}, include_bytes!({path:?})),\n")
    });
    let table = format!("&[\n{}]\n", rows.collect::<String>());
    fs::write(Path::new(&env::var("OUT_DIR")?).join("page.rs"), table)?;
    Ok(())
}

/// Every file under the folder.
fn files(folder: &Path, found: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in folder.read_dir()? {
        let path = entry?.path();
        if path.is_dir() {
            files(&path, found)?;
        } else {
            found.push(path);
        }
    }
    found.sort();
    Ok(())
}
