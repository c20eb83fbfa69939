//! The `match` that leads a message to the handler of its variant.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::Ident;

use super::{Emit, variants};
use crate::model::Contract;

/// `impl Dispatch`, generic over the handler, so that rustc sees through it.
pub(super) fn item(emit: &Emit<'_>, contract: &Contract, marker: &Ident) -> syn::Item {
    let c = &emit.codegen;
    let call = |variant: &TokenStream| quote!(<H as #c::Handles<Self, #variant>>::handle(handler, client, message).await);
    let unknown = quote!(#c::Unknown);
    let to_unknown = call(&unknown);
    let arms = variants::arms(emit, &contract.message, |index, _| {
        let call = call(&variants::n(emit, index));
        quote!((_) => #call)
    });
    let mut bounds = Vec::new();
    let body = match arms.filter(|_| contract.message.oneof.is_some()) {
        Some((slot, arms)) => {
            for index in 0..contract.message.variants.len() {
                let n = variants::n(emit, index);
                bounds.push(quote!(#c::Handles<Self, #n>));
            }
            quote! {
                match &message.#slot {
                    #(#arms,)*
                    ::core::option::Option::None => #to_unknown,
                }
            }
        }
        None => to_unknown,
    };
    bounds.push(quote!(#c::Handles<Self, #unknown>));
    let handler = format_ident!("H");
    syn::parse_quote! {
        #[automatically_derived]
        impl<#handler> #c::Dispatch<#handler> for #marker
        where
            #handler: #(#bounds)+*,
        {
            async fn dispatch(
                handler: &#handler,
                client: &#c::Client<Self>,
                message: Self::Message,
            ) -> ::core::result::Result<(), #c::Failure> {
                #body
            }
        }
    }
}
