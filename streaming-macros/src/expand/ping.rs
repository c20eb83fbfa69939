//! Pings that the user makes.

use proc_macro2::{Literal, TokenStream};
use quote::{ToTokens, quote, quote_spanned};

use super::{Target, call};
use crate::item::Method;

/// ```text
/// fn ping(&self, client: &Client<Connect>, sequence: u64) -> Option<BotCommand> {
///     Some(<Connect as CommandVariant<N<0>>>::command(
///         <pb::Ping as PingPayload<<Connect as CommandVariant<N<0>>>::Payload, Connect>>::payload(
///             Self::alive(self, client, sequence),
///         ),
///     ))
/// }
/// ```
///
/// Nothing where the signature is wrong.
pub(super) fn expand(target: &Target<'_>, method: &Method, variant: usize) -> TokenStream {
    let Target { contract, codegen, .. } = target;
    let as_sequence = quote!(#codegen::SequenceArg>::arg(sequence));
    let Some(args) = call::client_and(target, method, &as_sequence) else {
        return TokenStream::new();
    };
    let call = call::bare_call(method, &args);
    let client = target.client();
    let number = Literal::usize_unsuffixed(variant);
    let of_variant = quote!(<#contract as #codegen::CommandVariant<#codegen::N<#number>>>);
    let unit = quote_spanned!(method.sig.ident.span()=> ());
    let output = call::output(method).map_or(unit, ToTokens::to_token_stream);
    quote! {
        fn ping(
            &self,
            client: #client,
            sequence: u64,
        ) -> ::core::option::Option<<#contract as #codegen::Contract>::Command> {
            let _ = client;
            ::core::option::Option::Some(#of_variant::command(
                <#output as #codegen::PingPayload<#of_variant::Payload, #contract>>::payload(#call)
            ))
        }
    }
}
