//! What build.rs names that is not there.

use std::path::{Path, PathBuf};

use crate::{
    finding::{Finding, Position},
    messages,
};

/// What can be said before any file is read.
pub(super) fn check(protos: &[PathBuf], includes: &[PathBuf], at: &Position) -> Vec<Finding> {
    let none = protos.is_empty().then(messages::no_protos);
    let files = includes.iter().filter(|include| include.is_file());
    let files = files.map(|include| messages::include_is_a_file(include, folder_of(include)));
    none.into_iter().chain(files).map(|what| Finding::new(at.clone(), what)).collect()
}

/// That `proto` is nowhere, or not where imports are looked for.
pub(super) fn not_included(proto: &Path, includes: &[PathBuf]) -> String {
    let name = proto.display().to_string();
    if proto.exists() {
        return messages::in_no_include_folder(proto, folder_of(proto), &shown(includes));
    }
    let folders = includes.iter().map(PathBuf::as_path).chain(proto.parent());
    let mut protos: Vec<String> = folders.flat_map(protos_in).collect();
    protos.sort();
    protos.dedup();
    let protos: Vec<&str> = protos.iter().map(String::as_str).collect();
    messages::no_such_proto(&name, &shown(includes), &protos)
}

/// The include folders, and which of them are none.
fn shown(includes: &[PathBuf]) -> String {
    let folders = includes.iter().map(|include| {
        let missing = if include.is_dir() { "" } else { " (does not exist)" };
        format!("`{}`{missing}", include.display())
    });
    match folders.collect::<Vec<_>>().as_slice() {
        [] => "there are no include folders".to_owned(),
        folders => format!("include folders: {}", folders.join(", ")),
    }
}

/// That `import` is nowhere, and which imports could be meant.
pub(super) fn no_such_import(import: &str, includes: &[PathBuf]) -> String {
    let mut found = Vec::new();
    for include in includes {
        search(include, include, 0, &mut found);
    }
    found.sort();
    let mut names: Vec<&str> = found.iter().map(String::as_str).collect();
    names.dedup();
    messages::no_such_import(import, &shown(includes), &names)
}

/// How deep imports lie at most, and how many are looked at: an include folder may be one of the system's.
const DEPTH: usize = 6;
const COUNT: usize = 1000;

fn search(include: &Path, folder: &Path, depth: usize, found: &mut Vec<String>) {
    for path in entries(folder) {
        if found.len() == COUNT {
            return;
        }
        if is_proto(&path) {
            let name = path.strip_prefix(include).unwrap_or(&path);
            found.push(name.display().to_string());
        } else if depth < DEPTH && path.is_dir() {
            search(include, &path, depth + 1, found);
        }
    }
}

/// The protos that lie in `folder` itself.
fn protos_in(folder: &Path) -> Vec<String> {
    entries(folder).filter(|path| is_proto(path)).map(|path| path.display().to_string()).collect()
}

fn folder_of(file: &Path) -> &Path {
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty());
    folder.unwrap_or(Path::new("."))
}

fn is_proto(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "proto")
}

fn entries(folder: &Path) -> impl Iterator<Item = PathBuf> {
    let entries = folder.read_dir().into_iter().flatten().flatten();
    entries.map(|entry| folder.join(entry.file_name()))
}
