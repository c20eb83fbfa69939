//! The tower service of a service with contracts.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::{Ident, Item, ItemMod};

use super::{
    Emit, docs, lints,
    rpcs::{self, Method},
};
use crate::{
    model::{Contract, Service},
    names,
    source::rpc_name,
};

mod builder;
mod knobs;
mod servicer;

/// What is written for one service.
struct Parts<'a> {
    emit: &'a Emit<'a>,
    /// The service's full name.
    name: &'a str,
    slots: Vec<Slot<'a>>,
    methods: Vec<Method<'a>>,
    /// Whether there are rpcs that are no contracts.
    has_rpcs: bool,
    /// tonic's server, from the root.
    server: TokenStream,
    /// tonic's trait, from the root.
    servicer_trait: TokenStream,
    /// tonic's name of the service, from the root.
    service_name: TokenStream,
}

/// One contract's place in the service.
struct Slot<'a> {
    contract: &'a Contract,
    marker: Ident,
    /// The field, and the builder's method.
    name: Ident,
    /// The type parameter.
    handler: Ident,
}

/// `Service`, and the module with its parts.
pub(super) fn items(
    emit: &Emit<'_>,
    service: &Service,
    server: &ItemMod,
    root: &TokenStream,
) -> Vec<Item> {
    let parse = |name: String| -> Ident {
        syn::parse_str(&name).expect("names are made to be identifiers")
    };
    let count = service.contracts().count();
    let slots = service.contracts().enumerate().map(|(index, contract)| Slot {
        contract,
        marker: parse(names::marker(contract.method.name())),
        name: parse(names::slot(contract.method.name())),
        handler: match count {
            1 => format_ident!("H"),
            _ => format_ident!("H{index}"),
        },
    });
    let module = &server.ident;
    let name = format_ident!("{}", names::service_type(service.descriptor.name()));
    let server_type = format_ident!("{name}Server");
    let parts = Parts {
        emit,
        name: service.descriptor.full_name(),
        slots: slots.collect(),
        methods: rpcs::methods(service, server),
        has_rpcs: count < service.rpcs.len(),
        server: quote!(#root::#module::#server_type),
        servicer_trait: quote!(#root::#module::#name),
        service_name: quote!(#root::#module::SERVICE_NAME),
    };
    let mut items = parts.service();
    if parts.has_rpcs {
        items.push(rpcs::rpcs_trait(emit, service, server));
    }
    items.push(parts.module());
    items
}

impl Parts<'_> {
    /// Whether the service is one contract and nothing else.
    fn single(&self) -> bool {
        self.slots.len() == 1 && !self.has_rpcs
    }

    /// How it is made, for its docs.
    fn made(&self) -> String {
        if self.single() {
            return "`Service::new(handler, hub)` makes one.".to_owned();
        }
        let slots = self.slots.iter().map(|slot| format!(".{}(handler, hub)", slot.name));
        let rpcs = self.has_rpcs.then(|| ".rpcs(rpcs)".to_owned());
        let calls: String = slots.chain(rpcs).collect();
        format!("It has several parts: `Service::builder(){calls}.build()` makes one.")
    }

    /// The type parameters: one per slot.
    fn parameters(&self) -> Vec<Ident> {
        let rpcs = self.has_rpcs.then(|| format_ident!("R"));
        let handlers = self.slots.iter().map(|slot| slot.handler.clone());
        handlers.chain(rpcs).collect()
    }

    /// The bounds of the type parameters; `up` leads to the module with the markers.
    fn bounds(&self, up: &TokenStream) -> Vec<TokenStream> {
        let c = &self.emit.codegen;
        let handlers = self.slots.iter().map(|slot| {
            let (handler, marker) = (&slot.handler, &slot.marker);
            quote!(#handler: #c::Handler<#up #marker>)
        });
        let rpcs = self.has_rpcs.then(|| quote!(R: #up Rpcs));
        handlers.chain(rpcs).collect()
    }

    /// `Service`, with what tonic's own server can do.
    fn service(&self) -> Vec<Item> {
        let c = &self.emit.codegen;
        let (server, parameters) = (&self.server, self.parameters());
        let part = format_ident!("{}", names::SERVICE_MODULE);
        let sentence = format!("The service `{}`, to be added to a tonic server.", self.name);
        let docs = docs::docs(&sentence, &[self.made()]);
        let bounds = self.bounds(&quote!());
        let constructor = self.constructor();
        let knobs = self.knobs();
        let service_name = &self.service_name;
        let (limit, same_limit) = if self.has_rpcs {
            (
                quote!(limit: ::core::option::Option<usize>,),
                quote!(limit: ::core::clone::Clone::clone(&self.limit),),
            )
        } else {
            (quote!(), quote!())
        };
        let call = self.call();
        let tokens = quote! {
            #docs
            pub struct Service<#(#parameters),*> {
                servicer: ::std::sync::Arc<#part::Servicer<#(#parameters),*>>,
                server: #server<#part::Servicer<#(#parameters),*>>,
                #limit
            }

            #constructor

            impl<#(#parameters),*> Service<#(#parameters),*> {
                #knobs
            }

            #[automatically_derived]
            impl<#(#parameters),*> ::core::clone::Clone for Service<#(#parameters),*> {
                fn clone(&self) -> Self {
                    Self {
                        servicer: ::core::clone::Clone::clone(&self.servicer),
                        server: ::core::clone::Clone::clone(&self.server),
                        #same_limit
                    }
                }
            }

            #[automatically_derived]
            impl<#(#parameters),*> #c::tonic::server::NamedService for Service<#(#parameters),*> {
                const NAME: &'static str = #service_name;
            }

            #[automatically_derived]
            impl<#(#parameters,)* B> #c::tonic::codegen::Service<#c::tonic::codegen::http::Request<B>>
                for Service<#(#parameters),*>
            where
                #(#bounds,)*
                B: #c::tonic::codegen::Body + ::core::marker::Send + 'static,
                B::Error: ::core::convert::Into<#c::tonic::codegen::StdError> + ::core::marker::Send + 'static,
            {
                type Response = #c::tonic::codegen::http::Response<#c::tonic::body::Body>;
                type Error = ::core::convert::Infallible;
                type Future = #c::tonic::codegen::BoxFuture<Self::Response, Self::Error>;

                fn poll_ready(
                    &mut self,
                    _: &mut ::core::task::Context<'_>,
                ) -> ::core::task::Poll<::core::result::Result<(), Self::Error>> {
                    ::core::task::Poll::Ready(::core::result::Result::Ok(()))
                }

                fn call(&mut self, request: #c::tonic::codegen::http::Request<B>) -> Self::Future {
                    #call
                }
            }
        };
        syn::parse2::<syn::File>(tokens).expect("the code of a service is items").items
    }

    fn constructor(&self) -> TokenStream {
        let c = &self.emit.codegen;
        let part = format_ident!("{}", names::SERVICE_MODULE);
        if let ([slot], true) = (self.slots.as_slice(), self.single()) {
            let Slot { marker, name, handler, .. } = slot;
            let assembled = self.assembled();
            return quote! {
                impl<#handler: #c::Handler<#marker>> Service<#handler> {
                    /// Serves with `handler`, in `hub`. An `Arc` of a handler is a handler as well.
                    #[must_use]
                    pub fn new(
                        handler: #handler,
                        hub: #c::Hub<#marker>,
                    ) -> Self {
                        let servicer = #part::Servicer { #name: (::std::sync::Arc::new(handler), hub) };
                        let servicer = ::std::sync::Arc::new(servicer);
                        Self #assembled
                    }
                }
            };
        }
        let missing = self.parameters().iter().map(|_| quote!(#c::Missing)).collect::<Vec<_>>();
        let empty = self.parameters().iter().map(|_| quote!(#c::Unimplemented)).collect::<Vec<_>>();
        quote! {
            impl Service<#(#empty),*> {
                /// Names what serves each rpc; one that is missing is an error of the compiler.
                #[must_use]
                pub fn builder() -> #part::Builder<#(#missing),*> {
                    #part::Builder::new()
                }
            }
        }
    }

    /// The fields of a `Service` that is made of `servicer`, an `Arc`.
    fn assembled(&self) -> TokenStream {
        let server = &self.server;
        let limit = self.has_rpcs.then(|| quote!(limit: ::core::option::Option::None,));
        quote! {
            {
                server: #server::from_arc(::core::clone::Clone::clone(&servicer)),
                servicer,
                #limit
            }
        }
    }

    /// Calls tonic's server.
    ///
    /// Its limit holds for the other rpcs alone: it looks at what is encoded already, and ends the stream.
    fn call(&self) -> TokenStream {
        let c = &self.emit.codegen;
        let call = quote!(#c::tonic::codegen::Service::call(&mut self.server, request));
        if !self.has_rpcs {
            return call;
        }
        let paths = self.slots.iter().map(|slot| format!("/{}", rpc_name(&slot.contract.method)));
        quote! {
            match self.limit {
                ::core::option::Option::Some(limit)
                    if !::core::matches!(request.uri().path(), #(#paths)|*) =>
                {
                    let server = ::core::clone::Clone::clone(&self.server);
                    let mut server = server.max_encoding_message_size(limit);
                    #c::tonic::codegen::Service::call(&mut server, request)
                }
                _ => #call,
            }
        }
    }

    /// The module with the parts.
    fn module(&self) -> Item {
        let servicer = self.servicer();
        let builder = (!self.single()).then(|| self.builder());
        let (prelude, allow) = (lints::prelude(), lints::allow());
        let part = format_ident!("{}", names::SERVICE_MODULE);
        syn::parse_quote! {
            /// What [`Service`](super::Service) is made of.
            #allow
            pub mod #part {
                #prelude
                #servicer
                #builder
            }
        }
    }
}
