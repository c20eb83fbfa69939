//! A handler of the worst names, among items by the names of the prelude's.

use ::rt::{Client as Stream, HandlerError, Handshake, Identity, bidi_streaming};

use crate::pb::worst::v1::{
    self as pb,
    worst::{Connect, Send},
};

/// Not what it is elsewhere.
#[derive(Clone, Copy, Debug)]
pub struct Result;
/// Not what it is elsewhere.
#[derive(Clone, Copy, Debug)]
pub struct Option;
/// Not what it is elsewhere.
#[derive(Clone, Copy, Debug)]
pub struct String;
/// Not what it is elsewhere.
#[derive(Clone, Copy, Debug)]
pub struct Client;
/// Not what it is elsewhere.
#[derive(Clone, Copy, Debug)]
pub struct Some;

/// Not what it is elsewhere.
#[must_use]
pub const fn new() -> Worst {
    Worst
}

/// Not what it is elsewhere.
pub const fn send() {}

/// Handles the worst names.
#[derive(Clone, Copy, Debug)]
pub struct Worst;

#[bidi_streaming(Send, crate = ::rt)]
impl Worst {
    #[authenticate]
    async fn authenticate(
        &self,
        handshake: &Handshake,
    ) -> ::std::result::Result<Identity, ::rt::tonic::Status> {
        let _ = handshake;
        ::std::result::Result::Ok(Identity::exact("worst"))
    }

    #[on(clone)]
    async fn clone(&self) {}

    #[on(into)]
    async fn into(&self, into: pb::Option) -> ::std::io::Result<()> {
        ::std::mem::drop(into);
        ::std::io::Result::Ok(())
    }

    #[on(close)]
    async fn close(&self, _client: &Stream<Send>, _: pb::String) {}

    #[on(id)]
    async fn id(&self, _: pb::Vec) {}

    #[on(send, concurrent = 2)]
    async fn send(&self, text: pb::Box) -> ::std::result::Result<pb::Box, ::std::fmt::Error> {
        ::std::result::Result::Ok(text)
    }

    #[on(type)]
    async fn r#type(&self, _: ::std::string::String) {}

    #[on(self)]
    async fn me(&self, _: pb::Client) -> ::std::io::Result<()> {
        ::std::io::Result::Ok(())
    }

    #[on(await)]
    async fn r#await(&self, _: pb::Future) {}

    #[on(instrument)]
    async fn instrument(&self, _: pb::Error) {}

    #[on(new)]
    #[expect(clippy::new_ret_no_self, clippy::wrong_self_convention, reason = "the worst name")]
    async fn new(&self, _: pb::Ok) {}

    #[on(core)]
    async fn core(&self, _: pb::Box) -> ::std::io::Result<()> {
        ::std::io::Result::Ok(())
    }

    #[on(drop)]
    async fn drop(&self, _: pb::Drop) {}

    #[on_connect]
    async fn on_connect(&self, client: &Stream<Send>) -> ::std::io::Result<()> {
        let _ = client.id();
        ::std::io::Result::Ok(())
    }

    #[on_error]
    async fn on_error(&self, _client: &Stream<Send>, _error: &HandlerError) {}

    #[ping]
    fn ping(&self, sequence: u64) -> pb::Default {
        pb::Default { sequence }
    }
}

// The methods of the runtime's traits as those of the user.
#[bidi_streaming(Connect, crate = ::rt)]
impl Worst {
    #[on(handler)]
    async fn handle(&self) {}

    #[on(message)]
    async fn dispatch(&self, client: &Stream<Connect>, message: pb::Option) {
        ::std::mem::drop((client.id().as_str(), message));
    }
}

/// Sends everything.
///
/// # Errors
/// The client is gone.
pub async fn send_all(client: &Stream<Send>) -> ::std::result::Result<(), ::rt::SendError> {
    use crate::pb::worst::v1::worst::SendCommands as _;

    client.send_clone(pb::Result {}).await?;
    client.send_into(<pb::Option as ::std::default::Default>::default()).await?;
    client.send_close(<pb::String as ::std::default::Default>::default()).await?;
    client.send_id(<pb::Vec as ::std::default::Default>::default()).await?;
    client.r#type(::std::string::String::new()).await?;
    client.send_self(<pb::Client as ::std::default::Default>::default()).await?;
    client.r#await(<pb::Future as ::std::default::Default>::default()).await?;
    client.send_instrument(<pb::Error as ::std::default::Default>::default()).await
}
