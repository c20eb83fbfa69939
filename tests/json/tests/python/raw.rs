//! A client that sends bytes as they are.

use std::{net::SocketAddr, time::Duration};

use bytes::{Buf as _, BufMut as _, Bytes};
use http::uri::PathAndQuery;
use tokio::{sync::mpsc, time::timeout};
use tokio_stream::wrappers::ReceiverStream;
use tonic::{
    Request, Status, Streaming,
    client::Grpc,
    codec::{Codec, DecodeBuf, Decoder, EncodeBuf, Encoder},
    transport::Endpoint,
};

/// Long enough for an answer, also on a slow machine.
const LONG: Duration = Duration::from_secs(20);

/// One stream on a connection of its own.
pub(crate) struct Client {
    messages: mpsc::Sender<Bytes>,
    commands: Streaming<Bytes>,
}

impl Client {
    /// Opens a stream of this rpc: `kinds.v1.Kinds/Show`.
    pub(crate) async fn open(addr: SocketAddr, rpc: &str) -> Self {
        let endpoint = Endpoint::from_shared(format!("http://{addr}")).unwrap();
        let mut grpc = Grpc::new(endpoint.connect().await.unwrap());
        grpc.ready().await.unwrap();
        let (messages, receiver) = mpsc::channel(1);
        let path = PathAndQuery::try_from(format!("/{rpc}")).unwrap();
        let call = grpc.streaming(Request::new(ReceiverStream::new(receiver)), path, Raw);
        let commands = timeout(LONG, call).await.expect("headers come").unwrap().into_inner();
        Self { messages, commands }
    }

    /// Sends a message, and waits for the command that comes for it.
    pub(crate) async fn exchange(&mut self, message: &[u8]) {
        let message = Bytes::copy_from_slice(message);
        self.messages.send(message).await.expect("an open stream");
        let command = timeout(LONG, self.commands.message()).await.expect("a command comes");
        command.expect("no error").expect("an open stream");
    }
}

#[derive(Clone, Copy)]
struct Raw;

impl Codec for Raw {
    type Encode = Bytes;
    type Decode = Bytes;
    type Encoder = Self;
    type Decoder = Self;

    fn encoder(&mut self) -> Self {
        Self
    }

    fn decoder(&mut self) -> Self {
        Self
    }
}

impl Encoder for Raw {
    type Item = Bytes;
    type Error = Status;

    fn encode(&mut self, item: Bytes, to: &mut EncodeBuf<'_>) -> Result<(), Status> {
        to.put(item);
        Ok(())
    }
}

impl Decoder for Raw {
    type Item = Bytes;
    type Error = Status;

    fn decode(&mut self, from: &mut DecodeBuf<'_>) -> Result<Option<Bytes>, Status> {
        Ok(Some(from.copy_to_bytes(from.remaining())))
    }
}
