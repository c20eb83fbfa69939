//! One attempt: from an address to an open stream.

use std::{
    error::Error,
    fmt,
    future::Future,
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};

use futures_core::Stream;
use tokio::sync::oneshot;
use tonic::{
    Request, Response, Status, Streaming,
    client::Grpc,
    codegen::http::uri::PathAndQuery,
    metadata::{
        AsciiMetadataKey, AsciiMetadataValue, BinaryMetadataKey, BinaryMetadataValue, MetadataMap,
    },
    transport::{self, Endpoint},
};

use super::{Link, config::LinkConfig};
use crate::{
    contract::Linked,
    frame::{Frame, FrameCodec},
    id::ClientId,
    session::CommandStream,
};

/// What the user changes of an endpoint.
pub(super) type Change = dyn Fn(Endpoint) -> Result<Endpoint, transport::Error> + Send + Sync;

/// An address of the hub.
pub(super) struct Addr {
    endpoint: Endpoint,
    /// As logs have it: without the user and the password.
    pub(super) shown: String,
}

impl Addr {
    /// With windows and keep-alives that suit a long-lived stream, as far as `change` leaves them.
    pub(super) fn new(addr: &str, config: &LinkConfig, change: &Change) -> Result<Self, String> {
        let shown = shown(addr);
        let fault = |error: String| format!("`{shown}` is no URI of a hub: {error}");
        let endpoint =
            Endpoint::from_shared(addr.to_owned()).map_err(|error| fault(error.to_string()))?;
        if !matches!(endpoint.uri().scheme_str(), Some("http" | "https")) {
            return Err(fault("it must begin with `http://`, `https://` or `unix:`".to_owned()));
        }
        let endpoint = endpoint
            // Nagle's delay holds small messages back for 40 ms.
            .tcp_nodelay(true)
            // A dead peer's connection is given back by the kernel, too.
            .tcp_keepalive(Some(Duration::from_mins(1)))
            // The system's own patience with an address that drops packets is minutes.
            .connect_timeout(config.open_timeout)
            // A burst that nobody reads is held back after so much, and pins no more memory.
            .initial_stream_window_size(64 * 1024)
            // Far more than a stream's: with less, h2 closes connections whose small frames sit unread.
            .initial_connection_window_size(16 * 1024 * 1024)
            // Also where the contract has no pings, a hub that is gone is noticed, and what lies between sees traffic: a
            // minute of silence is too much for some proxies. Servers on grpc-go or C-core take so many pings for abuse.
            .http2_keep_alive_interval(Duration::from_secs(30))
            .keep_alive_timeout(Duration::from_secs(20));
        let endpoint = change(endpoint).map_err(|error| {
            format!("the endpoint of `{shown}` cannot be changed so: {}", deepest(&error))
        })?;
        Ok(Self { endpoint, shown })
    }

    /// Opens a stream. Its status is the hub's own, or `UNAVAILABLE`.
    pub(super) async fn open<C: Linked>(
        &self,
        metadata: MetadataMap,
        outgoing: Outgoing<C>,
    ) -> Result<Response<Streaming<C::Command>>, Status> {
        let channel = self.endpoint.connect().await.map_err(|error| unreachable(&error))?;
        let mut grpc = Grpc::new(channel);
        grpc.ready().await.map_err(|error| unreachable(&error))?;
        let path = PathAndQuery::from_maybe_shared(format!("/{}", C::NAME));
        let path = path.map_err(|error| Status::internal(error.to_string()))?;
        let mut request = Request::new(outgoing);
        *request.metadata_mut() = metadata;
        let opened =
            grpc.streaming(request, path, FrameCodec::<C::Message, C::Command>::of_few()).await;
        // A connection that is lost meanwhile comes with a source and any code.
        opened.map_err(|status| match status.source() {
            Some(source) => unreachable(source),
            None => status,
        })
    }
}

