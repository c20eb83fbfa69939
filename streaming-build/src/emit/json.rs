//! Functions that write messages as protobuf's JSON mapping with the proto's own field names.
//!
//! One private function per message that can be reached from what is published, and one per enum, in a module of the
//! package:
//!
//! ```text
//! fn trading_v1_trade(message: &super::Trade, object: &mut Object<'_>) {
//!     if !message.symbol.is_empty() {
//!         object.key("symbol").string(&message.symbol);
//!     }
//! }
//! ```

use std::collections::BTreeMap;

use proc_macro2::TokenStream;
use prost_reflect::{
    Cardinality, EnumDescriptor, FieldDescriptor, Kind, MessageDescriptor, OneofDescriptor,
};
use quote::{format_ident, quote};
use syn::{Ident, Item};

use super::{Emit, ids::is_option, types::Place};
use crate::{
    finding::Finding,
    model::{Contract, Side},
    names,
};

/// What the contracts of a package reach.
#[derive(Default)]
struct Reached {
    messages: BTreeMap<String, MessageDescriptor>,
    /// With the Rust path of each.
    enums: BTreeMap<String, syn::Path>,
}

/// Whether all types that are to be read are ours: one that is mapped to another crate's has fields that prost does not
/// show.
pub(super) fn check(emit: &Emit<'_>) -> Result<(), Finding> {
    for service in &emit.model.services {
        for contract in service.contracts() {
            let mut reached = Reached::default();
            if let Err(message) = reach(emit, contract, &mut reached) {
                let position = emit.source.position(&message.parent_file(), message.path());
                let text = format!(
                    "`{}` is a type of another crate, by `extern_path`, and so cannot be part of a contract; \
                     generate it here, or keep its variant out with `.no_publish(…)`",
                    message.full_name()
                );
                return Err(Finding::new(position, text));
            }
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
        let path = &emit
            .types
            .message(message.full_name())
            .expect("reached messages are generated")
            .path;
        let fields = fields(emit, message, &|_| true);
        let unused = fields
            .is_empty()
            .then(|| quote!(let _ = (message, object);));
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
    if side.variants.iter().all(|variant| variant.publish) {
        let module = format_ident!("{}", names::JSON_MODULE);
        let function = function(emit, side.descriptor.full_name());
        return quote!(super::#module::#function(message, object););
    }
    // What is not published is not to drag its types in.
    let published = |field: &FieldDescriptor| {
        let hidden = side
            .variants
            .iter()
            .find(|variant| !variant.publish && variant.field == *field);
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

/// Collects what `contract` publishes; `Err` with a message that is not generated.
fn reach(
    emit: &Emit<'_>,
    contract: &Contract,
    reached: &mut Reached,
) -> Result<(), MessageDescriptor> {
    for side in [&contract.message, &contract.command] {
        if emit.types.message(side.descriptor.full_name()).is_none() {
            return Err(side.descriptor.clone());
        }
        if side.variants.iter().all(|variant| variant.publish) {
            reach_message(emit, &side.descriptor, reached)?;
            continue;
        }
        for field in side.descriptor.fields() {
            let hidden = side
                .variants
                .iter()
                .any(|it| !it.publish && it.field == field);
            if !hidden {
                reach_field(emit, &field, reached)?;
            }
        }
    }
    Ok(())
}

fn reach_message(
    emit: &Emit<'_>,
    message: &MessageDescriptor,
    reached: &mut Reached,
) -> Result<(), MessageDescriptor> {
    if emit.types.message(message.full_name()).is_none() {
        return Err(message.clone());
    }
    let name = message.full_name().to_owned();
    if reached.messages.insert(name, message.clone()).is_some() {
        return Ok(());
    }
    for field in message.fields() {
        reach_field(emit, &field, reached)?;
    }
    Ok(())
}

fn reach_field(
    emit: &Emit<'_>,
    field: &FieldDescriptor,
    reached: &mut Reached,
) -> Result<(), MessageDescriptor> {
    let kind = match field.kind() {
        Kind::Message(entry) if field.is_map() => entry.map_entry_value_field().kind(),
        kind => kind,
    };
    match kind {
        Kind::Message(message) if well_known(message.full_name()).is_none() => {
            reach_message(emit, &message, reached)
        }
        Kind::Enum(it) if it.full_name() != NULL => {
            let place = emit.types.place(field);
            let path = match place {
                Place::Field(slot) => slot.enumeration.as_ref(),
                Place::Member { member, .. } => member.enumeration.as_ref(),
            };
            if let Some(path) = path {
                reached
                    .enums
                    .insert(it.full_name().to_owned(), path.clone());
            }
            Ok(())
        }
        _ => Ok(()),
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

/// The name of the function for a message or an enum; two that differ in case alone are numbered.
fn function(emit: &Emit<'_>, full_name: &str) -> Ident {
    let base = names::json_function(full_name);
    let pool = &emit.source.pool;
    let messages = pool.all_messages().map(|it| it.full_name().to_owned());
    let enums = pool
        .all_enums()
        .map(|it: EnumDescriptor| it.full_name().to_owned());
    let same = messages
        .chain(enums)
        .filter(|other| other.as_str() < full_name && names::json_function(other) == base)
        .count();
    match same {
        0 => syn::parse_str(&base).expect("names are made to be identifiers"),
        same => format_ident!("{base}_{same}"),
    }
}

/// Statements that write the fields of `message` into `object`, in the order of their numbers.
fn fields(
    emit: &Emit<'_>,
    message: &MessageDescriptor,
    wanted: &dyn Fn(&FieldDescriptor) -> bool,
) -> TokenStream {
    let mut oneofs: Vec<OneofDescriptor> = Vec::new();
    let mut statements = TokenStream::new();
    for field in message.fields() {
        let oneof = field
            .containing_oneof()
            .filter(|oneof| !oneof.is_synthetic());
        match oneof {
            Some(oneof) if oneofs.contains(&oneof) => {}
            Some(oneof) => {
                statements.extend(one_of(emit, &oneof, wanted));
                oneofs.push(oneof);
            }
            None if wanted(&field) => statements.extend(statement(emit, &field)),
            None => {}
        }
    }
    statements
}

fn one_of(
    emit: &Emit<'_>,
    oneof: &OneofDescriptor,
    wanted: &dyn Fn(&FieldDescriptor) -> bool,
) -> TokenStream {
    let mut slot_name = None;
    let mut hidden = false;
    let mut arms = TokenStream::new();
    for field in oneof.fields() {
        let Place::Member {
            slot,
            oneof,
            member,
        } = emit.types.place(&field)
        else {
            continue;
        };
        slot_name = Some(&slot.ident);
        if !wanted(&field) {
            hidden = true;
            continue;
        }
        let (path, variant, name) = (&oneof.path, &member.ident, field.name());
        let value = write(
            emit,
            &field.kind(),
            &quote!(object.key(#name)),
            &quote!(value),
            true,
        );
        arms.extend(quote! {
            ::core::option::Option::Some(#path::#variant(value)) => #value,
        });
    }
    let others = hidden.then(|| quote!(::core::option::Option::Some(_) |));
    quote! {
        match &message.#slot_name {
            #arms
            #others ::core::option::Option::None => {}
        }
    }
}

/// The statement for a field outside of oneofs.
fn statement(emit: &Emit<'_>, field: &FieldDescriptor) -> TokenStream {
    let Place::Field(slot) = emit.types.place(field) else {
        return TokenStream::new();
    };
    let (name, ident) = (field.name(), &slot.ident);
    let key = quote!(object.key(#name));
    if field.is_map() {
        let map = map(emit, field, ident);
        return quote! {
            if !message.#ident.is_empty() {
                #key.object(|object| #map);
            }
        };
    }
    if field.is_list() {
        let item = write(
            emit,
            &field.kind(),
            &quote!(array.item()),
            &quote!(value),
            true,
        );
        return quote! {
            if !message.#ident.is_empty() {
                #key.array(|array| {
                    for value in &message.#ident {
                        #item;
                    }
                });
            }
        };
    }
    if is_option(emit, field) {
        let value = write(emit, &field.kind(), &key, &quote!(value), true);
        return quote! {
            if let ::core::option::Option::Some(value) = &message.#ident {
                #value;
            }
        };
    }
    let value = write(emit, &field.kind(), &key, &quote!(message.#ident), false);
    if field.cardinality() == Cardinality::Required {
        return quote!(#value;);
    }
    let set = is_set(emit, field, &quote!(message));
    quote! {
        if #set {
            #value;
        }
    }
}

/// Whether a field outside of oneofs is there, or differs from its default, in the reference `message`.
pub(super) fn is_set(
    emit: &Emit<'_>,
    field: &FieldDescriptor,
    message: &TokenStream,
) -> TokenStream {
    let Place::Field(slot) = emit.types.place(field) else {
        return quote!(false);
    };
    let ident = &slot.ident;
    if is_option(emit, field) {
        return quote!(#message.#ident.is_some());
    }
    if field.is_list() || field.is_map() {
        return quote!(!#message.#ident.is_empty());
    }
    match field.kind() {
        _ if field.cardinality() == Cardinality::Required => quote!(true),
        Kind::String | Kind::Bytes => quote!(!#message.#ident.is_empty()),
        Kind::Bool => quote!(#message.#ident),
        // Minus zero is no default.
        Kind::Float | Kind::Double => quote!(#message.#ident.to_bits() != 0),
        Kind::Message(_) => quote!(true),
        _ => quote!(#message.#ident != 0),
    }
}

/// The statement that writes the entries of a map.
fn map(emit: &Emit<'_>, field: &FieldDescriptor, ident: &Ident) -> TokenStream {
    let Kind::Message(entry) = field.kind() else {
        return TokenStream::new();
    };
    let key = match entry.map_entry_key_field().kind() {
        Kind::String => quote!(object.key(key)),
        Kind::Bool => quote!(object.bool_key(*key)),
        _ => quote!(object.int_key(*key)),
    };
    let value = write(
        emit,
        &entry.map_entry_value_field().kind(),
        &key,
        &quote!(value),
        true,
    );
    quote! {
        for (key, value) in &message.#ident {
            #value;
        }
    }
}

/// The expression that writes `place` with `writer`; `place` is a reference or, if not, a place that can be borrowed.
fn write(
    emit: &Emit<'_>,
    kind: &Kind,
    writer: &TokenStream,
    place: &TokenStream,
    reference: bool,
) -> TokenStream {
    let borrowed = if reference {
        place.clone()
    } else {
        quote!(&#place)
    };
    let copied = if reference {
        quote!(*#place)
    } else {
        place.clone()
    };
    match kind {
        Kind::Bool => quote!(#writer.bool(#copied)),
        Kind::String => quote!(#writer.string(#borrowed)),
        Kind::Bytes => quote!(#writer.bytes(#borrowed)),
        Kind::Float => quote!(#writer.float(#copied)),
        Kind::Double => quote!(#writer.double(#copied)),
        Kind::Int64 | Kind::Uint64 | Kind::Sint64 | Kind::Fixed64 | Kind::Sfixed64 => {
            quote!(#writer.long(#copied))
        }
        Kind::Int32 | Kind::Uint32 | Kind::Sint32 | Kind::Fixed32 | Kind::Sfixed32 => {
            quote!(#writer.int(#copied))
        }
        Kind::Enum(it) if it.full_name() == NULL => quote!({ let _ = #borrowed; #writer.null() }),
        Kind::Enum(it) => {
            let function = function(emit, it.full_name());
            quote!(#writer.enumeration(#copied, #function))
        }
        Kind::Message(message) => match well_known(message.full_name()) {
            Some("empty") => quote!({ let () = #copied; #writer.object(|_| {}) }),
            Some(scalar @ ("bool" | "float" | "double" | "int" | "long")) => {
                let method = format_ident!("{scalar}");
                quote!(#writer.#method(#copied))
            }
            Some(method) => {
                let method = format_ident!("{method}");
                quote!(#writer.#method(#borrowed))
            }
            None => {
                let function = function(emit, message.full_name());
                quote!(#writer.object(|object| #function(#borrowed, object)))
            }
        },
    }
}
