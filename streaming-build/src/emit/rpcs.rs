//! The rpcs of a service that are no contracts, implemented the tonic way.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::{Ident, Item, ItemMod, ItemTrait, Signature, TraitItem};

use super::{Emit, docs};
use crate::{
    model::{Kind, Rpc, Service},
    names,
};

/// What tonic's trait says of one rpc.
pub(super) struct Method<'a> {
    pub(super) rpc: &'a Rpc,
    /// The associated type of the response stream, if it streams.
    pub(super) stream: Option<Ident>,
    pub(super) signature: Signature,
}

/// The trait of tonic's server module.
fn server_trait(server: &ItemMod) -> &ItemTrait {
    let items = server.content.as_ref().map(|(_, items)| items.as_slice());
    items
        .unwrap_or_default()
        .iter()
        .find_map(|item| match item {
            Item::Trait(item) => Some(item),
            _ => None,
        })
        .expect("tonic-build writes a trait")
}

/// The methods of tonic's trait, in the order of the service.
pub(super) fn methods<'a>(service: &'a Service, server: &ItemMod) -> Vec<Method<'a>> {
    let items = &server_trait(server).items;
    let of = |rpc: &'a Rpc| {
        let name = names::rpc_method(rpc.method.name());
        let stream = stream(rpc);
        let signature = items.iter().find_map(|item| match item {
            TraitItem::Fn(item) if item.sig.ident == name => Some(item.sig.clone()),
            _ => None,
        });
        Method {
            rpc,
            stream,
            signature: signature.expect("tonic-build writes a method for each rpc"),
        }
    };
    service.rpcs.iter().map(of).collect()
}

fn stream(rpc: &Rpc) -> Option<Ident> {
    rpc.method.is_server_streaming().then(|| format_ident!("{}Stream", rpc.method.name()))
}

/// `trait Rpcs`: tonic's trait without the contracts.
pub(super) fn rpcs_trait(emit: &Emit<'_>, service: &Service, server: &ItemMod) -> Item {
    let c = &emit.codegen;
    let mut items = Vec::new();
    for item in &server_trait(server).items {
        let mut item = item.clone();
        let kept = match &mut item {
            TraitItem::Fn(function) => {
                let rpc = plain(service, |rpc| {
                    function.sig.ident == names::rpc_method(rpc.method.name())
                });
                rpc.map(|rpc| {
                    let sentence = format!("Serves the rpc `{}`.", rpc.method.name());
                    docs::mend(&mut function.attrs, &sentence);
                })
            }
            TraitItem::Type(ty) => {
                plain(service, |rpc| stream(rpc).is_some_and(|it| it == ty.ident)).map(|_| ())
            }
            _ => None,
        };
        if kept.is_some() {
            items.push(item);
        }
    }
    let sentence = format!(
        "The rpcs of `{}` that are no contracts, implemented the tonic way.",
        service.descriptor.full_name()
    );
    let docs = docs::docs(&sentence, &[]);
    syn::parse_quote! {
        #docs
        #[#c::tonic::async_trait]
        pub trait Rpcs: ::core::marker::Send + ::core::marker::Sync + 'static {
            #(#items)*
        }
    }
}

fn plain(service: &Service, is: impl Fn(&Rpc) -> bool) -> Option<&Rpc> {
    let mut rpcs = service.rpcs.iter();
    rpcs.find(|rpc| !matches!(rpc.kind, Kind::Contract(_)) && is(rpc))
}

/// `impl Rpcs for Unimplemented`, of which there is never a value.
pub(super) fn unimplemented(emit: &Emit<'_>, methods: &[Method<'_>]) -> TokenStream {
    let c = &emit.codegen;
    let plain = methods.iter().filter(|method| !matches!(method.rpc.kind, Kind::Contract(_)));
    let items = plain.map(|method| {
        let (_, output) = emit.types.rpc(&method.rpc.method);
        let stream = method
            .stream
            .as_ref()
            .map(|stream| quote!(type #stream = #c::tonic::codegen::BoxStream<#output>;));
        let signature = &method.signature;
        quote! {
            #stream

            #signature {
                let _ = request;
                match *self {}
            }
        }
    });
    quote! {
        #[#c::tonic::async_trait]
        impl super::Rpcs for #c::Unimplemented {
            #(#items)*
        }
    }
}
