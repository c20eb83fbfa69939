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
    /// The builder: one type parameter per slot, which says whether it is filled. All methods are always there, so that
    /// what is missing or doubled is a sentence of ours, and not a method that rustc does not find.
    ///
    /// ```text
    /// impl<S0, S1> Builder<S0, S1> {
    ///     pub fn control<H: Handler<Control>>(self, handler: H, hub: Hub<Control>) -> Builder<Filled<(Arc<H>, Hub<Control>)>, S1>
    ///     where
    ///         S0: MissingSlot<slot::control> { … }
    ///     pub fn build<H, R>(self) -> Service<H, R>
    ///     where
    ///         S0: FilledSlot<slot::control, (Arc<H>, Hub<Control>)>,
    ///         S1: FilledSlot<slot::rpcs, R> { … }
    /// }
    /// ```
    pub(super) fn builder(&self) -> TokenStream {
        let c = &self.emit.codegen;
        let fields: Vec<Ident> = self.fields().into_iter().map(|(name, _)| name).collect();
        let states: Vec<Ident> = (0..fields.len()).map(|index| format_ident!("S{index}")).collect();
        let fillers = (0..fields.len()).map(|index| self.filler(index, &fields, &states));
        let slots = fields.iter().map(|field| {
            let docs = docs::docs(&format!("Names the slot that `{field}` fills."), &[]);
            quote! {
                #docs
                pub enum #field {}
            }
        });
        let missing = fields.iter().map(|_| quote!(#c::Missing)).collect::<Vec<_>>();
        let parameters = self.parameters();
        let assembled = self.assembled();
        let filled: Vec<TokenStream> =
            (0..fields.len()).map(|index| self.filled(index, None)).collect();
        let rpcs = self.has_rpcs.then(|| rpcs::unimplemented(self.emit, &self.methods));
        quote! {
            /// Names what serves each rpc.
            #[must_use = "a builder does nothing before `build`"]
            pub struct Builder<#(#states),*> {
                #(#fields: #states,)*
            }

            /// The slots, for the errors about them.
            pub mod slot {
                #(#slots)*
            }

            impl Builder<#(#missing),*> {
                pub(super) fn new() -> Self {
                    Self { #(#fields: #missing),* }
                }
            }

            impl<#(#states),*> Builder<#(#states),*> {
                #(#fillers)*

                /// The service. Each slot is filled, or left out.
                #[must_use]
                pub fn build<#(#parameters),*>(self) -> super::Service<#(#parameters),*>
                where
                    #(#states: #c::FilledSlot<slot::#fields, #filled>,)*
                {
                    let servicer = ::std::sync::Arc::new(Servicer {
                        #(#fields: #c::FilledSlot::<slot::#fields, _>::filled(self.#fields)),*
                    });
                    super::Service #assembled
                }
            }

            #rpcs
        }
    }

    /// What slot `index` holds once it is filled; with `handler` in the place of its own type parameter.
    fn filled(&self, index: usize, handler: Option<&TokenStream>) -> TokenStream {
        let c = &self.emit.codegen;
        if let Some(slot) = self.slots.get(index) {
            let (own, marker) = (&slot.handler, &slot.marker);
            let handler = handler.cloned().unwrap_or_else(|| quote!(#own));
            quote!((::std::sync::Arc<#handler>, #c::Hub<super::#marker>))
        } else {
            handler.cloned().unwrap_or_else(|| quote!(R))
        }
    }

    /// The methods that fill slot `index`.
    fn filler(&self, index: usize, fields: &[Ident], states: &[Ident]) -> TokenStream {
        let c = &self.emit.codegen;
        let (field, state) = (&fields[index], &states[index]);
        let others = fields.iter().enumerate().filter(|(at, _)| *at != index);
        let others: Vec<&Ident> = others.map(|(_, field)| field).collect();
        let with = |handler: &TokenStream| {
            let content = self.filled(index, Some(handler));
            let states = states.iter().enumerate().map(|(at, state)| {
                if at == index { quote!(#c::Filled<#content>) } else { quote!(#state) }
            });
            quote!(Builder<#(#states),*>)
        };
        let made = |content: &TokenStream| quote!(Builder { #field: #c::Filled(#content), #(#others: self.#others,)* });
        let leave_out: Ident = syn::parse_str(&names::leave_out(&field.to_string()))
            .expect("names are made to be identifiers");
        let (after_leaving_out, left_out) =
            (with(&quote!(#c::Unimplemented)), made(&quote!(::core::option::Option::None)));
        let fill = if let Some(slot) = self.slots.get(index) {
            let marker = &slot.marker;
            let after = with(&quote!(H));
            let filled =
                made(&quote!(::core::option::Option::Some((::std::sync::Arc::new(handler), hub))));
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
                ) -> #after
                where
                    #state: #c::MissingSlot<slot::#field>,
                {
                    #filled
                }
            }
        } else {
            let after = with(&quote!(R));
            let filled = made(&quote!(::core::option::Option::Some(rpcs)));
            quote! {
                /// Serves the rpcs that are no contracts with `rpcs`.
                pub fn #field<R: super::Rpcs>(self, rpcs: R) -> #after
                where
                    #state: #c::MissingSlot<slot::#field>,
                {
                    #filled
                }
            }
        };
        quote! {
            #fill

            /// Leaves them out: they answer `unimplemented`.
            pub fn #leave_out(self) -> #after_leaving_out
            where
                #state: #c::MissingSlot<slot::#field>,
            {
                #left_out
            }
        }
    }
}
