//! The builder of a service: one slot per contract and one for the other rpcs.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::Ident;

use super::Parts;
use crate::{
    emit::{docs, rpcs},
    names,
};

impl Parts<'_> {
    /// The builder: one type parameter per slot, which says whether it is filled.
    pub(super) fn builder(&self) -> TokenStream {
        let fields: Vec<Ident> = self.fields().into_iter().map(|(name, _)| name).collect();
        let states: Vec<Ident> = (0..fields.len()).map(|index| format_ident!("S{index}")).collect();
        let fillers = (0..fields.len()).map(|index| self.filler(index, &fields, &states));
        let parameters = self.parameters();
        let bounds = self.bounds(&quote!(super::));
        let assembled = self.assembled();
        let filled: Vec<TokenStream> =
            (0..fields.len()).map(|index| self.filled(index, None)).collect();
        let missing = fields.iter().map(|_| quote!(Missing)).collect::<Vec<_>>();
        let rpcs = self.has_rpcs.then(|| rpcs::unimplemented(self.emit, &self.methods));
        quote! {
            /// Names what serves each rpc.
            #[must_use = "a builder does nothing before `build`"]
            pub struct Builder<#(#states),*> {
                #(#fields: #states,)*
            }

            /// A slot that is still to be filled.
            pub struct Missing;

            /// A slot that is filled.
            pub struct Filled<T>(::core::option::Option<T>);

            impl Builder<#(#missing),*> {
                pub(super) fn new() -> Self {
                    Self { #(#fields: Missing),* }
                }
            }

            #(#fillers)*

            impl<#(#parameters),*> Builder<#(#filled),*>
            where
                #(#bounds,)*
            {
                /// The service.
                #[must_use]
                pub fn build(self) -> super::Service<#(#parameters),*> {
                    let servicer = ::std::sync::Arc::new(Servicer { #(#fields: self.#fields.0),* });
                    super::Service #assembled
                }
            }

            #rpcs
        }
    }

    /// The type of slot `index` once it is filled; with `handler` in the place of its own type parameter.
    fn filled(&self, index: usize, handler: Option<&TokenStream>) -> TokenStream {
        let c = &self.emit.codegen;
        if let Some(slot) = self.slots.get(index) {
            let (own, marker) = (&slot.handler, &slot.marker);
            let handler = handler.cloned().unwrap_or_else(|| quote!(#own));
            quote!(Filled<(::std::sync::Arc<#handler>, #c::Hub<super::#marker>)>)
        } else {
            let rpcs = handler.cloned().unwrap_or_else(|| quote!(R));
            quote!(Filled<#rpcs>)
        }
    }

    /// The methods that fill slot `index`.
    fn filler(&self, index: usize, fields: &[Ident], states: &[Ident]) -> TokenStream {
        let c = &self.emit.codegen;
        let others: Vec<&Ident> = with_out(states, index).collect();
        let other_fields: Vec<&Ident> = with_out(fields, index).collect();
        let state = |own: &TokenStream| {
            let states = states
                .iter()
                .enumerate()
                .map(|(at, state)| if at == index { own.clone() } else { quote!(#state) });
            quote!(#(#states),*)
        };
        let before = state(&quote!(Missing));
        let left_out = state(&self.filled(index, Some(&quote!(#c::Unimplemented))));
        let field = &fields[index];
        let leave_out: Ident = syn::parse_str(&names::leave_out(&field.to_string()))
            .expect("names are made to be identifiers");
        let fill = if let Some(slot) = self.slots.get(index) {
            let marker = &slot.marker;
            let after = state(&self.filled(index, Some(&quote!(H))));
            let docs = docs::docs(
                &format!("Serves [`{marker}`](super::{marker}) with `handler`, in `hub`."),
                &[],
            );
            quote! {
                #docs
                pub fn #field<H: #c::Handler<super::#marker>>(
                    self,
                    handler: H,
                    hub: #c::Hub<super::#marker>,
                ) -> Builder<#after> {
                    Builder {
                        #field: Filled(::core::option::Option::Some((::std::sync::Arc::new(handler), hub))),
                        #(#other_fields: self.#other_fields,)*
                    }
                }
            }
        } else {
            let after = state(&self.filled(index, Some(&quote!(R))));
            quote! {
                /// Serves the rpcs that are no contracts with `rpcs`.
                pub fn #field<R: super::Rpcs>(self, rpcs: R) -> Builder<#after> {
                    Builder {
                        #field: Filled(::core::option::Option::Some(rpcs)),
                        #(#other_fields: self.#other_fields,)*
                    }
                }
            }
        };
        quote! {
            impl<#(#others),*> Builder<#before> {
                #fill

                /// Leaves them out: they answer `unimplemented`.
                pub fn #leave_out(self) -> Builder<#left_out> {
                    Builder {
                        #field: Filled(::core::option::Option::None),
                        #(#other_fields: self.#other_fields,)*
                    }
                }
            }
        }
    }
}

fn with_out(idents: &[Ident], index: usize) -> impl Iterator<Item = &Ident> {
    let others = idents.iter().enumerate();
    others.filter(move |(at, _)| *at != index).map(|(_, ident)| ident)
}
