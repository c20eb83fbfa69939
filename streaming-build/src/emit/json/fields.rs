//! The statements that write the fields of a message.

use proc_macro2::TokenStream;
use prost_reflect::{
    Cardinality, EnumDescriptor, FieldDescriptor, Kind, MessageDescriptor, OneofDescriptor, Syntax,
};
use quote::{format_ident, quote};
use syn::Ident;

use super::{NULL, function, well_known};
use crate::emit::{Emit, ids::is_option, types::Place};

/// Statements that write the fields of `message` into `object`, in the order of their numbers.
pub(super) fn fields(
    emit: &Emit<'_>,
    message: &MessageDescriptor,
    wanted: &dyn Fn(&FieldDescriptor) -> bool,
) -> TokenStream {
    let mut oneofs: Vec<OneofDescriptor> = Vec::new();
    let mut statements = TokenStream::new();
    for field in message.fields() {
        let oneof = field.containing_oneof().filter(|oneof| !oneof.is_synthetic());
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
        let Place::Member { slot, oneof, member } = emit.types.place(&field) else {
            continue;
        };
        slot_name = Some(&slot.ident);
        if !wanted(&field) {
            hidden = true;
            continue;
        }
        let (path, variant) = (&oneof.path, &member.ident);
        let value = write(emit, &field.kind(), &place(&field), &quote!(value), true);
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

/// The place of a field's value, after its name as JSON has it.
fn place(field: &FieldDescriptor) -> TokenStream {
    let written = format!(",\"{}\":", field.name());
    quote!(object.field(#written))
}

/// The statement for a field outside of oneofs.
fn statement(emit: &Emit<'_>, field: &FieldDescriptor) -> TokenStream {
    let Place::Field(slot) = emit.types.place(field) else {
        return TokenStream::new();
    };
    let ident = &slot.ident;
    let key = place(field);
    if field.is_map() {
        let map = map(emit, field, ident);
        let some = some(emit, field, ident);
        return quote! {
            if #some {
                #key.object(|object| #map);
            }
        };
    }
    if field.is_list() {
        let item = write(emit, &field.kind(), &quote!(array.item()), &quote!(value), true);
        let some = some(emit, field, ident);
        return quote! {
            if #some {
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

/// Whether a list or a map holds anything that is written.
fn some(emit: &Emit<'_>, field: &FieldDescriptor, ident: &Ident) -> TokenStream {
    let (kind, values) = match field.kind() {
        Kind::Message(entry) if field.is_map() => {
            (entry.map_entry_value_field().kind(), quote!(message.#ident.values()))
        }
        kind => (kind, quote!(message.#ident.iter())),
    };
    match kind {
        Kind::Enum(it) if is_closed(&it) => {
            let function = function(emit, it.full_name());
            quote!(#values.any(|value| #function(*value).is_some()))
        }
        _ => quote!(!message.#ident.is_empty()),
    }
}

/// Whether values that the proto does not name are unknown fields to other readers, and so nothing that is written.
fn is_closed(it: &EnumDescriptor) -> bool {
    it.parent_file().syntax() == Syntax::Proto2
}

/// Whether a field outside of oneofs is there, or differs from its default, in the reference `message`.
pub(in crate::emit) fn is_set(
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
    let value = write(emit, &entry.map_entry_value_field().kind(), &key, &quote!(value), true);
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
    let borrowed = if reference { place.clone() } else { quote!(&#place) };
    let copied = if reference { quote!(*#place) } else { place.clone() };
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
            let write = quote!(#writer.enumeration(#copied, #function));
            if is_closed(it) { quote!(if #function(#copied).is_some() { #write; }) } else { write }
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
