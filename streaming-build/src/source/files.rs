//! Protos on disk, read by protox instead of protoc, so that nothing needs to be installed.

use std::{
    cell::RefCell,
    collections::HashMap,
    fmt::Write as _,
    path::{Path, PathBuf},
    rc::Rc,
};

use miette::Diagnostic;
use protox::{
    Compiler,
    file::{ChainFileResolver, File, FileResolver, GoogleFileResolver, IncludeFileResolver},
};

use super::{OPTIONS_NAME, OPTIONS_TEXT, Source};
use crate::finding::{Finding, Position};

/// Reads `protos`, and tells `opened` of every file that is read, imports too, whether or not it turns out well.
pub(crate) fn read(
    protos: &[PathBuf],
    includes: &[PathBuf],
    mut opened: impl FnMut(&Path),
) -> Result<Source, Vec<Finding>> {
    let read = Rc::default();
    let mut compiler = Compiler::with_file_resolver(Resolver::new(includes, Rc::clone(&read)));
    compiler.include_imports(true).include_source_info(true);
    // Each proto on its own, so that one mistake does not hide those of the other files.
    let mut findings = Vec::new();
    for proto in protos {
        if let Err(error) = compiler.open_file(proto) {
            if let Some(finding) = not_included(&error, proto, includes) {
                findings.push(finding);
            } else {
                findings.extend(translate(&error, proto, &read.borrow()));
            }
        }
    }
    let paths = read.take();
    let mut files: Vec<_> = paths.values().collect();
    files.sort();
    for file in files {
        opened(file);
    }
    findings.dedup();
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
        chain.add(GoogleFileResolver::new());
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

/// A proto of build.rs that cannot be opened; protox knows imports by position, but these only by name.
fn not_included(error: &protox::Error, proto: &Path, includes: &[PathBuf]) -> Option<Finding> {
    if !error.is_file_not_found() || error.labels().is_some() {
        return None;
    }
    let what = if proto.exists() { "is in none of the include folders" } else { "does not exist" };
    let folders: Vec<_> =
        includes.iter().map(|include| format!("`{}`", include.display())).collect();
    let message = format!("`{}` {what}; include folders: {}", proto.display(), folders.join(", "));
    Some(Finding::new(None, message))
}

/// Turns an error of protox, which may hold several, into findings.
fn translate(error: &protox::Error, proto: &Path, paths: &Paths) -> Vec<Finding> {
    let shown = |name: &str| match paths.get(name) {
        Some(path) => path.display().to_string(),
        None => name.to_owned(),
    };
    let file = error.file().map_or_else(|| proto.display().to_string(), &shown);
    let one = |diagnostic: &dyn Diagnostic| {
        let (line, column) = place(diagnostic, error).unwrap_or_default();
        let mut message = diagnostic.to_string();
        if let Some(help) = diagnostic.help() {
            write!(message, "; {help}").expect("a String takes everything");
        }
        let position = Position { file: file.clone(), line, column };
        Finding::new(Some(position), message)
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
