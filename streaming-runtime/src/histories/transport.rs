//! How the clients of a history reach its hub.

use std::{
    convert::Infallible,
    net::{Shutdown, SocketAddr},
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use bytes::Bytes;
use futures_core::Stream;
use futures_util::StreamExt as _;
use prost::Message as _;
use tokio::{net::TcpStream, sync::mpsc::unbounded_channel};
use tonic::{
    Request, Response, Status, Streaming,
    body::Body,
    codegen::{BoxFuture, Service, http},
    metadata::MetadataMap,
    server::Grpc,
};

use super::{host::Host, play::Sensors};
use crate::{
    Hub, incoming,
    outbox::{Frame, FrameCodec},
    sample::{Command, GOODBYE, Message},
    server,
    session::CommandStream,
    testing::{Frames, answer, begin, input},
};

/// What a client reads.
pub(super) type Output = Pin<Box<dyn Stream<Item = Result<Command, Status>> + Send>>;

/// Opens streams.
pub(super) enum Transport {
    /// Nothing lies between a client and what tonic would poll.
    Memory,
    /// HTTP/2 over TCP, to a server that listens here.
    Tcp(SocketAddr),
}

impl Transport {
    /// Serves the hub on a free port, for as long as the runtime runs.
    pub(super) fn tcp<C: Sensors>(hub: &Hub<C>, host: &Arc<Host<C>>) -> Self {
        let incoming = incoming("127.0.0.1:0").expect("a free port");
        let addr = incoming.local_addr().expect("it is bound");
        let rpc = Rpc { hub: hub.clone(), host: host.clone() };
        tokio::spawn(server().serve_with_incoming(rpc, incoming));
        Self::Tcp(addr)
    }

    /// Opens a stream: the headers of the answer, what the client writes to, and what it reads. An error that is
    /// written is the end of its connection.
    pub(super) async fn open<C: Sensors>(
        &self,
        hub: &Hub<C>,
        host: &Arc<Host<C>>,
        headers: MetadataMap,
    ) -> Result<(MetadataMap, Frames, Output), Status> {
        match self {
            Self::Memory => {
                let (frames, streaming) = input::<C>();
                let request = Request::from_parts(headers, tonic::Extensions::new(), streaming);
                let (headers, commands, _) = hub.serve(host, request).await?.into_parts();
                let output =
                    commands.read_by_tonic(false).map(|frame| frame.map(|frame| decoded(&frame)));
                Ok((headers, frames, Box::pin(output)))
            }
            Self::Tcp(addr) => {
                let socket = TcpStream::connect(addr).await.and_then(TcpStream::into_std);
                let socket = socket.expect("the server is there");
                let twin = socket.try_clone().expect("a handle");
                let socket = TcpStream::from_std(socket).expect("a handle");
                let (response, mut stream) = begin::<C, _>(socket, headers).await?;
                let (frames, mut written) = unbounded_channel();
                tokio::spawn(async move {
                    while let Some(frame) = written.recv().await {
                        let sent = match frame {
                            Ok(frame) => stream.send_data(frame, false).is_ok(),
                            Err(_) => twin.shutdown(Shutdown::Both).is_err(),
                        };
                        if !sent {
                            return;
                        }
                    }
                    let _ = stream.send_data(Bytes::new(), true);
                });
                let (headers, commands) = answer::<C>(response).await?;
                Ok((headers, frames, Box::pin(commands)))
            }
        }
    }
}

fn decoded(frame: &Frame<Command>) -> Command {
    match frame {
        Frame::Message(command) => command.clone(),
        Frame::Encoded(bytes) => Command::decode(bytes.clone()).expect("a command"),
    }
}

/// The rpc of a hub.
struct Rpc<C: Sensors> {
    hub: Hub<C>,
    host: Arc<Host<C>>,
}

impl<C: Sensors> Clone for Rpc<C> {
    fn clone(&self) -> Self {
        Self { hub: self.hub.clone(), host: self.host.clone() }
    }
}

impl<C: Sensors> Service<http::Request<Body>> for Rpc<C> {
    type Response = http::Response<Body>;
    type Error = Infallible;
    type Future = BoxFuture<Self::Response, Infallible>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: http::Request<Body>) -> Self::Future {
        let rpc = self.clone();
        let codec = FrameCodec::<Command, Message>::default();
        Box::pin(async move { Ok(Grpc::new(codec).streaming(Opens(rpc), request).await) })
    }
}

struct Opens<C: Sensors>(Rpc<C>);

impl<C: Sensors> Service<Request<Streaming<Message>>> for Opens<C> {
    type Response = Response<Watched<C>>;
    type Error = Status;
    type Future = BoxFuture<Self::Response, Status>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Status>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Streaming<Message>>) -> Self::Future {
        let Rpc { hub, host } = self.0.clone();
        Box::pin(async move {
            let number = |name| {
                let header = request.metadata().get(name)?;
                header.to_str().ok()?.parse::<usize>().ok()
            };
            let stream = number("number").expect("each stream has one");
            let shown = number("of");
            let response = hub.serve(&host, request).await?;
            let resumed = response.metadata().get("streaming-resumed");
            let resumed = resumed.is_some_and(|resumed| resumed == "true");
            let session = shown.filter(|_| resumed).unwrap_or(stream);
            Ok(response.map(|commands| Watched { commands, host, stream, session }))
        })
    }
}

/// What the transport takes, told to the model at that moment.
struct Watched<C: Sensors> {
    commands: CommandStream<C>,
    host: Arc<Host<C>>,
    stream: usize,
    session: usize,
}

impl<C: Sensors> Stream for Watched<C> {
    type Item = Result<Frame<Command>, Status>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let polled = Pin::new(&mut self.commands).poll_next(cx);
        match &polled {
            Poll::Ready(Some(Ok(frame))) => {
                let command = decoded(frame);
                if command.kind != GOODBYE {
                    self.host.model().written(self.stream, self.session, command.value);
                }
            }
            Poll::Pending => {
                let client = self.host.client(self.session);
                if client.is_some_and(|client| client.0.outbox.len() == 0) {
                    self.host.model().all_written(self.session);
                }
            }
            Poll::Ready(_) => {}
        }
        polled
    }
}
