//! No message without a golden file that shows it.

use std::{fs, path::Path};

use proc_macro2::{TokenStream, TokenTree};
use syn::{Item, ItemFn, LitStr, Visibility};

/// These only put other messages together.
const COMPOSED: [&str; 3] = ["wrong_call", "has", "option_names_nothing"];

/// All literals in `tokens`, those in the arguments of macros too, as the texts between their placeholders.
fn texts(tokens: TokenStream, found: &mut Vec<Vec<String>>) {
    for token in tokens {
        match token {
            TokenTree::Group(group) => texts(group.stream(), found),
            token => {
                if let Ok(text) = syn::parse2::<LitStr>(token.into()) {
                    let text = text.value().replace('}', "{");
                    found.push(text.split('{').step_by(2).map(str::to_owned).collect());
                }
            }
        }
    }
}

/// The constructors, each with the longest of its texts.
fn constructors() -> Vec<(String, Vec<String>)> {
    let file = syn::parse_file(include_str!("../messages.rs")).expect("this file is Rust");
    let functions = file.items.into_iter().filter_map(|item| match item {
        Item::Fn(function) if !matches!(function.vis, Visibility::Inherited) => Some(function),
        _ => None,
    });
    let longest = |ItemFn { sig, block, .. }: ItemFn| {
        let mut found = Vec::new();
        texts(quote::quote!(#block), &mut found);
        let longest = found.into_iter().max_by_key(|texts| texts.concat().len());
        (sig.ident.to_string(), longest.unwrap_or_default())
    };
    let all = functions.map(longest);
    all.filter(|(name, _)| !COMPOSED.contains(&name.as_str())).collect()
}

/// The lines of all golden files in `folder`.
fn golden(folder: &Path, lines: &mut Vec<String>) {
    for entry in fs::read_dir(folder).expect("a folder of the tests").flatten() {
        let path = entry.path();
        if path.is_dir() {
            golden(&path, lines);
        } else if path.extension().is_some_and(|it| it == "txt" || it == "rs") {
            let text = fs::read_to_string(path).expect("a text");
            lines.extend(text.lines().map(str::to_owned));
        }
    }
}

/// Whether `line` has all of `texts`, one after the other.
fn shows(line: &str, texts: &[String]) -> bool {
    let rest = texts.iter().try_fold(line, |rest, text| Some(rest.split_once(text.as_str())?.1));
    rest.is_some()
}

#[test]
fn each_message_is_shown_by_a_golden_file() {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests");
    let mut lines = Vec::new();
    golden(&tests.join("errors"), &mut lines);
    golden(&tests.join("golden"), &mut lines);
    let constructors = constructors();
    assert!(constructors.len() > 50, "only {} constructors were found", constructors.len());
    let missing: Vec<_> = constructors
        .iter()
        .filter(|(_, texts)| !lines.iter().any(|line| shows(line, texts)))
        .collect();
    assert!(missing.is_empty(), "no golden file shows {missing:#?}");
}
