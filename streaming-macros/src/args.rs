//! The attribute's arguments: `path::of::Contract, crate = path::of::runtime`.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{
    Ident, Path, Token,
    ext::IdentExt as _,
    parse::{Parse, ParseStream, Parser as _},
};

use crate::{errors::Errors, message};

/// What stands between the attribute's parentheses.
pub(crate) struct Args {
    /// The contract's marker type, and at once the macro that holds its table.
    pub(crate) path: Path,
    pub(crate) runtime: Runtime,
}

/// Where the runtime crate is found.
pub(crate) struct Runtime(Path);

impl Args {
    /// Reads the arguments; `None` where no contract is named.
    pub(crate) fn parse(tokens: TokenStream, errors: &mut Errors) -> Option<Self> {
        if tokens.is_empty() {
            errors.push(message::no_path());
            return None;
        }
        let parse = |input: ParseStream<'_>| -> syn::Result<Self> {
            let path = input.call(Path::parse_mod_style)?;
            let runtime = Runtime::after_path(input, errors);
            Ok(Self { path, runtime })
        };
        let parsed = parse.parse2(tokens);
        errors.ok(parsed)
    }
}

impl Runtime {
    fn after_path(input: ParseStream<'_>, errors: &mut Errors) -> Self {
        let mut runtime = None;
        while !input.is_empty() {
            match input.call(argument) {
                Ok(path) => runtime = path.or(runtime),
                Err(error) => {
                    errors.push(error);
                    // What follows is not worth a second message.
                    let _rest: Option<TokenStream> = input.parse().ok();
                }
            }
        }
        runtime.unwrap_or_default()
    }

    /// As the arguments travel to `expand`.
    pub(crate) fn to_argument(&self) -> TokenStream {
        let Self(path) = self;
        quote!(crate = #path)
    }

    /// The module for generated code.
    pub(crate) fn codegen(&self) -> TokenStream {
        let Self(path) = self;
        quote!(#path::codegen)
    }
}

impl Default for Runtime {
    fn default() -> Self {
        Self(syn::parse_quote!(::streaming_runtime))
    }
}

impl Parse for Runtime {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        input.parse::<Token![crate]>()?;
        input.parse::<Token![=]>()?;
        input.call(Path::parse_mod_style).map(Self)
    }
}

/// One argument after the path; `None` for a trailing comma.
fn argument(input: ParseStream<'_>) -> syn::Result<Option<Runtime>> {
    if !input.peek(Token![,]) {
        return Err(message::unknown_argument(input.span()));
    }
    input.parse::<Token![,]>()?;
    if input.is_empty() {
        return Ok(None);
    }
    if input.peek(Ident::peek_any) && !input.peek(Token![crate]) {
        return Err(message::unknown_argument(input.span()));
    }
    input.parse().map(Some)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(tokens: TokenStream) -> (Option<String>, Vec<String>) {
        let mut errors = Errors::default();
        let args = Args::parse(tokens, &mut errors).map(|args| {
            let (path, codegen) = (args.path, args.runtime.codegen());
            quote!(#path #codegen).to_string().replace(' ', "")
        });
        (args, errors.texts())
    }

    #[test]
    fn the_runtime_has_a_default() {
        let (args, errors) = parse(quote!(pb::bots::Connect));
        assert_eq!(args.as_deref(), Some("pb::bots::Connect::streaming_runtime::codegen"));
        assert!(errors.is_empty());
    }

    #[test]
    fn the_runtime_may_be_renamed() {
        let (args, errors) = parse(quote!(Connect, crate = my::runtime,));
        assert_eq!(args.as_deref(), Some("Connectmy::runtime::codegen"));
        assert!(errors.is_empty());
    }

    #[test]
    fn a_wrong_argument_keeps_the_path() {
        let (args, errors) = parse(quote!(Connect, server = true, x));
        assert!(args.is_some());
        assert_eq!(errors.len(), 1);
    }
}
