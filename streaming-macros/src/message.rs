//! Every message, one constructor each. STYLE: lower case, no full stop, names in backticks, how to mend it after `;`.

use proc_macro2::Span;
use quote::{ToTokens, quote};
use syn::{Attribute, Error, Ident, LitInt, LitStr, Token, ext::IdentExt as _};

use crate::{
    args::End,
    item::{Role, RoleKind},
    suggest::nearest,
    table::{Contract, Side, Variant},
};

/// Up to this many valid names are listed.
const LISTED: usize = 8;

// `include_proto!`.

pub(crate) fn no_build_script(at: Span) -> Error {
    Error::new(
        at,
        "nothing to include: this crate has no build script; write one, build.rs, that calls `streaming_build::compile_protos`",
    )
}

pub(crate) fn nothing_generated(at: Span) -> Error {
    Error::new(
        at,
        "nothing to include: build.rs has generated nothing; call `streaming_build::compile_protos` in it",
    )
}

pub(crate) fn package_is_no_text(at: Span) -> Error {
    Error::new(
        at,
        "`include_proto!` takes the name of a package in quotes: `include_proto!(\"trading.v1\")`",
    )
}

pub(crate) fn no_package(name: &LitStr, packages: &[String]) -> Error {
    let written = name.value();
    let near = nearest(&written, packages.iter().map(|package| &**package));
    let hint = hint(near, "packages", packages);
    Error::new_spanned(name, format!("no package `{written}` in what build.rs generates{hint}"))
}

// The attribute's arguments.

pub(crate) fn no_path() -> Error {
    Error::new(
        Span::call_site(),
        "no contract; name the rpc's marker type: `#[bidi_streaming(pb::my_service::MyRpc)]`",
    )
}

pub(crate) fn unknown_argument(at: Span) -> Error {
    Error::new(
        at,
        "unknown argument; after the contract's path `#[bidi_streaming]` takes `client`, for the handler of a client, and `crate = path::of::the_runtime`",
    )
}

// The item.

pub(crate) fn no_impl(at: impl ToTokens) -> Error {
    Error::new_spanned(
        at,
        "`#[bidi_streaming]` goes on an `impl` block of the type that handles the messages",
    )
}

pub(crate) fn trait_impl(the_trait: impl ToTokens) -> Error {
    Error::new_spanned(
        the_trait,
        "`#[bidi_streaming]` goes on an inherent impl; put the handlers into an `impl` block without a trait",
    )
}

pub(crate) fn role_without_method(role: &Attribute) -> Error {
    let name = role.path().to_token_stream();
    Error::new_spanned(role, format!("`#[{name}]` goes on a method"))
}

/// Of a block in which something could not be read: rustc says so itself, or this crate does, and then rustc does not
/// come to it. It is there for what rustc can read and this crate cannot.
pub(crate) const UNREADABLE: &str =
    "a method of this block cannot be read by `#[bidi_streaming]`, so it handles nothing";

// The attributes of methods.

pub(crate) fn unknown_role(name: &Ident, end: End) -> Error {
    let written = name.to_string();
    // What is noticed begins with `on_`, so `on` alone is never what was meant.
    let others = RoleKind::ALL.into_iter().filter(|kind| *kind != RoleKind::On);
    let others = others.filter(|kind| end == End::Hub || !kind.is_hubs()).map(RoleKind::name);
    let near = nearest(&written, others.clone()).map(attribute);
    let variant = written.strip_prefix("on_").filter(|_| near.is_none());
    let variant = variant.map(|name| format!("; a {} is `#[on({name})]`", end.variant()));
    let variant = variant.unwrap_or_default();
    let hint = hint_all(near.as_deref(), "attributes", others.map(attribute));
    Error::new_spanned(name, format!("no attribute `#[{written}]` for a handler{variant}{hint}"))
}

/// Of a role that a client's handler does not have.
pub(crate) fn hubs_role(kind: RoleKind, attribute: impl ToTokens) -> Error {
    let why = match kind {
        RoleKind::Session => {
            "a client is told one command after the other; take all of them with `#[on_message]`"
        }
        RoleKind::Ping => "a client answers pings and makes none; remove this one",
        _ => "a client says who it is where its link is built; remove this one",
    };
    Error::new_spanned(attribute, format!("`#[{}]` is for the hub's handlers: {why}", kind.name()))
}

pub(crate) fn on_without_variant(attribute: impl ToTokens) -> Error {
    Error::new_spanned(
        attribute,
        "`#[on]` names no variant; write `#[on(variant)]`, or `#[on(a, b)]` for several of one payload type",
    )
}

