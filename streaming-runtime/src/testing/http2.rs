//! The transport over HTTP/2 in memory: a tonic server, a client on top of `h2`, and between them a line of bytes.

use std::{
    convert::Infallible,
    future::Future,
    pin::{Pin, pin},
    sync::{Arc, Mutex},
    task::{Context, Poll, ready},
};

use bytes::{BufMut as _, Bytes, BytesMut};
use futures_util::{
    future::{join, select},
    stream,
};
use h2::{
    RecvStream, SendStream,
    client::{self, ResponseFuture},
};
use tokio::io::{
    AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, DuplexStream, ReadHalf,
    WriteHalf, duplex, split,
};
use tonic::{
    Extensions, Status, Streaming,
    body::Body,
    codec::Codec as _,
    codegen::{Service, http},
    metadata::MetadataMap,
    server::Grpc,
};

use super::{
    end::End,
    frame::Up,
    late,
    line::Line,
    listen::Down,
    watched::{Serve, Serving, Watch},
};
use crate::{contract::Contract, outbox::FrameCodec, server::server};

/// What a socket's buffers hold.
const BUFFER: usize = 64 * 1024;
/// As much is read at once.
const CHUNK: usize = 16 * 1024;

/// Opens a stream, on a connection of its own, whose client does what comes from `up`.
pub(super) async fn open<C: Contract>(
    serve: Arc<dyn Serve<C>>,
    request: tonic::Request<()>,
    mut up: late::Receiver<Up>,
    line: &Arc<Line>,
    seen: Watch<C>,
) -> Result<(MetadataMap, Commands<C>), Status> {
    let ((theirs, near), (far, ours)) = (duplex(BUFFER), duplex(BUFFER));
    tokio::spawn(relay(near, far, line.clone()));
    let incoming = stream::iter([Ok::<_, Infallible>(theirs)]);
    let (metadata, extensions, ()) = request.into_parts();
    let rpc = Rpc { serve, extensions, seen: Arc::new(Mutex::new(Some(seen))) };
    tokio::spawn(server().serve_with_incoming(rpc, incoming));

    let (response, mut frames) = begin::<C, _>(ours, metadata).await?;
    tokio::spawn(async move { while send(&mut frames, up.recv().await).is_ok() {} });
    let (headers, stream) = answer::<C>(response).await?;
    Ok((headers, Commands(stream)))
}

fn lost(error: h2::Error) -> Status {
    Status::from_error(error.into())
}

/// Opens the rpc's stream on a connection of its own.
pub(crate) async fn begin<C: Contract, IO>(
    io: IO,
    metadata: MetadataMap,
) -> Result<(ResponseFuture, SendStream<Bytes>), Status>
where
    IO: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    let (requests, connection) = client::handshake(io).await.map_err(lost)?;
    tokio::spawn(connection);
    let mut requests = requests.ready().await.map_err(lost)?;
    let mut request = http::Request::post(format!("http://memory/{}", C::NAME));
    if let Some(headers) = request.headers_mut() {
        *headers = metadata.into_headers();
        let static_value = http::HeaderValue::from_static;
        headers.insert(http::header::CONTENT_TYPE, static_value("application/grpc"));
        headers.insert(http::header::TE, static_value("trailers"));
    }
    let request = request.body(()).expect("the rpc's name makes a path");
    requests.send_request(request, false).map_err(lost)
}

/// The headers of the answer, and its commands.
pub(crate) async fn answer<C: Contract>(
    response: ResponseFuture,
) -> Result<(MetadataMap, Streaming<C::Command>), Status> {
    let (head, body) = response.await.map_err(lost)?.into_parts();
    // It was refused: there is nothing but trailers, as headers.
    if let Some(status) = Status::from_header_map(&head.headers) {
        return Err(status);
    }
    let decoder = tonic_prost::ProstCodec::<C::Message, C::Command>::default().decoder();
    let stream = Streaming::new_response(decoder, Response(body), head.status, None, None);
    Ok((MetadataMap::from_headers(head.headers), stream))
}

/// `Err`: nothing more is sent.
fn send(frames: &mut SendStream<Bytes>, up: Option<Up>) -> Result<(), h2::Error> {
    match up {
        Some(Up::Frame(frame)) => frames.send_data(frame, false),
        Some(Up::End) => frames.send_data(Bytes::new(), true),
        // The client is dropped, and has cut the line.
        None => Err(h2::Reason::CANCEL.into()),
    }
}

