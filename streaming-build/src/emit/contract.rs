//! The marker of a contract with its roles.

use proc_macro2::TokenStream;
use prost_reflect::FieldDescriptor;
use quote::{format_ident, quote};
use syn::Ident;

use super::{Emit, commands, docs, gate, ids, json, ping, reply, table, variants};
use crate::{
    model::{Ack, Contract, PingKind, Reply},
    names,
    source::rpc_name,
};

/// What lies in the module of a service for one contract.
pub(super) fn items(emit: &Emit<'_>, contract: &Contract) -> Vec<syn::Item> {
    let marker: Ident = syn::parse_str(&names::marker(contract.method.name()))
        .expect("names are made to be identifiers");
    let (message_type, command_type) = emit.types.rpc(&contract.method);
    let variants = variants::impls(emit, contract, &marker, command_type);
    let replies = reply::impls(emit, contract, &marker, message_type);
    let marker_type = marker_type(contract, &marker);
    let contract_impl = contract_impl(emit, contract, &marker);
    let tokens = quote!(#marker_type #contract_impl #variants #replies);
    let mut items =
        syn::parse2::<syn::File>(tokens).expect("the code of a contract is items").items;
    let mut served = vec![dispatch(emit, contract, &marker)];
    served.extend(commands::items(emit, contract, &marker));
    items.push(gate::gate("if_server", served));
    items.extend(table::contract(emit, contract, &marker));
    items
}

fn marker_type(contract: &Contract, marker: &Ident) -> TokenStream {
    let method = &contract.method;
    let mut comments = docs::comments(&method.parent_service().parent_file(), method.path());
    if !comments.is_empty() {
        comments.push(String::new());
    }
    comments.extend(found(contract));
    let docs = docs::docs(&format!("The contract of `{}`.", rpc_name(method)), &comments);
    quote! {
        #docs
        #[derive(Clone, Copy, Debug)]
        pub enum #marker {}
    }
}

/// What was found for each role, as a list.
fn found(contract: &Contract) -> Vec<String> {
    let path = |path: &[FieldDescriptor]| -> String {
        let names: Vec<_> = path.iter().map(FieldDescriptor::name).collect();
        names.join(".")
    };
    let message = |index: usize| contract.message.variants[index].field.name();
    let command = |index: usize| contract.command.variants[index].field.name();
    let mut lines = vec![format!("- client id: `{}`", path(&contract.client_id))];
    lines.push(match &contract.command_id {
        Some(field) => format!("- command id: `{}`", field.name()),
        None => "- command id: none, so nothing is answered".to_owned(),
    });
    match &contract.ack {
        Some(Ack::Variant(index, _)) => lines.push(format!("- ack: `{}`", message(*index))),
        Some(Ack::Envelope(_)) => lines.push("- ack: the message itself".to_owned()),
        None => {}
    }
    for (index, reply) in contract.replies.iter().enumerate() {
        if let Some(Reply::Variant(variant, _)) = reply {
            let (command, reply) = (command(index), message(*variant));
            lines.push(format!("- `{command}` is answered by `{reply}`"));
        }
    }
    lines.push(match &contract.ping {
        Some(ping) => {
            let name = match &ping.kind {
                PingKind::Flag(field) => field.name(),
                PingKind::Variant(index) => command(*index),
            };
            match &contract.pong {
                Some(answer) => {
                    format!("- ping: `{name}`, answered by `{}`", message(answer.index))
                }
                None => format!("- ping: `{name}`, not answered"),
            }
        }
        None => "- ping: none".to_owned(),
    });
    let heartbeats = contract.message.variants.iter().filter(|it| it.heartbeat);
    lines.extend(heartbeats.map(|it| format!("- heartbeat: `{}`", it.field.name())));
    for (side, what) in [(&contract.message, "message"), (&contract.command, "command")] {
        let hidden = side.variants.iter().filter(|it| !it.publish);
        lines.extend(hidden.map(|it| format!("- not published: {what} `{}`", it.field.name())));
    }
    lines
}

fn contract_impl(emit: &Emit<'_>, contract: &Contract, marker: &Ident) -> TokenStream {
    let c = &emit.codegen;
    let (message_type, command_type) = emit.types.rpc(&contract.method);
    let name = rpc_name(&contract.method);
    let messages = variants::table(emit, &contract.message, false);
    let commands = variants::table(emit, &contract.command, true);
    let client_id = ids::find_id(emit, &quote!(message), &contract.client_id);
    let message_variant = variants::index(emit, &contract.message);
    let command_variant = variants::index(emit, &contract.command);
    let ping_role = ping::role(emit, contract);
    let heartbeat = contract.message.variants.iter().any(|it| it.heartbeat);
    let heartbeat = heartbeat.then(|| {
        quote!(
            const HEARTBEAT: bool = true;
        )
    });
    let command_id = contract.command_id.as_ref().map(|field| id_items(emit, field));
    let command_id_kind = contract.command_id.as_ref().map(|field| {
        let kind = ids::id_kind(emit, field);
        quote! {
            const COMMAND_ID: ::core::option::Option<#c::IdKind> = ::core::option::Option::Some(#kind);
        }
    });
    let reply = reply::any(contract).then(|| {
        let body = reply::reply(emit, contract);
        quote! {
            fn reply(message: &Self::Message) -> ::core::option::Option<#c::ReplyRef<'_>> {
                #body
            }
        }
    });
    let ping = contract.ping.is_some().then(|| {
        let body = ping::ping(emit, contract, command_type);
        quote! {
            fn ping(ping: &#c::Ping) -> ::core::option::Option<Self::Command> {
                let _ = ping;
                #body
            }
        }
    });
    let answer = contract.pong.is_some().then(|| {
        let body = ping::pong(emit, contract);
        quote! {
            fn pong(message: &Self::Message) -> ::core::option::Option<u64> {
                #body
            }
        }
    });
    let message_json = json::side(emit, &contract.message);
    let command_json = json::side(emit, &contract.command);
    quote! {
        #[automatically_derived]
        impl #c::Contract for #marker {
            type Message = #message_type;
            type Command = #command_type;

            const NAME: &'static str = #name;
            const MESSAGES: &'static [#c::Variant] = #messages;
            const COMMANDS: &'static [#c::Variant] = #commands;
            #command_id_kind
            const PING: #c::PingRole = #ping_role;
            #heartbeat

            fn client_id(message: &Self::Message) -> ::core::option::Option<#c::IdRef<'_>> {
                #client_id
            }

            fn message_variant(message: &Self::Message) -> ::core::option::Option<u16> {
                #message_variant
            }

            fn command_variant(message: &Self::Command) -> ::core::option::Option<u16> {
                #command_variant
            }

            #command_id
            #reply
            #ping
            #answer

            fn message_json(message: &Self::Message, object: &mut #c::json::Object<'_>) {
                #message_json
            }

            fn command_json(message: &Self::Command, object: &mut #c::json::Object<'_>) {
                #command_json
            }
        }
    }
}

