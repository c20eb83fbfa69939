//! The marker of a contract with its roles.

use proc_macro2::TokenStream;
use quote::quote;
use syn::Ident;

use super::{
    Emit, answer, commands, dispatch, docs, gate, goodbye, ids, json, link, ping, reply, table,
    testing, variants,
};
use crate::{
    explain::{self, text},
    model::{ClientId, Contract},
    names,
    source::rpc_name,
};

/// What lies in the module of a service for one contract.
pub(super) fn items(emit: &Emit<'_>, contract: &Contract) -> Vec<syn::Item> {
    let marker: Ident = syn::parse_str(&names::marker(contract.method.name()))
        .expect("names are made to be identifiers");
    let marker_type = marker_type(emit, contract, &marker);
    let impls = impls(emit, contract, &marker, None);
    let tokens = quote!(#marker_type #impls);
    let mut items =
        syn::parse2::<syn::File>(tokens).expect("the code of a contract is items").items;
    let mut served = vec![dispatch::item(emit, contract, &marker)];
    served.extend(commands::items(emit, contract, &marker));
    items.push(gate::gate("if_server", served));
    items.push(gate::gate("if_testing", testing::items(emit, contract, &marker)));
    items.push(gate::gate("if_link", link::items(emit, contract, &marker)));
    items.extend(table::contract(emit, contract, &marker));
    items
}

/// The marker, in whose docs stands what was found, and why.
fn marker_type(emit: &Emit<'_>, contract: &Contract, marker: &Ident) -> TokenStream {
    let method = &contract.method;
    let mut comments = docs::comments(&method.parent_service().parent_file(), method.path());
    if !comments.is_empty() {
        comments.push(String::new());
    }
    let explained = text::text(&explain::contract(emit.source, contract), text::plain);
    comments.push("```text".to_owned());
    comments.extend(explained.lines().map(str::to_owned));
    comments.push("```".to_owned());
    comments.push(String::new());
    let link = names::link_marker(method.name());
    comments.push(format!("A client of it sees it turned round, as `{link}`."));
    let docs = docs::docs(&format!("The contract of `{}`.", rpc_name(method)), &comments);
    quote! {
        #docs
        #[derive(Clone, Copy, Debug)]
        pub enum #marker {}
    }
}

/// What the marker implements in any crate; `more` are further items of its `impl Contract`.
pub(super) fn impls(
    emit: &Emit<'_>,
    contract: &Contract,
    marker: &Ident,
    more: Option<&TokenStream>,
) -> TokenStream {
    let (message_type, command_type) = emit.types.contract(contract);
    let contract_impl = contract_impl(emit, contract, marker, more);
    let variants = variants::impls(emit, contract, marker, command_type);
    let replies = reply::impls(emit, contract, marker, message_type);
    let answers = answer::impls(emit, contract, marker, command_type);
    let unique_ids = unique_ids(emit, contract, marker);
    quote!(#contract_impl #variants #replies #answers #unique_ids)
}

fn contract_impl(
    emit: &Emit<'_>,
    contract: &Contract,
    marker: &Ident,
    more: Option<&TokenStream>,
) -> TokenStream {
    let c = &emit.codegen;
    let (message_type, command_type) = emit.types.contract(contract);
    let name = rpc_name(&contract.method);
    let sides = sides(emit, contract);
    let (client_id_source, client_id) = client_id(emit, contract);
    let (command_id_kind, command_id) = command_id(emit, contract);
    let ping_role = ping::role(emit, contract);
    let heartbeat = contract.heartbeat.is_some().then(|| {
        quote!(
            const HEARTBEAT: bool = true;
        )
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
    let pong = contract.pong.is_some().then(|| {
        let body = ping::pong(emit, contract);
        quote! {
            fn pong(message: &Self::Message) -> ::core::option::Option<u64> {
                #body
            }
        }
    });
    let answers = answer::functions(emit, contract, command_type);
    let goodbyes = goodbye::functions(emit, contract, command_type);
    quote! {
        #[automatically_derived]
        impl #c::Contract for #marker {
            type Message = #message_type;
            type Command = #command_type;

            const NAME: &'static str = #name;
            #client_id_source
            #command_id_kind
            const PING: #c::PingRole = #ping_role;
            #heartbeat

            #client_id

            #command_id
            #reply
            #ping
            #pong
            #answers
            #goodbyes
            #more
            #sides
        }
    }
}

/// What a contract has of each side: the table of variants, which one a message holds, and how it reads as JSON. A
/// turned contract has those of the contract that it is turned from, with the sides swapped.
fn sides(emit: &Emit<'_>, contract: &Contract) -> TokenStream {
    let c = &emit.codegen;
    if contract.turned {
        let marker: Ident = syn::parse_str(&names::marker(contract.method.name()))
            .expect("names are made to be identifiers");
        return quote! {
            const MESSAGES: &'static [#c::Variant] = <#marker as #c::Contract>::COMMANDS;
            const COMMANDS: &'static [#c::Variant] = <#marker as #c::Contract>::MESSAGES;

            fn message_variant(message: &Self::Message) -> ::core::option::Option<u16> {
                <#marker as #c::Contract>::command_variant(message)
            }

            fn command_variant(command: &Self::Command) -> ::core::option::Option<u16> {
                <#marker as #c::Contract>::message_variant(command)
            }

            fn message_json(message: &Self::Message, object: &mut #c::json::Object<'_>) {
                <#marker as #c::Contract>::command_json(message, object);
            }

            fn command_json(command: &Self::Command, object: &mut #c::json::Object<'_>) {
                <#marker as #c::Contract>::message_json(command, object);
            }
        };
    }
    let messages = variants::table(emit, &contract.message, false);
    let commands = variants::table(emit, &contract.command, true);
    let message_variant = variants::index(emit, &contract.message);
    let command_variant = variants::index(emit, &contract.command);
    let message_json = json::side(emit, &contract.message);
    let command_json = json::side(emit, &contract.command);
    quote! {
        const MESSAGES: &'static [#c::Variant] = #messages;
        const COMMANDS: &'static [#c::Variant] = #commands;

        fn message_variant(message: &Self::Message) -> ::core::option::Option<u16> {
            #message_variant
        }

        fn command_variant(message: &Self::Command) -> ::core::option::Option<u16> {
            #command_variant
        }

        fn message_json(message: &Self::Message, object: &mut #c::json::Object<'_>) {
            #message_json
        }

        fn command_json(message: &Self::Command, object: &mut #c::json::Object<'_>) {
            #command_json
        }
    }
}

/// `CLIENT_ID` where it is not the default, and the function where it is.
fn client_id(emit: &Emit<'_>, contract: &Contract) -> (Option<TokenStream>, Option<TokenStream>) {
    let c = &emit.codegen;
    let source = match &contract.client_id.what {
        ClientId::Field(path) => {
            let id = ids::find_id(emit, &quote!(message), path);
            let function = quote! {
                fn client_id(message: &Self::Message) -> ::core::option::Option<#c::IdRef<'_>> {
                    #id
                }
            };
            return (None, Some(function));
        }
        ClientId::Metadata(header) => quote!(Metadata(#header)),
        ClientId::Authenticated => quote!(Authenticated),
        ClientId::Assigned => quote!(Assigned),
    };
    let constant = quote! {
        const CLIENT_ID: #c::ClientIdSource = #c::ClientIdSource::#source;
    };
    (Some(constant), None)
}

/// What says that command ids are unique for good, where they are.
fn unique_ids(emit: &Emit<'_>, contract: &Contract, marker: &Ident) -> Option<TokenStream> {
    let c = &emit.codegen;
    let of_variants = contract.command_ids.iter().flatten();
    let mut ids = contract.command_id.iter().map(|id| &id.what).chain(of_variants).peekable();
    ids.peek()?;
    ids.all(|id| !ids::is_small(id)).then(|| {
        quote! {
            #[automatically_derived]
            impl #c::UniqueIds for #marker {}
        }
    })
}

/// `COMMAND_ID`, and the functions that read and write it.
fn command_id(emit: &Emit<'_>, contract: &Contract) -> (Option<TokenStream>, Option<TokenStream>) {
    let c = &emit.codegen;
    let one = contract.command_id.as_ref().map(|id| &id.what);
    let asked: Vec<_> = one.into_iter().chain(contract.command_ids.iter().flatten()).collect();
    if asked.is_empty() {
        return (None, None);
    }
    let kind = ids::kind(asked.into_iter().chain(contract.ids_of_replies()));
    let (get, set) = if let Some(field) = one {
        let get = ids::find_id(emit, &quote!(command), std::slice::from_ref(field));
        (get, ids::set_id(emit, &quote!(command), field))
    } else {
        variants::ids(emit, &contract.command, &contract.command_ids)
    };
    let constant = quote! {
        const COMMAND_ID: ::core::option::Option<#c::IdKind> =
            ::core::option::Option::Some(#c::IdKind::#kind);
    };
    let functions = quote! {
        fn command_id(command: &Self::Command) -> ::core::option::Option<#c::IdRef<'_>> {
            #get
        }

        fn set_command_id(command: &mut Self::Command, id: #c::OwnedId) {
            #set
        }
    };
    (Some(constant), Some(functions))
}
