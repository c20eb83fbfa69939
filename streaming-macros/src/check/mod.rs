//! The user's block against the contract: who handles what. What comes out of it can be expanded without fail.

mod variants;

use proc_macro2::TokenStream;

pub(crate) use variants::{Call, Handler, Lane, Rest, VariantPlan};

use crate::{
    args::End,
    errors::Errors,
    item::{Item, Method, RoleKind},
    message,
    table::Contract,
};
use variants::check_variants;

/// Who handles what.
pub(crate) struct Plan<'a> {
    /// Whether the whole block could be read.
    pub(crate) complete: bool,
    pub(crate) messages: Messages<'a>,
    pub(crate) authenticate: Authentication<'a>,
    pub(crate) connect: Vec<&'a Method>,
    pub(crate) resume: Vec<&'a Method>,
    pub(crate) disconnect: Vec<&'a Method>,
    pub(crate) error: Vec<&'a Method>,
    pub(crate) ping: Option<PingPlan<'a>>,
}

/// Where messages go.
pub(crate) enum Messages<'a> {
    /// Whole, to `#[on_message]`.
    Whole(Everything<'a>),
    /// Into the inbox of `#[session]`.
    Pulled(Everything<'a>),
    /// To the handlers of their variants.
    ByVariant {
        /// One per variant, in the order of the contract.
        variants: Vec<VariantPlan<'a>>,
        /// The methods that run beside the ordered line.
        lanes: Vec<Lane<'a>>,
        /// `#[on_other]`; several only under different `#[cfg]`s.
        other: Vec<&'a Method>,
    },
}

/// A role whose method takes every message.
pub(crate) struct Everything<'a> {
    /// Several only under different `#[cfg]`s.
    pub(crate) methods: Vec<&'a Method>,
    /// Where none of the methods is there, the error is this; `None` where one always is.
    pub(crate) missing: Option<TokenStream>,
}

/// Who says who a client is.
pub(crate) struct Authentication<'a> {
    /// Several only under different `#[cfg]`s.
    pub(crate) methods: Vec<&'a Method>,
    /// The contract cannot do without; where none of the methods is there, the error is this.
    pub(crate) missing: Option<TokenStream>,
}

/// Who makes pings.
pub(crate) struct PingPlan<'a> {
    /// Several only under different `#[cfg]`s.
    pub(crate) methods: Vec<&'a Method>,
    /// The number of the command's variant that they make.
    pub(crate) variant: usize,
}

/// Checks `item` against `contract`.
pub(crate) fn check<'a>(item: &'a Item, contract: &'a Contract, errors: &mut Errors) -> Plan<'a> {
    let single = |kind, errors: &mut Errors| single(item, kind, errors);
    let session = single(RoleKind::Session, errors);
    let whole = single(RoleKind::Message, errors);
    let other = single(RoleKind::Other, errors);
    let messages = if let Some(first) = session.first() {
        check_alone(item, first, contract.end, errors);
        Messages::Pulled(everything(session, contract))
    } else if let Some(first) = whole.first() {
        check_alone(item, first, contract.end, errors);
        Messages::Whole(everything(whole, contract))
    } else {
        let (variants, lanes) = check_variants(item, contract, &other, errors);
        Messages::ByVariant { variants, lanes, other }
    };
    let authenticate = single(RoleKind::Authenticate, errors);
    Plan {
        complete: item.complete,
        messages,
        authenticate: check_authentication(item, authenticate, contract, errors),
        connect: single(RoleKind::Connect, errors),
        resume: single(RoleKind::Resume, errors),
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

fn check_alone(item: &Item, whole: &Method, end: End, errors: &mut Errors) {
    let beside = |method: &&Method| match method.role.kind {
        RoleKind::On | RoleKind::Other => true,
        RoleKind::Message => whole.role.kind != RoleKind::Message,
        // Who pulls is not interrupted.
        RoleKind::Resume => whole.role.kind == RoleKind::Session,
        _ => false,
    };
    let others: Vec<_> = item.methods.iter().filter(beside).collect();
    if !others.is_empty() {
        let others = others.iter().map(|method| &method.sig.ident);
        errors.push(message::not_alone(&whole.role, others, end));
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
    let ping = contract.command.variants.iter().position(|variant| variant.ping);
    let Some(variant) = ping else {
        errors.push(message::no_ping(&first.role, &contract.command));
        return None;
    };
    Some(PingPlan { methods, variant })
}

fn check_authentication<'a>(
    item: &Item,
    methods: Vec<&'a Method>,
    contract: &Contract,
    errors: &mut Errors,
) -> Authentication<'a> {
    let always = methods.iter().any(|method| method.cfgs.is_empty());
    if !contract.authenticated || always {
        return Authentication { methods, missing: None };
    }
    if methods.is_empty() && item.complete {
        errors.push(message::nobody_authenticates(&item.self_ty, contract));
    }
    let missing = methods.first().map(|first| {
        message::authentication_configured_away(&first.role, contract).to_compile_error()
    });
    Authentication { methods, missing }
}
