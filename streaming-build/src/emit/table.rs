//! The table macro: what the attribute needs to know of an rpc, where it can be read without the proto.

use proc_macro2::TokenStream;
use prost_reflect::{Kind, MethodDescriptor};
use quote::{format_ident, quote};
use syn::{Ident, Item};

use super::{Emit, variants};
use crate::{
    model::{Ack, Answer, ClientId, Contract, Ping, Question, Side},
    names,
    source::rpc_name,
};

/// The table of a contract, and its name beside the marker's.
pub(super) fn contract(emit: &Emit<'_>, contract: &Contract, marker: &Ident) -> Vec<Item> {
    let name = rpc_name(&contract.method);
    let client_id = format_ident!("{}", client_id(&contract.client_id.what));
    let message = head(emit, &contract.message);
    let command = head(emit, &contract.command);
    let goodbye = contract.client_goodbye.as_ref().map(|it| it.what.index);
    let messages = rows(emit, contract, None, goodbye);
    let ping = contract.ping.as_ref().and_then(|it| Ping::variant(&it.what));
    let goodbye = contract.goodbye.as_ref().map(|it| it.what.index);
    let commands = rows(emit, &contract.turned(), ping, goodbye);
    let table = quote! {
        v1 contract #name
        client_id #client_id
        message #message
        messages { #messages }
        command #command
        commands { #commands }
    };
    items(&contract.method, marker, &table)
}

/// Where the client's id comes from, in one word.
fn client_id(source: &ClientId) -> &'static str {
    match source {
        ClientId::Field(_) => "message",
        ClientId::Metadata(_) => "metadata",
        ClientId::Authenticated => "authenticated",
        ClientId::Assigned => "assigned",
    }
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
            #[allow(unused_imports, reason = "generated code")]
            pub use #mangled as #marker;
        },
    ]
}

fn head(emit: &Emit<'_>, side: &Side) -> TokenStream {
    let full_name = side.descriptor.full_name();
    let place =
        emit.source.position(&side.descriptor.parent_file(), side.descriptor.path()).line_only();
    let oneof = side.oneof.as_ref().map_or("", |oneof| oneof.what.name());
    quote!(#full_name #place oneof #oneof)
}

/// What comes to one end, with the ping and the other end's goodbye among it.
fn rows(
    emit: &Emit<'_>,
    contract: &Contract,
    ping: Option<usize>,
    goodbye: Option<usize>,
) -> TokenStream {
    let side = &contract.message;
    let rows = side.variants.iter().enumerate().map(|(index, variant)| {
        let name = variant.field.name();
        let place =
            emit.source.position(&variant.field.parent_file(), variant.field.path()).line_only();
        let label = type_label(contract, side, index);
        let question = contract.questions[index].as_ref();
        let is = |other: Option<usize>| other == Some(index);
        let flags = flags(&[
            ("ping", is(ping)),
            ("heartbeat", is(contract.heartbeat.as_ref().map(|it| it.what))),
            ("reply", contract.is_reply(index)),
            ("pong", is(contract.pong.as_ref().map(|it| it.what.index))),
            ("goodbye", is(goodbye)),
            ("answered", question.is_some()),
            ("acked", question.is_some_and(|question| is_acked(contract, question))),
            ("unit", variants::is_unit(variant)),
        ]);
        let answer = question.map_or_else(String::new, |question| answer_label(contract, question));
        quote!(#name #place #label [#flags] #answer)
    });
    quote!(#(#rows);*)
}

/// Whether `()` is an answer as well.
fn is_acked(contract: &Contract, question: &Question) -> bool {
    let answer = &question.answer.what;
    let empty = |index: usize| match contract.command.variants[index].field.kind() {
        Kind::Message(message) => message.full_name() == "google.protobuf.Empty",
        _ => false,
    };
    question.done.is_some() || answer.variant().is_some_and(empty)
}

/// What answers a message, for messages: a variant's payload, or all of the command.
fn answer_label(contract: &Contract, question: &Question) -> String {
    match &question.answer.what {
        Answer::Ack(Ack::Variant(index, _)) | Answer::Typed(index, _) => {
            type_label(contract, &contract.command, *index)
        }
        Answer::Ack(Ack::Envelope(_)) => {
            let command = &contract.command.descriptor;
            named(contract, command.full_name(), command.package_name())
        }
    }
}

/// What a variant carries, for messages: `Trade`, `common.v1.Money`, `string`.
fn type_label(contract: &Contract, side: &Side, index: usize) -> String {
    match side.variants[index].field.kind() {
        Kind::Message(message) => named(contract, message.full_name(), message.package_name()),
        Kind::Enum(it) => named(contract, it.full_name(), it.package_name()),
        kind => format!("{kind:?}").to_lowercase(),
    }
}

/// A type as the contract's package names it.
fn named(contract: &Contract, full_name: &str, package: &str) -> String {
    let own = package == contract.method.parent_service().package_name();
    let prefix = format!("{package}.");
    match full_name.strip_prefix(&prefix) {
        Some(name) if own => name.to_owned(),
        _ => full_name.to_owned(),
    }
}

fn flags(flags: &[(&str, bool)]) -> TokenStream {
    let set = flags.iter().filter(|(_, set)| *set);
    set.map(|(name, _)| format_ident!("{name}")).map(|name| quote!(#name)).collect()
}
