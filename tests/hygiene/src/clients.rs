//! Clients of the worst names, in a module with items by the names of the prelude's.

use ::rt::{HandlerError, Link as Stream, Lost, bidi_streaming};

use crate::pb::worst::v1::{
    self as pb,
    worst::{Connect, Send},
};

/// Not what it is elsewhere.
#[derive(Clone, Copy, Debug)]
pub struct Link;
/// Not what it is elsewhere.
#[derive(Clone, Copy, Debug)]
pub struct Option;
/// Not what it is elsewhere.
#[derive(Clone, Copy, Debug)]
pub struct Result;

/// Does what the worst names say.
#[derive(Clone, Copy, Debug)]
pub struct Worst;

#[bidi_streaming(Send, client, crate = ::rt)]
impl Worst {
    #[on(clone)]
    async fn clone(&self) {}

    #[on(into, concurrent = 2)]
    async fn into(&self, link: &Stream<Send>, into: pb::Option) -> ::std::io::Result<()> {
        ::std::mem::drop((link.id().as_str(), into));
        ::std::io::Result::Ok(())
    }

    #[on(close)]
    async fn close(&self, _link: &Stream<Send>, _: pb::String) {}

    #[on(id)]
    async fn id(&self, _: pb::Vec) {}

    #[on(type)]
    async fn r#type(&self, _: ::std::string::String) {}

    #[on(self)]
    async fn me(&self, _: pb::Client) -> ::std::io::Result<()> {
        ::std::io::Result::Ok(())
    }

    #[on(await)]
    async fn r#await(&self, _: pb::Future) {}

    #[on_other]
    async fn rest(&self, _: pb::Into) {}

    #[on_connect]
    async fn on_connect(&self, link: &Stream<Send>) -> ::std::io::Result<()> {
        let _ = link.id();
        ::std::io::Result::Ok(())
    }

    #[on_disconnect]
    async fn on_lost(&self, _link: &Stream<Send>, _lost: &Lost) {}

    #[on_error]
    async fn on_error(&self, _link: &Stream<Send>, _error: &HandlerError) {}
}

/// Has a parameter that is called as a command.
#[expect(non_camel_case_types, reason = "variants are called so")]
pub struct Generic<handler>(pub handler);

#[bidi_streaming(Connect, client, crate = ::rt)]
#[expect(non_camel_case_types, reason = "variants are called so")]
impl<handler: ::std::marker::Send + ::std::marker::Sync + 'static> Generic<handler> {
    #[on(handler)]
    async fn handle(&self, link: &Stream<Connect>) {
        let _ = (link.id(), &self.0);
    }
}

/// Says everything, and waits for what is answered.
///
/// # Errors
/// The hub does not answer.
pub async fn say_all(link: &Stream<Send>) -> ::std::result::Result<(), ::rt::RequestError> {
    use crate::pb::worst::v1::worst::SendMessages as _;

    link.send_clone(pb::Result {}).await?;
    link.send_into(<pb::Option as ::std::default::Default>::default()).await?;
    link.r#type(::std::string::String::new()).await?;
    link.send_self(<pb::Client as ::std::default::Default>::default()).await?;
    let said = <pb::Box as ::std::default::Default>::default;
    ::std::mem::drop(link.send_send(said()).reply().await?);
    ::std::mem::drop(link.core(said()).reply().await?);
    ::std::result::Result::Ok(())
}
