//! What scripted clients of a contract need to know, for the runtime's testing kit.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Ident, Item};

use super::{Emit, answer, docs, ping, variants};
use crate::{
    model::{Ack, Answer, Contract},
    names,
};

/// The impls of the kit's traits, and the trait with one `expect_…` per command variant.
pub(super) fn items(emit: &Emit<'_>, contract: &Contract, marker: &Ident) -> Vec<Item> {
    let (message_type, _) = emit.types.rpc(&contract.method);
    let mut tokens = scripted(emit, contract, marker, message_type);
    tokens.extend(unpacks(emit, contract, marker));
    tokens.extend(responds(emit, contract, marker, message_type));
    tokens.extend(expects(emit, contract, marker));
    syn::parse2::<syn::File>(tokens).expect("what scripts need are items").items
}

fn scripted(
    emit: &Emit<'_>,
    contract: &Contract,
    marker: &Ident,
    message_type: &syn::Type,
) -> TokenStream {
    let c = &emit.codegen;
    let pong = ping::answer(emit, contract).map(|body| {
        quote! {
            fn answer_ping(command: &Self::Command) -> ::core::option::Option<Self::Message> {
                let value = command;
                #body
            }
        }
    });
    let ack = contract.ack.as_ref().map(|ack| {
        let body = self::ack(emit, contract, &ack.what, message_type);
        quote! {
            fn ack(
                id: #c::OwnedId,
                failed: ::core::option::Option<#c::Failed<'_>>,
            ) -> ::core::option::Option<Self::Message> {
                #body
            }
        }
    });
    quote! {
        #[automatically_derived]
        impl #c::testing::Scripted for #marker {
            #pong
            #ack
        }
    }
}

/// The body of `Scripted::ack`. An ack that cannot tell of a failure acknowledges none.
fn ack(emit: &Emit<'_>, contract: &Contract, ack: &Ack, message_type: &syn::Type) -> TokenStream {
    let outcome = ack.outcome();
    let good = quote!(good);
    let texts = answer::texts(emit, outcome);
    let head = match (&outcome.success, texts.as_slice()) {
        (None, _) if outcome.error.is_none() => quote! {
            if failed.is_some() {
                return ::core::option::Option::None;
            }
        },
        (Some(_), []) => quote!(let good = failed.is_none();),
        (Some(_), _) => quote! {
            let good = failed.is_none();
            let failed = failed.unwrap_or_default();
        },
        (None, _) => quote!(let failed = failed.unwrap_or_default();),
    };
    let texts =
        if outcome.success.is_none() && outcome.error.is_none() { Vec::new() } else { texts };
    let message = answer::ack(emit, &contract.message, ack, message_type, &good, texts);
    quote!(#head ::core::option::Option::Some(#message))
}

fn unpacks(emit: &Emit<'_>, contract: &Contract, marker: &Ident) -> TokenStream {
    let c = &emit.codegen;
    let command = &contract.command;
    let variants = command.variants.iter().enumerate().filter(|_| command.oneof.is_some());
    let impls = variants.map(|(index, variant)| {
        let (n, payload) = (variants::n(emit, index), variants::payload(emit, variant));
        let take = variants::take(emit, command, index, &quote!(command));
        quote! {
            #[automatically_derived]
            impl #c::testing::Unpacks<#n> for #marker {
                fn unpack(command: Self::Command) -> ::core::option::Option<#payload> {
                    #take
                }
            }
        }
    });
    impls.collect()
}

/// For the replies that are more than an ack.
fn responds(
    emit: &Emit<'_>,
    contract: &Contract,
    marker: &Ident,
    message_type: &syn::Type,
) -> TokenStream {
    let c = &emit.codegen;
    let replies = contract.replies.iter().enumerate().filter_map(|(index, reply)| {
        let reply = &reply.as_ref()?.what;
        (!matches!(reply, Answer::Ack(Ack::Variant(..)))).then_some((index, reply))
    });
    let impls = replies.map(|(index, reply)| {
        let n = variants::n(emit, index);
        let ty = match reply.variant() {
            Some(variant) => variants::payload(emit, &contract.message.variants[variant]),
            None => message_type,
        };
        let body = answer::answer(emit, &contract.message, reply, message_type, &quote!(reply));
        quote! {
            #[automatically_derived]
            impl #c::testing::Responds<#n> for #marker {
                fn respond(id: #c::OwnedId, reply: #ty) -> Self::Message {
                    #body
                }
            }
        }
    });
    impls.collect()
}

fn expects(emit: &Emit<'_>, contract: &Contract, marker: &Ident) -> Option<TokenStream> {
    contract.command.oneof.as_ref()?;
    let c = &emit.codegen;
    let name: Ident = parse(&names::expects_trait(contract.method.name()));
    let variants = contract.command.names();
    let methods = names::expects(&variants).into_iter().zip(variants).enumerate();
    let methods = methods.map(|(index, (method, variant))| {
        let (n, method) = (variants::n(emit, index), parse(&method));
        let docs = docs::docs(&format!("The next command is `{variant}`."), &[]);
        let head = quote! {
            #[track_caller]
            fn #method(&mut self) -> #c::testing::Expect<'_, #marker, #n>
        };
        (quote!(#docs #head;), quote!(#head { #c::testing::Expect::of(self) }))
    });
    let (declared, defined): (Vec<_>, Vec<_>) = methods.unzip();
    let sentence = format!("The commands of [`{marker}`], as a scripted client expects them.");
    let docs = docs::docs(&sentence, &[]);
    Some(quote! {
        #docs
        pub trait #name {
            #(#declared)*
        }

        #[automatically_derived]
        impl #name for #c::testing::Peer<#marker> {
            #(#defined)*
        }
    })
}

fn parse(name: &str) -> Ident {
    syn::parse_str(name).expect("names are made to be identifiers")
}
