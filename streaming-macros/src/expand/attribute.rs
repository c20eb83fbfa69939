//! The attribute itself.

use proc_macro2::TokenStream;
use quote::quote;

use crate::{
    args::Args,
    errors::Errors,
    item::{Item, without_roles},
};

/// ```text
/// impl Bots { … }                        // the user's, without roles
/// compile_error! { … }                   // what is wrong with it alone
/// pb::trading_bots::Connect! {           // the contract's macro: puts its table before the rest and calls `expand`
///     [::streaming_runtime::codegen::expand]
///     { pb::trading_bots::Connect }
///     { crate = ::streaming_runtime }
///     { impl Bots { #[on(trade)] async fn trade(&self, trade: pb::Trade); } }
/// }
/// ```
pub(crate) fn attribute(args: TokenStream, item: TokenStream) -> TokenStream {
    let mut errors = Errors::default();
    let args = Args::parse(args, &mut errors);
    let read = Item::parse(item.clone(), &mut errors);
    let item = without_roles(item);
    let call = args.map(|Args { path, runtime }| {
        let Some(read) = read else {
            // The path is used, so that rustc does not add that its import is not.
            return quote!(const _: ::core::marker::PhantomData<#path> = ::core::marker::PhantomData;);
        };
        let codegen = runtime.codegen();
        let runtime = runtime.to_argument();
        let cfgs = &read.cfgs;
        quote! {
            #(#cfgs)*
            #path! { [#codegen::expand] { #path } { #runtime } { #read } }
        }
    });
    let errors = errors.to_compile_errors();
    quote!(#item #errors #call)
}
