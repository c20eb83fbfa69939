//! The call of a user's method: arguments and result go through traits, so that rustc compares the types and says what
//! is wrong on the user's own type.

use proc_macro2::{Ident, TokenStream};
use quote::{quote, quote_spanned};
use syn::Type;

use super::Target;
use crate::item::Method;

/// `<&Client<Connect> as ClientArg<Connect>>::arg(client)`
pub(super) fn client_arg(target: &Target<'_>, ty: &Type) -> TokenStream {
    let Target { path, codegen, .. } = target;
    quote!(<#ty as #codegen::ClientArg<'_, #path>>::arg(client))
}

/// The client, where `method` takes it, and the last argument through `as_last`: what follows `<Type as `; `None` where
/// the signature is wrong.
pub(super) fn client_and(
    target: &Target<'_>,
    method: &Method,
    as_last: &TokenStream,
) -> Option<Vec<TokenStream>> {
    let (last, client) = method.shape.as_ref()?.args.split_last()?;
    let client = client.first().map(|ty| client_arg(target, ty));
    Some(client.into_iter().chain([quote!(<#last as #as_last)]).collect())
}

/// Calls `method`, and makes its result ours:
///
/// ```text
/// let kind = (&Probe::<anyhow::Result<()>>::new()).kind();       // whether its error lends its chain
/// <anyhow::Result<()> as Outcome<_>>::outcome(Self::trade(self, …).await, kind)
/// ```
pub(super) fn call(target: &Target<'_>, method: &Method, args: &[TokenStream]) -> TokenStream {
    let Target { codegen, .. } = target;
    let call = bare_call(method, args);
    let Some(output) = output(method) else {
        return quote! {
            #call;
            ::core::result::Result::Ok(())
        };
    };
    quote! {
        let kind = {
            use #codegen::{Hides as _, Lends as _};
            (&#codegen::Probe::<#output>::new()).kind()
        };
        kind.outcome::<#output>(#call)
    }
}

/// What is written as the result.
pub(super) fn output(method: &Method) -> Option<&Type> {
    method.shape.as_ref()?.output.as_ref()
}

/// `Self::trade(self, …).await`
pub(super) fn bare_call(method: &Method, args: &[TokenStream]) -> TokenStream {
    let name = &method.sig.ident;
    let waits = method.role.kind.is_async().then(|| quote!(.await));
    quote!(Self::#name(self #(, #args)*) #waits)
}

/// `async fn name(args) -> result`, on the user's method: this is where rustc says that its future is not `Send`.
pub(super) fn async_fn(
    name: &str,
    method: &Method,
    args: &TokenStream,
    result: TokenStream,
) -> TokenStream {
    let span = method.sig.ident.span();
    let name = Ident::new(name, span);
    let result = result.into_iter().map(|mut token| {
        token.set_span(span);
        token
    });
    let result: TokenStream = result.collect();
    quote_spanned!(span=> async fn #name(#args) -> #result)
}
