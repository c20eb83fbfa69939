//! Every message, one constructor each. STYLE: lower case, no full stop, names in backticks, how to mend it after `;`.
//!
//! They are texts; where each is shown is the business of what finds it. A test holds each against the golden files: one
//! that none of them shows is not there.

#![cfg_attr(not(feature = "protox"), expect(dead_code, reason = "without it no files are read"))]

use std::{fmt::Display, path::Path};

use prost_reflect::{FieldDescriptor, Kind, MessageDescriptor, OneofDescriptor};

use crate::finding::{list, suggest};

// Files, and what build.rs gives besides roles.

pub(crate) fn no_protos() -> String {
    "no proto is named; `compile_protos(&[\"proto/….proto\"], &[\"proto\"])` takes at least one"
        .to_owned()
}

pub(crate) fn include_is_a_file(include: &Path, folder: &Path) -> String {
    let (include, folder) = (include.display(), folder.display());
    format!("include folder `{include}` is a file; name the folder: `{folder}`")
}

pub(crate) fn in_no_include_folder(proto: &Path, folder: &Path, includes: &str) -> String {
    let (proto, folder) = (proto.display(), folder.display());
    format!(
        "`{proto}` lies in no include folder; add `{folder}`, or the folder above it at which imports begin; {includes}"
    )
}

pub(crate) fn no_such_proto(proto: &str, includes: &str, near: &[&str]) -> String {
    format!("`{proto}` does not exist; {includes}{}", suggest(proto, "protos", near))
}

pub(crate) fn no_such_import(import: &str, includes: &str, near: &[&str]) -> String {
    format!("import `{import}` not found; {includes}{}", suggest(import, "protos", near))
}

pub(crate) fn label_of_proto2(told: &str) -> String {
    format!("{told}; a file is proto2 unless it begins with `syntax = \"proto3\";`")
}

pub(crate) fn option_without_import(option: &str) -> String {
    format!("`(streaming.{option})` is not known here; add `import \"streaming/options.proto\";`")
}

pub(crate) fn no_such_option(option: &str, options: &[&str]) -> String {
    format!("no option `(streaming.{option})`{}", suggest(option, "options", options))
}

pub(crate) fn bad_descriptor_set(what: impl Display) -> String {
    format!(
        "the descriptor set {what}; make it with `protoc --include_imports --include_source_info \
         --descriptor_set_out=FILE` or `buf build -o FILE`"
    )
}

pub(crate) fn bad_runtime_path(path: &str) -> String {
    format!("`.runtime_path({path:?})`: no path; write it like `::my::runtime`")
}

pub(crate) fn prost_failed(error: impl Display) -> String {
    format!("prost-build: {error}")
}

pub(crate) fn other_packages(package: &str, runtime: &str) -> String {
    format!(
        "package `{package}` refers to types of other packages; include all of them as a tree of modules with \
         `{runtime}::include_proto!()`"
    )
}

// What calls are about.

/// `what` is wrong with `call`.
pub(crate) fn wrong_call(call: impl Display, what: &str) -> String {
    format!("`{call}`: {what}")
}

pub(crate) fn no_rpc(rpc: &str, bidi: &[&str]) -> String {
    format!("no rpc `{rpc}`{}", candidates(rpc, "bidi rpcs", bidi))
}

pub(crate) fn not_bidi(rpc: &str, bidi: &[&str]) -> String {
    format!("`{rpc}` streams in one direction at most{}", candidates(rpc, "bidi rpcs", bidi))
}

pub(crate) fn no_message(name: &str, what: &str, names: &[&str]) -> String {
    format!("no message `{name}`{}", candidates(name, what, names))
}

/// `side` is what it would have to be: `the message`.
pub(crate) fn of_no_bidi_rpc(name: &str, side: &str, what: &str, names: &[&str]) -> String {
    format!("`{name}` is {side} of no bidi rpc{}", candidates(name, what, names))
}

fn candidates(wrong: &str, what: &str, names: &[&str]) -> String {
    match names {
        [] => "; there is no bidi rpc in these protos".to_owned(),
        names => suggest(wrong, what, names),
    }
}

pub(crate) fn contradicted(call: impl Display, place: &str) -> String {
    format!("`{call}` ({place}) says something else; keep one of them")
}

pub(crate) fn kept_plain() -> String {
    "`.plain(…)` names the same rpc; keep one of them".to_owned()
}

pub(crate) fn only_and_plain() -> String {
    "`.only(…)` names it as well; keep one of them".to_owned()
}

pub(crate) fn left_out_by_only() -> String {
    "`.only(…)` does not name the rpc; add it, or take this away".to_owned()
}

/// Why the rpc is no contract.
pub(crate) fn named_plain() -> String {
    "`.plain(…)` in build.rs names it".to_owned()
}

