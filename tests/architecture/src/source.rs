//! The files of a crate, without what is compiled for tests alone.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result};
use proc_macro2::{TokenStream, TokenTree};
use syn::{Attribute, Item, Meta, spanned::Spanned as _};

use crate::Lines;

/// One file, parsed.
pub(crate) struct File {
    /// As given to [`read`], so that editors can follow it.
    pub(crate) path: PathBuf,
    /// `[session, input]` for `session/input.rs`, `[lib]` for the root.
    pub(crate) module: Vec<String>,
    /// Its items without those for tests.
    pub(crate) items: Vec<Item>,
    pub(crate) lines: Lines,
    /// Modules in files of their own that are for tests, as paths.
    test_modules: Vec<Vec<String>>,
}

/// All files below `src` that are not for tests alone, in the order of their paths.
pub(crate) fn read(src: &Path) -> Result<Vec<File>> {
    let mut paths = Vec::new();
    find(src, &mut paths).with_context(|| format!("cannot read {}", src.display()))?;
    paths.sort();
    let mut files = Vec::new();
    for path in paths {
        let text =
            fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
        let parsed =
            syn::parse_file(&text).with_context(|| format!("{} is no Rust", path.display()))?;
        if !is_for_tests(&parsed.attrs) {
            let module = module(path.strip_prefix(src)?);
            files.push(file(path, module, &text, parsed.items));
        }
    }
    let tests: Vec<_> = files.iter().flat_map(|file| file.test_modules.clone()).collect();
    files.retain(|file| !tests.iter().any(|test| file.module.starts_with(test)));
    Ok(files)
}

fn find(folder: &Path, paths: &mut Vec<PathBuf>) -> Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            find(&path, paths)?;
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            paths.push(path);
        }
    }
    Ok(())
}

fn module(path: &Path) -> Vec<String> {
    let path = path.with_extension("");
    let mut module: Vec<String> =
        path.iter().map(|part| part.to_string_lossy().into_owned()).collect();
    if module.len() > 1 && module.last().is_some_and(|last| last == "mod") {
        module.pop();
    }
    module
}

fn file(path: PathBuf, module: Vec<String>, text: &str, items: Vec<Item>) -> File {
    let mut file =
        File { path, module, items: Vec::new(), lines: Lines::default(), test_modules: Vec::new() };
    let mut lines: Vec<&str> = text.lines().collect();
    // From the last item to the first, so that the numbers of lines stay right.
    for item in items.into_iter().rev() {
        if !is_for_tests(attributes(&item)) {
            file.items.insert(0, item);
            continue;
        }
        let span = item.span();
        lines.drain(span.start().line - 1..span.end().line);
        if let Item::Mod(module) = item
            && module.content.is_none()
        {
            let mut path = file.module.clone();
            path.retain(|part| part != "lib");
            path.push(module.ident.to_string());
            file.test_modules.push(path);
        }
    }
    file.lines.all = lines.len();
    lines.retain(|line| is_code(line.trim()));
    file.lines.code = lines.len();
    file
}

/// Bugs that tests plant are no code, see the runtime's `planted`.
fn is_code(line: &str) -> bool {
    let planted = line.starts_with("planted!(") || line == "planted::planted,";
    !(line.is_empty() || line.starts_with("//") || planted)
}

fn attributes(item: &Item) -> &[Attribute] {
    match item {
        Item::Const(item) => &item.attrs,
        Item::Enum(item) => &item.attrs,
        Item::Fn(item) => &item.attrs,
        Item::Impl(item) => &item.attrs,
        Item::Macro(item) => &item.attrs,
        Item::Mod(item) => &item.attrs,
        Item::Static(item) => &item.attrs,
        Item::Struct(item) => &item.attrs,
        Item::Trait(item) => &item.attrs,
        Item::Type(item) => &item.attrs,
        Item::Use(item) => &item.attrs,
        _ => &[],
    }
}

fn is_for_tests(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| match &attribute.meta {
        Meta::List(list) if list.path.is_ident("cfg") => names_test(list.tokens.clone()),
        _ => false,
    })
}

/// Whether the condition holds for tests alone: `test` stands in it, not as `not(test)`, nor beside something else in `any`.
fn names_test(condition: TokenStream) -> bool {
    let mut operator = String::new();
    for token in condition {
        match token {
            TokenTree::Ident(ident) if ident == "test" => return true,
            TokenTree::Ident(ident) => operator = ident.to_string(),
            TokenTree::Group(group) if operator == "any" => {
                let tokens: Vec<_> = group.stream().into_iter().collect();
                let is_comma = |token: &TokenTree| matches!(token, TokenTree::Punct(punct) if punct.as_char() == ',');
                let mut choices = tokens.split(is_comma).filter(|choice| !choice.is_empty());
                if choices.all(|choice| names_test(choice.iter().cloned().collect())) {
                    return true;
                }
            }
            TokenTree::Group(group) if operator != "not" && names_test(group.stream()) => {
                return true;
            }
            _ => {}
        }
    }
    false
}
