//! What tonic users expect: the client and server modules of a service, as tonic-build writes them.

use std::collections::HashSet;

use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::{
    Item, ItemMod, Path, UseTree,
    visit_mut::{self, VisitMut},
};
use tonic_build::CodeGenBuilder;

use super::{Emit, docs, gate, lints};
use crate::{
    model::{Kind, Rpc, Service},
    names,
};

/// Which of the two modules is written.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    Client,
    Server,
}

/// A service in tonic-build's eyes.
struct TonicService {
    /// In Rust.
    name: String,
    package: String,
    identifier: String,
    methods: Vec<TonicMethod>,
    comments: Vec<String>,
}

struct TonicMethod {
    name: String,
    identifier: String,
    codec: String,
    client_streaming: bool,
    server_streaming: bool,
    deprecated: bool,
    comments: Vec<String>,
    types: (TokenStream, TokenStream),
}

impl tonic_build::Service for TonicService {
    type Comment = String;
    type Method = TonicMethod;

    fn name(&self) -> &str {
        &self.name
    }

    fn package(&self) -> &str {
        &self.package
    }

    fn identifier(&self) -> &str {
        &self.identifier
    }

    fn methods(&self) -> &[TonicMethod] {
        &self.methods
    }

    fn comment(&self) -> &[String] {
        &self.comments
    }
}

impl tonic_build::Method for TonicMethod {
    type Comment = String;

    fn name(&self) -> &str {
        &self.name
    }

    fn identifier(&self) -> &str {
        &self.identifier
    }

    fn codec_path(&self) -> &str {
        &self.codec
    }

    fn client_streaming(&self) -> bool {
        self.client_streaming
    }

    fn server_streaming(&self) -> bool {
        self.server_streaming
    }

    fn comment(&self) -> &[String] {
        &self.comments
    }

    fn deprecated(&self) -> bool {
        self.deprecated
    }

    fn request_response_name(&self, _: &str, _: bool) -> (TokenStream, TokenStream) {
        self.types.clone()
    }
}

impl TonicService {
    fn new(emit: &Emit<'_>, service: &Service, side: Side) -> Self {
        let descriptor = &service.descriptor;
        let methods = service.rpcs.iter().map(|rpc| method(emit, rpc, side));
        Self {
            name: names::service_type(descriptor.name()),
            package: descriptor.package_name().to_owned(),
            identifier: descriptor.name().to_owned(),
            methods: methods.collect(),
            comments: docs::comments(&descriptor.parent_file(), descriptor.path()),
        }
    }
}

