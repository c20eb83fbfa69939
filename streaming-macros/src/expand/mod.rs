//! What comes out: first the user's block and the call of the contract's macro, then, with its table, the impls.

mod attribute;
mod authenticate;
mod call;
mod handled;
mod handler;
mod handles;
mod lanes;
mod ping;
mod unhandled;

#[cfg(test)]
mod golden;

use proc_macro2::TokenStream;
use quote::{ToTokens, quote, quote_spanned};
use syn::{
    Generics, Path, Type, braced,
    parse::{Parse, ParseStream},
    spanned::Spanned as _,
};

pub(crate) use attribute::attribute;

use crate::{
    args::{End, Options},
    cfg::Cfg,
    check::{Messages, check},
    errors::Errors,
    item::{Item, Taken, owned},
    message,
    table::Table,
};

/// What every impl that is emitted refers to.
struct Target<'a> {
    /// The contract's marker type.
    path: &'a Path,
    end: End,
    /// The contract as the handler's end sees it: the marker, or what it is turned round.
    contract: TokenStream,
    /// The runtime's module for generated code.
    codegen: TokenStream,
    generics: Generics,
    self_ty: Type,
}

/// `{ TABLE } { PATH } { OPTIONS } { SIGNATURES }`
struct Input {
    table: TokenStream,
    path: Path,
    options: Options,
    item: TokenStream,
}

/// Expands what the contract's macro hands over.
pub(crate) fn with_table(input: TokenStream) -> TokenStream {
    let input: Input = match syn::parse2(input) {
        Ok(input) => input,
        Err(error) => return error.to_compile_error(),
    };
    let mut errors = Errors::default();
    let impls = impls(&input, &mut errors);
    let errors = errors.to_compile_errors();
    quote!(#errors #impls)
}

fn impls(input: &Input, errors: &mut Errors) -> Option<TokenStream> {
    let path = &input.path;
    let end = input.options.end;
    let contract = match syn::parse2(input.table.clone()) {
        Ok(Table::Contract(contract)) => match end {
            End::Hub => *contract,
            End::Client => contract.turned(),
        },
        Ok(Table::Plain { reason }) => {
            errors.push(message::no_contract(path, &reason));
            return None;
        }
        Ok(Table::Other { version }) => {
            errors.push(message::other_version(path, &version));
            return None;
        }
        Err(_) => {
            errors.push(message::unreadable_table(path));
            return None;
        }
    };
    // The attribute has reported what is wrong with the block alone.
    let item = Item::parse(input.item.clone(), end, &mut Errors::default())?;
    let plan = check(&item, &contract, errors);
    let mut taken = Taken::from_impl(&item.generics);
    let codegen = input.options.codegen();
    let target = Target {
        path,
        end,
        contract: match end {
            End::Hub => quote!(#path),
            End::Client => quote!(<#path as #codegen::Linked>::Turned),
        },
        codegen,
        generics: taken.generics(&item.generics),
        self_ty: owned(&taken.ty(&item.self_ty)),
    };
    let once = handler::expand(&target, &plan);
    let per_variant = match &plan.messages {
        Messages::Whole(_) | Messages::Pulled(_) => TokenStream::new(),
        Messages::ByVariant { variants, other, .. } => handles::expand(&target, variants, other),
    };
    Some(quote!(#once #per_variant))
}

impl Parse for Input {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let (table, path, options, item);
        braced!(table in input);
        braced!(path in input);
        braced!(options in input);
        braced!(item in input);
        Ok(Self {
            table: table.parse()?,
            path: path.call(Path::parse_mod_style)?,
            options: options.parse()?,
            item: item.parse()?,
        })
    }
}

impl Target<'_> {
    /// One impl of a trait of the runtime for the user's type:
    ///
    /// ```text
    /// #[cfg(…)]
    /// impl<D: Db> ::streaming_runtime::codegen::Handler<PATH> for Bots<D>
    /// where
    ///     …,
    ///     Bots<D>: Send + Sync + 'static,     // so that rustc says it once, on the type, or where a `Bots<Rc<_>>` is used
    /// { … }
    /// ```
    fn implement(&self, cfg: &Cfg, name: impl ToTokens, body: &TokenStream) -> TokenStream {
        let codegen = &self.codegen;
        self.implement_path(cfg, quote!(#codegen::#name), body)
    }

    /// One impl of any trait.
    fn implement_path(&self, cfg: &Cfg, path: impl ToTokens, body: &TokenStream) -> TokenStream {
        let Self { generics, self_ty, .. } = self;
        let (params, _, where_clause) = generics.split_for_impl();
        let predicates = where_clause.iter().flat_map(|clause| &clause.predicates);
        let shared = quote_spanned! {self_ty.span()=>
            ::core::marker::Send + ::core::marker::Sync + 'static
        };
        quote! {
            #cfg
            #[automatically_derived]
            #[allow(
                clippy::unused_unit,
                deprecated,
                non_camel_case_types,
                trivial_bounds,
                unused_qualifications,
                reason = "generated from the handlers' signatures"
            )]
            impl #params #path for #self_ty
            where
                #(#predicates,)*
                #self_ty: #shared,
            {
                #body
            }
        }
    }

    /// The type of whole messages.
    fn message(&self) -> TokenStream {
        let Self { contract, codegen, .. } = self;
        quote!(<#contract as #codegen::Contract>::Message)
    }

    /// The type of clients.
    fn client(&self) -> TokenStream {
        let Self { contract, codegen, .. } = self;
        quote!(&#codegen::Client<#contract>)
    }

    /// The type of results.
    fn result(&self) -> TokenStream {
        let Self { codegen, .. } = self;
        quote!(::core::result::Result<(), #codegen::Failure>)
    }

    /// The type of what a handler runs as.
    fn future(&self) -> TokenStream {
        let result = self.result();
        quote!(impl ::core::future::Future<Output = #result> + ::core::marker::Send)
    }
}