/// What lies at the bottom of an error: tonic itself says "transport error" and no more.
fn deepest<'a>(error: &'a (dyn Error + 'static)) -> &'a (dyn Error + 'static) {
    let mut deepest = error;
    while let Some(deeper) = deepest.source() {
        deepest = deeper;
    }
    deepest
}

fn unreachable(error: &(dyn Error + 'static)) -> Status {
    let why = deepest(error).to_string();
    let advice = if why.contains("certificate") {
        "; trust who has issued it with `.endpoint(|endpoint| endpoint.tls_config(..))`"
    } else if why.contains("HTTPS without TLS") {
        "; say how with `.endpoint(|endpoint| endpoint.tls_config(..))`"
    } else {
        ""
    };
    Status::unavailable(format!("the hub cannot be reached: {why}{advice}"))
}

/// A URI as it may be shown: secrets stand before the `@` of its host, or behind the host.
fn shown(addr: &str) -> String {
    let (scheme, rest) = addr.split_once("://").map_or((None, addr), |(it, rest)| (Some(it), rest));
    if scheme == Some("unix") {
        return addr.to_owned();
    }
    let host = rest.split(['/', '?', '#']).next().unwrap_or(rest);
    let host = host.rsplit_once('@').map_or(host, |(_, host)| host);
    scheme.map_or_else(|| host.to_owned(), |scheme| format!("{scheme}://{host}"))
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
            // Whoever reads it takes no other text, though a header may hold any bytes.
            let value = value.ok().filter(|_| id.is_ascii()).ok_or_else(|| fault("not ASCII"))?;
            self.fixed.insert(AsciiMetadataKey::from_static(header), value);
        }
        Ok(())
    }

    /// Whether the requests may have a header of this name.
    pub(super) fn may_hold(&self, header: &str) -> bool {
        self.made.is_some() || self.fixed.contains_key(header)
    }

    /// Those of one attempt.
    pub(super) async fn make(&self) -> Result<MetadataMap, Status> {
        let mut metadata = self.fixed.clone();
        if let Some(make) = &self.made {
            let made = make().await.map_err(|status| {
                let (code, why) = (status.code(), status.message());
                // No word of the hub's, of which some would be the last.
                Status::unavailable(format!("its headers could not be made: {code:?}, {why}"))
            })?;
            let made = made.into_headers();
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
    pub(super) rest: Option<CommandStream<C::Turned>>,
    /// Comes when the link is to end its side: where the rest goes, whose end would be that of the whole stream.
    pub(super) leave: Option<oneshot::Receiver<Parked<C>>>,
    pub(super) link: Link<C>,
}

/// Where the outbox's end of a stream goes that nothing more is written to.
pub(super) type Parked<C> = oneshot::Sender<CommandStream<<C as Linked>::Turned>>;

impl<C: Linked> Outgoing<C> {
    fn poll_leave(&mut self, cx: &mut Context<'_>) {
        let Some(leave) = &mut self.leave else { return };
        let Poll::Ready(parked) = Pin::new(leave).poll(cx) else { return };
        self.leave = None;
        if let (Ok(parked), Some(rest)) = (parked, self.rest.take()) {
            // Whoever waits for it may have gone.
            let _ = parked.send(rest);
        }
    }
}

impl<C: Linked> Stream for Outgoing<C> {
    type Item = Frame<C::Message>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if let Some(first) = self.first.take() {
            return Poll::Ready(Some(first));
        }
        // What has left the outbox is written here, since no other stream will.
        if self.rest.as_ref().is_some_and(CommandStream::has_given_all) {
            self.poll_leave(cx);
        }
        let Some(rest) = &mut self.rest else { return Poll::Ready(None) };
        let next = ready!(Pin::new(rest).poll_next(cx));
        self.link.count_queue();
        // Its last word is a status, and a client has none to send: it ends its side.
        Poll::Ready(next.and_then(Result::ok))
    }
}

impl<C: Linked> Unpin for Outgoing<C> {}
