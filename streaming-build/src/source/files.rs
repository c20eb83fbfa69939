//! Protos on disk, read by protox instead of protoc, so that nothing needs to be installed.

use std::{
    cell::RefCell,
    collections::HashMap,
    path::{Path, PathBuf},
    rc::Rc,
};

use miette::Diagnostic as _;
use protox::{
    Compiler,
    file::{ChainFileResolver, File, FileResolver, GoogleFileResolver, IncludeFileResolver},
};

mod folders;
mod translate;

use super::{OPTIONS_NAME, OPTIONS_TEXT, Source};
use crate::finding::{Finding, Position};

/// Reads `protos`, which build.rs names `at`, and tells `opened` of every file that is read, imports too, whether or not
/// it turns out well.
pub(crate) fn read(
    protos: &[PathBuf],
    includes: &[PathBuf],
    at: &Position,
    mut opened: impl FnMut(&Path),
) -> Result<Source, Vec<Finding>> {
    let mut findings = folders::check(protos, includes, at);
    if !findings.is_empty() {
        return Err(findings);
    }
    let read = Rc::default();
    let mut compiler = Compiler::with_file_resolver(Resolver::new(includes, Rc::clone(&read)));
    compiler.include_imports(true).include_source_info(true);
    // Each proto on its own, so that one mistake does not hide those of the other files.
    for proto in protos {
        if let Err(error) = compiler.open_file(proto) {
            // protox knows imports by position, but the protos of build.rs only by name.
            if error.is_file_not_found() && error.labels().is_none() {
                findings.push(Finding::new(at.clone(), folders::not_included(proto, includes)));
            } else {
                findings.extend(translate::translate(&error, proto, includes, &read.borrow()));
            }
        }
    }
    let paths = read.take();
    let mut files: Vec<_> = paths.values().collect();
    files.sort();
    for file in files {
        opened(file);
    }
    if findings.is_empty() {
        let pool = compiler.descriptor_pool();
        Ok(Source { pool, paths })
    } else {
        Err(findings)
    }
}

type Paths = HashMap<String, PathBuf>;

/// Looks into the include folders, then into what is built in; keeps the names and paths of what it finds.
struct Resolver {
    includes: Vec<PathBuf>,
    chain: ChainFileResolver,
    read: Rc<RefCell<Paths>>,
}

impl Resolver {
    fn new(includes: &[PathBuf], read: Rc<RefCell<Paths>>) -> Self {
        let mut chain = ChainFileResolver::new();
        for include in includes {
            chain.add(IncludeFileResolver::new(include.clone()));
        }
        chain.add(WellKnownResolver);
        chain.add(OptionsResolver);
        Self { includes: includes.to_vec(), chain, read }
    }
}

impl FileResolver for Resolver {
    fn resolve_path(&self, path: &Path) -> Option<String> {
        self.chain.resolve_path(path)
    }

    fn open_file(&self, name: &str) -> Result<File, protox::Error> {
        // Remembered before it is parsed: a file that does not parse is one to look at again as well.
        let candidates = self.includes.iter().map(|include| include.join(name));
        if let Some(path) = candidates.into_iter().find(|path| path.is_file()) {
            self.read.borrow_mut().insert(name.to_owned(), path);
        }
        self.chain.open_file(name)
    }
}

/// The files of `google/protobuf`, unless a folder of the user's holds them. protox takes a while to make them ready, so
/// that they are not made before one is imported.
struct WellKnownResolver;

impl FileResolver for WellKnownResolver {
    fn open_file(&self, name: &str) -> Result<File, protox::Error> {
        if name.starts_with("google/protobuf/") {
            GoogleFileResolver::new().open_file(name)
        } else {
            Err(protox::Error::file_not_found(name))
        }
    }
}

/// Our own options, unless a folder of the user's holds them.
struct OptionsResolver;

impl FileResolver for OptionsResolver {
    fn open_file(&self, name: &str) -> Result<File, protox::Error> {
        if name == OPTIONS_NAME {
            File::from_source(name, OPTIONS_TEXT)
        } else {
            Err(protox::Error::file_not_found(name))
        }
    }
}
