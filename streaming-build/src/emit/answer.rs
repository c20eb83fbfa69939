//! What messages ask, and how they are answered.

use proc_macro2::{Literal, TokenStream};
use prost_reflect::FieldDescriptor;
use quote::quote;
use syn::Ident;

use super::{Emit, ids, reply, variants};
use crate::model::{Ack, Answer, Contract, Outcome, Side};

/// `Contract::question` and `Contract::failed_answer`, where anything is asked.
pub(super) fn functions(
    emit: &Emit<'_>,
    contract: &Contract,
    command_type: &syn::Type,
) -> Option<TokenStream> {
    let c = &emit.codegen;
    contract.questions.iter().flatten().next()?;
    let question = question(emit, contract)?;
    let failed = failed(emit, contract, command_type).map(|body| {
        quote! {
            fn failed_answer(
                question: #c::Question,
                failed: #c::Failed<'_>,
            ) -> ::core::option::Option<Self::Command> {
                #body
            }
        }
    });
    Some(quote! {
        fn question(message: &Self::Message) -> ::core::option::Option<#c::IdRef<'_>> {
            #question
        }

        #failed
    })
}

fn question(emit: &Emit<'_>, contract: &Contract) -> Option<TokenStream> {
    let (slot, arms) = variants::arms(emit, &contract.message, |index, _| {
        let Some(question) = &contract.questions[index] else {
            return quote!((_) => ::core::option::Option::None);
        };
        let id = &question.id.what;
        let inside = *id.parent_message() != contract.message.descriptor;
        let (pattern, base) = if inside {
            (quote!(question), quote!(question))
        } else {
            (quote!(_), quote!(message))
        };
        let id = reply::field_id(emit, &base, id);
        quote!((#pattern) => ::core::option::Option::Some(#id))
    })?;
    Some(quote! {
        match &message.#slot {
            #(#arms,)*
            ::core::option::Option::None => ::core::option::Option::None,
        }
    })
}

/// The variants that fail in the same way share an arm.
fn failed(emit: &Emit<'_>, contract: &Contract, command_type: &syn::Type) -> Option<TokenStream> {
    let mut ways: Vec<(&Ack, Vec<Literal>)> = Vec::new();
    for (index, question) in contract.questions.iter().enumerate() {
        let Some(failure) = question.as_ref().and_then(|question| question.failure.as_ref()) else {
            continue;
        };
        let index = Literal::usize_unsuffixed(index);
        let key = |ack: &Ack| (ack.variant(), ack.outcome().id.clone());
        match ways.iter_mut().find(|(way, _)| key(way) == key(failure)) {
            Some((_, indices)) => indices.push(index),
            None => ways.push((failure, vec![index])),
        }
    }
    if ways.is_empty() {
        return None;
    }
    let arms = ways.iter().map(|(way, indices)| {
        let (success, texts) = (quote!(false), texts(emit, way.outcome()));
        let command = ack(emit, &contract.command, way, command_type, &success, texts);
        quote! {
            ::core::option::Option::Some(#(#indices)|*) => {
                let id = question.id;
                ::core::option::Option::Some(#command)
            }
        }
    });
    Some(quote! {
        match question.variant {
            #(#arms)*
            _ => ::core::option::Option::None,
        }
    })
}

/// The fields that tell why something failed. The one that is alone takes the text, because it says more than the name
/// of a code.
pub(super) fn texts(emit: &Emit<'_>, outcome: &Outcome) -> Vec<TokenStream> {
    let text = quote!(::std::borrow::ToOwned::to_owned(failed.message));
    let code = quote!(::std::borrow::ToOwned::to_owned(failed.error));
    match (&outcome.message, &outcome.error) {
        (Some(message), Some(error)) => {
            vec![ids::assign(emit, message, &text), ids::assign(emit, error, &code)]
        }
        (None, Some(alone)) | (Some(alone), None) => {
            let either = quote! {
                ::std::borrow::ToOwned::to_owned(
                    if failed.message.is_empty() { failed.error } else { failed.message },
                )
            };
            vec![ids::assign(emit, alone, &either)]
        }
        (None, None) => Vec::new(),
    }
}

/// What of `side`, whose type is `ty`, tells how that went of which `id` is the id.
pub(super) fn ack(
    emit: &Emit<'_>,
    side: &Side,
    ack: &Ack,
    ty: &syn::Type,
    success: &TokenStream,
    mut set: Vec<TokenStream>,
) -> TokenStream {
    let Outcome { id, success: field, .. } = ack.outcome();
    set.extend(field.as_ref().map(|field| ids::assign(emit, field, success)));
    let id_field = ids::assign_id(emit, id);
    match ack {
        Ack::Envelope(_) => {
            set.push(id_field);
            variants::whole(emit, side.descriptor.full_name(), ty, &set)
        }
        Ack::Variant(index, _) => {
            let mut around = Vec::new();
            if is_inside(side, id) { &mut set } else { &mut around }.push(id_field);
            let payload = variants::filled(emit, &side.variants[*index], &set);
            variants::holding(emit, side, *index, &payload, ty, &around)
        }
    }
}

/// Whether the id lies in the payload of a variant.
fn is_inside(side: &Side, id: &FieldDescriptor) -> bool {
    *id.parent_message() != side.descriptor
}

/// `impl Answers<N<i>>`.
pub(super) fn impls(
    emit: &Emit<'_>,
    contract: &Contract,
    marker: &Ident,
    command_type: &syn::Type,
) -> TokenStream {
    let c = &emit.codegen;
    let mut impls = TokenStream::new();
    for (index, question) in contract.questions.iter().enumerate() {
        let Some(question) = question else {
            continue;
        };
        let n = variants::n(emit, index);
        let answer = quote!(answer);
        let answer =
            self::answer(emit, &contract.command, &question.answer.what, command_type, &answer);
        let ty = match question.answer.what.variant() {
            Some(index) => variants::payload(emit, &contract.command.variants[index]),
            None => command_type,
        };
        let done = if let Some(way) = &question.done {
            let command =
                ack(emit, &contract.command, way, command_type, &quote!(true), Vec::new());
            quote!(::core::option::Option::Some(#command))
        } else {
            quote! {
                let _ = id;
                ::core::option::Option::None
            }
        };
        impls.extend(quote! {
            #[automatically_derived]
            impl #c::Answers<#n> for #marker {
                type Answer = #ty;

                fn answer(id: #c::OwnedId, answer: Self::Answer) -> Self::Command {
                    #answer
                }

                fn done(id: #c::OwnedId) -> ::core::option::Option<Self::Command> {
                    #done
                }
            }
        });
    }
    impls
}

/// What of `side`, whose type is `ty`, the answer in the variable `answer` makes together with `id`.
pub(super) fn answer(
    emit: &Emit<'_>,
    side: &Side,
    what: &Answer,
    ty: &syn::Type,
    answer: &TokenStream,
) -> TokenStream {
    let id = &what.outcome().id;
    let put = ids::set_id(emit, answer, id);
    let Some(index) = what.variant() else {
        return quote!(let mut #answer = #answer; #put #answer);
    };
    let made = |around: &[TokenStream]| variants::holding(emit, side, index, answer, ty, around);
    if is_inside(side, id) {
        let made = made(&[]);
        quote!(let mut #answer = #answer; #put #made)
    } else {
        made(&[ids::assign_id(emit, id)])
    }
}
