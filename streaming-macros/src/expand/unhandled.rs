//! Messages that nothing is done with.

use proc_macro2::{Literal, TokenStream};
use quote::quote;

use crate::{
    cfg::Cfg,
    check::{Rest, VariantPlan},
    item::Method,
};

/// ```text
/// fn is_handled(variant: Option<u16>) -> bool {
///     match variant {
///         Some(1 | 4) => false,
///         #[cfg(not(any(all(unix))))]              // the variant's handler stands under `#[cfg(unix)]`
///         Some(2) => false,
///         None => false,                           // without `#[on_other]`
///         _ => true,
///     }
/// }
/// ```
pub(super) fn expand(variants: &[VariantPlan<'_>], other: &[&Method]) -> TokenStream {
    let (mut never, mut arms) = (Vec::new(), TokenStream::new());
    for (index, plan) in variants.iter().enumerate() {
        if !matches!(plan.rest, Rest::Nowhere) {
            continue;
        }
        let cfg = Cfg::default().and_none_of(plan.handlers.iter().map(|handler| &handler.cfg));
        let index = Literal::usize_unsuffixed(index);
        if cfg.is_always() {
            never.push(index);
        } else {
            arms.extend(quote!(#cfg ::core::option::Option::Some(#index) => false,));
        }
    }
    if !never.is_empty() {
        arms.extend(quote!(::core::option::Option::Some(#(#never)|*) => false,));
    }
    let others: Vec<_> = other.iter().map(|method| Cfg::of(&method.cfgs)).collect();
    if !others.iter().any(Cfg::is_always) {
        let neither = Cfg::default().and_none_of(&others);
        arms.extend(quote!(#neither ::core::option::Option::None => false,));
    }
    if arms.is_empty() {
        return arms;
    }
    quote! {
        fn is_handled(variant: ::core::option::Option<u16>) -> bool {
            match variant {
                #arms
                _ => true,
            }
        }
    }
}
