//! The variants of a contract: their tables, and a trait impl for each.

use heck::ToUpperCamelCase;
use proc_macro2::{Literal, TokenStream};
use prost_reflect::FieldDescriptor;
use quote::{format_ident, quote};
use syn::Ident;

use super::{
    Emit, ids, reply,
    types::{Place, generic},
};
use crate::{
    model::{Contract, Found, Side, Variant},
    names,
};

/// The table of a side; `command` where the hub sends it.
pub(super) fn table(emit: &Emit<'_>, side: &Side, command: bool) -> TokenStream {
    let c = &emit.codegen;
    let rows = side.variants.iter().map(|variant| {
        let (name, publish) = (variant.field.name(), variant.hidden.is_none());
        let channel = names::channel(name, command);
        let event_type = names::event_type(name, command);
        let overflow = if let Some(Found { what, .. }) = &variant.overflow {
            let what = format_ident!("{}", what.name().to_upper_camel_case());
            quote!(::core::option::Option::Some(#c::Overflow::#what))
        } else {
            quote!(::core::option::Option::None)
        };
        let coalesce = variant.coalesce.is_some();
        quote! {
            #c::Variant {
                name: #name,
                channel: #channel,
                event_type: #event_type,
                publish: #publish,
                overflow: #overflow,
                coalesce: #coalesce,
            }
        }
    });
    quote!(&[#(#rows),*])
}

/// The arms that give the index of the variant that is set in `message`.
pub(super) fn index(emit: &Emit<'_>, side: &Side) -> TokenStream {
    if side.oneof.is_none() {
        return first_set(emit, side);
    }
    let Some((slot, arms)) = arms(emit, side, |index, _| {
        let index = Literal::usize_unsuffixed(index);
        quote!((_) => ::core::option::Option::Some(#index))
    }) else {
        return quote!(::core::option::Option::None);
    };
    quote! {
        match &message.#slot {
            #(#arms,)*
            ::core::option::Option::None => ::core::option::Option::None,
        }
    }
}

/// Without a oneof: the first field that is set.
fn first_set(emit: &Emit<'_>, side: &Side) -> TokenStream {
    let tests = side.variants.iter().enumerate().filter_map(|(index, variant)| {
        let Place::Field(_) = emit.types.place(&variant.field) else {
            return None;
        };
        let set = super::json::is_set(emit, &variant.field, &quote!(message));
        let index = Literal::usize_unsuffixed(index);
        Some(quote! {
            if #set {
                return ::core::option::Option::Some(#index);
            }
        })
    });
    let tests: Vec<_> = tests.collect();
    if tests.is_empty() {
        quote!({
            let _ = message;
            ::core::option::Option::None
        })
    } else {
        quote!(#(#tests)* ::core::option::Option::None)
    }
}

/// The field of the oneof, and for each variant a match arm on the reference to it: `rest` begins with the pattern
/// of the payload, in parentheses.
pub(super) fn arms(
    emit: &Emit<'_>,
    side: &Side,
    rest: impl Fn(usize, &Variant) -> TokenStream,
) -> Option<(Ident, Vec<TokenStream>)> {
    let mut found = None;
    let mut arms = Vec::new();
    for (index, variant) in side.variants.iter().enumerate() {
        let Place::Member { slot, oneof, member } = emit.types.place(&variant.field) else {
            return None;
        };
        let (path, name) = (&oneof.path, &member.ident);
        let rest: Vec<_> = rest(index, variant).into_iter().collect();
        // The first token is the group with the payload's pattern.
        let (pattern, rest) = rest.split_first()?;
        let rest: TokenStream = rest.iter().cloned().collect();
        arms.push(quote!(::core::option::Option::Some(#path::#name #pattern) #rest));
        found = Some(slot.ident.clone());
    }
    found.map(|slot| (slot, arms))
}

/// The bodies of `Contract::command_id` and `Contract::set_command_id`, where each variant of `side` holds its id in a
/// field of its own: `fields`, of the payload or of the message around it.
pub(super) fn ids(
    emit: &Emit<'_>,
    side: &Side,
    fields: &[Option<FieldDescriptor>],
) -> (TokenStream, TokenStream) {
    let inside = |field: &FieldDescriptor| *field.parent_message() != side.descriptor;
    let get = arms(emit, side, |index, _| match &fields[index] {
        Some(field) if inside(field) => {
            let id = reply::field_id(emit, &quote!(payload), field);
            quote!((payload) => ::core::option::Option::Some(#id))
        }
        Some(field) => {
            let id = reply::field_id(emit, &quote!(command), field);
            quote!((_) => ::core::option::Option::Some(#id))
        }
        None => quote!((_) => ::core::option::Option::None),
    });
    let set = arms(emit, side, |index, _| match &fields[index] {
        Some(field) if inside(field) => {
            let set = ids::set_id(emit, &quote!(payload), field);
            quote!((payload) => { #set })
        }
        Some(field) => {
            let set = ids::set_id(emit, &quote!(command), field);
            quote!((_) => { #set })
        }
        None => quote!((_) => {}),
    });
    let (Some((slot, get)), Some((_, set))) = (get, set) else {
        return (quote!(::core::option::Option::None), TokenStream::new());
    };
    let get = quote! {
        match &command.#slot {
            #(#get,)*
            ::core::option::Option::None => ::core::option::Option::None,
        }
    };
    let set = quote! {
        match &mut command.#slot {
            #(#set,)*
            ::core::option::Option::None => {}
        }
    };
    (get, set)
}

/// `N<i>`
pub(super) fn n(emit: &Emit<'_>, index: usize) -> TokenStream {
    let c = &emit.codegen;
    let index = Literal::usize_unsuffixed(index);
    quote!(#c::N<#index>)
}

/// The payload of a variant out of the message that `value` holds by value, as an `Option`.
pub(super) fn take(emit: &Emit<'_>, side: &Side, index: usize, value: &TokenStream) -> TokenStream {
    let Place::Member { slot, oneof, member } = emit.types.place(&side.variants[index].field)
    else {
        return quote!(::core::option::Option::None);
    };
    let (slot, path, name) = (&slot.ident, &oneof.path, &member.ident);
    let payload = if member.boxed { quote!(*payload) } else { quote!(payload) };
    let others = (side.variants.len() > 1).then(|| quote!(::core::option::Option::Some(_) |));
    quote! {
        match #value.#slot {
            ::core::option::Option::Some(#path::#name(payload)) => ::core::option::Option::Some(#payload),
            #others ::core::option::Option::None => ::core::option::Option::None,
        }
    }
}

/// A message or command of `ty` that holds `payload` in its variant `index`, and `more` fields of its own.
pub(super) fn holding(
    emit: &Emit<'_>,
    side: &Side,
    index: usize,
    payload: &TokenStream,
    ty: &syn::Type,
    more: &[TokenStream],
) -> TokenStream {
    let Place::Member { slot, oneof, member } = emit.types.place(&side.variants[index].field)
    else {
        return quote!(::core::default::Default::default());
    };
    let (slot, path, name) = (&slot.ident, &oneof.path, &member.ident);
    let c = &emit.codegen;
    let payload = if member.boxed {
        quote!(#c::prost::alloc::boxed::Box::new(#payload))
    } else {
        payload.clone()
    };
    let mut set = more.to_vec();
    set.push(quote!(#slot: ::core::option::Option::Some(#path::#name(#payload))));
    whole(emit, side.descriptor.full_name(), ty, &set)
}

/// The payload of a variant of which `set` names some fields; the default where it is no message of ours.
pub(super) fn filled(emit: &Emit<'_>, variant: &Variant, set: &[TokenStream]) -> TokenStream {
    let ty = payload(emit, variant);
    match variant.field.kind() {
        prost_reflect::Kind::Message(message)
            if emit.types.message(message.full_name()).is_some() =>
        {
            whole(emit, message.full_name(), ty, set)
        }
        _ if is_empty_tuple(ty) => quote!(()),
        _ => quote!(::core::default::Default::default()),
    }
}

/// A message of which `set` names some fields.
pub(super) fn whole(
    emit: &Emit<'_>,
    full_name: &str,
    ty: &syn::Type,
    set: &[TokenStream],
) -> TokenStream {
    let fields = emit.types.message(full_name).map_or(0, |it| it.fields.len());
    let rest = (set.len() < fields).then(|| quote!(..::core::default::Default::default()));
    quote!(#ty { #(#set,)* #rest })
}

/// What a variant carries, unboxed.
pub(super) fn payload<'a>(emit: &'a Emit<'_>, variant: &Variant) -> &'a syn::Type {
    match emit.types.place(&variant.field) {
        Place::Member { member, .. } => &member.ty,
        Place::Field(slot) => generic(&slot.ty, "Option").unwrap_or(&slot.ty),
    }
}

/// The Rust name of a variant's field: a oneof's member has none, so prost's rule is followed.
pub(super) fn field_name(variant: &Variant) -> String {
    names::rpc_method(variant.field.name())
}

/// `impl MessageVariant<N<i>>` and `impl CommandVariant<N<i>>`.
pub(super) fn impls(
    emit: &Emit<'_>,
    contract: &Contract,
    marker: &Ident,
    command_type: &syn::Type,
) -> TokenStream {
    let c = &emit.codegen;
    let mut impls = TokenStream::new();
    let Contract { message, command, .. } = contract;
    let message_variants = message.variants.iter().enumerate();
    for (index, variant) in message_variants.filter(|_| message.oneof.is_some()) {
        let (n, payload) = (n(emit, index), payload(emit, variant));
        let take = take(emit, message, index, &quote!(message));
        impls.extend(quote! {
            #[automatically_derived]
            impl #c::MessageVariant<#n> for #marker {
                type Payload = #payload;

                fn payload(message: Self::Message) -> ::core::option::Option<Self::Payload> {
                    #take
                }
            }
        });
    }
    let command_variants = command.variants.iter().enumerate();
    for (index, variant) in command_variants.filter(|_| command.oneof.is_some()) {
        let (n, payload) = (n(emit, index), payload(emit, variant));
        let argument = format_ident!("payload");
        let make = holding(emit, command, index, &quote!(#argument), command_type, &[]);
        impls.extend(quote! {
            #[automatically_derived]
            impl #c::CommandVariant<#n> for #marker {
                type Payload = #payload;

                fn command(#argument: Self::Payload) -> Self::Command {
                    #make
                }
            }
        });
    }
    impls
}

/// Whether nothing but the type tells anything: `google.protobuf.Empty`, or a message without fields.
pub(super) fn is_unit(variant: &Variant) -> bool {
    match variant.field.kind() {
        prost_reflect::Kind::Message(message) => {
            !variant.field.is_list() && !variant.field.is_map() && message.fields().len() == 0
        }
        _ => false,
    }
}

/// Whether prost gives the variant `()`.
pub(super) fn is_empty_tuple(ty: &syn::Type) -> bool {
    matches!(ty, syn::Type::Tuple(tuple) if tuple.elems.is_empty())
}