pub(crate) fn variant_is_no_name(at: Span) -> Error {
    Error::new(
        at,
        "`#[on]` takes the names of variants as they are spelled in the proto, without quotes: `#[on(trade)]`",
    )
}

pub(crate) fn unknown_option(name: &Ident) -> Error {
    Error::new_spanned(
        name,
        format!(
            "no option `{name}` of `#[on]`; beside the names of variants it takes `concurrent = 16`"
        ),
    )
}

pub(crate) fn second_option(name: &Ident) -> Error {
    Error::new_spanned(name, format!("`{name}` is given already; remove one of them"))
}

/// `option` is the word itself, a variant that the contract does not have.
pub(crate) fn concurrent_without_number(option: &Ident) -> Error {
    Error::new_spanned(
        option,
        "`concurrent` takes a number, how many are handled at once: `concurrent = 16`",
    )
}

pub(crate) fn concurrent_is_no_number(at: Span) -> Error {
    Error::new(at, "`concurrent` takes a number as a literal: `concurrent = 16`")
}

pub(crate) fn concurrent_out_of_range(minus: Option<Token![-]>, number: &LitInt) -> Error {
    let sign = if minus.is_some() { "-" } else { "" };
    Error::new_spanned(
        quote!(#minus #number),
        format!(
            "`concurrent` is from 1, which is one at a time beside the others, to 65535, not `{sign}{number}`"
        ),
    )
}

pub(crate) fn role_takes_nothing(kind: RoleKind, attribute: impl ToTokens) -> Error {
    Error::new_spanned(
        attribute,
        format!("`#[{0}]` takes no arguments; write `#[{0}]`", kind.name()),
    )
}

pub(crate) fn second_role(attribute: impl ToTokens) -> Error {
    Error::new_spanned(
        attribute,
        "a method has one role; give this one a method of its own, or name several variants: `#[on(a, b)]`",
    )
}

// The signatures.

pub(crate) fn not_async(role: RoleKind, method: &syn::Signature) -> Error {
    Error::new_spanned(
        method.fn_token,
        format!(
            "missing `async`; a method with `#[{}]` is written `async fn {}`",
            role.name(),
            method.ident
        ),
    )
}

pub(crate) fn async_ping(at: impl ToTokens, method: &Ident) -> Error {
    Error::new_spanned(
        at,
        format!(
            "a method with `#[ping]` is not `async`: pings are made by the clock, which must not wait; write `fn {method}`"
        ),
    )
}

pub(crate) fn wrong_receiver((role, end): (RoleKind, End), at: impl ToTokens) -> Error {
    let shared = match end {
        End::Hub => "all clients share the handler",
        End::Client => "all that runs for a link shares the handler",
    };
    Error::new_spanned(
        at,
        format!(
            "a method with `#[{}]` takes `&self`; {shared}, so keep what changes in an atomic or behind a lock",
            role.name()
        ),
    )
}

pub(crate) fn wrong_arguments((role, end): (RoleKind, End), at: impl ToTokens) -> Error {
    Error::new_spanned(
        at,
        format!("a method with `#[{}]` takes {}", role.name(), role.arguments(end)),
    )
}

pub(crate) fn peer_second((role, end): (RoleKind, End), at: impl ToTokens) -> Error {
    let text = match (role, end) {
        (RoleKind::Session, _) => {
            "the client comes before its inbox: `(&self, &Client<_>, Inbox<_>)`"
        }
        (RoleKind::Ping, _) => "the client comes before the sequence: `(&self, &Client<_>, u64)`",
        (_, End::Hub) => "the client comes before what it sent: `(&self, &Client<_>, payload)`",
        (_, End::Client) => "the link comes before the command: `(&self, &Link<_>, payload)`",
    };
    Error::new_spanned(at, text)
}

pub(crate) fn impl_type(at: impl ToTokens) -> Error {
    Error::new_spanned(
        at,
        "a handler's signature names its types; write the type instead of `impl`",
    )
}

pub(crate) fn generic_method(at: impl ToTokens) -> Error {
    Error::new_spanned(at, "a handler has no type parameters of its own; put them on the `impl`")
}

pub(crate) fn unsafe_method(role: RoleKind, at: impl ToTokens) -> Error {
    Error::new_spanned(at, format!("a handler is a safe function; write `{}`", role.keywords()))
}

// The contract.

pub(crate) fn unreadable_table(path: impl ToTokens) -> Error {
    Error::new_spanned(
        path,
        "this is no contract that streaming-build generated; name the rpc's marker type: `pb::my_service::MyRpc`",
    )
}

pub(crate) fn other_version(path: impl ToTokens, found: &str) -> Error {
    Error::new_spanned(
        path,
        format!(
            "this contract has a table of version `{found}`, and this streaming-macros reads `{}`; use the same version of streaming-build and streaming-runtime",
            crate::table::VERSION
        ),
    )
}

/// `reason` is streaming-build's, and a whole message.
pub(crate) fn no_contract(path: impl ToTokens, reason: &str) -> Error {
    Error::new_spanned(path, reason)
}

// The handlers against the contract.

pub(crate) fn unknown_variant(name: &Ident, contract: &Contract, oneof: &str) -> Error {
    let written = name.unraw().to_string();
    let names = || contract.handled().map(|variant| &*variant.name);
    let variant = contract.end.variant();
    let hint = hint(nearest(&written, names()), &format!("{variant}s"), names());
    Error::new_spanned(
        name,
        format!(
            "no {variant} `{written}` in oneof `{oneof}` of `{}`{}{hint}",
            contract.message.name,
            at(&contract.message.position)
        ),
    )
}

/// `own` is what this client sends itself.
pub(crate) fn own_message(name: &Ident, contract: &Contract, own: &Variant) -> Error {
    let names = contract.handled().map(|variant| &*variant.name);
    let hint = hint(None, "commands", names);
    Error::new_spanned(
        name,
        format!(
            "`{}`{} is a message, which this client sends and its hub handles{hint}",
            own.name,
            at(&own.position)
        ),
    )
}

pub(crate) fn no_oneof(name: &Ident, contract: &Contract) -> Error {
    Error::new_spanned(
        name,
        format!(
            "`{}`{} has no oneof and so no {}s; take the whole {} with `#[on_message]`",
            contract.message.name,
            at(&contract.message.position),
            contract.end.variant(),
            contract.end.message()
        ),
    )
}

pub(crate) fn pong_handler(name: &Ident, variant: &Variant, end: End) -> Error {
    let does = match end {
        End::Hub => "answers the hub's pings",
        End::Client => "is answered by the link",
    };
    Error::new_spanned(
        name,
        format!(
            "{} `{}`{} {does} and reaches no handler; remove this one",
            end.variant(),
            variant.name,
            at(&variant.position)
        ),
    )
}

pub(crate) fn second_handler(name: &Ident, first: &Ident, end: End) -> Error {
    Error::new_spanned(
        name,
        format!(
            "{} `{}` has a handler already, `{first}`; remove one of them",
            end.variant(),
            name.unraw()
        ),
    )
}

pub(crate) fn second_method(role: &Role, kind: RoleKind, first: &Ident) -> Error {
    Error::new_spanned(
        &role.attribute,
        format!("`#[{}]` is on `{first}` already; remove one of them", kind.name()),
    )
}

pub(crate) fn payload_left_out(method: &Ident, variant: &Variant, end: End) -> Error {
    Error::new_spanned(
        method,
        format!(
            "the handler of {} `{}`{} takes its payload, `{}`; write `(&self, payload)` or `(&self, {}, payload)`",
            end.variant(),
            variant.name,
            at(&variant.position),
            variant.payload,
            end.peer_type()
        ),
    )
}

pub(crate) fn answer_left_out(method: &Ident, variant: &Variant, answer: &str, end: End) -> Error {
    let peer = match end {
        End::Hub => "client",
        End::Client => "hub",
    };
    Error::new_spanned(
        method,
        format!(
            "the handler of {} `{}`{} returns its answer, `{answer}`, for which the {peer} waits; write `-> Result<_, E>`, or `-> Result<Option<_>, E>` where it may answer later, by itself",
            end.variant(),
            variant.name,
            at(&variant.position),
        ),
    )
}

pub(crate) fn payload_borrowed(ty: impl ToTokens, variant: &Variant, end: End) -> Error {
    Error::new_spanned(
        ty,
        format!(
            "the payload of {} `{}`{} is taken by value, without `&`",
            end.variant(),
            variant.name,
            at(&variant.position)
        ),
    )
}

/// `role` is that of a method that takes everything.
pub(crate) fn not_alone<'a>(
    role: &Role,
    others: impl IntoIterator<Item = &'a Ident>,
    end: End,
) -> Error {
    let others: Vec<_> = others.into_iter().map(Ident::to_string).collect();
    Error::new_spanned(
        &role.attribute,
        format!(
            "`#[{}]` takes every {}, so {} would never run; remove it or {}",
            role.kind.name(),
            end.message(),
            ticked(&others, ", "),
            if others.len() == 1 { "that one" } else { "those" }
        ),
    )
}

