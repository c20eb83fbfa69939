//! Reads fields out of borrowed messages.

use proc_macro2::TokenStream;
use prost_reflect::{FieldDescriptor, Kind, OneofDescriptor};
use quote::{format_ident, quote};
use syn::Ident;

use super::{
    Emit,
    types::{Place, generic},
};

/// Whether `field` is wrapped in an `Option`.
pub(super) fn is_option(emit: &Emit<'_>, field: &FieldDescriptor) -> bool {
    match emit.types.place(field) {
        Place::Field(slot) => generic(&slot.ty, "Option").is_some(),
        Place::Member { .. } => false,
    }
}

/// Statements that bind `value` to what `field` of the reference `value` holds, or return `None`.
pub(super) fn step(emit: &Emit<'_>, field: &FieldDescriptor) -> TokenStream {
    match emit.types.place(field) {
        Place::Field(slot) => {
            let name = &slot.ident;
            if is_option(emit, field) {
                quote!(let value = value.#name.as_ref()?;)
            } else {
                quote!(let value = &value.#name;)
            }
        }
        Place::Member { slot, oneof, member } => {
            let (name, path, variant) = (&slot.ident, &oneof.path, &member.ident);
            quote! {
                let ::core::option::Option::Some(#path::#variant(value)) = &value.#name else {
                    return ::core::option::Option::None;
                };
            }
        }
    }
}

/// The reference `value` to a field's content as an `IdRef`.
pub(super) fn id_ref(emit: &Emit<'_>, field: &FieldDescriptor) -> TokenStream {
    let c = &emit.codegen;
    match field.kind() {
        Kind::String => quote!(#c::IdRef::Str(value)),
        Kind::Bytes => quote!(#c::IdRef::Bytes(value)),
        _ => quote!(#c::IdRef::from(*value)),
    }
}

/// The kind of ids that all of `fields` can hold, which are all texts, all bytes or all integers.
pub(super) fn kind<'a>(fields: impl Iterator<Item = &'a FieldDescriptor>) -> Option<Ident> {
    let kinds = fields.map(|field| match field.kind() {
        Kind::String => "Str",
        Kind::Bytes => "Bytes",
        _ if is_small(field) => "Int32",
        _ => "Int64",
    });
    kinds.min().map(|kind| format_ident!("{kind}"))
}

/// Whether it is an integer of 32 bits: as an id it is soon used again.
pub(super) fn is_small(field: &FieldDescriptor) -> bool {
    matches!(
        field.kind(),
        Kind::Int32 | Kind::Uint32 | Kind::Sint32 | Kind::Fixed32 | Kind::Sfixed32
    )
}

/// The id of `message` that the field at the end of `path` holds, as an `Option` and the value of a block.
pub(super) fn find_id(
    emit: &Emit<'_>,
    message: &TokenStream,
    path: &[FieldDescriptor],
) -> TokenStream {
    let steps = path.iter().map(|field| step(emit, field));
    let Some(last) = path.last() else {
        return quote!(::core::option::Option::None);
    };
    let id = id_ref(emit, last);
    quote! {
        let value = #message;
        #(#steps)*
        ::core::option::Option::Some(#id)
    }
}

/// The `OwnedId` in `id` as the content of `field`.
fn owned(emit: &Emit<'_>, field: &FieldDescriptor) -> TokenStream {
    let ty = match emit.types.place(field) {
        Place::Field(slot) => generic(&slot.ty, "Option").unwrap_or(&slot.ty),
        Place::Member { member, .. } => &member.ty,
    };
    match field.kind() {
        Kind::String => quote!(id.into_string()),
        // The field may be `Bytes`.
        Kind::Bytes if generic(ty, "Vec").is_none() => quote!(id.into_bytes().into()),
        Kind::Bytes => quote!(id.into_bytes()),
        _ => quote!(id.into_int()),
    }
}

/// The Rust field that holds `field`, and its content where `field` holds `value`.
fn content(emit: &Emit<'_>, field: &FieldDescriptor, value: &TokenStream) -> (Ident, TokenStream) {
    match emit.types.place(field) {
        Place::Field(slot) if is_option(emit, field) => {
            (slot.ident.clone(), quote!(::core::option::Option::Some(#value)))
        }
        Place::Field(slot) => (slot.ident.clone(), value.clone()),
        Place::Member { slot, oneof, member } => {
            let (path, variant) = (&oneof.path, &member.ident);
            (slot.ident.clone(), quote!(::core::option::Option::Some(#path::#variant(#value))))
        }
    }
}

/// The statement that puts the `OwnedId` in `id` into `field` of `base`.
pub(super) fn set_id(emit: &Emit<'_>, base: &TokenStream, field: &FieldDescriptor) -> TokenStream {
    let (name, content) = content(emit, field, &owned(emit, field));
    quote!(#base.#name = #content;)
}

/// The same as a field of a struct expression.
pub(super) fn assign_id(emit: &Emit<'_>, field: &FieldDescriptor) -> TokenStream {
    assign(emit, field, &owned(emit, field))
}

/// The field of a struct expression by which `field` holds `value`.
pub(super) fn assign(emit: &Emit<'_>, field: &FieldDescriptor, value: &TokenStream) -> TokenStream {
    let (name, content) = content(emit, field, value);
    quote!(#name: #content)
}

/// The Rust field that holds `field`.
pub(super) fn name<'a>(emit: &'a Emit<'_>, field: &FieldDescriptor) -> &'a Ident {
    match emit.types.place(field) {
        Place::Field(slot) | Place::Member { slot, .. } => &slot.ident,
    }
}

/// Statements that put the client's own `id` into the field at the end of `path` within the reference `value`, where that
/// is empty. A variant of `payload` that is not set is not what this is for: then they return.
pub(super) fn sign(
    emit: &Emit<'_>,
    path: &[FieldDescriptor],
    payload: Option<&OneofDescriptor>,
) -> Option<TokenStream> {
    let c = &emit.codegen;
    let (last, around) = path.split_last()?;
    let around = around.iter().map(|field| {
        let within = within(emit, field, payload);
        let inner = is_option(emit, field).then(
            || quote!(let value = value.get_or_insert_with(::core::default::Default::default);),
        );
        quote!(#within #inner)
    });
    let within = within(emit, last, payload);
    Some(quote!(#(#around)* #within #c::Signed::sign(value, id);))
}

/// Binds `value` to `field` of the reference `value`.
fn within(
    emit: &Emit<'_>,
    field: &FieldDescriptor,
    payload: Option<&OneofDescriptor>,
) -> TokenStream {
    let (slot, oneof, member) = match emit.types.place(field) {
        Place::Field(slot) => {
            let name = &slot.ident;
            return quote!(let value = &mut value.#name;);
        }
        Place::Member { slot, oneof, member } => (slot, oneof, member),
    };
    let (name, path, variant) = (&slot.ident, &oneof.path, &member.ident);
    let filled = (field.containing_oneof().as_ref() != payload).then(|| {
        quote! {
            if value.#name.is_none() {
                value.#name = ::core::option::Option::Some(
                    #path::#variant(::core::default::Default::default()),
                );
            }
        }
    });
    quote! {
        #filled
        let ::core::option::Option::Some(#path::#variant(value)) = &mut value.#name else {
            return;
        };
    }
}

/// Reads a bool, string or integer field of the reference `base`; an absent one is the default.
pub(super) fn read(emit: &Emit<'_>, base: &TokenStream, field: &FieldDescriptor) -> TokenStream {
    let Place::Field(slot) = emit.types.place(field) else {
        unreachable!("only fields outside of oneofs are read so");
    };
    let name = &slot.ident;
    match (field.kind(), is_option(emit, field)) {
        (Kind::String, true) => quote!(#base.#name.as_deref().unwrap_or_default()),
        (Kind::String, false) => quote!(#base.#name.as_str()),
        (_, true) => quote!(#base.#name.unwrap_or_default()),
        (_, false) => quote!(#base.#name),
    }
}
