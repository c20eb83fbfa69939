//! The attribute's arguments: `path::of::Contract, client, crate = path::of::runtime`.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
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
    pub(crate) options: Options,
}

/// What may follow the path; as it is written, so it travels to `expand`.
pub(crate) struct Options {
    /// Where the runtime crate is found.
    runtime: Path,
    pub(crate) end: End,
}

/// The end of the stream at which a handler is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum End {
    /// It handles what clients send.
    #[default]
    Hub,
    /// It handles the commands of the hub.
    Client,
}

impl End {
    /// What the other end sends, one of them.
    pub(crate) fn variant(self) -> &'static str {
        match self {
            Self::Hub => "variant",
            Self::Client => "command",
        }
    }

    /// What the other end sends.
    pub(crate) fn message(self) -> &'static str {
        match self {
            Self::Hub => "message",
            Self::Client => "command",
        }
    }

    /// The type by which a handler takes the other end.
    pub(crate) fn peer_type(self) -> &'static str {
        match self {
            Self::Hub => "&Client<_>",
            Self::Client => "&Link<_>",
        }
    }
}

impl Args {
    /// Reads the arguments; `None` where no contract is named.
    pub(crate) fn parse(tokens: TokenStream, errors: &mut Errors) -> Option<Self> {
        if tokens.is_empty() {
            errors.push(message::no_path());
            return None;
        }
        let parse = |input: ParseStream<'_>| -> syn::Result<Self> {
            let path = input.call(Path::parse_mod_style)?;
            let options = Options::after_path(input, errors);
            Ok(Self { path, options })
        };
        let parsed = parse.parse2(tokens);
        errors.ok(parsed)
    }
}

impl Options {
    fn after_path(input: ParseStream<'_>, errors: &mut Errors) -> Self {
        let mut options = Self::default();
        while !input.is_empty() {
            if let Err(error) = comma(input).and_then(|()| options.argument(input)) {
                errors.push(error);
                // What follows is not worth a second message.
                let _rest: Option<TokenStream> = input.parse().ok();
            }
        }
        options
    }

    /// One argument; nothing behind a trailing comma.
    fn argument(&mut self, input: ParseStream<'_>) -> syn::Result<()> {
        if input.is_empty() {
            return Ok(());
        }
        let word = input.span();
        match input.call(Ident::parse_any) {
            Ok(name) if name == "crate" => {
                input.parse::<Token![=]>()?;
                self.runtime = input.call(Path::parse_mod_style)?;
            }
            Ok(name) if name == "client" => self.end = End::Client,
            _ => return Err(message::unknown_argument(word)),
        }
        Ok(())
    }

    /// The module for generated code.
    pub(crate) fn codegen(&self) -> TokenStream {
        let path = &self.runtime;
        quote!(#path::codegen)
    }
}

impl Default for Options {
    fn default() -> Self {
        Self { runtime: syn::parse_quote!(::streaming_runtime), end: End::Hub }
    }
}

/// As they travel to `expand`.
impl ToTokens for Options {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        let Self { runtime, end } = self;
        let client = (*end == End::Client).then(|| quote!(, client));
        tokens.extend(quote!(crate = #runtime #client));
    }
}

impl Parse for Options {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let mut options = Self::default();
        options.argument(input)?;
        while !input.is_empty() {
            comma(input)?;
            options.argument(input)?;
        }
        Ok(options)
    }
}

fn comma(input: ParseStream<'_>) -> syn::Result<()> {
    let at = input.span();
    input.parse::<Token![,]>().map(drop).map_err(|_| message::unknown_argument(at))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(tokens: TokenStream) -> (Option<String>, Vec<String>) {
        let mut errors = Errors::default();
        let args = Args::parse(tokens, &mut errors).map(|args| {
            let (path, options) = (args.path, args.options);
            quote!(#path, #options).to_string().replace(' ', "")
        });
        (args, errors.texts())
    }

    #[test]
    fn the_runtime_has_a_default() {
        let (args, errors) = parse(quote!(pb::bots::Connect));
        assert_eq!(args.as_deref(), Some("pb::bots::Connect,crate=::streaming_runtime"));
        assert!(errors.is_empty());
    }

    #[test]
    fn the_runtime_may_be_renamed() {
        let (args, errors) = parse(quote!(Connect, crate = my::runtime,));
        assert_eq!(args.as_deref(), Some("Connect,crate=my::runtime"));
        assert!(errors.is_empty());
    }

    #[test]
    fn a_client_says_so() {
        for tokens in [
            quote!(Connect, client, crate = my::runtime),
            quote!(Connect, crate = my::runtime, client,),
        ] {
            let (args, errors) = parse(tokens);
            assert_eq!(args.as_deref(), Some("Connect,crate=my::runtime,client"));
            assert!(errors.is_empty());
        }
    }

    #[test]
    fn a_wrong_argument_keeps_the_path() {
        let (args, errors) = parse(quote!(Connect, server = true, x));
        assert!(args.is_some());
        assert_eq!(errors.len(), 1);
    }
}
