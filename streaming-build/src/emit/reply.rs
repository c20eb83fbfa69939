//! Answers to commands: acks and typed replies.

use proc_macro2::{Literal, TokenStream};
use prost_reflect::FieldDescriptor;
use quote::quote;
use syn::Ident;

use super::{Emit, ids, variants};
use crate::model::{Ack, Answer, Contract, Found, Outcome, Side};

/// Whether anything is ever answered.
pub(super) fn any(contract: &Contract) -> bool {
    contract.ack.is_some() || contract.replies.iter().any(Option::is_some)
}

/// The body of `Contract::reply`.
pub(super) fn reply(emit: &Emit<'_>, contract: &Contract) -> TokenStream {
    let ack = contract.ack.as_ref().map(|ack| &ack.what);
    let none = quote!(::core::option::Option::None);
    if let Some(Ack::Envelope(outcome)) = ack {
        return envelope(emit, contract, outcome);
    }
    let arms = variants::arms(emit, &contract.message, |index, _| {
        if let Some(reply) = variant(contract, index) {
            let (pattern, told) = told(emit, &contract.message, index, &reply);
            quote!((#pattern) => #told)
        } else {
            quote!((_) => #none)
        }
    });
    let Some((slot, arms)) = arms else {
        return quote!({
            let _ = message;
            #none
        });
    };
    quote! {
        match &message.#slot {
            #(#arms,)*
            #none => #none,
        }
    }
}

/// The same where the message itself is the ack.
fn envelope(emit: &Emit<'_>, contract: &Contract, outcome: &Outcome) -> TokenStream {
    let c = &emit.codegen;
    let arms = variants::arms(emit, &contract.message, |index, _| match variant(contract, index) {
        Some(reply) if reply.outspoken => {
            let (pattern, told) = told(emit, &contract.message, index, &reply);
            quote!((#pattern) => return #told)
        }
        _ => quote!((_) => {}),
    });
    let outspoken = arms.filter(|_| !contract.outspoken.is_empty()).map(|(slot, arms)| {
        quote! {
            match &message.#slot {
                #(#arms,)*
                ::core::option::Option::None => {}
            }
        }
    });
    let id = field_id(emit, &quote!(message), &outcome.id);
    let failure = failure(emit, &quote!(message), outcome);
    quote! {
        #outspoken
        let variant = Self::message_variant(message);
        ::core::option::Option::Some(#c::ReplyRef {
            id: #id,
            variant,
            ack: variant.is_none(),
            failure: #failure,
        })
    }
}

/// A variant that replies.
struct Reply<'a> {
    outcome: &'a Outcome,
    ack: bool,
    /// Whether it says itself that something failed.
    outspoken: bool,
}

/// What the message's variant of this index is as a reply, if it is one.
fn variant(contract: &Contract, index: usize) -> Option<Reply<'_>> {
    if let Some(Ack::Variant(ack, outcome)) = contract.ack.as_ref().map(|ack| &ack.what)
        && *ack == index
    {
        return Some(Reply { outcome, ack: true, outspoken: true });
    }
    if let Some((_, outcome)) = contract.outspoken.iter().find(|(variant, _)| *variant == index) {
        return Some(Reply { outcome, ack: false, outspoken: true });
    }
    let typed = contract.replies.iter().flatten().find_map(|reply| match &reply.what {
        Answer::Typed(variant, outcome) if *variant == index => Some(outcome),
        _ => None,
    });
    typed.map(|outcome| Reply { outcome, ack: false, outspoken: false })
}

/// The pattern of the payload of the variant `index` of `side`, and what it says, which may refer to `message` as well.
fn told(
    emit: &Emit<'_>,
    side: &Side,
    index: usize,
    reply: &Reply<'_>,
) -> (TokenStream, TokenStream) {
    let c = &emit.codegen;
    let Reply { outcome, ack, outspoken } = reply;
    let number = Literal::usize_unsuffixed(index);
    let inside = *outcome.id.parent_message() != side.descriptor;
    let base = if inside { quote!(reply) } else { quote!(message) };
    let id = field_id(emit, &base, &outcome.id);
    let can_fail = *outspoken && outcome.can_fail();
    let failure = if can_fail {
        failure(emit, &quote!(reply), outcome)
    } else {
        quote!(::core::option::Option::None)
    };
    let pattern = if inside || can_fail { quote!(reply) } else { quote!(_) };
    let told = quote! {
        ::core::option::Option::Some(#c::ReplyRef {
            id: #id,
            variant: ::core::option::Option::Some(#number),
            ack: #ack,
            failure: #failure,
        })
    };
    (pattern, told)
}

