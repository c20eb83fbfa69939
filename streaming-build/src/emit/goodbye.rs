//! Goodbyes, of both sides.

use proc_macro2::TokenStream;
use prost_reflect::Kind;
use quote::quote;

use super::{
    Emit, ids,
    types::{Place, generic},
    variants,
};
use crate::model::{Contract, Found, Goodbye, Side};

/// `Contract::client_goodbye` and `Contract::goodbye`, where the contract has them.
pub(super) fn functions(
    emit: &Emit<'_>,
    contract: &Contract,
    command_type: &syn::Type,
) -> TokenStream {
    let c = &emit.codegen;
    let of_client = contract.client_goodbye.as_ref().map(|Found { what, .. }| {
        let body = of_client(emit, contract, what);
        quote! {
            fn client_goodbye(message: &Self::Message) -> ::core::option::Option<&str> {
                #body
            }
        }
    });
    let of_hub = contract.goodbye.as_ref().map(|Found { what, .. }| {
        let command = of_hub(emit, contract, what, command_type);
        quote! {
            fn goodbye(goodbye: &#c::Goodbye<'_>) -> ::core::option::Option<Self::Command> {
                let _ = goodbye;
                ::core::option::Option::Some(#command)
            }
        }
    });
    quote!(#of_client #of_hub)
}

fn of_client(emit: &Emit<'_>, contract: &Contract, goodbye: &Goodbye) -> TokenStream {
    let (step, reason) = reason(emit, &contract.message, goodbye);
    quote! {
        let value = message;
        #step
        ::core::option::Option::Some(#reason)
    }
}

/// `Linked::hubs_goodbye`, where the contract has one.
pub(super) fn hubs(emit: &Emit<'_>, contract: &Contract) -> Option<TokenStream> {
    let c = &emit.codegen;
    let goodbye = &contract.goodbye.as_ref()?.what;
    let (step, reason) = reason(emit, &contract.command, goodbye);
    let after = match goodbye.after.as_ref().map(|field| (field, field.kind())) {
        None => quote!(::core::option::Option::None),
        Some((field, Kind::Message(_))) => {
            let name = ids::name(emit, field);
            quote!(#c::span(value.#name))
        }
        Some((field, _)) => {
            let millis = ids::read(emit, &quote!(value), field);
            quote!(#c::millis(#millis))
        }
    };
    Some(quote! {
        fn hubs_goodbye(command: &Self::Command) -> ::core::option::Option<#c::Goodbye<'_>> {
            let value = command;
            #step
            ::core::option::Option::Some(#c::Goodbye { reason: #reason, reconnect_after: #after })
        }
    })
}

/// Binds `value` to the goodbye in the reference `value` to what `side` sends, and its words.
fn reason(emit: &Emit<'_>, side: &Side, goodbye: &Goodbye) -> (TokenStream, TokenStream) {
    let variant = &side.variants[goodbye.index];
    let reason = match (&goodbye.reason, variant.field.kind()) {
        (Some(reason), _) => ids::read(emit, &quote!(value), reason),
        (None, Kind::String) => quote!(value.as_str()),
        (None, _) => quote!({
            let _ = value;
            ""
        }),
    };
    (ids::step(emit, &variant.field), reason)
}

fn of_hub(
    emit: &Emit<'_>,
    contract: &Contract,
    goodbye: &Goodbye,
    command_type: &syn::Type,
) -> TokenStream {
    let command = &contract.command;
    let variant = &command.variants[goodbye.index];
    let reason = quote!(::std::borrow::ToOwned::to_owned(goodbye.reason));
    let payload = if matches!(variant.field.kind(), Kind::String) {
        reason
    } else {
        let mut set = Vec::new();
        set.extend(goodbye.reason.as_ref().map(|field| ids::assign(emit, field, &reason)));
        set.extend(after(emit, goodbye));
        variants::filled(emit, variant, &set)
    };
    variants::holding(emit, command, goodbye.index, &payload, command_type, &[])
}

/// The field that says how long to stay away.
fn after(emit: &Emit<'_>, goodbye: &Goodbye) -> Option<TokenStream> {
    let field = goodbye.after.as_ref()?;
    let Place::Field(slot) = emit.types.place(field) else {
        return None;
    };
    let (name, inside) = (&slot.ident, generic(&slot.ty, "Option"));
    if matches!(field.kind(), Kind::Message(_)) {
        return Some(quote! {
            #name: goodbye
                .reconnect_after
                .and_then(|after| ::core::convert::TryInto::try_into(after).ok())
        });
    }
    let ty = inside.unwrap_or(&slot.ty);
    let millis = match field.kind() {
        Kind::Int64 | Kind::Sint64 | Kind::Sfixed64 => quote!(goodbye.reconnect_after_millis()),
        _ => quote! {
            <#ty as ::core::convert::TryFrom<i64>>::try_from(goodbye.reconnect_after_millis())
                .unwrap_or(<#ty>::MAX)
        },
    };
    Some(if inside.is_some() {
        quote!(#name: goodbye.reconnect_after.map(|_| #millis))
    } else {
        quote!(#name: #millis)
    })
}
