//! The browser that shows pages to tests. It is too large to be installed from here.

use std::{
    env,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result, ensure};

const INSTEAD: &str = "CHROMIUM_BIN";
const NAMES: [&str; 5] =
    ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome"];
const NEEDED: &str = "Chromium, for the page of the trading bots; install: Chromium or Chrome (Debian: apt-get \
                      install chromium), or set `CHROMIUM_BIN` to its path";

pub(super) fn path() -> Result<PathBuf> {
    if let Some(path) = env::var_os(INSTEAD).map(PathBuf::from) {
        ensure!(path.is_file(), "`{INSTEAD}` is set, but {} is no file", path.display());
        return Ok(path);
    }
    let paths = env::var_os("PATH").unwrap_or_default();
    let folders: Vec<PathBuf> = env::split_paths(&paths).collect();
    find(&folders).context(NEEDED)
}

fn find(folders: &[PathBuf]) -> Option<PathBuf> {
    let all = |name: &'static str| folders.iter().map(move |folder: &PathBuf| folder.join(name));
    NAMES.into_iter().flat_map(all).find(|path: &PathBuf| Path::is_file(path))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::find;

    #[test]
    fn finds_it_under_any_of_its_names() {
        let folder = tempfile::tempdir().expect("a folder");
        let folders = ["/dev/null".into(), folder.path().to_owned()];
        assert_eq!(find(&folders), None);
        let path = folder.path().join("google-chrome");
        fs::write(&path, "").expect("written");
        assert_eq!(find(&folders), Some(path));
    }
}
