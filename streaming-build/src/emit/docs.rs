//! Docs of generated items.

use proc_macro2::TokenStream;
use prost_reflect::FileDescriptor;
use quote::quote;
use syn::{Attribute, Expr, ExprLit, Lit, Meta};

use crate::source::Source;

/// The comments of an element of the proto as lines of docs.
pub(super) fn comments(file: &FileDescriptor, path: &[i32]) -> Vec<String> {
    safe(&Source::comments(file, path))
}

/// Docs: a sentence of ours, and below it what the proto says.
pub(super) fn docs(sentence: &str, comments: &[String]) -> TokenStream {
    let mut lines = vec![sentence.to_owned()];
    if !comments.is_empty() {
        lines.push(String::new());
        lines.extend_from_slice(comments);
    }
    attributes(&lines)
}

/// One doc attribute a line.
pub(super) fn attributes(lines: &[String]) -> TokenStream {
    let lines =
        lines.iter().map(|line| if line.is_empty() { String::new() } else { format!(" {line}") });
    quote!(#(#[doc = #lines])*)
}

/// Makes comments safe as markdown: what is indented or fenced would be compiled as a doc test, and `<T>` vanish.
pub(super) fn safe(lines: &[String]) -> Vec<String> {
    let mut fenced = false;
    let lines: Vec<String> = lines
        .iter()
        .map(|line| {
            let text = line.trim();
            if text.starts_with("```") {
                fenced = !fenced;
                return if fenced { "```text" } else { "```" }.to_owned();
            }
            if fenced {
                return line.strip_prefix(' ').unwrap_or(line).to_owned();
            }
            // Three spaces still show what belongs to a list item, four make code.
            let indent = line.strip_prefix(' ').unwrap_or(line);
            let indent = (indent.len() - indent.trim_start().len()).min(3);
            format!("{}{}", &"   "[..indent], escape(text))
        })
        .collect();
    let mut lines = lines;
    if fenced {
        lines.push("```".to_owned());
    }
    lines
}

/// Escapes what would be an HTML tag, outside of code spans; prost writes `<https://…>` itself.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    let mut code = false;
    for (at, character) in text.char_indices() {
        match character {
            '`' => code = !code,
            '<' if !code && !text[at + 1..].starts_with("http") && !escaped.ends_with('\\') => {
                escaped.push('\\');
            }
            _ => {}
        }
        escaped.push(character);
    }
    escaped
}

/// The text of a doc attribute.
fn text(attr: &Attribute) -> Option<String> {
    let Meta::NameValue(meta) = &attr.meta else {
        return None;
    };
    match &meta.value {
        Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) if meta.path.is_ident("doc") => {
            Some(text.value())
        }
        _ => None,
    }
}

/// Makes the docs among `attrs` safe; `sentence` where there are none.
pub(super) fn mend(attrs: &mut Vec<Attribute>, sentence: &str) {
    let lines: Vec<String> = attrs.iter().filter_map(text).collect();
    let empty = lines.iter().all(|line| line.trim().is_empty());
    attrs.retain(|attr| text(attr).is_none());
    let lines = if empty { vec![sentence.to_owned()] } else { safe(&lines) };
    let docs = attributes(&lines);
    let mut all: Vec<Attribute> = syn::parse_quote!(#docs);
    all.append(attrs);
    *attrs = all;
}