/// The id in `field` of the reference `base`; returns `None` where it is absent.
pub(super) fn field_id(
    emit: &Emit<'_>,
    base: &TokenStream,
    field: &FieldDescriptor,
) -> TokenStream {
    let step = ids::step(emit, field);
    let id = ids::id_ref(emit, field);
    quote!({ let value = #base; #step #id })
}

fn failure(emit: &Emit<'_>, base: &TokenStream, outcome: &Outcome) -> TokenStream {
    let c = &emit.codegen;
    let read = |field: &FieldDescriptor| ids::read(emit, base, field);
    let failed = match (&outcome.success, &outcome.error) {
        (Some(success), _) => {
            let success = read(success);
            quote!(!#success)
        }
        (None, Some(error)) => {
            let error = read(error);
            quote!(!#error.is_empty())
        }
        (None, None) => return quote!(::core::option::Option::None),
    };
    let texts = [("message", &outcome.message), ("error", &outcome.error)];
    let texts = texts.into_iter().map(|(name, field)| {
        let name = quote::format_ident!("{name}");
        if let Some(field) = field {
            let text = read(field);
            quote!(#name: #text)
        } else {
            quote!(#name: "")
        }
    });
    quote! {
        if #failed {
            ::core::option::Option::Some(#c::Failed { #(#texts),* })
        } else {
            ::core::option::Option::None
        }
    }
}

/// `impl Replies<N<i>>` and `impl Acks`.
pub(super) fn impls(
    emit: &Emit<'_>,
    contract: &Contract,
    marker: &Ident,
    message_type: &syn::Type,
) -> TokenStream {
    let c = &emit.codegen;
    let mut impls = TokenStream::new();
    let whole = || (quote!(#message_type), quote!(::core::option::Option::Some(message)));
    let of_variant = |index: usize| {
        let ty = variants::payload(emit, &contract.message.variants[index]);
        let take = variants::take(emit, &contract.message, index, &quote!(message));
        (quote!(#ty), take)
    };
    for (index, reply) in contract.replies.iter().enumerate() {
        let Some(Found { what: reply, .. }) = reply else {
            continue;
        };
        let (awaits, (ty, take)) = match reply {
            Answer::Ack(Ack::Variant(ack, _)) => (quote!(Ack), of_variant(*ack)),
            Answer::Ack(Ack::Envelope(_)) => (quote!(Any), whole()),
            Answer::Typed(variant, _) => {
                let number = Literal::usize_unsuffixed(*variant);
                (quote!(Variant(#number)), of_variant(*variant))
            }
        };
        let n = variants::n(emit, index);
        impls.extend(quote! {
            #[automatically_derived]
            impl #c::Replies<#n> for #marker {
                type Reply = #ty;

                const AWAITS: #c::Awaits = #c::Awaits::#awaits;

                fn into_reply(message: Self::Message) -> ::core::option::Option<Self::Reply> {
                    #take
                }
            }
        });
    }
    let (awaits, (ty, take)) = match contract.ack.as_ref().map(|ack| &ack.what) {
        Some(Ack::Variant(index, _)) => (None, of_variant(*index)),
        Some(Ack::Envelope(_)) => {
            let awaits = quote!(const AWAITS: #c::Awaits = #c::Awaits::Whole;);
            (Some(awaits), whole())
        }
        None => return impls,
    };
    impls.extend(quote! {
        #[automatically_derived]
        impl #c::Acks for #marker {
            type Ack = #ty;
            #awaits

            fn into_ack(message: Self::Message) -> ::core::option::Option<Self::Ack> {
                #take
            }
        }
    });
    impls
}
