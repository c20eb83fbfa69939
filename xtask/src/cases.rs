//! How many cases show what the diagnostics and the generated code look like.

use std::{fs, path::Path};

use anyhow::{Context as _, Result, ensure};

struct Cases {
    what: &'static str,
    folder: &'static str,
    /// How the name of a case's file ends.
    ending: &'static str,
}

const CASES: [Cases; 6] = [
    Cases { what: "compile-fail cases", folder: "tests/ui/fail", ending: ".rs" },
    Cases { what: "compile-pass cases", folder: "tests/ui/pass", ending: ".rs" },
    Cases { what: "golden build errors", folder: "streaming-build/tests/errors", ending: ".txt" },
    Cases { what: "golden packages", folder: "streaming-build/tests/golden", ending: ".rs" },
    Cases { what: "files of raw bytes", folder: "fuzz/corpus", ending: "" },
    Cases { what: "projects of others", folder: "tests/real/src", ending: "build.rs" },
];

/// Counts them. That each holds is what the tests say.
pub(crate) fn count() -> Result<()> {
    println!();
    for Cases { what, folder, ending } in CASES {
        let count = files(&xtask::root().join(folder), ending)?;
        ensure!(count > 0, "there are no {what} in {folder}");
        println!("{count:>5} {what}");
    }
    Ok(())
}

fn files(folder: &Path, ending: &str) -> Result<usize> {
    let entries = fs::read_dir(folder).with_context(|| format!("cannot read {}", folder.display()));
    let mut count = 0;
    for entry in entries? {
        let path = entry?.path();
        if path.is_dir() {
            count += files(&path, ending)?;
        } else {
            count += usize::from(path.to_string_lossy().ends_with(ending));
        }
    }
    Ok(count)
}
