//! What a handler's signature says, and whether it can be called at all. Types are not compared here: rustc does that.

use syn::{
    FnArg, GenericParam, Generics, PathArguments, ReceiverKind, ReturnType, Signature, Type,
};

use super::{RoleKind, taken::Taken};
use crate::{args::End, errors::Errors, message};

/// The types of a signature that can be called, in terms of the impl block alone.
pub(crate) struct Shape {
    /// The arguments behind `&self`.
    pub(crate) args: Vec<Type>,
    /// `None` where no result is written.
    pub(crate) output: Option<Type>,
}

impl Shape {
    /// Checks `sig`; `None` where something was wrong with it.
    pub(crate) fn parse(
        role: (RoleKind, End),
        sig: &Signature,
        of_impl: &Generics,
        errors: &mut Errors,
    ) -> Option<Self> {
        let mut found = Errors::default();
        check_modifiers(role.0, sig, &mut found);
        check_receiver(role, sig, &mut found);
        let args: Vec<&Type> = sig.inputs.iter().filter_map(typed).collect();
        check_args(role, sig, &args, &mut found);
        let mut types = Taken::new(of_impl, &sig.generics);
        let args = args.into_iter().map(|ty| types.ty(ty)).collect();
        let output = match &sig.output {
            ReturnType::Default => None,
            ReturnType::Type(_, ty) => Some(types.ty(ty)),
        };
        for hidden in types.hidden {
            found.push(message::impl_type(hidden));
        }
        if found.is_empty() {
            return Some(Self { args, output });
        }
        errors.append(found);
        None
    }
}

/// Whether `ty` is written as a reference: no payload is one, but a client is.
pub(crate) fn is_reference(ty: &Type) -> bool {
    matches!(ty, Type::Reference(_))
}

fn typed(arg: &FnArg) -> Option<&Type> {
    match arg {
        FnArg::Receiver(_) => None,
        FnArg::Typed(arg) => Some(&arg.ty),
    }
}

fn check_modifiers(role: RoleKind, sig: &Signature, errors: &mut Errors) {
    match &sig.asyncness {
        None if role.is_async() => errors.push(message::not_async(role, sig)),
        Some(token) if !role.is_async() => errors.push(message::async_ping(token, &sig.ident)),
        _ => {}
    }
    if let syn::Safety::Unsafe(token) = &sig.safety {
        errors.push(message::unsafe_method(role, token));
    }
    for param in &sig.generics.params {
        if !matches!(param, GenericParam::Lifetime(_)) {
            errors.push(message::generic_method(param));
        }
    }
}

fn check_receiver(role: (RoleKind, End), sig: &Signature, errors: &mut Errors) {
    let Some(receiver) = sig.receiver() else {
        errors.push(message::wrong_receiver(role, &sig.ident));
        return;
    };
    let shared = match &receiver.kind {
        ReceiverKind::Reference(_, _, mutability) => mutability.is_none(),
        // `self: &Self`; anything else is left to rustc where the method is called.
        ReceiverKind::Typed(_, ty) => {
            matches!(&**ty, Type::Reference(ty) if ty.mutability.is_none())
        }
        _ => false,
    };
    if !shared {
        errors.push(message::wrong_receiver(role, receiver));
    }
}

fn check_args(role: (RoleKind, End), sig: &Signature, args: &[&Type], errors: &mut Errors) {
    let arity = role.0.arity();
    if args.len() > *arity.end() {
        errors.push(message::wrong_arguments(role, args[*arity.end()]));
    } else if args.len() < *arity.start() {
        errors.push(message::wrong_arguments(role, &sig.ident));
    } else if let [first, second] = args
        && is_peer(second)
        && !is_reference(first)
    {
        errors.push(message::peer_second(role, second));
    } else if let [only] = args
        && *arity.start() == 1
        && *arity.end() == 2
        && is_peer(only)
    {
        errors.push(message::wrong_arguments(role, only));
    }
}

/// Whether `ty` is written `&Client<..>` or `&Link<..>`: good enough to notice swapped arguments.
pub(crate) fn is_peer(ty: &Type) -> bool {
    let Type::Reference(ty) = ty else {
        return false;
    };
    let Type::Path(ty) = &*ty.elem else {
        return false;
    };
    let last = ty.path.segments.last();
    last.is_some_and(|last| {
        (last.ident == "Client" || last.ident == "Link")
            && !matches!(last.arguments, PathArguments::None)
    })
}
