//! The rpc of a sample contract over real connections: its service, and a client of it.

use std::{
    convert::Infallible,
    net::SocketAddr,
    sync::Arc,
    task::{Context, Poll},
};

use futures_util::stream;
use http_body::Body as HttpBody;
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};
use tonic::{
    Request, Response, Status, Streaming,
    body::Body,
    codegen::{BoxFuture, Service, StdError, http},
    metadata::MetadataMap,
    server::{Grpc, NamedService, StreamingService},
    transport::Channel,
};

use super::{Command, Message, note};
use crate::{
    Hub,
    contract::Contract,
    outbox::{Frame, FrameCodec},
    session::{CommandStream, Handler},
};

/// The service of a hub, with the handler that it is given.
pub(crate) struct Sensors<C: Contract, H> {
    pub(crate) hub: Hub<C>,
    pub(crate) handler: Arc<H>,
}

impl<C: Contract, H> Clone for Sensors<C, H> {
    fn clone(&self) -> Self {
        Self { hub: self.hub.clone(), handler: self.handler.clone() }
    }
}

impl<C: Contract, H> NamedService for Sensors<C, H> {
    const NAME: &'static str = "sample.v1.Sensors";
}

impl<C, H: Handler<C>, B> Service<http::Request<B>> for Sensors<C, H>
where
    C: Contract<Message = Message, Command = Command>,
    B: HttpBody + Send + 'static,
    B::Error: Into<StdError> + Send + 'static,
{
    type Response = http::Response<Body>;
    type Error = Infallible;
    type Future = BoxFuture<Self::Response, Infallible>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: http::Request<B>) -> Self::Future {
        let service = self.clone();
        Box::pin(async move {
            let mut grpc = Grpc::new(FrameCodec::<Command, Message>::default());
            Ok(grpc.streaming(service, request).await)
        })
    }
}

impl<C, H: Handler<C>> StreamingService<Message> for Sensors<C, H>
where
    C: Contract<Message = Message, Command = Command>,
{
    type Response = Frame<Command>;
    type ResponseStream = CommandStream<C>;
    type Future = BoxFuture<Response<Self::ResponseStream>, Status>;

    fn call(&mut self, request: Request<Streaming<Message>>) -> Self::Future {
        let Self { hub, handler } = self.clone();
        Box::pin(async move { hub.serve(&handler, request).await })
    }
}

/// A connection of a client.
pub(crate) async fn channel(addr: SocketAddr) -> Channel {
    let channel = Channel::from_shared(format!("http://{addr}")).expect("an address");
    channel.connect().await.expect("the server is there")
}

/// What a client sends; it ends its side when this is dropped.
pub(crate) struct Input(UnboundedSender<Frame<Message>>);

impl Input {
    pub(crate) fn send(&self, message: Message) {
        self.0.send(message.into()).expect("it is open");
    }
}

/// A stream of the client of this id, with these headers.
pub(crate) async fn connect(
    channel: Channel,
    id: &str,
    headers: MetadataMap,
) -> (Response<Streaming<Command>>, Input) {
    let (sender, messages) = unbounded_channel();
    let input = Input(sender);
    input.send(Message { sensor: id.to_owned(), ..note(0) });
    let messages = stream::unfold(messages, |mut messages| async {
        messages.recv().await.map(|message| (message, messages))
    });
    let mut client = tonic::client::Grpc::new(channel);
    client.ready().await.expect("the server is there");
    let path = http::uri::PathAndQuery::from_static("/sample.v1.Sensors/Polite");
    let codec = FrameCodec::<Message, Command>::default();
    let request = Request::from_parts(headers, tonic::Extensions::new(), messages);
    (client.streaming(request, path, codec).await.expect("let in"), input)
}
