//! The user's block without our attributes. It works on tokens, so that a block which cannot be read is kept as well.

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};
use quote::quote;

use super::role::is_role_name;

/// `item` as it is, but for the roles on its methods.
pub(crate) fn without_roles(item: TokenStream) -> TokenStream {
    let mut tokens: Vec<TokenTree> = item.into_iter().collect();
    if let Some(TokenTree::Group(body)) = tokens.last_mut()
        && body.delimiter() == Delimiter::Brace
    {
        let mut stripped = Group::new(Delimiter::Brace, strip(body.stream()));
        stripped.set_span(body.span());
        *body = stripped;
    }
    tokens.into_iter().collect()
}

fn strip(body: TokenStream) -> TokenStream {
    let mut kept: Vec<TokenTree> = Vec::new();
    for token in body {
        if is_role(kept.last(), &token) {
            kept.pop();
            kept.extend(required());
        } else {
            kept.push(token);
        }
    }
    kept.into_iter().collect()
}

/// What a signature that we ask for is not to be blamed for.
fn required() -> TokenStream {
    quote! {
        #[allow(
            clippy::missing_const_for_fn,
            clippy::needless_pass_by_value,
            clippy::trivially_copy_pass_by_ref,
            clippy::unused_async,
            clippy::unused_self,
            reason = "the contract asks for this signature"
        )]
    }
}

fn is_role(before: Option<&TokenTree>, token: &TokenTree) -> bool {
    let (Some(TokenTree::Punct(hash)), TokenTree::Group(group)) = (before, token) else {
        return false;
    };
    let mut inside = group.stream().into_iter();
    let Some(TokenTree::Ident(name)) = inside.next() else {
        return false;
    };
    hash.as_char() == '#'
        && group.delimiter() == Delimiter::Bracket
        && is_role_name(&name)
        && !matches!(inside.next(), Some(TokenTree::Punct(colon)) if colon.as_char() == ':')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roles_go_and_everything_else_stays() {
        let item = quote! {
            #[allow(dead_code)]
            impl Bots {
                /// Counts.
                #[on(trade)]
                #[cfg(all())]
                async fn trade(&self) { #[on(kept)] let unfinished = self. ; }
                #[on::elsewhere] #[on_connect] fn other() {}
            }
        };
        let allowed = required();
        let kept = quote! {
            #[allow(dead_code)]
            impl Bots {
                /// Counts.
                #allowed
                #[cfg(all())]
                async fn trade(&self) { #[on(kept)] let unfinished = self. ; }
                #[on::elsewhere] #allowed fn other() {}
            }
        };
        assert_eq!(without_roles(item).to_string(), kept.to_string());
    }
}
