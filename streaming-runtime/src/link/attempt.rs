//! One attempt: from an address to an open stream.

use std::{
    error::Error as _,
    fmt,
    future::Future,
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};

use futures_core::Stream;
use tonic::{
    Request, Response, Status, Streaming,
    client::Grpc,
    codegen::http::uri::PathAndQuery,
    metadata::{
        AsciiMetadataKey, AsciiMetadataValue, BinaryMetadataKey, BinaryMetadataValue, MetadataMap,
    },
    transport::Endpoint,
};

use super::config::LinkConfig;
use crate::{
    contract::Linked,
    frame::{Frame, FrameCodec},
    id::ClientId,
    session::CommandStream,
};

/// An address of the hub.
pub(super) struct Addr(Endpoint);

impl Addr {
    /// With windows and keep-alives that suit a long-lived stream, as far as `change` leaves them.
    pub(super) fn new(
        addr: &str,
        config: &LinkConfig,
        change: &(dyn Fn(Endpoint) -> Endpoint + Send + Sync),
    ) -> Result<Self, tonic::transport::Error> {
        let endpoint = Endpoint::from_shared(addr.to_owned())?
            .tcp_nodelay(true)
            .tcp_keepalive(Some(Duration::from_mins(1)))
            .connect_timeout(config.open_timeout)
            .initial_stream_window_size(64 * 1024)
            .initial_connection_window_size(16 * 1024 * 1024)
            .http2_keep_alive_interval(Duration::from_secs(30))
            .keep_alive_timeout(Duration::from_secs(20));
        Ok(Self(change(endpoint)))
    }

    /// Opens a stream.
    pub(super) async fn open<C: Linked>(
        &self,
        metadata: MetadataMap,
        outgoing: Outgoing<C>,
    ) -> Result<Response<Streaming<C::Command>>, Status> {
        let channel = self.0.connect().await.map_err(|error| unreachable(&error))?;
        let mut grpc = Grpc::new(channel);
        grpc.ready().await.map_err(|error| unreachable(&error))?;
        let path = PathAndQuery::from_maybe_shared(format!("/{}", C::NAME));
        let path = path.map_err(|error| Status::internal(error.to_string()))?;
        let mut request = Request::new(outgoing);
        *request.metadata_mut() = metadata;
        grpc.streaming(request, path, FrameCodec::<C::Message, C::Command>::of_few()).await
    }
}

/// With what lies at the bottom of it: tonic itself says "transport error" and no more.
fn unreachable(error: &tonic::transport::Error) -> Status {
    let mut deepest = error.source();
    while let Some(deeper) = deepest.and_then(|error| error.source()) {
        deepest = Some(deeper);
    }
    let why = deepest.map_or_else(|| error.to_string(), ToString::to_string);
    Status::unavailable(format!("the hub cannot be reached: {why}"))
}

type Making = Pin<Box<dyn Future<Output = Result<MetadataMap, Status>> + Send>>;

/// The headers of the requests.
#[derive(Default)]
pub(super) struct Metadata {
    pub(super) fixed: MetadataMap,
    pub(super) made: Option<Box<dyn Fn() -> Making + Send + Sync>>,
}

impl Metadata {
    /// Puts the client's id into the header of this name. Bytes are in hex as ids, and bytes in headers that end in `-bin`.
    pub(super) fn identify(&mut self, header: &'static str, id: &ClientId) -> Result<(), String> {
        let fault =
            |what| format!("the client id `{id}` is {what}, as the header `{header}` needs it");
        if header.ends_with("-bin") {
            let bytes = unhex(id).ok_or_else(|| fault("not in hex"))?;
            self.fixed.insert_bin(
                BinaryMetadataKey::from_static(header),
                BinaryMetadataValue::from_bytes(&bytes),
            );
        } else {
            let value = AsciiMetadataValue::try_from(id.as_ref() as &str);
            let value = value.map_err(|_| fault("not ASCII"))?;
            self.fixed.insert(AsciiMetadataKey::from_static(header), value);
        }
        Ok(())
    }

    /// Those of one attempt.
    pub(super) async fn make(&self) -> Result<MetadataMap, Status> {
        let mut metadata = self.fixed.clone();
        if let Some(make) = &self.made {
            let made = make().await?.into_headers();
            let mut headers = std::mem::take(&mut metadata).into_headers();
            headers.extend(made);
            metadata = MetadataMap::from_headers(headers);
        }
        Ok(metadata)
    }
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    let digits = text.as_bytes();
    if !digits.len().is_multiple_of(2) {
        return None;
    }
    let byte = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok();
    digits.chunks(2).map(byte).collect()
}

impl fmt::Debug for Metadata {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Tokens are among them.
        f.write_str("Metadata")
    }
}

/// What one stream sends: who comes, then what is in the outbox.
pub(super) struct Outgoing<C: Linked> {
    pub(super) first: Option<Frame<C::Message>>,
    pub(super) rest: CommandStream<C::Turned>,
}

impl<C: Linked> Stream for Outgoing<C> {
    type Item = Frame<C::Message>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if let Some(first) = self.first.take() {
            return Poll::Ready(Some(first));
        }
        // Its last word is a status, and a client has none to send: it ends its side.
        Poll::Ready(ready!(Pin::new(&mut self.rest).poll_next(cx)).and_then(Result::ok))
    }
}

impl<C: Linked> Unpin for Outgoing<C> {}
