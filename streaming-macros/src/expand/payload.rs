//! The payload as the type that the user wrote.

use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::{GenericParam, Type};

use super::Target;
use crate::{cfg::Cfg, item::owned, table::Variant};

/// The user's type of a variant's payload.
pub(super) struct Payload<'a> {
    pub(super) target: &'a Target<'a>,
    pub(super) variant: &'a Variant,
    /// `<Connect as MessageVariant<N<0>>>`
    pub(super) of_variant: &'a TokenStream,
    pub(super) ty: &'a Type,
}

impl Payload<'_> {
    /// The comparison of what the variant carries with the user's type. It happens in a function with a type parameter
    /// that is called as the variant is, so that the message of the runtime's trait can name it; the user's type stands
    /// outside of this function, where no parameter hides what its path begins with:
    ///
    /// ```text
    /// trait __Payload { type Arg; fn take<__V>(payload: …) -> Result<Self::Arg, UnknownEnumValue>; }
    /// impl __Payload for Bots {
    ///     type Arg = pb::Trade;
    ///     fn take<trade>(payload: …) -> Result<Self::Arg, UnknownEnumValue> {
    ///         <Self::Arg as PayloadArg<…, trade, _>>::arg(payload)
    ///     }
    /// }
    /// ```
    pub(super) fn compared(&self) -> TokenStream {
        let Self { of_variant, ty, .. } = self;
        let codegen = &self.target.codegen;
        let name = self.parameter();
        let own = owned(ty);
        let arg = spanned_as(quote!(Self::Arg), ty);
        let result = quote! {
            ::core::result::Result<Self::Arg, #codegen::prost::UnknownEnumValue>
        };
        let body = quote! {
            type Arg = #own;
            fn take<#name>(payload: #of_variant::Payload) -> #result {
                <#arg as #codegen::PayloadArg<#of_variant::Payload, #name, _>>::arg(payload)
            }
        };
        let compared = self.target.implement_path(&Cfg::default(), quote!(__Payload), &body);
        quote! {
            trait __Payload {
                type Arg;
                fn take<__V>(payload: #of_variant::Payload) -> #result;
            }
            #compared
        }
    }

    /// Takes the payload out of `message`, and leaves the function where it is another variant.
    pub(super) fn taken(&self) -> TokenStream {
        let Self { of_variant, .. } = self;
        let codegen = &self.target.codegen;
        quote! {
            let ::core::option::Option::Some(payload) = #of_variant::payload(message) else {
                return ::core::result::Result::Ok(());
            };
            let payload = match <Self as __Payload>::take::<()>(payload) {
                ::core::result::Result::Ok(payload) => payload,
                ::core::result::Result::Err(error) => {
                    return ::core::result::Result::Err(#codegen::Failure::new(error));
                }
            };
        }
    }

    /// The variant's name as that of a type parameter.
    fn parameter(&self) -> Ident {
        let name = &self.variant.name;
        let params = self.target.generics.params.iter();
        let taken = params.into_iter().any(|param| match param {
            GenericParam::Type(param) => param.ident == name,
            GenericParam::Const(param) => param.ident == name,
            GenericParam::Lifetime(_) => false,
        });
        let name = if taken { format!("{name}_") } else { name.clone() };
        let plain = syn::parse_str::<Ident>(&name);
        let raw = || syn::parse_str::<Ident>(&format!("r#{name}"));
        plain
            .or_else(|_| raw())
            .unwrap_or_else(|_| Ident::new(&format!("{name}_"), Span::call_site()))
    }
}

/// `tokens` at the place of `ty`, from its first token to its last.
fn spanned_as(tokens: TokenStream, ty: &Type) -> TokenStream {
    let place: Vec<TokenTree> = ty.to_token_stream().into_iter().collect();
    let (Some(first), Some(last)) = (place.first(), place.last()) else {
        return tokens;
    };
    let mut tokens: Vec<TokenTree> = tokens.into_iter().collect();
    let count = tokens.len();
    for (index, token) in tokens.iter_mut().enumerate() {
        let place = if index + 1 == count { last } else { first };
        token.set_span(place.span());
    }
    tokens.into_iter().collect()
}
