//! Items that are there only where a feature of the runtime is on.
//!
//! Generated code never writes a `cfg` of a feature, which would read the user's features: the items go into a macro
//! of the runtime that drops them where the feature is off. Until they are printed they are the items of a marked
//! module, so that paths in them are made relative like all others.

use quote::{format_ident, quote};
use syn::{Item, ItemMod};

use crate::names;

/// Puts `items` into the runtime's macro `name`.
pub(super) fn gate(name: &str, items: Vec<Item>) -> Item {
    let mark = format_ident!("{}", names::GATE);
    let mut module: ItemMod =
        syn::parse2(quote!(#[#mark(#name)] mod #mark {})).expect("a module without items");
    if let Some((_, content)) = &mut module.content {
        *content = items;
    }
    Item::Mod(module)
}

/// The macro's name, if `module` is such a one.
pub(super) fn name(module: &ItemMod) -> Option<String> {
    if module.ident != names::GATE {
        return None;
    }
    let attr = module.attrs.first()?;
    let name: syn::LitStr = attr.parse_args().ok()?;
    Some(name.value())
}