pub(crate) fn missing_handlers(
    self_ty: impl ToTokens,
    contract: &Contract,
    variants: &[&Variant],
) -> Error {
    let names = variants.iter().map(|variant| &variant.name);
    let add = variants.iter().map(|variant| format!("#[on({})]", variant.name));
    let one = variants.len() == 1;
    Error::new_spanned(
        self_ty,
        format!(
            "no handler for {}{} {} of `{}`; add {}, or take the rest with `#[on_other]`",
            contract.end.variant(),
            if one { "" } else { "s" },
            ticked(names, ", "),
            contract.message.name,
            if variants.len() <= LISTED {
                enumerated(add)
            } else {
                "an `#[on(..)]` for each".to_owned()
            }
        ),
    )
}

pub(crate) fn nothing_handled(self_ty: impl ToTokens, contract: &Contract) -> Error {
    Error::new_spanned(
        self_ty,
        format!(
            "no handler for `{}`, which has no oneof; take the whole {} with `#[on_message]`",
            contract.message.name,
            contract.end.message()
        ),
    )
}

pub(crate) fn configured_away(at: impl ToTokens, variant: &Variant, contract: &Contract) -> Error {
    Error::new_spanned(
        at,
        format!(
            "no handler for {} `{}` of `{}` where this `#[cfg]` is off; add one for that case, or take the rest with `#[on_other]`",
            contract.end.variant(),
            variant.name,
            contract.message.name
        ),
    )
}

