//! The handler of one variant.

use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens, format_ident, quote};
use syn::{GenericParam, ext::IdentExt as _};

use super::{Target, call};
use crate::{
    cfg::Cfg,
    check::{Call, Handler},
    table::Variant,
};

/// What the runtime's traits have to say is about variants, so the user's method is called in a function whose type
/// parameters are named as variants are:
///
/// ```text
/// const _: () = {
///     trait __Variant {
///         async fn handle<__P, __A>(&self, client: &Client<Connect>, message: BotMessage) -> Result<(), Failure>;
///     }
///     impl __Variant for Bots {
///         async fn handle<get, __A>(&self, client: &Client<Connect>, message: BotMessage) -> Result<(), Failure> {
///             let question = question::<Connect>(&message);                // where the variant asks
///             let Some(payload) = <Connect as MessageVariant<N<0>>>::payload(message) else { return Ok(()) };
///             let payload = match <pb::Get as PayloadArg<…, get, _>>::arg(payload) { … };
///             let said = <Result<…> as Telling<…, get, _>>::telling(Self::get(self, client, payload).await, …)?;
///             answer::<Connect, N<0>>(client, question, said).await
///         }
///     }
///     impl Handles<Connect, N<0>> for Bots {
///         fn handle(&self, client: …, message: …) -> impl Future<…> + Send {
///             <Self as __Variant>::handle::<(), ()>(self, client, message)
///         }
///     }
/// };
/// ```
///
/// `None` where the signature is wrong.
pub(super) fn expand(
    target: &Target<'_>,
    number: &TokenStream,
    variant: &Variant,
    handler: &Handler<'_>,
) -> Option<TokenStream> {
    let Call { client: client_ty, payload } = handler.call?;
    let Target { contract, codegen, .. } = target;
    let names = Names::new(target, handler);
    let of_variant = quote!(<#contract as #codegen::MessageVariant<#number>>);
    let question = variant
        .answer
        .as_ref()
        .map(|_| quote!(let question = #codegen::question::<#contract>(&message);));
    let taken = payload.map(|ty| {
        let name = &names.payload;
        let as_payload = quote!(#codegen::PayloadArg<#of_variant::Payload, #name, _>);
        taken(codegen, &of_variant, &quote!(<#ty as #as_payload>))
    });
    let client_arg = client_ty.map(|ty| call::client_arg(target, ty));
    let args: Vec<_> = client_arg.into_iter().chain(payload.map(|_| quote!(payload))).collect();
    let method = handler.method;
    let call = match &variant.answer {
        Some(_) if variant.acked => call::acked(target, method, &args, number, &names.result),
        Some(_) => call::answered(target, method, &args, number, &names.result),
        None => call::unasked(target, method, &args, &names.result),
    };
    let (client, message, result) = (target.client(), target.message(), target.result());
    let own = quote!(&self, client: #client, message: #message);
    let body = quote! {
        async fn handle #names (#own) -> #result {
            let _ = client;
            #question
            #taken
            #call
        }
    };
    let by_variant = target.implement_path(&Cfg::default(), quote!(__Variant), &body);
    let future_fn = call::future_fn("handle", method, &own, target.future());
    let delegated = quote! {
        #future_fn {
            <Self as __Variant>::handle::<(), ()>(self, client, message)
        }
    };
    let handles =
        target.implement(&Cfg::default(), quote!(Handles<#contract, #number>), &delegated);
    let cfg = &handler.cfg;
    Some(quote! {
        #cfg
        #[allow(unused_qualifications, reason = "generated from the handlers' signatures")]
        const _: () = {
            trait __Variant {
                async fn handle<__P, __A>(#own) -> #result;
            }
            #by_variant
            #handles
        };
    })
}

/// Takes the payload out of `message`, and leaves the function where it is another variant.
fn taken(codegen: &TokenStream, of_variant: &TokenStream, as_payload: &TokenStream) -> TokenStream {
    quote! {
        let ::core::option::Option::Some(payload) = #of_variant::payload(message) else {
            return ::core::result::Result::Ok(());
        };
        let payload = match #as_payload::arg(payload) {
            ::core::result::Result::Ok(payload) => payload,
            ::core::result::Result::Err(error) => {
                return ::core::result::Result::Err(#codegen::Failure::new(error));
            }
        };
    }
}

/// The type parameters of the function that calls the user's method.
pub(super) struct Names {
    /// That of which the messages about the payload speak.
    payload: Ident,
    /// That of which the messages about the result speak.
    result: Ident,
}

impl Names {
    fn new(target: &Target<'_>, handler: &Handler<'_>) -> Self {
        let payload = parameter(handler.spoken.payload, target, handler);
        let result = parameter(handler.spoken.result, target, handler);
        Self { payload, result }
    }
}

/// `<payload, result>`, two of them in any case.
impl ToTokens for Names {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        let Self { payload, result } = self;
        let second = if payload == result { &format_ident!("__A") } else { result };
        tokens.extend(quote!(<#payload, #second>));
    }
}

/// A variant's name as that of a type parameter, which hides nothing that the function refers to.
fn parameter(name: &str, target: &Target<'_>, handler: &Handler<'_>) -> Ident {
    let Target { contract, codegen, generics, .. } = target;
    let is_param = generics.params.iter().any(|param| match param {
        GenericParam::Type(param) => param.ident == name,
        GenericParam::Const(param) => param.ident == name,
        GenericParam::Lifetime(_) => false,
    });
    let shape = handler.method.shape.as_ref();
    let args = shape.map(|shape| &*shape.args).unwrap_or_default();
    let output = call::output(handler.method);
    let hidden = is_param || begins_a_path(name, quote!(#contract #codegen #(#args)* #output));
    let name = if hidden { format!("{name}_") } else { name.to_owned() };
    let plain = syn::parse_str::<Ident>(&name);
    let raw = || syn::parse_str::<Ident>(&format!("r#{name}"));
    plain.or_else(|_| raw()).unwrap_or_else(|_| Ident::new(&format!("{name}_"), Span::call_site()))
}

/// Whether `name` stands in `tokens` other than behind `::`.
fn begins_a_path(name: &str, tokens: TokenStream) -> bool {
    let mut colons = 0;
    tokens.into_iter().any(|token| {
        let behind = colons == 2;
        colons = match &token {
            TokenTree::Punct(punct) if punct.as_char() == ':' => colons % 2 + 1,
            _ => 0,
        };
        match token {
            TokenTree::Ident(ident) => !behind && ident.unraw() == name,
            TokenTree::Group(group) => begins_a_path(name, group.stream()),
            TokenTree::Punct(_) | TokenTree::Literal(_) => false,
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_parameter_hides_what_begins_a_path() {
        for (tokens, hides) in [
            (quote!(note::Note), true),
            (quote!(Result<Vec<note>, Error>), true),
            (quote!(r#note), true),
            (quote!(shapes::note::Note), false),
            (quote!(::note::Note), false),
            (quote!(Note), false),
        ] {
            assert_eq!(begins_a_path("note", tokens.clone()), hides, "{tokens}");
        }
    }
}