/// Why the rpc is no contract.
pub(crate) fn marked_plain() -> String {
    "the option `streaming.plain` is set on it".to_owned()
}

/// Why the rpc is no contract.
pub(crate) fn not_in_only() -> String {
    "`.only(…)` in build.rs does not name it".to_owned()
}

// Fields and variants that calls and options name.

pub(crate) fn no_variant(
    name: &str,
    of: &str,
    oneof: &OneofDescriptor,
    place: &str,
    variants: &[&str],
) -> String {
    let (oneof, variants) = (oneof.name(), suggest(name, "variants", variants));
    format!("no variant `{name}` in oneof `{oneof}` of `{of}` ({place}){variants}")
}

pub(crate) fn no_oneof(name: &str, of: &str) -> String {
    format!("`{of}` has no oneof, and so no variant `{name}`")
}

pub(crate) fn no_variant_in_either(name: &str, names: &[&str]) -> String {
    format!("no variant `{name}` in either direction{}", suggest(name, "variants", names))
}

pub(crate) fn no_such_oneof(name: &str, of: &str, oneofs: &[&str]) -> String {
    format!("no oneof `{name}` in `{of}`{}", suggest(name, "oneofs", oneofs))
}

pub(crate) fn no_field(name: &str, message: &MessageDescriptor, names: &[&str]) -> String {
    format!("no field `{name}` in `{}`{}", message.full_name(), suggest(name, "fields", names))
}

pub(crate) fn oneof_in_path(name: &str, message: &MessageDescriptor) -> String {
    format!(
        "`{name}` is a oneof of `{}`; leave it out, its variants are fields of the message",
        message.full_name()
    )
}

pub(crate) fn path_through_scalar(name: &str, segment: &str) -> String {
    format!("`{name}` is no single message, and has no field `{segment}`")
}

pub(crate) fn no_id(path: &str, near: &[&str]) -> String {
    let near = suggest("", "fields that can hold an id", near);
    format!("`{path}` is no string, integer or bytes field{near}")
}

pub(crate) fn option_on_no_id(option: &str, field: &str, near: &[&str]) -> String {
    let near = suggest("", "fields that can hold an id", near);
    format!(
        "`(streaming.{option})` belongs on a string, integer or bytes field; `{field}` is none{near}"
    )
}

pub(crate) fn option_on_no_variant(
    option: &str,
    field: &FieldDescriptor,
    oneof: &OneofDescriptor,
    variants: &[&str],
) -> String {
    let (of, field, oneof) = (field.parent_message(), field.name(), oneof.name());
    format!(
        "`(streaming.{option})` belongs on a variant; `{field}` is not in oneof `{oneof}` of `{}`{}",
        of.full_name(),
        suggest("", "variants", variants)
    )
}

pub(crate) fn option_without_variants(option: &str, of: &str) -> String {
    format!("`(streaming.{option})` belongs on a variant; `{of}` has no oneof, and so none")
}

pub(crate) fn option_on_wrong_side(option: &str, field: &str, of: &str, belongs: &str) -> String {
    let is = if belongs == "message" { "command" } else { "message" };
    format!(
        "`(streaming.{option})` on `{field}` belongs on a field of a {belongs}, and `{of}` is a {is}"
    )
}

pub(crate) fn marked_twice(option: &str, first: &str, second: &str, of: &str) -> String {
    format!(
        "`(streaming.{option})` is set on `{first}` and on `{second}` of `{of}`; mark one of them"
    )
}

/// An answer that the option `option` names is not there.
pub(crate) fn option_names_nothing(option: &str, name: &str, field: &str, what: &str) -> String {
    format!("`(streaming.{option}) = {name:?}` on `{field}`: {what}")
}

// The payload.

pub(crate) fn payloads_marked_twice(first: &OneofDescriptor, second: &OneofDescriptor) -> String {
    format!(
        "`(streaming.payload)` is set in `{}` and in `{}` of `{}`; mark one of them",
        first.name(),
        second.name(),
        second.parent_message().full_name()
    )
}

/// Why the rpc is no contract.
pub(crate) fn several_oneofs_reason(message: &str, oneofs: &[&str]) -> String {
    format!("{}; call `.payload({message:?}, \"…\")` in build.rs", several(message, oneofs))
}

pub(crate) fn several_oneofs(rpc: &str, message: &str, oneofs: &[&str]) -> String {
    format!(
        "`{rpc}`: {}; put `option (streaming.payload) = true;` into one or call `.payload({message:?}, {:?})`",
        several(message, oneofs),
        oneofs.first().copied().unwrap_or_default()
    )
}

fn several(message: &str, oneofs: &[&str]) -> String {
    format!(
        "`{message}` has several oneofs ({}), and which one holds the variants is not known",
        list(oneofs)
    )
}

