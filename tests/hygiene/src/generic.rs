//! A handler whose parameters and modules are called as variants are.

use ::rt::{Client, Inbox, bidi_streaming};

use crate::pb::worst::v1::{
    Result,
    worst::{Connect, Send},
};

/// Called as a variant is.
pub mod message {
    pub use crate::pb::worst::v1::Option;
}

/// Has a parameter that is called as a variant.
#[expect(non_camel_case_types, reason = "variants are called so")]
pub struct Generic<handler>(pub handler);

#[bidi_streaming(Connect, crate = ::rt)]
#[expect(non_camel_case_types, reason = "variants are called so")]
impl<handler: ::std::marker::Send + ::std::marker::Sync + 'static> Generic<handler> {
    #[on(handler, concurrent = 1)]
    async fn payload(&self, client: &Client<Connect>, kind: Result) -> ::std::io::Result<()> {
        let _ = (client, kind, &self.0);
        ::std::io::Result::Ok(())
    }

    #[on(message)]
    async fn message(&self, question: message::Option) {
        ::std::mem::drop(question.text);
    }
}

#[bidi_streaming(Send, crate = ::rt)]
#[expect(non_camel_case_types, reason = "variants are called so")]
impl<handler: ::std::marker::Send + ::std::marker::Sync + 'static> Generic<handler> {
    #[session]
    async fn run(&self, mut inbox: Inbox<Send>) -> ::std::io::Result<()> {
        while inbox.next().await.is_some() {}
        ::std::io::Result::Ok(())
    }
}
