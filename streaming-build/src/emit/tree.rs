//! Packages, each in a file of its own, and all of them as a tree of modules.

use std::collections::{BTreeMap, BTreeSet};

use proc_macro2::TokenStream;
use quote::{ToTokens as _, format_ident, quote};
use syn::{Ident, Item, ItemMod};

use super::{
    Emit, OutFile, contract, decorate, docs, gate, json, lints, paths, plain, print,
    prost::Generated, service, tonic,
};
use crate::{
    messages,
    model::{Kind, Service},
    names,
};

/// The items of a package.
pub(super) struct Package {
    /// The proto's name of it.
    pub(super) name: String,
    items: Vec<Item>,
    /// Whether it refers to another package.
    outside: bool,
}

/// All packages, with paths that are right where the package's modules nest.
pub(super) fn packages(emit: &Emit<'_>, generated: Generated) -> Vec<Package> {
    let mut types: BTreeMap<String, Vec<Item>> = generated.packages;
    let services = emit.model.services.iter();
    let mut all: BTreeSet<String> = types.keys().cloned().collect();
    all.extend(services.map(|it| it.descriptor.package_name().to_owned()));
    let package = |name: String| {
        let scope = names::package_modules(&name);
        let mut items = types.remove(&name).unwrap_or_default();
        decorate::decorate(&mut items);
        items.extend(own(emit, &name, &mut Vec::new()));
        for service in &emit.model.services {
            if service.descriptor.package_name() == name {
                add_service(emit, service, &scope, &mut items);
            }
        }
        items.extend(json::module(emit, &name));
        let outside = paths::relative(&mut items, &scope, scope.len());
        Package { name, items, outside }
    };
    all.into_iter().map(package).collect()
}

