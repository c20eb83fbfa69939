//! Pings and their answers.

use proc_macro2::TokenStream;
use prost_reflect::{FieldDescriptor, Kind};
use quote::quote;

use super::{
    Emit, ids,
    types::{Place, generic},
    variants,
};
use crate::model::{Contract, Fill, Found, PingKind};

/// What the contract says about pings.
pub(super) fn role(emit: &Emit<'_>, contract: &Contract) -> TokenStream {
    let c = &emit.codegen;
    match (&contract.ping, &contract.pong) {
        (None, _) => quote!(#c::PingRole::None),
        (Some(_), None) => quote!(#c::PingRole::OneWay),
        (Some(_), Some(_)) => quote!(#c::PingRole::Answered),
    }
}

/// The body of `Contract::ping`, for a contract that has pings.
pub(super) fn ping(emit: &Emit<'_>, contract: &Contract, command_type: &syn::Type) -> TokenStream {
    let Some(Found { what: ping, .. }) = &contract.ping else {
        return quote!(::core::option::Option::None);
    };
    let command = &contract.command;
    let mut set: Vec<TokenStream> =
        ping.fill.iter().map(|(field, fill)| filled(emit, field, *fill)).collect();
    let made = match &ping.kind {
        PingKind::Flag(field) => {
            set.push(ids::assign(emit, field, &quote!(true)));
            variants::whole(emit, command.descriptor.full_name(), command_type, &set)
        }
        PingKind::Variant(index) => {
            let variant = &command.variants[*index];
            let ty = variants::payload(emit, variant);
            let payload = match variant.field.kind() {
                Kind::Message(message) if emit.types.message(message.full_name()).is_some() => {
                    variants::whole(emit, message.full_name(), ty, &set)
                }
                kind => scalar(&kind, ty),
            };
            variants::command(emit, command, *index, &payload, command_type, &[])
        }
    };
    quote!(::core::option::Option::Some(#made))
}

/// A ping whose variant is no message.
fn scalar(kind: &Kind, ty: &syn::Type) -> TokenStream {
    match kind {
        Kind::Bool => quote!(true),
        Kind::Message(_) if variants::is_empty_tuple(ty) => quote!(()),
        Kind::Uint64 | Kind::Fixed64 => quote!(ping.sequence),
        Kind::Int32
        | Kind::Int64
        | Kind::Uint32
        | Kind::Sint32
        | Kind::Sint64
        | Kind::Fixed32
        | Kind::Sfixed32
        | Kind::Sfixed64 => integer(&quote!(ping.sequence), ty),
        _ => quote!(::core::default::Default::default()),
    }
}

/// `value` as another integer type; the largest where it does not fit.
fn integer(value: &TokenStream, ty: &syn::Type) -> TokenStream {
    quote!(<#ty>::try_from(#value).unwrap_or(<#ty>::MAX))
}

fn filled(emit: &Emit<'_>, field: &FieldDescriptor, fill: Fill) -> TokenStream {
    let Place::Field(slot) = emit.types.place(field) else {
        return TokenStream::new();
    };
    let ty = generic(&slot.ty, "Option").unwrap_or(&slot.ty);
    let value = match (fill, field.kind()) {
        (Fill::Sequence, Kind::Uint64 | Kind::Fixed64) => quote!(ping.sequence),
        (Fill::Sequence, _) => integer(&quote!(ping.sequence), ty),
        (Fill::UnixMillis, Kind::Uint64 | Kind::Fixed64) => {
            quote!(<#ty>::try_from(ping.unix_millis()).unwrap_or_default())
        }
        (Fill::UnixMillis, _) => quote!(ping.unix_millis()),
        (Fill::Timestamp, _) => quote!(ping.timestamp()),
    };
    ids::assign(emit, field, &value)
}

/// The body of `Contract::pong`, for a contract whose pings are answered.
pub(super) fn pong(emit: &Emit<'_>, contract: &Contract) -> TokenStream {
    let Some(Found { what: pong, .. }) = &contract.pong else {
        return quote!(::core::option::Option::None);
    };
    let variant = &contract.message.variants[pong.index];
    let step = ids::step(emit, &variant.field);
    let sequence = match &pong.sequence {
        Some(field) => {
            let value = ids::read(emit, &quote!(value), field);
            unsigned(&field.kind(), &value)
        }
        None => {
            if let kind @ (Kind::Int32
            | Kind::Int64
            | Kind::Uint32
            | Kind::Uint64
            | Kind::Sint32
            | Kind::Sint64
            | Kind::Fixed32
            | Kind::Fixed64
            | Kind::Sfixed32
            | Kind::Sfixed64) = variant.field.kind()
            {
                unsigned(&kind, &quote!(*value))
            } else {
                quote!({
                    let _ = value;
                    0
                })
            }
        }
    };
    quote! {
        let value = message;
        #step
        ::core::option::Option::Some(#sequence)
    }
}

/// An integer as `u64`; a negative one is no sequence, and so 0.
fn unsigned(kind: &Kind, value: &TokenStream) -> TokenStream {
    match kind {
        Kind::Uint64 | Kind::Fixed64 => value.clone(),
        Kind::Uint32 | Kind::Fixed32 => quote!(u64::from(#value)),
        _ => quote!(u64::try_from(#value).unwrap_or_default()),
    }
}
