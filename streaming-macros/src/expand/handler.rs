//! The one `impl Handler`: where messages go, the callbacks of a session's life, and pings.

use proc_macro2::TokenStream;
use quote::quote;

use super::{Target, authenticate, call, handles, lanes, ping, unhandled};
use crate::{
    args::End,
    cfg::Cfg,
    check::{Everything, Messages, Plan},
    item::Method,
};

/// ```text
/// impl Handler<Connect> for Bots {
///     fn dispatch(&self, …) -> impl Future<…> + Send { <Connect as Dispatch<Self>>::dispatch(self, client, message) }
///     async fn on_connect(&self, client: &Client<Connect>) -> Result<(), Failure> { … }
///     …
/// }
/// ```
pub(super) fn expand(target: &Target<'_>, plan: &Plan<'_>) -> TokenStream {
    let contract = &target.contract;
    let messages = match &plan.messages {
        Messages::ByVariant { variants, lanes, other } => {
            let dispatch = by_variant(target);
            let lanes = plan.complete.then(|| lanes::expand(lanes));
            let unhandled = plan.complete.then(|| unhandled::expand(variants, other));
            quote!(#dispatch #lanes #unhandled)
        }
        Messages::Whole(everything) => whole(target, everything),
        Messages::Pulled(everything) => pulled(target, everything),
    };
    let unreadable = (!plan.complete).then(lanes::unreadable);
    let authenticate = authenticate::expand(target, &plan.authenticate);
    let connect = each_sound(&plan.connect, |method| of_client(target, "on_connect", method));
    let resume = each_sound(&plan.resume, |method| of_client(target, "on_resume", method));
    let disconnect = each_sound(&plan.disconnect, |method| on_disconnect(target, method));
    let error = each_sound(&plan.error, |method| on_error(target, method));
    let ping = plan
        .ping
        .as_ref()
        .map(|plan| each_sound(&plan.methods, |method| ping::expand(target, method, plan.variant)));
    let body =
        quote!(#messages #unreadable #authenticate #connect #resume #disconnect #error #ping);
    target.implement(&Cfg::default(), quote!(Handler<#contract>), &body)
}

fn each(methods: &[&Method], emit: impl Fn(&Method) -> TokenStream) -> TokenStream {
    let methods = methods.iter().map(|method| {
        let cfg = Cfg::of(&method.cfgs);
        let function = emit(method);
        quote!(#cfg #function)
    });
    methods.collect()
}

/// For those whose signature is well; the others are left to the trait's defaults.
fn each_sound(methods: &[&Method], emit: impl Fn(&Method) -> TokenStream) -> TokenStream {
    let sound = methods.iter().filter(|method| method.shape.is_some());
    each(&sound.copied().collect::<Vec<_>>(), emit)
}

fn by_variant(target: &Target<'_>) -> TokenStream {
    let Target { contract, codegen, .. } = target;
    let (client, message) = (target.client(), target.message());
    let future = target.future();
    quote! {
        fn dispatch(&self, client: #client, message: #message) -> #future {
            <#contract as #codegen::Dispatch<Self>>::dispatch(self, client, message)
        }
    }
}

fn whole(target: &Target<'_>, everything: &Everything<'_>) -> TokenStream {
    let by_nobody = by_nobody(target);
    let dispatch = each(&everything.methods, |method| {
        handles::whole(target, "dispatch", method).unwrap_or_else(|| by_nobody.clone())
    });
    let missing = everything.missing.as_ref().map(|error| {
        let neither = neither(everything);
        quote!(#neither #error #neither #by_nobody)
    });
    quote!(#dispatch #missing)
}

/// ```text
/// const PULLS: bool = true;
/// async fn dispatch(&self, …) -> Result<(), Failure> { Ok(()) }       // is never called
/// async fn session(&self, client: &Client<Connect>, inbox: Inbox<Connect>) -> Result<(), Failure> {
///     Self::run(self, client, inbox).await
/// }
/// ```
fn pulled(target: &Target<'_>, everything: &Everything<'_>) -> TokenStream {
    let by_nobody = by_nobody(target);
    let session =
        each_sound(&everything.methods, |method| session(target, method).unwrap_or_default());
    let missing = everything.missing.as_ref().map(|error| {
        let neither = neither(everything);
        quote!(#neither #error)
    });
    quote! {
        const PULLS: bool = true;
        #by_nobody
        #session
        #missing
    }
}

/// Where none of the methods is there.
fn neither(everything: &Everything<'_>) -> Cfg {
    let cfgs: Vec<_> = everything.methods.iter().map(|method| Cfg::of(&method.cfgs)).collect();
    Cfg::default().and_none_of(&cfgs)
}

fn session(target: &Target<'_>, method: &Method) -> Option<TokenStream> {
    let Target { contract, codegen, .. } = target;
    let client = target.client();
    let as_inbox = quote!(#codegen::InboxArg<#contract>>::arg(inbox));
    let args = call::client_and(target, method, &as_inbox)?;
    let call = call::call(target, method, &args);
    let own = quote!(&self, client: #client, inbox: #codegen::Inbox<#contract>);
    let async_fn = call::async_fn("session", method, &own, target.result());
    Some(quote! {
        #async_fn {
            let _ = client;
            #call
        }
    })
}

fn by_nobody(target: &Target<'_>) -> TokenStream {
    let (client, message) = (target.client(), target.message());
    let result = target.result();
    quote! {
        async fn dispatch(&self, _client: #client, _message: #message) -> #result {
            ::core::result::Result::Ok(())
        }
    }
}

/// A callback that gets the client alone.
fn of_client(target: &Target<'_>, name: &str, method: &Method) -> TokenStream {
    let client = target.client();
    let args = args(target, method, None);
    let call = call::call(target, method, &args);
    let own = quote!(&self, client: #client);
    let async_fn = call::async_fn(name, method, &own, target.result());
    quote!(#async_fn { #call })
}

/// At the client's end it is a stream that ends, and a link that goes on.
fn on_disconnect(target: &Target<'_>, method: &Method) -> TokenStream {
    let Target { contract, codegen, end, .. } = target;
    let client = target.client();
    let (name, as_end, own) = match end {
        End::Hub => (
            "on_disconnect",
            quote!(#codegen::DisconnectArg<'_, #contract>>::arg(disconnect)),
            quote!(&self, client: #client, disconnect: &#codegen::Disconnect<#contract>),
        ),
        End::Client => (
            "on_lost",
            quote!(#codegen::LostArg<'_>>::arg(lost)),
            quote!(&self, client: #client, lost: &#codegen::Lost),
        ),
    };
    let args = args(target, method, Some(as_end));
    let call = call::call(target, method, &args);
    let async_fn = call::async_fn(name, method, &own, target.result());
    quote!(#async_fn { #call })
}

fn on_error(target: &Target<'_>, method: &Method) -> TokenStream {
    let Target { codegen, .. } = target;
    let client = target.client();
    let as_error = quote!(#codegen::ErrorArg<'_>>::arg(error));
    let args = args(target, method, Some(as_error));
    let call = call::bare_call(method, &args);
    let call = match call::output(method) {
        Some(output) => quote!(<#output as #codegen::Nothing>::nothing(#call)),
        None => call,
    };
    let own = quote!(&self, client: #client, error: &#codegen::HandlerError);
    let async_fn = call::async_fn("on_error", method, &own, quote!(()));
    quote!(#async_fn { #call; })
}

/// The client, and the second argument through `as_second`: what follows `<Type as `.
fn args(target: &Target<'_>, method: &Method, as_second: Option<TokenStream>) -> Vec<TokenStream> {
    let types = method.shape.as_ref().map_or(&[][..], |shape| &shape.args);
    let client = types.first().map(|ty| call::client_arg(target, ty));
    let second = types.get(1).zip(as_second);
    let second = second.map(|(ty, as_second)| quote!(<#ty as #as_second));
    client.into_iter().chain(second).collect()
}
