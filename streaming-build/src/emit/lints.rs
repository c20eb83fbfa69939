//! Lints that generated code is not held to.

use proc_macro2::TokenStream;
use quote::quote;

/// The attribute for an item or a module: the user's crate may deny whatever it likes.
///
/// Groups of clippy are named whole, because new lints join them every six weeks.
pub(super) fn allow() -> TokenStream {
    quote! {
        #[allow(
            clippy::all,
            clippy::pedantic,
            clippy::nursery,
            dead_code,
            deprecated,
            non_camel_case_types,
            rustdoc::bare_urls,
            rustdoc::broken_intra_doc_links,
            rustdoc::invalid_html_tags,
            unreachable_pub,
            unused_qualifications,
            reason = "generated code"
        )]
    }
}

/// The prelude, for crates that go without the implicit one.
pub(super) fn prelude() -> syn::Item {
    syn::parse_quote! {
        #[allow(unused_imports, reason = "for crates without the implicit prelude")]
        use ::std::prelude::rust_2024::*;
    }
}
