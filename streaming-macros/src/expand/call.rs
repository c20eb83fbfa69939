//! The call of a user's method: arguments and result go through traits, so that rustc compares the types and says what
//! is wrong on the user's own type.

use proc_macro2::{Ident, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::{Type, parse_quote};

use super::Target;
use crate::{args::End, item::Method};

/// `<&Client<Connect> as ClientArg<Connect>>::arg(client)`, and at the client's end
/// `<&Link<Connect> as LinkArg<Connect>>::arg(&Link::<Connect>::of(client))`
pub(super) fn client_arg(target: &Target<'_>, ty: &Type) -> TokenStream {
    let Target { path, codegen, end, .. } = target;
    match end {
        End::Hub => quote!(<#ty as #codegen::ClientArg<'_, #path>>::arg(client)),
        End::Client => {
            quote!(<#ty as #codegen::LinkArg<'_, #path>>::arg(&#codegen::Link::<#path>::of(client)))
        }
    }
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
    silent(target, method, args, &quote!(Outcome<_>))
}

/// As [`call`], where messages name the variant.
pub(super) fn unasked(
    target: &Target<'_>,
    method: &Method,
    args: &[TokenStream],
    variant: &Ident,
) -> TokenStream {
    silent(target, method, args, &quote!(Unasked<#variant, _>))
}

fn silent(
    target: &Target<'_>,
    method: &Method,
    args: &[TokenStream],
    outcome: &TokenStream,
) -> TokenStream {
    let codegen = &target.codegen;
    let call = bare_call(method, args);
    let Some(output) = output(method) else {
        return quote! {
            #call;
            ::core::result::Result::Ok(())
        };
    };
    let kind = kind(target, output);
    quote! {
        #kind
        <#output as #codegen::#outcome>::outcome(#call, kind)
    }
}

/// Calls `method`, and sends what it says as the answer to `question`:
///
/// ```text
/// let kind = …;
/// let said = <anyhow::Result<pb::GetResult> as Telling<…, get, _>>::telling(Self::get(self, …).await, kind)?;
/// if said.is_none() { return Ok(()); }                                     // it answers by itself
/// answer::<Connect, N<0>>(client, question, said).await
/// ```
pub(super) fn answered(
    target: &Target<'_>,
    method: &Method,
    args: &[TokenStream],
    number: &TokenStream,
    variant: &Ident,
) -> TokenStream {
    let Target { contract, codegen, .. } = target;
    let call = bare_call(method, args);
    // Where nothing is written, that is reported.
    let nothing = parse_quote!(());
    let output = output(method).unwrap_or(&nothing);
    let kind = kind(target, output);
    let answer = quote!(<#contract as #codegen::Answers<#number>>::Answer);
    quote! {
        #kind
        let said = <#output as #codegen::Telling<#answer, #variant, _>>::telling(#call, kind)?;
        if said.is_none() {
            return ::core::result::Result::Ok(());
        }
        #codegen::answer::<#contract, #number>(client, question, said).await
    }
}

/// As [`answered`], where `()` is an answer as well:
///
/// ```text
/// let word = (&Probe::<anyhow::Result<()>>::new()).word();                 // whether there is an answer in it
/// let said = <anyhow::Result<()> as Answering<…, put, _, _>>::answering(Self::put(self, …).await, word, kind)?;
/// ```
pub(super) fn acked(
    target: &Target<'_>,
    method: &Method,
    args: &[TokenStream],
    number: &TokenStream,
    variant: &Ident,
) -> TokenStream {
    let Target { contract, codegen, .. } = target;
    let call = bare_call(method, args);
    let Some(output) = output(method) else {
        return quote! {
            #call;
            #codegen::answer::<#contract, #number>(client, question, ::core::option::Option::None).await
        };
    };
    let kind = kind(target, output);
    let answer = quote!(<#contract as #codegen::Answers<#number>>::Answer);
    let answering = quote!(<#output as #codegen::Answering<#answer, #variant, _, _>>);
    quote! {
        #kind
        let word = {
            use #codegen::{SaysNothing as _, SaysSomething as _};
            (&#codegen::Probe::<#output>::new()).word()
        };
        let said = #answering::answering(#call, word, kind)?;
        #codegen::answer::<#contract, #number>(client, question, said).await
    }
}

/// Asks how the error of `output` is read.
pub(super) fn kind(target: &Target<'_>, output: impl ToTokens) -> TokenStream {
    let codegen = &target.codegen;
    quote! {
        let kind = {
            use #codegen::{Hides as _, Lends as _};
            (&#codegen::Probe::<#output>::new()).kind()
        };
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
    let function = future_fn(name, method, args, result);
    quote_spanned!(span=> async #function)
}

/// `fn name(args) -> future`, on the user's method as well.
pub(super) fn future_fn(
    name: &str,
    method: &Method,
    args: &TokenStream,
    future: TokenStream,
) -> TokenStream {
    let span = method.sig.ident.span();
    let name = Ident::new(name, span);
    let future = future.into_iter().map(|mut token| {
        token.set_span(span);
        token
    });
    let future: TokenStream = future.collect();
    quote_spanned!(span=> fn #name(#args) -> #future)
}
