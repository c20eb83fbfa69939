//! Writes the code of what was found.

use proc_macro2::TokenStream;
use quote::quote;

use crate::{finding::Finding, model::Model, source::Source};

mod answer;
mod commands;
mod contract;
mod decorate;
mod descriptors;
mod dispatch;
mod docs;
mod gate;
mod goodbye;
mod ids;
mod json;
mod link;
mod lints;
mod paths;
mod ping;
mod plain;
mod print;
mod prost;
mod reply;
mod rpcs;
mod service;
mod table;
mod testing;
mod tonic;
mod tree;
mod types;
mod variants;

/// A file to write.
#[derive(Debug)]
pub(crate) struct OutFile {
    pub(crate) name: String,
    pub(crate) contents: Vec<u8>,
}

/// What all parts of the emission need.
struct Emit<'a> {
    source: &'a Source,
    model: &'a Model,
    types: types::Types,
    json: json::Functions,
    /// The runtime.
    runtime: TokenStream,
    /// The runtime's `codegen`.
    codegen: TokenStream,
}

/// All files: one per package, one with all packages as a module tree, and the descriptors of each package.
pub(crate) fn emit(
    source: &Source,
    model: &Model,
    config: prost_build::Config,
    runtime: &syn::Path,
) -> Result<Vec<OutFile>, Finding> {
    let generated = prost::generate(source, config, runtime)?;
    let emit = Emit {
        source,
        model,
        types: types::Types::new(&generated),
        json: json::Functions::new(&source.pool),
        runtime: quote!(#runtime),
        codegen: quote!(#runtime::codegen),
    };
    json::check(&emit)?;
    let packages = tree::packages(&emit, generated);
    let descriptors: Vec<OutFile> =
        packages.iter().map(|package| descriptors::file(source, &package.name)).collect();
    let mut files = tree::files(&emit, packages);
    files.extend(descriptors);
    Ok(files)
}
