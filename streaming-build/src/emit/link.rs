//! The other end of a contract: what a client written with the attribute is made of.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Ident, Item};

use super::{Emit, commands, contract, dispatch, docs, goodbye, ids, ping};
use crate::{
    model::{ClientId, Contract},
    names,
    source::rpc_name,
};

/// The marker of the turned contract with all that a contract has, and how it is found from `marker`.
///
/// ```text
/// pub enum ConnectLink {}
/// impl Contract for ConnectLink { type Message = super::BotCommand; type Command = super::BotMessage; … }
/// impl Linked for Connect { type Turned = ConnectLink; … }
/// pub trait ConnectMessages: Target<ConnectLink> {
///     fn trade(self, trade: super::Trade) -> Sending<Self, ConnectLink, N<0>> { … }
/// }
/// ```
pub(super) fn items(emit: &Emit<'_>, contract: &Contract, marker: &Ident) -> Vec<Item> {
    let c = &emit.codegen;
    let turned = contract.turned();
    let link: Ident = syn::parse_str(&names::link_marker(contract.method.name()))
        .expect("names are made to be identifiers");
    let sentence = format!("The contract of `{}` as a client sees it.", rpc_name(&contract.method));
    let comments = [
        "What the hub calls commands is what comes, and its messages are what is sent.".to_owned(),
        format!("Clients are written for [`{marker}`]: `#[bidi_streaming({marker}, client)]`."),
    ];
    let docs = docs::docs(&sentence, &comments);
    let own = own(emit, contract);
    let impls = contract::impls(emit, &turned, &link, Some(&own));
    let goodbye = goodbye::hubs(emit, contract);
    let tokens = quote! {
        #docs
        #[derive(Clone, Copy, Debug)]
        pub enum #link {}

        #impls

        #[automatically_derived]
        impl #c::Linked for #marker {
            type Turned = #link;

            #goodbye
        }
    };
    let mut items =
        syn::parse2::<syn::File>(tokens).expect("the code of a contract is items").items;
    items.push(dispatch::item(emit, &turned, &link));
    items.extend(commands::items(emit, &turned, &link));
    items
}

/// What a turned contract alone has: signs of life and who sends, read from the contract that it is turned from.
fn own(emit: &Emit<'_>, contract: &Contract) -> TokenStream {
    let heartbeat = contract.ping.is_some().then(|| {
        quote!(
            const HEARTBEAT: bool = true;
        )
    });
    let answer_ping = ping::answer(emit, contract).map(|body| {
        quote! {
            fn answer_ping(message: &Self::Message) -> ::core::option::Option<Self::Command> {
                let value = message;
                #body
            }
        }
    });
    let sign = sign(emit, contract);
    quote!(#heartbeat #answer_ping #sign)
}

fn sign(emit: &Emit<'_>, contract: &Contract) -> Option<TokenStream> {
    let c = &emit.codegen;
    let ClientId::Field(path) = &contract.client_id.what else {
        return None;
    };
    let payload = contract.message.oneof.as_ref().map(|oneof| &oneof.what);
    let signed = ids::sign(emit, path, payload);
    Some(quote! {
        fn sign(command: &mut Self::Command, id: &#c::ClientId) {
            let value = command;
            #signed
        }
    })
}
