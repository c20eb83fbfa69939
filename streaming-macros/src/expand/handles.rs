//! One `impl Handles` per variant, and one for everything unknown.

use proc_macro2::{Literal, TokenStream};
use quote::quote;

use super::{Target, call, handled};
use crate::{
    cfg::Cfg,
    check::{Rest, VariantPlan},
    item::Method,
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
    let handlers = plan.handlers.iter().map(|handler| {
        let handled = handled::expand(target, &number, plan.variant, handler);
        handled.unwrap_or_else(|| nowhere(target, &handler.cfg, &number))
    });
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
    let Target { contract, codegen, .. } = target;
    let (client, message) = (target.client(), target.message());
    let future = target.future();
    let body = quote! {
        fn handle(&self, client: #client, message: #message) -> #future {
            <Self as #codegen::Handles<#contract, #codegen::Unknown>>::handle(self, client, message)
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
    let contract = &target.contract;
    target.implement(cfg, quote!(Handles<#contract, #number>), body)
}
