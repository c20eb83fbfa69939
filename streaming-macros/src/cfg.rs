//! `#[cfg]`s of handlers as predicates, so that what is generated stands exactly where its handler does.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use syn::{Attribute, Meta};

/// When something is there; `always` is the empty conjunction.
#[derive(Clone, Debug, Default)]
pub(crate) struct Cfg(Vec<TokenStream>);

impl Cfg {
    /// Where all `attributes`, which are `#[cfg]`s, hold.
    pub(crate) fn of(attributes: &[Attribute]) -> Self {
        let predicates = attributes.iter().filter_map(|attribute| match &attribute.meta {
            Meta::List(list) => Some(list.tokens.clone()),
            Meta::Path(_) | Meta::NameValue(_) => None,
        });
        Self(predicates.collect())
    }

    pub(crate) fn is_always(&self) -> bool {
        self.0.is_empty()
    }

    /// Where this one holds, and none of `others` does.
    pub(crate) fn and_none_of<'a>(mut self, others: impl IntoIterator<Item = &'a Self>) -> Self {
        let mut others = others.into_iter().peekable();
        if others.peek().is_some() {
            let any = Self::any_of(others);
            self.0.push(quote!(not(#any)));
        }
        self
    }

    /// The predicate that holds where one of `cfgs` does.
    pub(crate) fn any_of<'a>(cfgs: impl IntoIterator<Item = &'a Self>) -> TokenStream {
        let cfgs = cfgs.into_iter().map(|Self(all)| quote!(all(#(#all),*)));
        quote!(any(#(#cfgs),*))
    }
}

/// As the attribute; nothing where it always holds.
impl ToTokens for Cfg {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        let Self(all) = self;
        match &**all {
            [] => {}
            [one] => tokens.extend(quote!(#[cfg(#one)])),
            all => tokens.extend(quote!(#[cfg(all(#(#all),*))])),
        }
    }
}

#[cfg(test)]
mod tests {
    use syn::parse_quote;

    use super::*;

    #[test]
    fn the_rest_is_where_no_handler_is() {
        let one = Cfg::of(&[parse_quote!(#[cfg(unix)]), parse_quote!(#[cfg(test)])]);
        let two = Cfg::of(&[parse_quote!(#[cfg(windows)])]);
        let rest = Cfg::default().and_none_of([&one, &two]);
        let expected = quote!(#[cfg(not(any(all(unix, test), all(windows))))]);
        assert_eq!(rest.to_token_stream().to_string(), expected.to_string());
        assert!(Cfg::default().and_none_of([]).is_always());
    }
}
