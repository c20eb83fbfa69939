//! The typed sends of a contract.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::{Ident, Item};

use super::{Emit, docs, variants};
use crate::{
    model::{Contract, Variant},
    names::{self, Helper},
};

/// The trait with one method per command variant, implemented for every target.
///
/// ```text
/// pub trait ConnectCommands: Target<Connect> {
///     fn start(self, start: super::Start) -> Sending<Self, Connect, N<1>> { … }
/// }
/// impl<T: Target<Connect>> ConnectCommands for T {}
/// ```
pub(super) fn items(emit: &Emit<'_>, contract: &Contract, marker: &Ident) -> Vec<Item> {
    if contract.command.oneof.is_none() {
        return Vec::new();
    }
    let c = &emit.codegen;
    let (name, sentence) = head(contract, marker);
    let helpers = names::send_helpers(&contract.command.names(), contract.turned);
    let variants = contract.command.variants.iter().zip(&helpers).enumerate();
    let helpers: Vec<TokenStream> = variants
        .map(|(index, (variant, name))| helper(emit, index, variant, name, marker))
        .collect();
    let docs = docs::docs(&sentence, &[]);
    let target = format_ident!("T");
    vec![
        syn::parse_quote! {
            #docs
            pub trait #name: #c::Target<#marker> {
                #(#helpers)*
            }
        },
        syn::parse_quote! {
            #[automatically_derived]
            impl<#target: #c::Target<#marker>> #name for #target {}
        },
    ]
}

/// The trait's name, and what it is.
fn head(contract: &Contract, marker: &Ident) -> (Ident, String) {
    let rpc = contract.method.name();
    if contract.turned {
        let of = names::marker(rpc);
        (
            parse(&names::messages_trait(rpc)),
            format!("Sends the messages of [`{of}`], over a link."),
        )
    } else {
        let sentence = format!("Sends the commands of [`{marker}`], to any target of its hub.");
        (parse(&names::commands_trait(rpc)), sentence)
    }
}

fn helper(
    emit: &Emit<'_>,
    index: usize,
    variant: &Variant,
    helper: &Helper,
    marker: &Ident,
) -> TokenStream {
    let c = &emit.codegen;
    let proto_name = variant.field.name();
    let field = variants::field_name(variant);
    let mut comments = docs::comments(&variant.field.parent_file(), variant.field.path());
    if helper.gives_way {
        if !comments.is_empty() {
            comments.push(String::new());
        }
        comments.push(format!("`{proto_name}` itself is the name of other methods."));
    }
    let docs = docs::docs(&format!("Sends `{proto_name}`."), &comments);
    let name: Ident = parse(&helper.name);
    let n = variants::n(emit, index);
    let ty = variants::payload(emit, variant);
    let (parameter, argument) = if variants::is_empty_tuple(ty) {
        (None, quote!(()))
    } else {
        let argument: Ident = parse(&field);
        (Some(quote!(#argument: #ty)), quote!(#argument))
    };
    quote! {
        #docs
        fn #name(self, #parameter) -> #c::Sending<Self, #marker, #n> {
            #c::Sending::new(self, <#marker as #c::CommandVariant<#n>>::command(#argument))
        }
    }
}

fn parse(name: &str) -> Ident {
    syn::parse_str(name).expect("names are made to be identifiers")
}
