//! Methods that run beside the ordered line.

use proc_macro2::{Literal, TokenStream};
use quote::{format_ident, quote};

use crate::{cfg::Cfg, check::Lane, message};

/// In a block that could not be read as a whole, the limits are a panic: rustc evaluates them last of all, where nothing
/// else is wrong.
pub(super) fn unreadable() -> TokenStream {
    let text = message::UNREADABLE;
    quote!(
        const LANES: &'static [usize] = ::core::panic!(#text);
    )
}

/// A lane is there exactly where its method is, so rustc does the counting:
///
/// ```text
/// const LANES: &'static [usize] = &[#[cfg(unix)] 16, 4];
/// fn lane(variant: Option<u16>) -> Option<usize> {
///     enum Lane { #[cfg(unix)] L0, L1 }
///     match variant {
///         #[cfg(unix)]
///         Some(0) => Some(Lane::L0 as usize),
///         Some(2 | 3) => Some(Lane::L1 as usize),
///         _ => None,
///     }
/// }
/// ```
pub(super) fn expand(lanes: &[Lane<'_>]) -> TokenStream {
    if lanes.is_empty() {
        return TokenStream::new();
    }
    let cfgs: Vec<_> = lanes.iter().map(|lane| Cfg::of(&lane.method.cfgs)).collect();
    let limits = lanes.iter().map(|lane| Literal::u16_unsuffixed(lane.limit));
    let names: Vec<_> = (0..lanes.len()).map(|index| format_ident!("L{index}")).collect();
    let handling = lanes.iter().zip(&names).zip(&cfgs);
    let arms =
        handling.filter(|((lane, _), _)| !lane.variants.is_empty()).map(|((lane, name), cfg)| {
            let variants = lane.variants.iter().map(|index| Literal::usize_unsuffixed(*index));
            quote! {
                #cfg
                ::core::option::Option::Some(#(#variants)|*) => {
                    ::core::option::Option::Some(Lane::#name as usize)
                }
            }
        });
    quote! {
        const LANES: &'static [usize] = &[#(#cfgs #limits),*];

        fn lane(variant: ::core::option::Option<u16>) -> ::core::option::Option<usize> {
            #[allow(dead_code, reason = "a `#[cfg]` may take all of them away")]
            enum Lane { #(#cfgs #names),* }
            match variant {
                #(#arms)*
                _ => ::core::option::Option::None,
            }
        }
    }
}
