//! The attribute itself.

use proc_macro2::TokenStream;
use quote::quote;

use crate::{
    args::{Args, End},
    errors::Errors,
    item::{Item, without_roles},
};

/// ```text
/// impl Bots { … }                        // the user's, without roles
/// compile_error! { … }                   // what is wrong with it alone
/// pb::trading_bots::Connect! {           // the contract's macro: puts its table before the rest and calls `expand`
///     [::streaming_runtime::codegen::expand]
///     { pb::trading_bots::Connect }
///     { crate = ::streaming_runtime }    // and `client`, for which `codegen::expand_client` is called
///     { impl Bots { #[on(trade)] async fn trade(&self, trade: pb::Trade); } }
/// }
/// ```
pub(crate) fn attribute(args: TokenStream, item: TokenStream) -> TokenStream {
    let mut errors = Errors::default();
    let args = Args::parse(args, &mut errors);
    let end = args.as_ref().map(|args| args.options.end).unwrap_or_default();
    let read = Item::parse(item.clone(), end, &mut errors);
    let item = without_roles(item);
    let call = args.map(|Args { path, options }| {
        let Some(read) = read else {
            // The path is used, so that rustc does not add that its import is not.
            return quote!(const _: ::core::marker::PhantomData<#path> = ::core::marker::PhantomData;);
        };
        let codegen = options.codegen();
        let expand = match end {
            End::Hub => quote!(expand),
            End::Client => quote!(expand_client),
        };
        let cfgs = &read.cfgs;
        quote! {
            #(#cfgs)*
            #path! { [#codegen::#expand] { #path } { #options } { #read } }
        }
    });
    let errors = errors.to_compile_errors();
    quote!(#item #errors #call)
}