/// Carries bytes in both directions until the line is cut. Then both ends find a connection that is closed.
async fn relay(near: DuplexStream, far: DuplexStream, line: Arc<Line>) {
    let ((hub, to_hub), (client, to_client)) = (split(near), split(far));
    let down = carry(hub, to_client, &line, true);
    let up = carry(client, to_hub, &line, false);
    select(pin!(join(down, up)), pin!(line.is_cut())).await;
}

/// Carries bytes in one direction. Only those of the hub are metered.
async fn carry(
    mut from: ReadHalf<DuplexStream>,
    mut to: WriteHalf<DuplexStream>,
    line: &Arc<Line>,
    metered: bool,
) {
    let (taken, mut given) = late::channel::<Bytes>(line);
    let take = async move {
        let mut meter = line.meter();
        // Only a line that is cut has none, and then `relay` is over.
        while let Some(room) = line.room(&mut meter).await {
            let room = if metered { usize::try_from(room).unwrap_or(CHUNK) } else { CHUNK };
            let mut chunk = BytesMut::with_capacity(CHUNK);
            let mut limited = (&mut chunk).limit(room.min(CHUNK));
            let Some(read) = meter.unless_changed(from.read_buf(&mut limited)).await else {
                continue;
            };
            if !read.is_ok_and(|bytes| bytes > 0) {
                return;
            }
            let arrives = if metered {
                line.pass(&mut meter, chunk.len() as u64)
            } else {
                !line.faults().lost
            };
            if arrives {
                taken.send(chunk.freeze());
            }
        }
    };
    let give = async move {
        while let Some(chunk) = given.recv().await {
            if to.write_all(&chunk).await.is_err() {
                return;
            }
        }
        let _ = to.shutdown().await;
    };
    join(take, give).await;
}

/// The response's messages, and at their end its trailers.
pub(super) struct Commands<C: Contract>(Streaming<C::Command>);

impl<C: Contract> Down<C> for Commands<C> {
    async fn next(&mut self) -> Result<C::Command, End> {
        match self.0.message().await {
            Ok(Some(command)) => Ok(command),
            Ok(None) => {
                let mut status = Status::ok("");
                if let Ok(Some(trailers)) = self.0.trailers().await {
                    *status.metadata_mut() = trailers;
                }
                Err(End::new(status))
            }
            Err(status) => Err(End::new(status)),
        }
    }
}

struct Response(RecvStream);

impl http_body::Body for Response {
    type Data = Bytes;
    type Error = h2::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<http_body::Frame<Bytes>, h2::Error>>> {
        if let Some(data) = ready!(self.0.poll_data(cx)) {
            let data = data.and_then(|data| {
                self.0.flow_control().release_capacity(data.len())?;
                Ok(http_body::Frame::data(data))
            });
            return Poll::Ready(Some(data));
        }
        let trailers = ready!(self.0.poll_trailers(cx)?);
        Poll::Ready(trailers.map(|trailers| Ok(http_body::Frame::trailers(trailers))))
    }
}

/// The contract's rpc, for the one stream of a connection.
struct Rpc<C: Contract> {
    serve: Arc<dyn Serve<C>>,
    extensions: Extensions,
    seen: Arc<Mutex<Option<Watch<C>>>>,
}

impl<C: Contract> Clone for Rpc<C> {
    fn clone(&self) -> Self {
        Self {
            serve: self.serve.clone(),
            extensions: self.extensions.clone(),
            seen: self.seen.clone(),
        }
    }
}

impl<C: Contract> Service<http::Request<Body>> for Rpc<C> {
    type Response = http::Response<Body>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, mut request: http::Request<Body>) -> Self::Future {
        request.extensions_mut().extend(self.extensions.clone());
        let stream = Stream(self.clone());
        let codec = FrameCodec::<C::Command, C::Message>::default();
        Box::pin(async move { Ok(Grpc::new(codec).streaming(stream, request).await) })
    }
}

struct Stream<C: Contract>(Rpc<C>);

impl<C: Contract> Service<tonic::Request<Streaming<C::Message>>> for Stream<C> {
    type Response = tonic::Response<crate::session::CommandStream<C>>;
    type Error = Status;
    type Future = Serving<C>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Status>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: tonic::Request<Streaming<C::Message>>) -> Self::Future {
        let seen = self.0.seen.lock().expect("nothing panics while it is taken").take();
        self.0.serve.serve(request, seen.expect("one stream per connection"))
    }
}
