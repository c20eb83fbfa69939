//! Who handles which variant.

use proc_macro2::TokenStream;
use syn::{Ident, Type, ext::IdentExt as _};

use super::{collide, of_kind};
use crate::{
    args::End,
    cfg::Cfg,
    errors::Errors,
    item::{CONCURRENT, Item, Method, RoleKind, is_peer, is_reference},
    message,
    suggest::nearest,
    table::{Contract, Variant},
};

/// What becomes of one variant.
pub(crate) struct VariantPlan<'a> {
    pub(crate) variant: &'a Variant,
    /// Several only under different `#[cfg]`s.
    pub(crate) handlers: Vec<Handler<'a>>,
    pub(crate) rest: Rest,
}

/// A method that handles a variant.
pub(crate) struct Handler<'a> {
    pub(crate) method: &'a Method,
    pub(crate) cfg: Cfg,
    pub(crate) spoken: Spoken<'a>,
    /// `None` where the signature is wrong, which is reported.
    pub(crate) call: Option<Call<'a>>,
}

/// The variants by which messages speak of a handler's types: of a method's variants with the same payload, or the same
/// answer, the first one. So one mistake is said once, and not for each variant.
#[derive(Clone, Copy)]
pub(crate) struct Spoken<'a> {
    pub(crate) payload: &'a str,
    pub(crate) result: &'a str,
}

/// The arguments of a handler.
#[derive(Clone, Copy)]
pub(crate) struct Call<'a> {
    pub(crate) client: Option<&'a Type>,
    pub(crate) payload: Option<&'a Type>,
}

/// Where a variant goes if none of its handlers is there.
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

/// A method whose messages are handled beside the ordered line.
pub(crate) struct Lane<'a> {
    pub(crate) method: &'a Method,
    pub(crate) limit: u16,
    /// The numbers of its variants.
    pub(crate) variants: Vec<usize>,
}

/// Finds the handlers of each variant, and those that run beside the ordered line.
pub(super) fn check_variants<'a>(
    item: &'a Item,
    contract: &'a Contract,
    other: &[&'a Method],
    errors: &mut Errors,
) -> (Vec<VariantPlan<'a>>, Vec<Lane<'a>>) {
    let mut handlers: Vec<Vec<Handler<'_>>> =
        contract.message.variants.iter().map(|_| Vec::new()).collect();
    let mut lanes = Vec::new();
    let mut strangers = Vec::new();
    for method in of_kind(item, RoleKind::On) {
        let mut taken = Vec::new();
        for name in &method.role.variants {
            let Some(index) = find(name, contract) else {
                strangers.push(name);
                continue;
            };
            let (variant, others) = (&contract.message.variants[index], &mut handlers[index]);
            let handler = check_handler(name, method, variant, contract, others, errors);
            taken.extend(handler.is_some().then_some(index));
            others.extend(handler);
        }
        lanes.extend(method.role.concurrent.map(|limit| Lane { method, limit, variants: taken }));
    }
    let unsaid = check_strangers(&strangers, contract, errors);
    let plans = contract.message.variants.iter().zip(handlers);
    let variants: Vec<_> =
        plans.map(|(variant, handlers)| plan(variant, handlers, contract, other)).collect();
    if item.complete {
        check_missing(item, contract, &variants, other, &unsaid, errors);
    }
    (variants, lanes)
}

fn find(name: &Ident, contract: &Contract) -> Option<usize> {
    let name = name.unraw().to_string();
    contract.message.variants.iter().position(|variant| variant.name == name)
}

fn check_handler<'a>(
    name: &Ident,
    method: &'a Method,
    variant: &'a Variant,
    contract: &'a Contract,
    others: &[Handler<'_>],
    errors: &mut Errors,
) -> Option<Handler<'a>> {
    if variant.pong {
        errors.push(message::pong_handler(name, variant, contract.end));
        return None;
    }
    if let Some(first) = others.iter().find(|first| collide(first.method, method)) {
        errors.push(message::second_handler(name, &first.method.sig.ident, contract.end));
        return None;
    }
    let silent = method.shape.as_ref().is_some_and(|shape| shape.output.is_none());
    let answer = variant.answer.as_ref().filter(|_| silent && !variant.acked);
    if let Some(answer) = answer {
        errors.push(message::answer_left_out(&method.sig.ident, variant, answer, contract.end));
    }
    Some(Handler {
        method,
        cfg: Cfg::of(&method.cfgs),
        spoken: spoken(method, variant, contract),
        call: call(method, variant, contract.end, errors).filter(|_| answer.is_none()),
    })
}

fn spoken<'a>(method: &Method, variant: &'a Variant, contract: &'a Contract) -> Spoken<'a> {
    let first = |is_like: &dyn Fn(&Variant) -> bool| {
        let names = method.role.variants.iter();
        let mut variants =
            names.filter_map(|name| Some(&contract.message.variants[find(name, contract)?]));
        &*variants.find(|it| is_like(it)).unwrap_or(variant).name
    };
    Spoken {
        payload: first(&|it| it.payload == variant.payload),
        result: first(&|it| it.answer == variant.answer),
    }
}

fn call<'a>(
    method: &'a Method,
    variant: &Variant,
    end: End,
    errors: &mut Errors,
) -> Option<Call<'a>> {
    let (client, payload) = match &*method.shape.as_ref()?.args {
        // A payload is never a reference: where it may be left out, this is the client.
        [client] if variant.unit && is_reference(client) => (Some(client), None),
        [] if variant.unit => (None, None),
        [payload] | [_, payload] if is_reference(payload) && !is_peer(payload) => {
            errors.push(message::payload_borrowed(payload, variant, end));
            return None;
        }
        [client, payload] => (Some(client), Some(payload)),
        [payload] if !is_peer(payload) => (None, Some(payload)),
        _ => {
            errors.push(message::payload_left_out(&method.sig.ident, variant, end));
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
        if name.unraw() == CONCURRENT {
            errors.push(message::concurrent_without_number(name));
            continue;
        }
        let Some(oneof) = &contract.message.oneof else {
            unsaid.unknown += 1;
            errors.push(message::no_oneof(name, contract));
            continue;
        };
        let own = contract.command.variants.iter().find(|it| name.unraw() == it.name);
        if let Some(own) = own.filter(|_| contract.end == End::Client) {
            unsaid.unknown += 1;
            errors.push(message::own_message(name, contract, own));
            continue;
        }
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
    if contract.message.oneof.is_none() {
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
