//! `include_proto!`: the generated code of a package, or what is wrong with its name.

use std::path::Path;

use proc_macro2::{Span, TokenStream};
use quote::quote;
use syn::{LitStr, spanned::Spanned as _};

use crate::message;

/// The file with all packages.
const TREE: &str = "streaming";

/// Includes the package that `input` names, or all of them, from `out_dir`: that of the user's crate, where it has a
/// build script.
pub(crate) fn include(input: TokenStream, out_dir: Option<&Path>) -> TokenStream {
    file(input, out_dir).unwrap_or_else(syn::Error::into_compile_error)
}

/// ```text
/// ::core::include!(::core::concat!(::core::env!("OUT_DIR"), "/trading.v1.rs"));
/// ```
fn file(input: TokenStream, out_dir: Option<&Path>) -> syn::Result<TokenStream> {
    let at = if input.is_empty() { Span::call_site() } else { input.span() };
    let out_dir = out_dir.ok_or_else(|| message::no_build_script(at))?;
    let packages = packages(out_dir).ok_or_else(|| message::nothing_generated(at))?;
    let name = if input.is_empty() {
        TREE.to_owned()
    } else {
        let literal = syn::parse2::<LitStr>(input).map_err(|_| message::package_is_no_text(at))?;
        let name = literal.value();
        if !packages.contains(&name) {
            return Err(message::no_package(&literal, &packages));
        }
        name
    };
    let file = format!("/{name}.rs");
    Ok(quote!(::core::include!(::core::concat!(::core::env!("OUT_DIR"), #file));))
}

/// The packages of which there is code, by name; `None` where streaming-build has not been here.
fn packages(out_dir: &Path) -> Option<Vec<String>> {
    let entries = out_dir.read_dir().ok()?.filter_map(Result::ok);
    let files = entries.filter_map(|entry| entry.file_name().into_string().ok());
    let mut packages: Vec<_> =
        files.filter_map(|file| Some(file.strip_suffix(".rs")?.to_owned())).collect();
    packages.sort();
    let tree = packages.iter().position(|package| package == TREE)?;
    packages.remove(tree);
    Some(packages)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(input: TokenStream, out_dir: Option<&Path>) -> String {
        include(input, out_dir).to_string()
    }

    #[test]
    fn without_a_build_script_there_is_nothing_to_include() {
        let said = said(quote!("trading.v1"), None);
        assert!(said.contains("this crate has no build script"), "{said}");
    }

    #[test]
    fn without_streaming_build_there_is_nothing_either() {
        // A folder in which it never writes.
        let sources = Path::new(env!("CARGO_MANIFEST_DIR"));
        assert!(said(quote!(), Some(sources)).contains("has generated nothing"));
    }
}