pub(crate) fn nobody_authenticates(self_ty: impl ToTokens, contract: &Contract) -> Error {
    Error::new_spanned(
        self_ty,
        format!(
            "the clients of `{}` are known by authentication alone, and nobody authenticates them; add `#[authenticate] async fn authenticate(&self, handshake: &Handshake) -> Result<Identity, Status>`",
            contract.rpc
        ),
    )
}

pub(crate) fn authentication_configured_away(role: &Role, contract: &Contract) -> Error {
    Error::new_spanned(
        &role.attribute,
        format!(
            "the clients of `{}` are known by authentication alone, and nobody authenticates them where this `#[cfg]` is off; add `#[authenticate]` for that case",
            contract.rpc
        ),
    )
}

/// `role` is that of a method that takes everything.
pub(crate) fn whole_configured_away(role: &Role, contract: &Contract) -> Error {
    Error::new_spanned(
        &role.attribute,
        format!(
            "no handler for `{}` where this `#[cfg]` is off; add one with `#[{}]` for that case",
            contract.message.name,
            role.kind.name()
        ),
    )
}

pub(crate) fn no_ping(role: &Role, command: &Side) -> Error {
    let hint = hint(None, "variants", command.variants.iter().map(|variant| &variant.name));
    Error::new_spanned(
        &role.attribute,
        format!(
            "`{0}`{1} has no ping variant that `#[ping]` could fill; name one with `.ping(\"{0}\", \"…\")` in build.rs{hint}",
            command.name,
            at(&command.position)
        ),
    )
}

/// The place in the proto, in parentheses.
fn at(position: &str) -> String {
    if position.is_empty() { String::new() } else { format!(" ({position})") }
}

/// `a`, `b` and `c`
fn enumerated(names: impl IntoIterator<Item = String>) -> String {
    let mut names: Vec<_> = names.into_iter().collect();
    match (names.pop(), names.is_empty()) {
        (Some(last), false) => format!("{} and `{last}`", ticked(names, ", ")),
        (last, _) => ticked(last, ", "),
    }
}

fn attribute(name: &str) -> String {
    format!("#[{name}]")
}

/// The nearest name, and the valid ones where they are few.
fn hint(
    near: Option<&str>,
    what: &str,
    names: impl IntoIterator<Item = impl std::fmt::Display>,
) -> String {
    let names: Vec<_> = names.into_iter().collect();
    match near {
        _ if (1..=LISTED).contains(&names.len()) => hint_all(near, what, names),
        Some(near) => format!("; did you mean `{near}`?"),
        None => String::new(),
    }
}

/// The nearest name, and the valid ones.
fn hint_all(
    near: Option<&str>,
    what: &str,
    names: impl IntoIterator<Item = impl std::fmt::Display>,
) -> String {
    let names = ticked(names, ", ");
    match near {
        Some(near) => format!("; did you mean `{near}`? {what}: {names}"),
        None => format!("; {what}: {names}"),
    }
}

fn ticked(names: impl IntoIterator<Item = impl std::fmt::Display>, separator: &str) -> String {
    let names = names.into_iter().map(|name| format!("`{name}`"));
    names.collect::<Vec<_>>().join(separator)
}