// The client's id.

/// Where it can come from besides a field.
const OTHER_SOURCES: &str = "take it from a header, the identity or the hub: `.client_id_from_metadata`, \
                             `.client_id_authenticated`, `.client_id_assigned`";

/// Why the rpc is no contract.
pub(crate) fn no_client_id_reason(rpc: &str, message: &MessageDescriptor) -> String {
    format!(
        "`{}` has no client id; call `.client_id({rpc:?}, \"…\")` in build.rs, or {OTHER_SOURCES}",
        in_package(message)
    )
}

pub(crate) fn no_client_id(
    rpc: &str,
    message: &MessageDescriptor,
    conventional: Option<&FieldDescriptor>,
    candidates: &[&str],
) -> String {
    let (full_name, name) = (message.full_name(), in_package(message));
    let why = match conventional {
        Some(field) => {
            format!("`{}` of `{name}` is no string, integer or bytes field", field.name())
        }
        None => format!("`{name}` has no field `client_id`"),
    };
    let listed = match candidates {
        [] => String::new(),
        candidates => format!("; fields that could hold it: {}", list(candidates)),
    };
    format!(
        "`{}` has no client id: {why}; mark one with `[(streaming.client_id) = true]` or call \
         `.client_id({full_name:?}, \"…\")`{listed}; or {OTHER_SOURCES}",
        rpc.replace('/', ".")
    )
}

/// A type by its name inside of its package: `LogEntry.List` says more than `List`.
fn in_package(message: &MessageDescriptor) -> &str {
    let name = message.full_name();
    let name = name.strip_prefix(message.package_name()).unwrap_or(name);
    name.trim_start_matches('.')
}

/// For the docs and the attribute; `mend` says how to choose.
pub(crate) fn several_client_ids(message: &str, paths: &[&str]) -> String {
    format!(
        "several client ids in `{message}`: {}; mark one with `[(streaming.client_id) = true]` or call \
         `.client_id({message:?}, {:?})`",
        list(paths),
        paths.first().copied().unwrap_or_default()
    )
}

pub(crate) fn client_ids_marked_twice(message: &str, paths: &[&str]) -> String {
    format!("several marked client ids in `{message}`: {}; mark one of them", list(paths))
}

pub(crate) fn client_id_options(first: &str, second: &str, rpc: &str) -> String {
    format!(
        "`(streaming.{first})` and `(streaming.{second})` are both set on `{rpc}`; keep one of them"
    )
}

pub(crate) fn header_without_name() -> String {
    "the header has no name; write it as `\"worker-id\"`".to_owned()
}

pub(crate) fn header_with_odd_character(header: &str, odd: char) -> String {
    format!("`{header}` is no header: `{odd}` is none of a to z, 0 to 9, `-`, `_` and `.`")
}

pub(crate) fn header_in_capitals(header: &str) -> String {
    format!(
        "`{header}` is no header of gRPC, which has them in lower case; write `{}`",
        header.to_lowercase()
    )
}

pub(crate) fn header_of_grpc(header: &str) -> String {
    format!("gRPC uses the header `{header}` itself; choose another")
}

pub(crate) fn no_top_level_id(field: &str, fields: &[&str]) -> String {
    let fields = suggest(field, "fields", fields);
    format!("`{field}` is no string, integer or bytes field outside of every oneof{fields}")
}

pub(crate) fn option_on_no_top_level_id(field: &str, fields: &[&str]) -> String {
    format!(
        "`(streaming.command_id)` belongs on a string, integer or bytes field outside of every oneof; `{field}` is none{}",
        suggest("", "fields", fields)
    )
}

// What answers.

/// `what` is wrong with `rpc`, which is meant.
pub(crate) fn has(rpc: &str, what: &str) -> String {
    format!("`{rpc}` has {what}")
}

pub(crate) fn several_acks(side: &str, acks: &[&str]) -> String {
    format!(
        "several acks in `{side}`: {}; mark one with `[(streaming.ack) = true]` or call `.ack({side:?}, {:?})`",
        list(acks),
        acks.first().copied().unwrap_or_default()
    )
}

pub(crate) fn several_answers(name: &str, asked: &FieldDescriptor, answers: &[&str]) -> String {
    let first = answers.first().copied().unwrap_or_default();
    format!(
        "several answers to `{}`: {}; mark it with `[(streaming.{name}) = {first:?}]` or call \
         `.{name}({:?}, {0:?}, {first:?})`",
        asked.name(),
        list(answers),
        asked.parent_message().full_name()
    )
}

pub(crate) fn ack_without_id(ack: &str, side: &str, id: &FieldDescriptor) -> String {
    format!(
        "the ack `{ack}` of `{side}` has no field `{}` of type {}, as the id of commands is; add it, or name the id \
         with `.command_id({:?}, \"…\")`",
        id.name(),
        type_of(id),
        id.parent_message().full_name()
    )
}