fn id_items(emit: &Emit<'_>, field: &FieldDescriptor) -> TokenStream {
    let c = &emit.codegen;
    let get = ids::find_id(emit, &quote!(command), std::slice::from_ref(field));
    let set = ids::set_id(emit, field);
    quote! {
        fn command_id(command: &Self::Command) -> ::core::option::Option<#c::IdRef<'_>> {
            #get
        }

        fn set_command_id(command: &mut Self::Command, id: #c::NewId) {
            #set
        }
    }
}

/// The `match` that leads a message to the handler of its variant.
fn dispatch(emit: &Emit<'_>, contract: &Contract, marker: &Ident) -> syn::Item {
    let c = &emit.codegen;
    let call = |variant: &TokenStream| quote!(<H as #c::Handles<Self, #variant>>::handle(handler, client, message).await);
    let unknown = quote!(#c::Unknown);
    let to_unknown = call(&unknown);
    let arms = variants::arms(emit, &contract.message, |index, _| {
        let call = call(&variants::n(emit, index));
        quote!((_) => #call)
    });
    let mut bounds = Vec::new();
    let body = match arms.filter(|_| contract.message.oneof.is_some()) {
        Some((slot, arms)) => {
            for index in 0..contract.message.variants.len() {
                let n = variants::n(emit, index);
                bounds.push(quote!(#c::Handles<Self, #n>));
            }
            quote! {
                match &message.#slot {
                    #(#arms,)*
                    ::core::option::Option::None => #to_unknown,
                }
            }
        }
        None => to_unknown,
    };
    bounds.push(quote!(#c::Handles<Self, #unknown>));
    let handler = format_ident!("H");
    syn::parse_quote! {
        #[automatically_derived]
        impl<#handler> #c::Dispatch<#handler> for #marker
        where
            #handler: #(#bounds)+*,
        {
            async fn dispatch(
                handler: &#handler,
                client: &#c::Client<Self>,
                message: Self::Message,
            ) -> ::core::result::Result<(), #c::Failure> {
                #body
            }
        }
    }
}
