//! The user's impl block, as far as the attribute looks at it: its header and the signatures of methods with a role.
//!
//! The attribute reads the block once to report what is wrong with it alone, and sends header and signatures through
//! the contract's macro; `expand` reads them with this same parser and drops the errors, which are reported already.
//! Bodies are never parsed, so that unfinished code in them disturbs nothing.

mod on;
mod role;
mod shape;
mod strip;
mod taken;

use proc_macro2::{TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::{
    Attribute, Generics, Ident, Lifetime, Signature, Token, Type, Visibility, WhereClause, braced,
    parse::{ParseStream, Parser as _, discouraged::Speculative as _},
    token,
};

pub(crate) use on::CONCURRENT;
pub(crate) use role::{Role, RoleKind};
pub(crate) use shape::{Shape, is_peer, is_reference};
pub(crate) use strip::without_roles;
pub(crate) use taken::{Taken, owned};

use crate::{args::End, errors::Errors, message};

/// An inherent impl block.
pub(crate) struct Item {
    /// The block's own `#[cfg]`s.
    pub(crate) cfgs: Vec<Attribute>,
    pub(crate) generics: Generics,
    pub(crate) self_ty: Type,
    pub(crate) methods: Vec<Method>,
    /// Whether every role could be read. If not, nothing can be said about what is missing.
    pub(crate) complete: bool,
}

/// A method with a role.
pub(crate) struct Method {
    pub(crate) cfgs: Vec<Attribute>,
    pub(crate) role: Role,
    pub(crate) sig: Signature,
    /// `None` where the signature is wrong, which is reported.
    pub(crate) shape: Option<Shape>,
    /// The attributes as they travel to `expand`.
    attributes: Vec<Attribute>,
}

impl Item {
    /// Reads an impl block, that of a handler at `end`; `None` where it is something else.
    pub(crate) fn parse(tokens: TokenStream, end: End, errors: &mut Errors) -> Option<Self> {
        let parsed = (|input: ParseStream<'_>| parse_item(input, end, errors)).parse2(tokens);
        errors.ok(parsed)
    }
}

/// As the block travels to `expand`. That it is not complete travels as an inner attribute.
impl ToTokens for Item {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        let Self { generics, self_ty, methods, complete, .. } = self;
        let incomplete = (!complete).then(|| quote!(#![incomplete]));
        let signatures = methods.iter().map(|method| {
            let Method { attributes, sig, .. } = method;
            quote!(#(#attributes)* #sig;)
        });
        let where_clause = &generics.where_clause;
        tokens
            .extend(quote!(impl #generics #self_ty #where_clause { #incomplete #(#signatures)* }));
    }
}

fn parse_item(input: ParseStream<'_>, end: End, errors: &mut Errors) -> syn::Result<Item> {
    let cfgs = cfgs(&input.call(Attribute::parse_outer)?);
    input.parse::<Option<Token![unsafe]>>()?;
    if !input.peek(Token![impl]) {
        return Err(message::no_impl(input.parse::<TokenStream>()?));
    }
    input.parse::<Token![impl]>()?;
    let mut generics = if begins_generics(input) { input.parse()? } else { Generics::default() };
    let self_ty: Type = input.parse()?;
    if input.peek(Token![for]) {
        let _rest: TokenStream = input.parse()?;
        return Err(message::trait_impl(self_ty));
    }
    generics.where_clause = input.parse::<Option<WhereClause>>()?;
    let body;
    braced!(body in input);
    let inner = body.call(Attribute::parse_inner)?;
    let was_complete = !inner.iter().any(|it| it.path().is_ident("incomplete"));
    let (methods, complete) = parse_methods(&body, &generics, end, errors)?;
    Ok(Item { cfgs, generics, self_ty, methods, complete: complete && was_complete })
}

/// Whether `<` begins generics: in `impl <T as Trait>::Type {}` it does not.
fn begins_generics(input: ParseStream<'_>) -> bool {
    let named = input.peek2(Ident) || input.peek2(Lifetime);
    input.peek(Token![<])
        && (input.peek2(Token![>])
            || input.peek2(Token![#])
            || input.peek2(Token![const])
            || named
                && (input.peek3(Token![:])
                    || input.peek3(Token![,])
                    || input.peek3(Token![>])
                    || input.peek3(Token![=])))
}

fn parse_methods(
    body: ParseStream<'_>,
    generics: &Generics,
    end: End,
    errors: &mut Errors,
) -> syn::Result<(Vec<Method>, bool)> {
    let mut methods = Vec::new();
    let mut complete = true;
    while !body.is_empty() {
        let attributes = body.call(Attribute::parse_outer)?;
        let mut roles = attributes.iter().filter(|attribute| role::is_role(attribute));
        let first_role = roles.next();
        let second_role = roles.next();
        let fork = body.fork();
        let Ok(sig) = parse_method(&fork) else {
            if let Some(role) = first_role {
                // What rustc cannot read either it reports itself, once.
                if !is_function(&body.fork()) {
                    errors.push(message::role_without_method(role));
                }
                complete = false;
            }
            skip_item(body)?;
            continue;
        };
        body.advance_to(&fork);
        let Some(role) = first_role else { continue };
        let role = match second_role {
            Some(second) => Err(message::second_role(second)),
            None => Role::parse(role, end),
        };
        let Some(role) = errors.ok(role) else {
            complete = false;
            continue;
        };
        methods.push(Method {
            cfgs: cfgs(&attributes),
            shape: Shape::parse((role.kind, end), &sig, generics, errors),
            role,
            sig,
            attributes: attributes.into_iter().filter(travels).collect(),
        });
    }
    Ok((methods, complete))
}

/// A method up to the end of its body, or to the semicolon that `expand` gets in its place.
fn parse_method(input: ParseStream<'_>) -> syn::Result<Signature> {
    input.parse::<Visibility>()?;
    let sig: Signature = input.parse()?;
    if !input.peek(Token![;]) && !input.peek(token::Brace) {
        return Err(input.error("expected the method's body"));
    }
    input.parse::<TokenTree>()?;
    Ok(sig)
}

/// Whether a function begins here, though one that cannot be read.
fn is_function(input: ParseStream<'_>) -> bool {
    std::iter::from_fn(|| input.parse::<TokenTree>().ok())
        .take_while(|token| !matches!(token, TokenTree::Group(_)))
        .any(|token| matches!(token, TokenTree::Ident(ident) if ident == "fn"))
}

/// Skips a constant, a type, a macro call: everything up to a semicolon or the end of a block.
fn skip_item(input: ParseStream<'_>) -> syn::Result<()> {
    while !input.is_empty() {
        let last = input.peek(Token![;]) || input.peek(token::Brace);
        input.parse::<TokenTree>()?;
        if last {
            break;
        }
    }
    Ok(())
}

fn cfgs(attributes: &[Attribute]) -> Vec<Attribute> {
    let cfgs = attributes.iter().filter(|it| it.path().is_ident("cfg"));
    cfgs.cloned().collect()
}

fn travels(attribute: &Attribute) -> bool {
    role::is_role(attribute) || attribute.path().is_ident("cfg")
}
