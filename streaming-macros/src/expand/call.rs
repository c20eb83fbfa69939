//! The call of a user's method: arguments and result go through traits, so that rustc compares the types and says what
//! is wrong on the user's own type.

use proc_macro2::{Ident, TokenStream};
use quote::{quote, quote_spanned};
use syn::Type;

use super::Target;
use crate::{item::Method, table::Variant};

/// `<&Client<Connect> as ClientArg<Connect>>::arg(client)`
pub(super) fn client_arg(target: &Target<'_>, ty: &Type) -> TokenStream {
    let Target { path, codegen, .. } = target;
    quote!(<#ty as #codegen::ClientArg<'_, #path>>::arg(client))
}

/// `<pb::BotMessage as MessageArg<<Connect as Contract>::Message>>::arg(message)`
pub(super) fn message_arg(target: &Target<'_>, ty: &Type) -> TokenStream {
    let Target { codegen, .. } = target;
    let message = target.message();
    quote!(<#ty as #codegen::MessageArg<#message>>::arg(message))
}

/// The trait through which the payload becomes the type that the user wrote. It is made here, per variant, because its
/// message names the variant; `__How` keeps its two impls apart, and rustc infers it.
///
/// ```text
/// #[diagnostic::on_unimplemented(message = "variant `trade` carries `{__P}`, not `{Self}`")]
/// trait __Carried<__P, __How>: Sized { fn take(payload: __P) -> Result<Self, UnknownEnumValue>; }
/// impl<__P> __Carried<__P, ()> for __P { … }
/// impl<__E: TryFrom<i32, Error = UnknownEnumValue>> __Carried<i32, i32> for __E { … }
/// ```
pub(super) fn payload_trait(target: &Target<'_>, variant: &Variant) -> TokenStream {
    let Target { codegen, .. } = target;
    let message = format!(
        "variant `{}` carries `{{__P}}`, not `{{Self}}`",
        variant.name
    );
    let result = quote!(::core::result::Result<Self, #codegen::prost::UnknownEnumValue>);
    quote! {
        #[diagnostic::on_unimplemented(message = #message, label = "expected `{__P}`")]
        trait __Carried<__P, __How>: ::core::marker::Sized {
            fn take(payload: __P) -> #result;
        }
        impl<__P> __Carried<__P, ()> for __P {
            fn take(payload: __P) -> #result {
                ::core::result::Result::Ok(payload)
            }
        }
        #[diagnostic::do_not_recommend]
        impl<__E> __Carried<i32, i32> for __E
        where
            __E: ::core::convert::TryFrom<i32, Error = #codegen::prost::UnknownEnumValue>,
        {
            fn take(payload: i32) -> #result {
                ::core::convert::TryFrom::try_from(payload)
            }
        }
    }
}

/// The payload as the type that the user wrote.
pub(super) fn payload_arg(target: &Target<'_>, ty: &Type, payload: &TokenStream) -> TokenStream {
    let Target { codegen, .. } = target;
    quote! {
        match <#ty as __Carried<#payload, _>>::take(payload) {
            ::core::result::Result::Ok(payload) => payload,
            ::core::result::Result::Err(error) => {
                return ::core::result::Result::Err(#codegen::Failure::new(error));
            }
        }
    }
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
    quote!(Self::#name(self #(, #args)*).await)
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
