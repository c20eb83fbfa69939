//! Reads fields out of borrowed messages.

use proc_macro2::TokenStream;
use prost_reflect::{FieldDescriptor, Kind};
use quote::quote;
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

/// The type and range of an id's field.
pub(super) fn id_kind(emit: &Emit<'_>, field: &FieldDescriptor) -> TokenStream {
    let c = &emit.codegen;
    match field.kind() {
        Kind::String => quote!(#c::IdKind::Str),
        Kind::Bytes => quote!(#c::IdKind::Bytes),
        _ if is_small(field) => quote!(#c::IdKind::Int32),
        _ => quote!(#c::IdKind::Int64),
    }
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
