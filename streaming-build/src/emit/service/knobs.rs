//! tonic's settings of a server.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};

use super::Parts;
use crate::emit::docs;

impl Parts<'_> {
    /// The methods of `Service` that set something.
    pub(super) fn knobs(&self) -> TokenStream {
        let c = &self.emit.codegen;
        let encoding = quote!(#c::tonic::codegen::CompressionEncoding);
        let accept = ["Takes requests that are compressed so."];
        let send = ["Compresses responses so, if the client takes it."];
        let decoding = ["Limits the size of a decoded message, in bytes.", "", "Default: 4 MiB."];
        let knobs = [
            knob("accept_compressed", &quote!(encoding: #encoding), &accept),
            knob("send_compressed", &quote!(encoding: #encoding), &send),
            knob("max_decoding_message_size", &quote!(limit: usize), &decoding),
        ];
        let command_size = self.command_size();
        quote! {
            #(#knobs)*

            #command_size

            /// Calls `interceptor` before each rpc.
            #[must_use]
            pub fn with_interceptor<F>(self, interceptor: F) -> #c::tonic::codegen::InterceptedService<Self, F>
            where
                F: #c::tonic::service::Interceptor,
            {
                #c::tonic::codegen::InterceptedService::new(self, interceptor)
            }
        }
    }

    /// tonic's name, but the hubs' limit.
    fn command_size(&self) -> TokenStream {
        let c = &self.emit.codegen;
        let limits = self.slots.iter().map(|slot| {
            let (name, marker) = (&slot.name, &slot.marker);
            let set = quote!(#c::Hub::<#marker>::set_max_command_size(hub, limit););
            if self.single() {
                quote! {
                    let (_, hub) = &self.servicer.#name;
                    #set
                }
            } else {
                quote! {
                    if let ::core::option::Option::Some((_, hub)) = &self.servicer.#name {
                        #set
                    }
                }
            }
        });
        let mut lines = vec![
            "Limits the size of a command, in bytes: sending a larger one is an error, `SendError::TooLarge`.",
            "",
            "Default: 4 MiB. The limit is the hub's: the last one that is set holds, whatever else serves the hub.",
        ];
        let result = if self.has_rpcs {
            lines.extend([
                "",
                "The responses of the other rpcs are limited as tonic does it; default: no limit.",
            ]);
            quote!(Self { limit: ::core::option::Option::Some(limit), ..self })
        } else {
            quote!(self)
        };
        let docs = attributes(&lines);
        quote! {
            #docs
            #[must_use]
            pub fn max_encoding_message_size(self, limit: usize) -> Self {
                #(#limits)*
                #result
            }
        }
    }
}

/// A method that hands `parameter` to tonic's server.
fn knob(name: &str, parameter: &TokenStream, lines: &[&str]) -> TokenStream {
    let (name, docs) = (format_ident!("{name}"), attributes(lines));
    let argument = parameter.clone().into_iter().next();
    quote! {
        #docs
        #[must_use]
        pub fn #name(self, #parameter) -> Self {
            Self { server: self.server.#name(#argument), ..self }
        }
    }
}

fn attributes(lines: &[&str]) -> TokenStream {
    let lines: Vec<String> = lines.iter().map(|line| (*line).to_owned()).collect();
    docs::attributes(&lines)
}
