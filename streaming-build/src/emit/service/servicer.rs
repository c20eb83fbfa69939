//! What tonic's server calls: leads each rpc to its contract's hub, or to the other rpcs.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::Ident;

use super::Parts;
use crate::{emit::rpcs::Method, model::Kind};

impl Parts<'_> {
    /// The fields of `Servicer`, by name and type.
    pub(super) fn fields(&self) -> Vec<(Ident, TokenStream)> {
        let c = &self.emit.codegen;
        let wrap = |ty: TokenStream| {
            if self.single() { ty } else { quote!(::core::option::Option<#ty>) }
        };
        let slots = self.slots.iter().map(|slot| {
            let (handler, marker) = (&slot.handler, &slot.marker);
            let ty = quote!((::std::sync::Arc<#handler>, #c::Hub<super::#marker>));
            (slot.name.clone(), wrap(ty))
        });
        let rpcs = self.has_rpcs.then(|| (format_ident!("rpcs"), wrap(quote!(R))));
        slots.chain(rpcs).collect()
    }

    /// The servicer that tonic's server calls.
    pub(super) fn servicer(&self) -> TokenStream {
        let c = &self.emit.codegen;
        let (parameters, servicer_trait) = (self.parameters(), &self.servicer_trait);
        let bounds = self.bounds(&quote!(super::));
        let fields = self.fields();
        let fields = fields.iter().map(|(name, ty)| quote!(pub(super) #name: #ty));
        let methods = self.methods.iter().map(|method| self.serve(method));
        quote! {
            /// Leads each rpc to what serves it.
            pub struct Servicer<#(#parameters),*> {
                #(#fields,)*
            }

            #[#c::tonic::async_trait]
            impl<#(#parameters),*> #servicer_trait for Servicer<#(#parameters),*>
            where
                #(#bounds,)*
            {
                #(#methods)*
            }
        }
    }

    fn serve(&self, method: &Method<'_>) -> TokenStream {
        let c = &self.emit.codegen;
        let Method { rpc, stream, signature } = method;
        let (stream_type, field, pattern, call) = match &rpc.kind {
            Kind::Contract(contract) => {
                let slot = self.slots.iter().find(|slot| slot.contract.method == contract.method);
                let slot = slot.expect("each contract has a slot");
                let (marker, name) = (&slot.marker, &slot.name);
                (
                    Some(quote!(#c::CommandStream<super::#marker>)),
                    quote!(#name),
                    quote!((handler, hub)),
                    quote!(hub.serve(handler, request).await),
                )
            }
            Kind::Plain(_) | Kind::Other => {
                let name = &signature.ident;
                (
                    stream.as_ref().map(|stream| quote!(R::#stream)),
                    quote!(rpcs),
                    quote!(rpcs),
                    quote!(<R as super::Rpcs>::#name(rpcs, request).await),
                )
            }
        };
        let stream = stream.as_ref().map(|stream| quote!(type #stream = #stream_type;));
        let body = if self.single() {
            quote!(let #pattern = &self.#field; #call)
        } else {
            quote! {
                match &self.#field {
                    ::core::option::Option::Some(#pattern) => #call,
                    ::core::option::Option::None => ::core::result::Result::Err(
                        #c::tonic::Status::unimplemented("this rpc is not served here"),
                    ),
                }
            }
        };
        quote! {
            #stream

            #signature {
                #body
            }
        }
    }
}