/// What a package has besides types and services.
fn own(emit: &Emit<'_>, package: &str, items: &mut Vec<Item>) -> Vec<Item> {
    let c = &emit.codegen;
    let file = names::descriptor_file(package);
    items.push(lints::prelude());
    items.push(syn::parse_quote! {
        // Code of another version of streaming-build does not fit this runtime.
        const _: () = #c::V1;
    });
    items.push(syn::parse_quote! {
        /// The descriptors of this package and of all that it imports, for server reflection.
        #[allow(dead_code, unreachable_pub, reason = "generated code")]
        pub const FILE_DESCRIPTOR_SET: &[u8] = ::core::include_bytes!(#file);
    });
    std::mem::take(items)
}

fn root(scope: &[String]) -> TokenStream {
    let root = format_ident!("{}", names::ROOT);
    let scope = scope.iter().map(|it| syn::parse_str::<Ident>(it).expect("an identifier"));
    quote!(#root #(::#scope)*)
}

/// The modules of a service: tonic's two, and ours.
fn add_service(emit: &Emit<'_>, service: &Service, scope: &[String], items: &mut Vec<Item>) {
    items.push(Item::Mod(tonic::client(emit, service)));
    let server = tonic::server(emit, service);
    let mut own = Vec::new();
    for rpc in &service.rpcs {
        match &rpc.kind {
            Kind::Contract(it) => own.extend(contract::items(emit, it)),
            Kind::Plain(reason) => own.extend(plain::items(&rpc.method, reason)),
            Kind::Other => {}
        }
    }
    if service.contracts().next().is_some() {
        let gated = service::items(emit, service, &server, &root(scope));
        own.push(gate::gate("if_server", gated));
    }
    items.push(gate::gate("if_server", vec![Item::Mod(server)]));
    if own.is_empty() {
        return;
    }
    let descriptor = &service.descriptor;
    let module: Ident = syn::parse_str(&names::service_module(descriptor.name()))
        .expect("names are made to be identifiers");
    let comments = docs::comments(&descriptor.parent_file(), descriptor.path());
    let sentence = format!("The bidi rpcs of `{}`.", descriptor.full_name());
    let docs = docs::docs(&sentence, &comments);
    let (allow, prelude) = (lints::allow(), lints::prelude());
    let module: ItemMod = syn::parse_quote! {
        #docs
        #allow
        pub mod #module {
            #prelude
        }
    };
    merge(items, filled(module, own));
}

/// `module` with `items` in it, as they are: what is quoted is parsed again.
fn filled(mut module: ItemMod, items: Vec<Item>) -> ItemMod {
    if let Some((_, content)) = &mut module.content {
        content.extend(items);
    }
    module
}

/// Adds a module; one of that name, as a message called like the service has, takes its items.
fn merge(items: &mut Vec<Item>, module: ItemMod) {
    let same = items.iter_mut().find_map(|item| match item {
        Item::Mod(item) if item.ident == module.ident => item.content.as_mut(),
        _ => None,
    });
    let (Some((_, there)), Some((_, more))) = (same, &module.content) else {
        items.push(Item::Mod(module));
        return;
    };
    for item in more.clone() {
        match item {
            Item::Mod(module) if gate::name(&module).is_none() => merge(there, module),
            // One prelude is enough.
            Item::Use(_) if there.iter().any(|it| is_same(it, &item)) => {}
            item => there.push(item),
        }
    }
}

/// Compares by what is written: syn's own `==` is a feature that each build script would compile.
fn is_same(one: &Item, other: &Item) -> bool {
    one.to_token_stream().to_string() == other.to_token_stream().to_string()
}

/// The files of the packages, for `include_proto!("package")`, and the one with all of them, for `include_proto!()`.
///
/// The latter includes those of packages that are whole by themselves and share no module with another: to print their
/// items again would take a build script as long as all else that it does.
pub(super) fn files(emit: &Emit<'_>, packages: Vec<Package>) -> Vec<OutFile> {
    let places: Vec<_> = packages.iter().map(|it| names::package_modules(&it.name)).collect();
    let mut files = Vec::new();
    let mut tree = Vec::new();
    for (index, package) in packages.into_iter().enumerate() {
        let modules = &places[index];
        let mut others = places.iter().enumerate().filter(|(other, _)| *other != index);
        let shared = others.any(|(_, it)| it.starts_with(modules) || modules.starts_with(it));
        let name = names::package_file(&package.name);
        let (own, in_tree) = if package.outside {
            (vec![needs_others(emit, &package.name)], package.items)
        } else if shared {
            (package.items.clone(), package.items)
        } else {
            (package.items, vec![syn::parse_quote!(::core::include!(#name);)])
        };
        files.push(OutFile { name, contents: print::print(emit, own) });
        for item in nested(&package.name, modules, in_tree) {
            match item {
                Item::Mod(module) if gate::name(&module).is_none() => merge(&mut tree, module),
                item => tree.push(item),
            }
        }
    }
    files.push(OutFile { name: names::TREE_FILE.to_owned(), contents: print::print(emit, tree) });
    files
}

/// What stands in the file of a package that refers to others.
fn needs_others(emit: &Emit<'_>, package: &str) -> Item {
    let runtime = emit.runtime.to_string().replace(' ', "");
    let message = messages::other_packages(package, runtime.trim_start_matches("::"));
    syn::parse_quote!(::core::compile_error!(#message);)
}

/// `items` in the modules of `package`.
fn nested(package: &str, modules: &[String], mut items: Vec<Item>) -> Vec<Item> {
    let segments: Vec<&str> = package.split('.').collect();
    for (depth, module) in modules.iter().enumerate().rev() {
        let module: Ident = syn::parse_str(module).expect("an identifier");
        let sentence = format!("The package `{}`.", segments[..=depth].join("."));
        let docs = docs::docs(&sentence, &[]);
        let module = syn::parse_quote! {
            #docs
            #[allow(clippy::module_inception, unreachable_pub, reason = "generated code")]
            pub mod #module {}
        };
        items = vec![Item::Mod(filled(module, items))];
    }
    items
}