pub(crate) fn ack_of_nothing(ack: &str, rpc: &str, command: &str) -> String {
    format!(
        "`{ack}` is an ack, but the commands of `{rpc}` have no id; call `.command_id({command:?}, \"…\")`"
    )
}

pub(crate) fn answer_without_id(answer: &str, asked: &str, id: &FieldDescriptor) -> String {
    format!(
        "`{answer}` cannot answer `{asked}`: it has no field `{}` of type {}, as the id of `{asked}` is",
        id.name(),
        type_of(id)
    )
}

pub(crate) fn reply_to_no_id(reply: &str, asked: &str, command: &str) -> String {
    format!(
        "`{reply}` cannot answer `{asked}`: commands have no id; call `.command_id({command:?}, \"…\")`"
    )
}

pub(crate) fn reply_to_coalesced(asked: &str) -> String {
    format!(
        "`{asked}` coalesces, and one that gives up its place is never answered; take the reply or `coalesce` away"
    )
}

/// The type of an id, as far as another must be the same.
fn type_of(id: &FieldDescriptor) -> &'static str {
    match id.kind() {
        Kind::String => "string",
        Kind::Bytes => "bytes",
        _ => "integer",
    }
}

pub(crate) fn acks_without_command_id(
    ack: &str,
    message: &str,
    id: &str,
    command: &str,
    candidates: &[&str],
) -> String {
    format!(
        "commands have no id, and so `{ack}` of `{message}` answers nothing: `{command}` has no field `{id}`; add it, or \
         name the id with `.command_id({command:?}, \"…\")`{}",
        suggest("", "fields", candidates)
    )
}

// What asks.

pub(crate) fn message_id_in_no_variant(of: &str, oneof: &str) -> String {
    format!(
        "an id under which `{of}` asks is a field of its own, or one of the payload of a variant in oneof `{oneof}`"
    )
}

pub(crate) fn message_id_without_variants(of: &str) -> String {
    format!("`{of}` has no oneof, and so nothing in it asks")
}

pub(crate) fn asks_nothing(asked: &str) -> String {
    format!("`{asked}` has another role, and asks nothing; take one of them away")
}

pub(crate) fn asks_under_no_id(asked: &str, message: &MessageDescriptor) -> String {
    format!(
        "`{asked}` has no id under which it could ask; call `.message_id({:?}, \"…\")`",
        message.full_name()
    )
}

pub(crate) fn nothing_answers(asked: &str, id: &str, commands: &MessageDescriptor) -> String {
    format!(
        "nothing in `{}` answers `{asked}`: neither a variant named as what asks, nor an ack, nor the command itself \
         carries `{id}`; add it there, or name what answers with `.answer(…)`",
        commands.full_name()
    )
}

pub(crate) fn ack_of_no_message(ack: &str, command: &str, message: &str) -> String {
    format!(
        "`{ack}` of `{command}` acknowledges messages, but it carries the id of none; name the id with \
         `.message_id({message:?}, \"…\")`"
    )
}

// The outbox.

pub(crate) fn no_such_overflow(name: &str, names: &[&str]) -> String {
    format!("a full outbox knows no `{name}`{}", suggest(name, "values", names))
}

// Pings.

pub(crate) fn no_ping(field: &str, command: &str, fields: &[&str]) -> String {
    format!(
        "no bool field and no variant `{field}` in `{command}`{}",
        suggest(field, "fields", fields)
    )
}

pub(crate) fn option_on_no_ping(field: &str, fields: &[&str]) -> String {
    format!(
        "`(streaming.ping)` belongs on a bool field or on a variant; `{field}` is neither{}",
        suggest("", "fields", fields)
    )
}

pub(crate) fn pong_without_ping(pong: &str, command: &str) -> String {
    format!("`{pong}` answers pings, but `{command}` has no ping; call `.ping({command:?}, \"…\")`")
}

// Types.

pub(crate) fn group(group: &FieldDescriptor, rpc: &str) -> String {
    let (of, name) = (group.parent_message(), group.name());
    format!(
        "`{name}` of `{}` is a group, which is no part of a contract; write its fields as a message of their own and \
         `{name}` as a field of that type, or keep the rpc plain with `.plain({rpc:?})`",
        of.full_name()
    )
}

pub(crate) fn foreign_type(message: &str, rpc: &str) -> String {
    format!(
        "`{message}` is a type of another crate (a well-known type, or by `extern_path`), and its fields cannot be \
         part of `{rpc}`; generate it here, or keep its variant out with `.no_publish(…)`"
    )
}

#[cfg(test)]
mod tests;
