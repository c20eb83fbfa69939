//! The table macro: what the attribute needs to know of an rpc, where it can be read without the proto.

use proc_macro2::TokenStream;
use prost_reflect::{Kind, MethodDescriptor};
use quote::{format_ident, quote};
use syn::{Ident, Item};

use super::{Emit, reply, variants};
use crate::{
    model::{Contract, PingKind, Side},
    names,
    source::rpc_name,
};

/// The table of a contract, and its name beside the marker's.
pub(super) fn contract(emit: &Emit<'_>, contract: &Contract, marker: &Ident) -> Vec<Item> {
    let name = rpc_name(&contract.method);
    let message = head(emit, &contract.message);
    let command = head(emit, &contract.command);
    let messages = rows(emit, &contract.message, |index| {
        let variant = &contract.message.variants[index];
        let label = label(contract, index);
        let pong = contract.pong.as_ref().is_some_and(|pong| pong.index == index);
        let flags = flags(&[
            ("heartbeat", variant.heartbeat),
            ("reply", reply::is_reply(contract, index)),
            ("pong", pong),
            ("unit", variants::is_unit(variant)),
        ]);
        quote!(#label [#flags])
    });
    let commands = rows(emit, &contract.command, |index| {
        let label = type_label(contract, &contract.command, index);
        let ping = contract
            .ping
            .as_ref()
            .is_some_and(|ping| matches!(ping.kind, PingKind::Variant(ping) if ping == index));
        let unit = variants::is_unit(&contract.command.variants[index]);
        let flags = flags(&[("ping", ping), ("unit", unit)]);
        quote!(#label [#flags])
    });
    let table = quote! {
        v1 contract #name
        message #message
        messages { #messages }
        command #command
        commands { #commands }
    };
    items(&contract.method, marker, &table)
}

/// The table of a bidi rpc that is no contract.
pub(super) fn plain(method: &MethodDescriptor, marker: &Ident, reason: &str) -> Vec<Item> {
    let name = rpc_name(method);
    let sentence = format!("`{name}` is no contract: {reason}");
    items(method, marker, &quote!(v1 plain #name #sentence))
}

fn items(method: &MethodDescriptor, marker: &Ident, table: &TokenStream) -> Vec<Item> {
    let service = method.parent_service();
    let mangled = names::table_macro(service.package_name(), service.name(), method.name());
    let mangled = format_ident!("{mangled}");
    vec![
        syn::parse_quote! {
            #[doc(hidden)]
            #[macro_export]
            macro_rules! #mangled {
                ([$($expand:tt)*] $($rest:tt)*) => {
                    $($expand)*! { { #table } $($rest)* }
                };
            }
        },
        syn::parse_quote! {
            #[doc(hidden)]
            pub use #mangled as #marker;
        },
    ]
}

fn head(emit: &Emit<'_>, side: &Side) -> TokenStream {
    let full_name = side.descriptor.full_name();
    let place =
        emit.source.position(&side.descriptor.parent_file(), side.descriptor.path()).line_only();
    let oneof = side.oneof.as_ref().map_or("", |oneof| oneof.name());
    quote!(#full_name #place oneof #oneof)
}

fn rows(emit: &Emit<'_>, side: &Side, rest: impl Fn(usize) -> TokenStream) -> TokenStream {
    let rows = side.variants.iter().enumerate().map(|(index, variant)| {
        let name = variant.field.name();
        let place =
            emit.source.position(&variant.field.parent_file(), variant.field.path()).line_only();
        let rest = rest(index);
        quote!(#name #place #rest)
    });
    quote!(#(#rows);*)
}

fn label(contract: &Contract, index: usize) -> String {
    type_label(contract, &contract.message, index)
}

/// What a variant carries, for messages: `Trade`, `common.v1.Money`, `string`.
fn type_label(contract: &Contract, side: &Side, index: usize) -> String {
    let named = |full_name: &str, package: &str| {
        let own = package == contract.method.parent_service().package_name();
        let prefix = format!("{package}.");
        match full_name.strip_prefix(&prefix) {
            Some(name) if own => name.to_owned(),
            _ => full_name.to_owned(),
        }
    };
    match side.variants[index].field.kind() {
        Kind::Message(message) => named(message.full_name(), message.package_name()),
        Kind::Enum(it) => named(it.full_name(), it.package_name()),
        kind => format!("{kind:?}").to_lowercase(),
    }
}

fn flags(flags: &[(&str, bool)]) -> TokenStream {
    let set = flags.iter().filter(|(_, set)| *set);
    set.map(|(name, _)| format_ident!("{name}")).map(|name| quote!(#name)).collect()
}
