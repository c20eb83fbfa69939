//! The user's block against the contract: who handles what. What comes out of it can be expanded without fail.

use proc_macro2::TokenStream;
use syn::{Ident, Type, ext::IdentExt as _};

use crate::{
    cfg::Cfg,
    errors::Errors,
    item::{Item, Method, RoleKind, is_client, is_reference},
    message,
    suggest::nearest,
    table::{Contract, Variant},
};

/// Who handles what.
#[derive(Debug)]
pub(crate) struct Plan<'a> {
    pub(crate) messages: Messages<'a>,
    pub(crate) connect: Vec<&'a Method>,
    pub(crate) disconnect: Vec<&'a Method>,
    pub(crate) error: Vec<&'a Method>,
    pub(crate) ping: Option<PingPlan<'a>>,
}

/// Where messages go.
#[derive(Debug)]
pub(crate) enum Messages<'a> {
    /// Whole, to `#[on_message]`.
    Whole(Everything<'a>),
    /// Into the inbox of `#[session]`.
    Pulled(Everything<'a>),
    /// To the handlers of their variants.
    ByVariant {
        /// One per variant, in the order of the contract.
        variants: Vec<VariantPlan<'a>>,
        /// `#[on_other]`; several only under different `#[cfg]`s.
        other: Vec<&'a Method>,
    },
}

/// A role whose method takes every message.
#[derive(Debug)]
pub(crate) struct Everything<'a> {
    /// Several only under different `#[cfg]`s.
    pub(crate) methods: Vec<&'a Method>,
    /// Where none of the methods is there, the error is this; `None` where one always is.
    pub(crate) missing: Option<TokenStream>,
}

/// Who makes pings.
#[derive(Debug)]
pub(crate) struct PingPlan<'a> {
    /// Several only under different `#[cfg]`s.
    pub(crate) methods: Vec<&'a Method>,
    /// The number of the command's variant that they make.
    pub(crate) variant: usize,
}

/// What becomes of one variant.
#[derive(Debug)]
pub(crate) struct VariantPlan<'a> {
    pub(crate) variant: &'a Variant,
    /// Several only under different `#[cfg]`s.
    pub(crate) handlers: Vec<Handler<'a>>,
    pub(crate) rest: Rest,
}

/// A method that handles a variant.
#[derive(Debug)]
pub(crate) struct Handler<'a> {
    pub(crate) method: &'a Method,
    pub(crate) cfg: Cfg,
    /// `None` where the signature is wrong, which is reported.
    pub(crate) call: Option<Call<'a>>,
}

/// The arguments of a handler.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Call<'a> {
    pub(crate) client: Option<&'a Type>,
    pub(crate) payload: Option<&'a Type>,
}

/// Where a variant goes if none of its handlers is there.
#[derive(Debug)]
pub(crate) enum Rest {
    /// There always is one.
    Never,
    /// Nowhere: it needs none, or the lack is reported.
    Nowhere,
    /// To `#[on_other]`; where that is not there either, the error is this.
    Other(TokenStream),
    /// The handlers stand under `#[cfg]`s; where none holds, the error is this.
    Missing(TokenStream),
}

/// Checks `item` against `contract`.
pub(crate) fn check<'a>(item: &'a Item, contract: &'a Contract, errors: &mut Errors) -> Plan<'a> {
    let single = |kind, errors: &mut Errors| single(item, kind, errors);
    let session = single(RoleKind::Session, errors);
    let whole = single(RoleKind::Message, errors);
    let other = single(RoleKind::Other, errors);
    let messages = if let Some(first) = session.first() {
        check_alone(item, first, errors);
        Messages::Pulled(everything(session, contract))
    } else if let Some(first) = whole.first() {
        check_alone(item, first, errors);
        Messages::Whole(everything(whole, contract))
    } else {
        let variants = check_variants(item, contract, &other, errors);
        Messages::ByVariant { variants, other }
    };
    Plan {
        messages,
        connect: single(RoleKind::Connect, errors),
        disconnect: single(RoleKind::Disconnect, errors),
        error: single(RoleKind::Error, errors),
        ping: check_ping(single(RoleKind::Ping, errors), contract, errors),
    }
}

fn of_kind(item: &Item, kind: RoleKind) -> impl Iterator<Item = &Method> {
    let methods = item.methods.iter();
    methods.filter(move |method| method.role.kind == kind)
}

/// The methods of a role that is given once.
fn single<'a>(item: &'a Item, kind: RoleKind, errors: &mut Errors) -> Vec<&'a Method> {
    let mut methods: Vec<&Method> = Vec::new();
    for method in of_kind(item, kind) {
        match methods.iter().find(|first| collide(first, method)) {
            Some(first) => {
                errors.push(message::second_method(&method.role, kind, &first.sig.ident));
            }
            None => methods.push(method),
        }
    }
    methods
}

/// Whether both are there for certain. What `#[cfg]`s exclude is rustc's to say.
fn collide(first: &Method, second: &Method) -> bool {
    first.cfgs.is_empty() && second.cfgs.is_empty()
}

fn check_alone(item: &Item, whole: &Method, errors: &mut Errors) {
    let beside = |method: &&Method| match method.role.kind {
        RoleKind::On | RoleKind::Other => true,
        RoleKind::Message => whole.role.kind != RoleKind::Message,
        _ => false,
    };
    let others: Vec<_> = item.methods.iter().filter(beside).collect();
    if !others.is_empty() {
        let others = others.iter().map(|method| &method.sig.ident);
        errors.push(message::not_alone(&whole.role, others));
    }
}

