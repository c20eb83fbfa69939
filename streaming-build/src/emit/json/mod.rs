//! Functions that write messages as protobuf's JSON mapping with the proto's own field names.
//!
//! One private function per message that can be reached from what is published, and one per enum, in a module of the
//! package:
//!
//! ```text
//! fn trading_v1_trade(message: &super::Trade, object: &mut Object<'_>) {
//!     if !message.symbol.is_empty() {
//!         object.field(",\"symbol\":").string(&message.symbol);
//!     }
//! }
//! ```

use std::collections::HashMap;

use proc_macro2::TokenStream;
use prost_reflect::{DescriptorPool, FieldDescriptor};
use quote::{format_ident, quote};
use syn::{Ident, Item};

use super::Emit;
use crate::{
    finding::Finding,
    messages,
    model::{Service, Side},
    names,
    source::rpc_name,
};

mod fields;
mod reach;

pub(super) use fields::is_set;

use fields::fields;
use reach::{Reached, reach};

/// Whether all types that are to be read are ours: prost does not show the fields of one that is another crate's.
pub(super) fn check(emit: &Emit<'_>) -> Result<(), Finding> {
    for contract in emit.model.services.iter().flat_map(Service::contracts) {
        let foreign = reach(emit, contract, &mut Reached::default()).err();
        let mut fields = contract.role_fields().into_iter();
        let foreign = foreign.or_else(|| {
            let field = fields.find(|field| {
                let message = field.parent_message();
                emit.types.message(message.full_name()).is_none()
            });
            field.map(|field| field.parent_message().clone())
        });
        if let Some(message) = foreign {
            let position = emit.source.position(&message.parent_file(), message.path());
            let text = messages::foreign_type(message.full_name(), &rpc_name(&contract.method));
            return Err(Finding::new(position, text));
        }
    }
    Ok(())
}

/// The module with the functions, if there are contracts in `package`.
pub(super) fn module(emit: &Emit<'_>, package: &str) -> Option<Item> {
    let c = &emit.codegen;
    let mut reached = Reached::default();
    let services = emit.model.services.iter();
    for service in services.filter(|it| it.descriptor.package_name() == package) {
        for contract in service.contracts() {
            // Checked before.
            let _ = reach(emit, contract, &mut reached);
        }
    }
    if reached.messages.is_empty() && reached.enums.is_empty() {
        return None;
    }
    let messages = reached.messages.values().map(|message| {
        let name = function(emit, message.full_name());
        let path =
            &emit.types.message(message.full_name()).expect("reached messages are generated").path;
        let fields = fields(emit, message, &|_| true);
        let unused = fields.is_empty().then(|| quote!(let _ = (message, object);));
        quote! {
            pub(super) fn #name(message: &#path, object: &mut #c::json::Object<'_>) {
                #unused
                #fields
            }
        }
    });
    let enums = reached.enums.iter().map(|(full_name, path)| {
        let name = function(emit, full_name);
        quote! {
            pub(super) fn #name(number: i32) -> ::core::option::Option<&'static str> {
                let value = <#path as ::core::convert::TryFrom<i32>>::try_from(number);
                value.ok().map(|value| value.as_str_name())
            }
        }
    });
    let (allow, prelude) = (super::lints::allow(), super::lints::prelude());
    let module = format_ident!("{}", names::JSON_MODULE);
    Some(syn::parse_quote! {
        #allow
        mod #module {
            #prelude
            #(#messages)*
            #(#enums)*
        }
    })
}

/// The body of `message_json` or `command_json`.
pub(super) fn side(emit: &Emit<'_>, side: &Side) -> TokenStream {
    if side.variants.iter().all(|variant| variant.hidden.is_none()) {
        let module = format_ident!("{}", names::JSON_MODULE);
        let function = function(emit, side.descriptor.full_name());
        return quote!(super::#module::#function(message, object););
    }
    // What is not published is not to drag its types in.
    let published = |field: &FieldDescriptor| {
        let hidden = side.variants.iter().find(|it| it.hidden.is_some() && it.field == *field);
        hidden.is_none()
    };
    let fields = fields(emit, &side.descriptor, &published);
    let module = format_ident!("{}", names::JSON_MODULE);
    quote! {
        #[allow(clippy::wildcard_imports, unused_imports, reason = "the functions for the fields")]
        use super::#module::*;
        let _ = (message, &object);
        #fields
    }
}

const NULL: &str = "google.protobuf.NullValue";

/// The method that writes a well-known type, or the kind of scalar that prost maps it to.
fn well_known(full_name: &str) -> Option<&'static str> {
    Some(match full_name.strip_prefix("google.protobuf.")? {
        "Timestamp" => "timestamp",
        "Duration" => "duration",
        "Struct" => "structure",
        "Value" => "value",
        "ListValue" => "list",
        "FieldMask" => "field_mask",
        "Any" => "any",
        "Empty" => "empty",
        "StringValue" => "string",
        "BytesValue" => "bytes",
        "BoolValue" => "bool",
        "FloatValue" => "float",
        "DoubleValue" => "double",
        "Int32Value" | "UInt32Value" => "int",
        "Int64Value" | "UInt64Value" => "long",
        _ => return None,
    })
}

/// The names of the functions, by the full names of messages and enums.
pub(super) struct Functions(HashMap<String, Ident>);

impl Functions {
    /// Two that differ in case alone are numbered.
    pub(super) fn new(pool: &DescriptorPool) -> Self {
        let messages = pool.all_messages().map(|it| it.full_name().to_owned());
        let enums = pool.all_enums().map(|it| it.full_name().to_owned());
        let mut full_names: Vec<_> = messages.chain(enums).collect();
        full_names.sort();
        let mut taken = HashMap::new();
        let named = full_names.into_iter().map(|full_name| {
            let base = names::json_function(&full_name);
            let taken = taken.entry(base.clone()).or_insert(0);
            let name = match *taken {
                0 => syn::parse_str(&base).expect("names are made to be identifiers"),
                same => format_ident!("{base}_{same}"),
            };
            *taken += 1;
            (full_name, name)
        });
        Self(named.collect())
    }
}

fn function<'a>(emit: &'a Emit<'_>, full_name: &str) -> &'a Ident {
    &emit.json.0[full_name]
}
