//! Makes prost's types ready for any crate.

use quote::{ToTokens as _, quote};
use syn::{Attribute, Item, ItemStruct};

use super::{docs, lints};
use crate::names;

/// Makes prost's items ready for any crate: docs everywhere, lints allowed, the prelude in each module.
pub(super) fn decorate(items: &mut [Item]) {
    let allow = lints::allow();
    for item in items {
        decorate_item(item);
        let attrs = match item {
            Item::Struct(item) => &mut item.attrs,
            Item::Enum(item) => &mut item.attrs,
            Item::Impl(item) => &mut item.attrs,
            Item::Mod(item) => &mut item.attrs,
            _ => continue,
        };
        // Behind the docs.
        attrs.extend::<Vec<Attribute>>(syn::parse_quote!(#allow));
    }
}

fn decorate_item(item: &mut Item) {
    let unmark = |attrs: &mut Vec<Attribute>| {
        attrs.retain(|attr| !attr.path().is_ident(names::MARK));
    };
    match item {
        Item::Struct(item) => {
            unmark(&mut item.attrs);
            mend_debug(item);
            docs::mend(&mut item.attrs, &format!("The message `{}`.", item.ident));
            for field in &mut item.fields {
                let name = field.ident.as_ref().map_or_else(String::new, ToString::to_string);
                let name = name.trim_start_matches("r#");
                let is_oneof = quote!(#field).to_string().contains("oneof =");
                let what = if is_oneof { "oneof" } else { "field" };
                docs::mend(&mut field.attrs, &format!("The {what} `{name}`."));
            }
        }
        Item::Enum(item) => {
            let is_oneof = !item.attrs.iter().any(|attr| attr.path().is_ident("repr"));
            let what = if is_oneof { "oneof" } else { "enum" };
            unmark(&mut item.attrs);
            docs::mend(&mut item.attrs, &format!("The {what} `{}`.", item.ident));
            for variant in &mut item.variants {
                let what = if is_oneof { "variant" } else { "value" };
                let sentence = format!("The {what} `{}`.", variant.ident);
                docs::mend(&mut variant.attrs, &sentence);
            }
        }
        Item::Mod(module) => {
            docs::mend(&mut module.attrs, "Nested types.");
            if let Some((_, items)) = &mut module.content {
                items.iter_mut().for_each(decorate_item);
                items.insert(0, lints::prelude());
            }
        }
        _ => {}
    }
}

/// The `Debug` that prost 0.14 derives for an ordered map names `::prost` in spite of `prost_path`, and does not
/// compile in a crate without that dependency: derive the standard one instead.
fn mend_debug(item: &mut ItemStruct) {
    let has = |attrs: &[Attribute], words: &str| {
        attrs
            .iter()
            .filter(|attr| attr.path().is_ident("prost"))
            .any(|attr| attr.to_token_stream().to_string().contains(words))
    };
    let ordered = item.fields.iter().any(|field| has(&field.attrs, "btree_map ="));
    if ordered && !has(&item.attrs, "skip_debug") {
        item.attrs.push(syn::parse_quote!(#[prost(skip_debug)]));
        item.attrs.push(syn::parse_quote!(#[derive(::core::fmt::Debug)]));
    }
}
