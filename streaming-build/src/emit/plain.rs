//! Bidi rpcs that are no contracts: a marker that says why.

use prost_reflect::MethodDescriptor;
use syn::{Ident, Item};

use super::{docs, table};
use crate::{names, source::rpc_name};

/// The marker and its table.
pub(super) fn items(method: &MethodDescriptor, reason: &str) -> Vec<Item> {
    let marker: Ident =
        syn::parse_str(&names::marker(method.name())).expect("names are made to be identifiers");
    let comments = docs::comments(&method.parent_service().parent_file(), method.path());
    let sentence =
        format!("`{}` is no contract but a plain tonic method: {reason}.", rpc_name(method));
    let docs = docs::docs(&sentence, &comments);
    let mut items = vec![syn::parse_quote! {
        #docs
        #[derive(Clone, Copy, Debug)]
        pub enum #marker {}
    }];
    items.extend(table::plain(method, &marker, reason));
    items
}