fn method(emit: &Emit<'_>, rpc: &Rpc, side: Side) -> TonicMethod {
    let (c, method) = (&emit.codegen, &rpc.method);
    let (input, output) = emit.types.rpc(method);
    let framed = side == Side::Server && matches!(rpc.kind, Kind::Contract(_));
    let (codec, output) = if framed {
        (quote!(#c::FrameCodec), quote!(#c::Frame<#output>))
    } else {
        (quote!(#c::tonic_prost::ProstCodec), quote!(#output))
    };
    let options = method.method_descriptor_proto().options.as_ref();
    TonicMethod {
        name: names::rpc_method(method.name()),
        identifier: method.name().to_owned(),
        codec: codec.to_string().replace(' ', ""),
        client_streaming: method.is_client_streaming(),
        server_streaming: method.is_server_streaming(),
        deprecated: options.is_some_and(prost_types::MethodOptions::deprecated),
        comments: docs::comments(&method.parent_service().parent_file(), method.path()),
        types: (quote!(#input), output),
    }
}

/// The module with the client.
pub(super) fn client(emit: &Emit<'_>, service: &Service) -> ItemMod {
    let tonic = TonicService::new(emit, service, Side::Client);
    // Without the transport's `connect`, which an rpc of that name would collide with.
    let tokens = builder().generate_client(&tonic, "super");
    let mut module = finish(emit, tokens);
    let (connect, no_channel) = connect(emit, &tonic);
    if let Some((_, items)) = &mut module.content {
        items.push(gate::gate("if_channel", vec![connect]));
        items.push(gate::gate("if_no_channel", vec![no_channel]));
    }
    module
}

/// The module with the server.
pub(super) fn server(emit: &Emit<'_>, service: &Service) -> ItemMod {
    let tonic = TonicService::new(emit, service, Side::Server);
    finish(emit, builder().generate_server(&tonic, "super"))
}

fn builder() -> CodeGenBuilder {
    let mut builder = CodeGenBuilder::new();
    builder.build_transport(false).compile_well_known_types(true).disable_comments(HashSet::new());
    builder
}

/// The constructor that tonic-build writes for its transport, under a name that is free; and what says, where there is
/// no transport, which feature it takes.
fn connect(emit: &Emit<'_>, service: &TonicService) -> (Item, Item) {
    let (c, tonic) = (&emit.codegen, tonic_path(emit));
    let client = format_ident!("{}Client", service.name);
    let taken = |name: &str| service.methods.iter().any(|method| method.name == name);
    let free = ["connect", "connect_to", "connect_to_endpoint"];
    let name = free.into_iter().find(|name| !taken(name));
    let name = format_ident!("{}", name.unwrap_or("connect_to_the_endpoint"));
    let connect = syn::parse_quote! {
        impl #client<#tonic::transport::Channel> {
            /// Connects to `endpoint`, and makes a client of the connection.
            ///
            /// # Errors
            /// The endpoint is not valid, or cannot be reached.
            pub async fn #name<D>(endpoint: D) -> ::core::result::Result<Self, #tonic::transport::Error>
            where
                D: ::core::convert::TryInto<#tonic::transport::Endpoint>,
                D::Error: ::core::convert::Into<#tonic::codegen::StdError>,
            {
                let channel = #tonic::transport::Endpoint::new(endpoint)?.connect().await?;
                ::core::result::Result::Ok(Self::new(channel))
            }
        }
    };
    let no_channel = syn::parse_quote! {
        impl<T> #client<T> {
            /// Connects, where the runtime has the feature `channel`.
            ///
            /// # Errors
            /// None: without the feature it cannot be called.
            pub fn #name<D: #c::Channel>(
                endpoint: D,
            ) -> ::core::future::Ready<::core::result::Result<Self, ::core::convert::Infallible>> {
                ::core::future::ready(::core::result::Result::Ok(endpoint.client()))
            }
        }
    };
    (connect, no_channel)
}

fn tonic_path(emit: &Emit<'_>) -> Path {
    let c = &emit.codegen;
    syn::parse_quote!(#c::tonic)
}

/// Makes a module of tonic-build's ready for any crate.
fn finish(emit: &Emit<'_>, tokens: TokenStream) -> ItemMod {
    let mut module: ItemMod = syn::parse2(tokens).expect("tonic-build writes a module");
    Absolute { tonic: tonic_path(emit) }.visit_item_mod_mut(&mut module);
    let allow = lints::allow();
    module.attrs.extend::<Vec<syn::Attribute>>(syn::parse_quote!(#allow));
    if let Some((_, items)) = &mut module.content {
        items.insert(0, lints::prelude());
    }
    module
}

/// tonic-build hard-codes `tonic::`, which the user's crate may not depend on, and `std::`, which may be hidden. An import of that name would be
/// ambiguous in crates that do, because all of this is the expansion of a macro.
pub(super) struct Absolute {
    pub(super) tonic: Path,
}

impl VisitMut for Absolute {
    fn visit_path_mut(&mut self, path: &mut Path) {
        visit_mut::visit_path_mut(self, path);
        let first = |name: &str| path.segments.first().is_some_and(|it| it.ident == name);
        if path.leading_colon.is_some() || path.segments.len() == 1 {
            return;
        }
        if first("std") {
            path.leading_colon = Some(syn::token::PathSep::default());
        } else if first("tonic") {
            let rest: Vec<_> = path.segments.iter().skip(1).cloned().collect();
            *path = self.tonic.clone();
            path.segments.extend(rest);
        }
    }

    // `<T as tonic::client::GrpcService<B>>::Error`: where the trait ends is counted in segments.
    fn visit_type_path_mut(&mut self, ty: &mut syn::TypePath) {
        let before = ty.path.segments.len();
        visit_mut::visit_type_path_mut(self, ty);
        if let Some(qself) = &mut ty.qself
            && qself.position > 0
        {
            qself.position += ty.path.segments.len() - before;
        }
    }

    fn visit_macro_mut(&mut self, call: &mut syn::Macro) {
        if call.path.is_ident("format") {
            call.path = syn::parse_quote!(::std::format);
        }
    }

    fn visit_item_use_mut(&mut self, item: &mut syn::ItemUse) {
        if let UseTree::Path(path) = &item.tree
            && path.ident == "tonic"
        {
            let (tonic, rest) = (&self.tonic, &path.tree);
            *item = syn::parse_quote!(use #tonic::#rest;);
        }
    }
}
