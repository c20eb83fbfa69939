//! Types of the block as they are written in the impls beside it.

use syn::{
    GenericParam, Generics, Lifetime, Type, TypeReference,
    visit_mut::{self, VisitMut},
};

/// Takes types out of the block.
///
/// A method's own lifetimes mean nothing outside of it. Those of the block become `'static`: a handler lives as long
/// as its hub, so the impls are for `Bots<'static>`, whatever else `Bots<'a>` can do.
pub(crate) struct Taken<'a> {
    of_impl: Vec<&'a Lifetime>,
    of_method: Vec<&'a Lifetime>,
    /// The `impl Trait`s, which cannot be named outside.
    pub(super) hidden: Vec<Type>,
}

impl<'a> Taken<'a> {
    pub(super) fn new(of_impl: &'a Generics, of_method: &'a Generics) -> Self {
        Self { of_method: names(of_method), ..Self::from_impl(of_impl) }
    }

    /// Takes types out of the block's header.
    pub(crate) fn from_impl(generics: &'a Generics) -> Self {
        Self { of_impl: names(generics), of_method: Vec::new(), hidden: Vec::new() }
    }

    pub(crate) fn ty(&mut self, ty: &Type) -> Type {
        let mut ty = ty.clone();
        self.visit_type_mut(&mut ty);
        ty
    }

    /// The block's generics, without lifetimes.
    pub(crate) fn generics(&mut self, generics: &Generics) -> Generics {
        let mut generics = generics.clone();
        let params = generics.params.into_iter();
        let params = params.filter(|param| !matches!(param, GenericParam::Lifetime(_)));
        generics.params = params.collect();
        self.visit_generics_mut(&mut generics);
        generics
    }
}

fn names(generics: &Generics) -> Vec<&Lifetime> {
    generics.lifetimes().map(|param| &param.lifetime).collect()
}

impl VisitMut for Taken<'_> {
    fn visit_lifetime_mut(&mut self, lifetime: &mut Lifetime) {
        let name = if self.of_method.contains(&&*lifetime) {
            "'_"
        } else if self.of_impl.contains(&&*lifetime) {
            "'static"
        } else {
            return;
        };
        *lifetime = Lifetime::new(name, lifetime.span());
    }

    fn visit_type_mut(&mut self, ty: &mut Type) {
        if matches!(ty, Type::ImplTrait(_)) {
            self.hidden.push(ty.clone());
        }
        visit_mut::visit_type_mut(self, ty);
    }
}

/// `ty` with every lifetime that is left out or anonymous as `'static`: as the type of a payload, which owns what it
/// holds, or of a handler, it can be no other.
pub(crate) fn owned(ty: &Type) -> Type {
    struct Owned;

    impl VisitMut for Owned {
        fn visit_lifetime_mut(&mut self, lifetime: &mut Lifetime) {
            if lifetime.ident == "_" {
                *lifetime = Lifetime::new("'static", lifetime.span());
            }
        }

        fn visit_type_reference_mut(&mut self, reference: &mut TypeReference) {
            let at = reference.and_token.span;
            reference.lifetime.get_or_insert_with(|| Lifetime::new("'static", at));
            visit_mut::visit_type_reference_mut(self, reference);
        }
    }

    let mut ty = ty.clone();
    Owned.visit_type_mut(&mut ty);
    ty
}
