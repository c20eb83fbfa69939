//! The paths of a file that lead to other modules of its crate.

use std::collections::BTreeMap;

use proc_macro2::{Span, TokenStream, TokenTree};
use syn::{
    Ident, Item, ItemMod, ItemUse, Macro, Path, UseTree,
    visit::{self, Visit},
};

use crate::source::File;

/// One path that was written.
pub(crate) struct Import {
    pub(crate) line: usize,
    /// The module that it leads to, or an item in it.
    pub(crate) target: Vec<String>,
}

/// What the root gives other names to: `ClientId` to `[id, ClientId]`.
pub(crate) type Exports = BTreeMap<String, Vec<String>>;

/// The re-exports of the crate's root.
pub(crate) fn exports(files: &[File]) -> Exports {
    let root = files.iter().filter(|file| file.module == ["lib"]);
    let mut exports = Exports::new();
    for item in root.flat_map(|file| &file.items) {
        let Item::Use(item) = item else { continue };
        flatten(&item.tree, &mut Vec::new(), &mut |path, name| {
            let mut target: Vec<String> = path.iter().map(ToString::to_string).collect();
            if ["crate", "self"].contains(&target[0].as_str()) {
                target.remove(0);
            }
            exports.insert(name.to_string(), target);
        });
    }
    exports
}

/// All that `file` imports from modules of its crate, each place once.
pub(crate) fn imports(file: &File, exports: &Exports) -> Vec<Import> {
    let mut module = file.module.clone();
    module.retain(|part| part != "lib");
    let mut visitor = Visitor { module, exports, found: Vec::new() };
    for item in &file.items {
        visitor.visit_item(item);
    }
    visitor.found
}

struct Visitor<'a> {
    module: Vec<String>,
    exports: &'a Exports,
    found: Vec<Import>,
}

impl Visitor<'_> {
    fn add(&mut self, path: &[String], span: Span) {
        let mut base = match path[0].as_str() {
            "crate" => Vec::new(),
            "self" | "super" => self.module.clone(),
            _ => return,
        };
        let mut rest = path;
        while let Some((first, after)) = rest.split_first() {
            match first.as_str() {
                "crate" | "self" => {}
                "super" => {
                    base.pop();
                }
                _ => break,
            }
            rest = after;
        }
        base.extend_from_slice(rest);
        if let [name, ..] = &base[..]
            && let Some(origin) = self.exports.get(name)
        {
            let after = base.split_off(1);
            base.clone_from(origin);
            base.extend(after);
        }
        if base.is_empty() {
            base.push("lib".to_owned());
        }
        let line = span.start().line;
        self.found.push(Import { line, target: base });
    }
}

impl<'ast> Visit<'ast> for Visitor<'_> {
    fn visit_item_use(&mut self, item: &'ast ItemUse) {
        flatten(&item.tree, &mut Vec::new(), &mut |path, name| {
            let names: Vec<String> = path.iter().map(ToString::to_string).collect();
            self.add(&names, path.last().unwrap_or(&name).span());
        });
    }

    fn visit_path(&mut self, path: &'ast Path) {
        if path.leading_colon.is_none() && path.segments.len() > 1 {
            let names: Vec<String> =
                path.segments.iter().map(|segment| segment.ident.to_string()).collect();
            self.add(&names, path.segments[0].ident.span());
        }
        visit::visit_path(self, path);
    }

    fn visit_item_mod(&mut self, item: &'ast ItemMod) {
        self.module.push(item.ident.to_string());
        visit::visit_item_mod(self, item);
        self.module.pop();
    }

    fn visit_macro(&mut self, item: &'ast Macro) {
        self.visit_path(&item.path);
        self.tokens(item.tokens.clone());
    }
}

impl Visitor<'_> {
    /// Finds `crate::…`, but not `$crate::…`, in what only its macro can read.
    fn tokens(&mut self, tokens: TokenStream) {
        let tokens: Vec<TokenTree> = tokens.into_iter().collect();
        for (at, token) in tokens.iter().enumerate() {
            match token {
                TokenTree::Group(group) => self.tokens(group.stream()),
                TokenTree::Ident(ident) if is_start(ident) && !follows_dollar(&tokens, at) => {
                    let names = path(&tokens[at..]);
                    if names.len() > 1 {
                        self.add(&names, ident.span());
                    }
                }
                _ => {}
            }
        }
    }
}

fn is_start(ident: &Ident) -> bool {
    ident == "crate" || ident == "super" || ident == "self"
}

fn follows_dollar(tokens: &[TokenTree], at: usize) -> bool {
    let before = at.checked_sub(1).and_then(|before| tokens.get(before));
    // A `super` or `self` behind `::` is the middle of a path.
    matches!(before, Some(TokenTree::Punct(punct)) if ['$', ':'].contains(&punct.as_char()))
}

/// The names before and between `::` at the start of `tokens`.
fn path(tokens: &[TokenTree]) -> Vec<String> {
    let is_colon =
        |token: &TokenTree| matches!(token, TokenTree::Punct(punct) if punct.as_char() == ':');
    let mut names = Vec::new();
    let mut rest = tokens;
    while let [TokenTree::Ident(name), after @ ..] = rest {
        names.push(name.to_string());
        match after {
            [one, two, after @ ..] if is_colon(one) && is_colon(two) => rest = after,
            _ => break,
        }
    }
    names
}

/// Calls `leaf` with each path of a `use` and the name that it gets.
fn flatten<'t>(
    tree: &'t UseTree,
    path: &mut Vec<&'t Ident>,
    leaf: &mut impl FnMut(&[&'t Ident], &'t Ident),
) {
    match tree {
        UseTree::Path(tree) => {
            path.push(&tree.ident);
            flatten(&tree.tree, path, leaf);
            path.pop();
        }
        UseTree::Group(tree) => {
            for tree in &tree.items {
                flatten(tree, path, leaf);
            }
        }
        UseTree::Name(tree) => named(path, &tree.ident, &tree.ident, leaf),
        UseTree::Rename(tree) => named(path, &tree.ident, &tree.rename, leaf),
        UseTree::Glob(_) => {
            if let Some(&last) = path.last() {
                leaf(path, last);
            }
        }
    }
}

fn named<'t>(
    path: &mut Vec<&'t Ident>,
    ident: &'t Ident,
    name: &'t Ident,
    leaf: &mut impl FnMut(&[&'t Ident], &'t Ident),
) {
    path.push(ident);
    leaf(path, name);
    path.pop();
}
