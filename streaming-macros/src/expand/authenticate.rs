//! Who opens a stream.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote, quote_spanned};

use super::{Target, call};
use crate::{cfg::Cfg, check::Authentication, item::Method};

/// ```text
/// const AUTHENTICATES: bool = cfg!(any(all(unix)));        // `any(all())` where it always is
/// #[cfg(unix)]
/// async fn authenticate(&self, handshake: &Handshake) -> Result<Identity, Failure> {
///     let kind = …;
///     <Result<Identity, Status> as Identified<_>>::identified(Self::who(self, handshake).await, kind)
/// }
/// ```
pub(super) fn expand(target: &Target<'_>, plan: &Authentication<'_>) -> TokenStream {
    if plan.methods.is_empty() {
        return TokenStream::new();
    }
    let cfgs: Vec<_> = plan.methods.iter().map(|method| Cfg::of(&method.cfgs)).collect();
    let methods = plan.methods.iter().zip(&cfgs).filter_map(|(method, cfg)| {
        let function = function(target, method)?;
        Some(quote!(#cfg #function))
    });
    let any = Cfg::any_of(&cfgs);
    let missing = plan.missing.as_ref().map(|error| {
        let neither = Cfg::default().and_none_of(&cfgs);
        quote!(#neither #error)
    });
    quote! {
        const AUTHENTICATES: bool = ::core::cfg!(#any);
        #(#methods)*
        #missing
    }
}

/// `None` where the signature is wrong.
fn function(target: &Target<'_>, method: &Method) -> Option<TokenStream> {
    let codegen = &target.codegen;
    let [ty] = &*method.shape.as_ref()?.args else { return None };
    let call =
        call::bare_call(method, &[quote!(<#ty as #codegen::HandshakeArg<'_>>::arg(handshake))]);
    let unit = quote_spanned!(method.sig.ident.span()=> ());
    let output = call::output(method).map_or(unit, ToTokens::to_token_stream);
    let kind = call::kind(target, &output);
    let own = quote!(&self, handshake: &#codegen::Handshake);
    let result = quote!(::core::result::Result<#codegen::Identity, #codegen::Failure>);
    let async_fn = call::async_fn("authenticate", method, &own, result);
    Some(quote! {
        #async_fn {
            #kind
            <#output as #codegen::Identified<_>>::identified(#call, kind)
        }
    })
}
