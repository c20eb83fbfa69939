//! One `impl Handles` per variant, and one for everything unknown.

use proc_macro2::{Literal, TokenStream};
use quote::quote;

use super::{Target, call, payload::Payload};
use crate::{
    cfg::Cfg,
    check::{Call, Handler, Rest, VariantPlan},
    item::Method,
    table::Variant,
};

pub(super) fn expand(
    target: &Target<'_>,
    variants: &[VariantPlan<'_>],
    other: &[&Method],
) -> TokenStream {
    let variants =
        variants.iter().enumerate().map(|(index, plan)| variant(target, index, plan, other));
    let unknown = unknown(target, other);
    quote!(#(#variants)* #unknown)
}

/// The handlers of one variant, and what is there where none of them is.
fn variant(
    target: &Target<'_>,
    index: usize,
    plan: &VariantPlan<'_>,
    other: &[&Method],
) -> TokenStream {
    let Target { codegen, .. } = target;
    let index = Literal::usize_unsuffixed(index);
    let number = quote!(#codegen::N<#index>);
    let handlers =
        plan.handlers.iter().map(|handler| handled(target, &number, plan.variant, handler));
    let rest = Cfg::default().and_none_of(plan.handlers.iter().map(|handler| &handler.cfg));
    let rest = match &plan.rest {
        Rest::Never => TokenStream::new(),
        Rest::Nowhere => nowhere(target, &rest, &number),
        Rest::Missing(error) => {
            let nowhere = nowhere(target, &rest, &number);
            quote!(#rest #error #nowhere)
        }
        Rest::Other(error) => {
            let to_other = to_other(target, &rest, &number);
            let others: Vec<_> = other.iter().map(|method| Cfg::of(&method.cfgs)).collect();
            if others.iter().any(Cfg::is_always) {
                to_other
            } else {
                let neither = rest.and_none_of(&others);
                quote!(#to_other #neither #error)
            }
        }
    };
    quote!(#(#handlers)* #rest)
}

/// ```text
/// const _: () = {
///     trait __Payload { … }                   // the payload as the user's type
///     impl Handles<Connect, N<0>> for Bots {
///         async fn handle(&self, client: &Client<Connect>, message: BotMessage) -> Result<(), Failure> {
///             let Some(payload) = <Connect as MessageVariant<N<0>>>::payload(message) else { return Ok(()) };
///             Self::trade(self, client, payload).await
///         }
///     }
/// };
/// ```
fn handled(
    target: &Target<'_>,
    number: &TokenStream,
    variant: &Variant,
    handler: &Handler<'_>,
) -> TokenStream {
    let Some(Call { client, payload }) = handler.call else {
        return nowhere(target, &handler.cfg, number);
    };
    let Target { path, codegen, .. } = target;
    let of_variant = quote!(<#path as #codegen::MessageVariant<#number>>);
    let mut args = Vec::new();
    args.extend(client.map(|ty| call::client_arg(target, ty)));
    let payload = payload.map(|ty| Payload { target, variant, of_variant: &of_variant, ty });
    args.extend(payload.as_ref().map(|_| quote!(payload)));
    let compared = payload.as_ref().map(Payload::compared);
    let taken = payload.as_ref().map(Payload::taken);
    let call = call::call(target, handler.method, &args);
    let (client, message) = (target.client(), target.message());
    let own = quote!(&self, client: #client, message: #message);
    let async_fn = call::async_fn("handle", handler.method, &own, target.result());
    let body = quote! {
        #async_fn {
            let _ = client;
            #taken
            #call
        }
    };
    let cfg = &handler.cfg;
    let emitted = implement(target, &Cfg::default(), number, &body);
    quote! {
        #cfg
        #[allow(unused_qualifications, reason = "generated from the handlers' signatures")]
        const _: () = {
            #compared
            #emitted
        };
    }
}

/// A variant that nothing is done with.
fn nowhere(target: &Target<'_>, cfg: &Cfg, number: &TokenStream) -> TokenStream {
    let (client, message) = (target.client(), target.message());
    let result = target.result();
    let body = quote! {
        async fn handle(&self, _client: #client, _message: #message) -> #result {
            ::core::result::Result::Ok(())
        }
    };
    implement(target, cfg, number, &body)
}

/// A variant that `#[on_other]` takes: as if it were unknown, so that the method is called in one place and what is
/// wrong with it is said once.
fn to_other(target: &Target<'_>, cfg: &Cfg, number: &TokenStream) -> TokenStream {
    let Target { path, codegen, .. } = target;
    let (client, message) = (target.client(), target.message());
    let result = target.result();
    let body = quote! {
        fn handle(
            &self,
            client: #client,
            message: #message,
        ) -> impl ::core::future::Future<Output = #result> + ::core::marker::Send {
            <Self as #codegen::Handles<#path, #codegen::Unknown>>::handle(self, client, message)
        }
    };
    implement(target, cfg, number, &body)
}

fn unknown(target: &Target<'_>, other: &[&Method]) -> TokenStream {
    let Target { codegen, .. } = target;
    let number = quote!(#codegen::Unknown);
    let cfgs: Vec<_> = other.iter().map(|method| Cfg::of(&method.cfgs)).collect();
    let mut impls = TokenStream::new();
    for (method, cfg) in other.iter().zip(&cfgs) {
        impls.extend(match whole(target, "handle", method) {
            Some(body) => implement(target, cfg, &number, &body),
            None => nowhere(target, cfg, &number),
        });
    }
    if !cfgs.iter().any(Cfg::is_always) {
        let rest = Cfg::default().and_none_of(&cfgs);
        impls.extend(nowhere(target, &rest, &number));
    }
    impls
}

/// A function that gives the whole message to `method`; `None` where its signature is wrong.
///
/// ```text
/// async fn dispatch(&self, client: &Client<Connect>, message: BotMessage) -> Result<(), Failure> {
///     Self::everything(self, client, message).await
/// }
/// ```
pub(super) fn whole(target: &Target<'_>, name: &str, method: &Method) -> Option<TokenStream> {
    let codegen = &target.codegen;
    let (client, message) = (target.client(), target.message());
    let as_message = quote!(#codegen::MessageArg<#message>>::arg(message));
    let args = call::client_and(target, method, &as_message)?;
    let call = call::call(target, method, &args);
    let own = quote!(&self, client: #client, message: #message);
    let async_fn = call::async_fn(name, method, &own, target.result());
    Some(quote! {
        #async_fn {
            let _ = client;
            #call
        }
    })
}

fn implement(
    target: &Target<'_>,
    cfg: &Cfg,
    number: &TokenStream,
    body: &TokenStream,
) -> TokenStream {
    let path = target.path;
    target.implement(cfg, quote!(Handles<#path, #number>), body)
}