fn everything<'a>(methods: Vec<&'a Method>, contract: &Contract) -> Everything<'a> {
    let always = methods.iter().any(|method| method.cfgs.is_empty());
    let first = methods.first().filter(|_| !always);
    let error = first.map(|first| message::whole_configured_away(&first.role, contract));
    Everything { missing: error.map(|error| error.to_compile_error()), methods }
}

fn check_ping<'a>(
    methods: Vec<&'a Method>,
    contract: &Contract,
    errors: &mut Errors,
) -> Option<PingPlan<'a>> {
    let first = methods.first()?;
    let Some(variant) = contract.command.ping else {
        errors.push(message::no_ping(&first.role, &contract.command));
        return None;
    };
    Some(PingPlan { methods, variant })
}

fn check_variants<'a>(
    item: &'a Item,
    contract: &'a Contract,
    other: &[&'a Method],
    errors: &mut Errors,
) -> Vec<VariantPlan<'a>> {
    let mut handlers: Vec<Vec<Handler<'_>>> =
        contract.variants.iter().map(|_| Vec::new()).collect();
    let mut strangers = Vec::new();
    for method in of_kind(item, RoleKind::On) {
        for name in &method.role.variants {
            let Some(index) = find(name, contract) else {
                strangers.push(name);
                continue;
            };
            let (variant, others) = (&contract.variants[index], &mut handlers[index]);
            others.extend(check_handler(name, method, variant, others, errors));
        }
    }
    let unsaid = check_strangers(&strangers, contract, errors);
    let plans = contract.variants.iter().zip(handlers);
    let variants: Vec<_> =
        plans.map(|(variant, handlers)| plan(variant, handlers, contract, other)).collect();
    if item.complete {
        check_missing(item, contract, &variants, other, &unsaid, errors);
    }
    variants
}

fn find(name: &Ident, contract: &Contract) -> Option<usize> {
    let name = name.unraw().to_string();
    contract.variants.iter().position(|variant| variant.name == name)
}

fn check_handler<'a>(
    name: &Ident,
    method: &'a Method,
    variant: &Variant,
    others: &[Handler<'_>],
    errors: &mut Errors,
) -> Option<Handler<'a>> {
    if variant.pong {
        errors.push(message::pong_handler(name, variant));
        return None;
    }
    if let Some(first) = others.iter().find(|first| collide(first.method, method)) {
        errors.push(message::second_handler(name, &first.method.sig.ident));
        return None;
    }
    Some(Handler { method, cfg: Cfg::of(&method.cfgs), call: call(method, variant, errors) })
}

fn call<'a>(method: &'a Method, variant: &Variant, errors: &mut Errors) -> Option<Call<'a>> {
    let (client, payload) = match &*method.shape.as_ref()?.args {
        // A payload is never a reference: where it may be left out, this is the client.
        [client] if variant.unit && is_reference(client) => (Some(client), None),
        [] if variant.unit => (None, None),
        [payload] | [_, payload] if is_reference(payload) && !is_client(payload) => {
            errors.push(message::payload_borrowed(payload, variant));
            return None;
        }
        [client, payload] => (Some(client), Some(payload)),
        [payload] if !is_client(payload) => (None, Some(payload)),
        _ => {
            errors.push(message::payload_left_out(&method.sig.ident, variant));
            return None;
        }
    };
    Some(Call { client, payload })
}

/// The names that a slip of the pen hides: what a stranger was meant to be is not missing as well.
struct Unsaid<'a> {
    meant: Vec<&'a str>,
    unknown: usize,
}

fn check_strangers<'a>(
    strangers: &[&Ident],
    contract: &'a Contract,
    errors: &mut Errors,
) -> Unsaid<'a> {
    let mut unsaid = Unsaid { meant: Vec::new(), unknown: 0 };
    for name in strangers {
        let Some(oneof) = &contract.oneof else {
            unsaid.unknown += 1;
            errors.push(message::no_oneof(name, contract));
            continue;
        };
        errors.push(message::unknown_variant(name, contract, oneof));
        let names = contract.handled().map(|variant| &*variant.name);
        match nearest(&name.unraw().to_string(), names) {
            Some(near) => unsaid.meant.push(near),
            None => unsaid.unknown += 1,
        }
    }
    unsaid
}

fn plan<'a>(
    variant: &'a Variant,
    handlers: Vec<Handler<'a>>,
    contract: &Contract,
    other: &[&Method],
) -> VariantPlan<'a> {
    let rest = if handlers.iter().any(|handler| handler.cfg.is_always()) {
        Rest::Never
    } else if !variant.needs_handler() {
        Rest::Nowhere
    } else if let Some(other) = other.first() {
        let error = message::configured_away(&other.role.attribute, variant, contract);
        Rest::Other(error.to_compile_error())
    } else if let Some(handler) = handlers.first() {
        let error = message::configured_away(&handler.method.role.attribute, variant, contract);
        Rest::Missing(error.to_compile_error())
    } else {
        Rest::Nowhere
    };
    VariantPlan { variant, handlers, rest }
}

fn check_missing(
    item: &Item,
    contract: &Contract,
    variants: &[VariantPlan<'_>],
    other: &[&Method],
    unsaid: &Unsaid<'_>,
    errors: &mut Errors,
) {
    if !other.is_empty() {
        return;
    }
    if contract.oneof.is_none() {
        if unsaid.unknown == 0 {
            errors.push(message::nothing_handled(&item.self_ty, contract));
        }
        return;
    }
    let missing = variants.iter().filter(|plan| {
        plan.handlers.is_empty()
            && plan.variant.needs_handler()
            && !unsaid.meant.contains(&&*plan.variant.name)
    });
    let missing: Vec<_> = missing.map(|plan| plan.variant).collect();
    // A name that is like none stands for one of them.
    if missing.len() > unsaid.unknown {
        errors.push(message::missing_handlers(&item.self_ty, contract, &missing));
    }
}
