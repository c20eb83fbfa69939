//! The arguments of `#[on]`: variants, and how many of their messages run at once.

use syn::{Ident, LitInt, Token, ext::IdentExt as _, parse::ParseStream};

use crate::message;

/// The one option of `#[on]`.
pub(crate) const CONCURRENT: &str = "concurrent";

/// What stands in `#[on(..)]`.
#[derive(Default)]
pub(super) struct On {
    pub(super) variants: Vec<Ident>,
    pub(super) concurrent: Option<u16>,
}

impl On {
    pub(super) fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let mut on = Self::default();
        while !input.is_empty() {
            on.argument(input)?;
            if !input.is_empty() {
                input
                    .parse::<Token![,]>()
                    .map_err(|_| message::variant_is_no_name(input.span()))?;
            }
        }
        Ok(on)
    }

    /// One variant, or the option.
    fn argument(&mut self, input: ParseStream<'_>) -> syn::Result<()> {
        let name =
            input.call(Ident::parse_any).map_err(|_| message::variant_is_no_name(input.span()))?;
        if !input.peek(Token![=]) {
            if name == CONCURRENT && !input.is_empty() && !input.peek(Token![,]) {
                return Err(message::concurrent_without_number(&name));
            }
            self.variants.push(name);
            return Ok(());
        }
        if name != CONCURRENT {
            return Err(message::unknown_option(&name));
        }
        if self.concurrent.is_some() {
            return Err(message::second_option(&name));
        }
        input.parse::<Token![=]>()?;
        self.concurrent = Some(concurrent(&name, input)?);
        Ok(())
    }
}

/// The number after `concurrent =`.
fn concurrent(option: &Ident, input: ParseStream<'_>) -> syn::Result<u16> {
    if input.is_empty() || input.peek(Token![,]) {
        return Err(message::concurrent_without_number(option));
    }
    let minus: Option<Token![-]> = input.parse()?;
    let number: LitInt =
        input.parse().map_err(|_| message::concurrent_is_no_number(input.span()))?;
    match number.base10_parse::<u16>() {
        Ok(limit @ 1..) if minus.is_none() => Ok(limit),
        _ => Err(message::concurrent_out_of_range(minus, &number)),
    }
}

#[cfg(test)]
mod tests {
    use syn::Attribute;

    use super::*;
    use crate::{args::End, item::Role};

    fn parse(attribute: &Attribute) -> syn::Result<Role> {
        Role::parse(attribute, End::Hub)
    }

    #[test]
    fn a_variant_may_be_a_keyword() {
        let role = parse(&syn::parse_quote!(#[on(type, r#match, tradeEvent)])).expect("a role");
        let names = role.variants.iter().map(|name| name.unraw().to_string());
        assert_eq!(names.collect::<Vec<_>>(), ["type", "match", "tradeEvent"]);
    }

    #[test]
    fn concurrency_stands_beside_the_variants() {
        let role = parse(&syn::parse_quote!(#[on(trade, status, concurrent = 16,)]));
        let role = role.expect("a role");
        assert_eq!((role.variants.len(), role.concurrent), (2, Some(16)));
        // By itself it is a name like any other.
        let role = parse(&syn::parse_quote!(#[on(concurrent)])).expect("a role");
        assert_eq!((role.variants.len(), role.concurrent), (1, None));
    }

    #[test]
    fn what_is_no_argument_is_refused() {
        let refused: [(Attribute, &str); 10] = [
            (syn::parse_quote!(#[on("trade")]), "without quotes"),
            (syn::parse_quote!(#[on(Payload::Trade)]), "without quotes"),
            (syn::parse_quote!(#[on(trade, twice = 2)]), "no option `twice`"),
            (syn::parse_quote!(#[on(concurrent = 2)]), "names no variant"),
            (syn::parse_quote!(#[on(trade, concurrent = )]), "a number"),
            (syn::parse_quote!(#[on(trade, concurrent = LIMIT)]), "a literal"),
            (syn::parse_quote!(#[on(trade, concurrent = 0)]), "not `0`"),
            (syn::parse_quote!(#[on(trade, concurrent = -4)]), "not `-4`"),
            (syn::parse_quote!(#[on(trade, concurrent = 70_000)]), "not `70_000`"),
            (syn::parse_quote!(#[on(concurrent = 2, trade, concurrent = 2)]), "already"),
        ];
        for (attribute, text) in refused {
            let error = Role::parse(&attribute, End::Hub).err().expect("no role");
            assert!(error.to_string().contains(text), "{error}");
        }
    }
}
