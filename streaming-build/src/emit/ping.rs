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
                kind => scalar(&kind, ty, &quote!(ping.sequence)),
            };
            variants::holding(emit, command, *index, &payload, command_type, &[])
        }
    };
    quote!(::core::option::Option::Some(#made))
}

/// A ping or its answer whose variant is no message of ours; where it is an integer, it is `sequence`.
fn scalar(kind: &Kind, ty: &syn::Type, sequence: &TokenStream) -> TokenStream {
    match kind {
        Kind::Bool => quote!(true),
        Kind::Message(_) if variants::is_empty_tuple(ty) => quote!(()),
        kind if is_integer(kind) => integer(sequence, kind, ty),
        _ => quote!(::core::default::Default::default()),
    }
}

/// The `u64` `value` as `kind` of integer, whose type is `ty`; the largest where it does not fit.
fn integer(value: &TokenStream, kind: &Kind, ty: &syn::Type) -> TokenStream {
    match kind {
        Kind::Uint64 | Kind::Fixed64 => value.clone(),
        _ => quote!(<#ty>::try_from(#value).unwrap_or(<#ty>::MAX)),
    }
}

fn is_integer(kind: &Kind) -> bool {
    matches!(
        kind,
        Kind::Int32
            | Kind::Int64
            | Kind::Uint32
            | Kind::Uint64
            | Kind::Sint32
            | Kind::Sint64
            | Kind::Fixed32
            | Kind::Fixed64
            | Kind::Sfixed32
            | Kind::Sfixed64
    )
}

fn filled(emit: &Emit<'_>, field: &FieldDescriptor, fill: Fill) -> TokenStream {
    let Place::Field(slot) = emit.types.place(field) else {
        return TokenStream::new();
    };
    let ty = generic(&slot.ty, "Option").unwrap_or(&slot.ty);
    let value = match (fill, field.kind()) {
        (Fill::Sequence, kind) => integer(&quote!(ping.sequence), &kind, ty),
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
    let sequence = sequence(emit, &variant.field, pong.sequence.as_ref()).unwrap_or_else(|| {
        quote!({
            let _ = value;
            0
        })
    });
    quote! {
        let value = message;
        #step
        ::core::option::Option::Some(#sequence)
    }
}

/// The sequence as `u64` that the reference `value` to what `variant` carries has, in `field` of it or being it.
fn sequence(
    emit: &Emit<'_>,
    variant: &FieldDescriptor,
    field: Option<&FieldDescriptor>,
) -> Option<TokenStream> {
    if let Some(field) = field {
        return Some(unsigned(&field.kind(), &ids::read(emit, &quote!(value), field)));
    }
    let kind = variant.kind();
    is_integer(&kind).then(|| unsigned(&kind, &quote!(*value)))
}

/// The message that answers the command `value` where that is a ping, for a contract whose pings are answered.
pub(super) fn answer(emit: &Emit<'_>, contract: &Contract) -> Option<TokenStream> {
    let (message_type, _) = emit.types.contract(contract);
    let (ping, pong) = (&contract.ping.as_ref()?.what, &contract.pong.as_ref()?.what);
    let filled = ping.fill.iter().find(|(_, fill)| *fill == Fill::Sequence);
    let filled = filled.map(|(field, _)| field);
    let (step, sequence) = match &ping.kind {
        PingKind::Flag(flag) => {
            let set = ids::read(emit, &quote!(value), flag);
            let step = quote! {
                if !#set {
                    return ::core::option::Option::None;
                }
            };
            (step, filled.and_then(|field| sequence(emit, flag, Some(field))))
        }
        PingKind::Variant(index) => {
            let variant = &contract.command.variants[*index].field;
            (ids::step(emit, variant), sequence(emit, variant, filled))
        }
    };
    let variant = &contract.message.variants[pong.index];
    let ty = variants::payload(emit, variant);
    let repeated = quote!(repeated);
    let repeat = sequence.as_ref().zip(pong.sequence.as_ref()).map(|(_, field)| {
        let Place::Field(slot) = emit.types.place(field) else {
            return TokenStream::new();
        };
        let ty = generic(&slot.ty, "Option").unwrap_or(&slot.ty);
        ids::assign(emit, field, &integer(&repeated, &field.kind(), ty))
    });
    let kind = variant.field.kind();
    let (used, payload) = if sequence.is_some() && is_integer(&kind) {
        (true, scalar(&kind, ty, &repeated))
    } else {
        let set: Vec<TokenStream> = repeat.into_iter().collect();
        (!set.is_empty(), variants::filled(emit, variant, &set))
    };
    let sequence = if let Some(sequence) = sequence.filter(|_| used) {
        quote!(let repeated = #sequence;)
    } else {
        quote!(let _ = value;)
    };
    let message =
        variants::holding(emit, &contract.message, pong.index, &payload, message_type, &[]);
    Some(quote! {
        #step
        #sequence
        ::core::option::Option::Some(#message)
    })
}

/// An integer as `u64`; a negative one is no sequence, and so 0.
fn unsigned(kind: &Kind, value: &TokenStream) -> TokenStream {
    match kind {
        Kind::Uint64 | Kind::Fixed64 => value.clone(),
        Kind::Uint32 | Kind::Fixed32 => quote!(u64::from(#value)),
        _ => quote!(u64::try_from(#value).unwrap_or_default()),
    }
}
