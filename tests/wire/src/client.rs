//! A client on h2 alone: it frames its messages itself, or not.

use bytes::{Buf as _, BufMut as _, Bytes, BytesMut};
use h2::{
    RecvStream, SendStream,
    client::{ResponseFuture, handshake},
};
use http::Request;
use prost::Message;
use tokio::io::DuplexStream;

use crate::pb::{BotCommand, BotMessage};

/// One rpc on a connection of its own.
pub(crate) struct Rpc {
    sends: SendStream<Bytes>,
    response: Response,
}

enum Response {
    Expected(ResponseFuture),
    Read(RecvStream, BytesMut),
}

impl Rpc {
    pub(crate) async fn open(connection: DuplexStream) -> Self {
        let (requests, connection) = handshake(connection).await.expect("the hub speaks HTTP/2");
        tokio::spawn(connection);
        let mut requests = requests.ready().await.expect("a stream more");
        let rpc = Request::post("http://memory/trading.v1.TradingBots/Connect")
            .header("content-type", "application/grpc")
            .header("te", "trailers");
        let rpc = rpc.body(()).expect("valid headers");
        let (response, sends) = requests.send_request(rpc, false).expect("an open connection");
        Self { sends, response: Response::Expected(response) }
    }

    /// Sends data as it is, if the hub still listens.
    pub(crate) fn send(&mut self, data: &[u8]) {
        let _ = self.sends.send_data(Bytes::copy_from_slice(data), false);
    }

    pub(crate) fn say(&mut self, message: &BotMessage) {
        self.send(&framed(message));
    }

    /// The next command.
    pub(crate) async fn hears(&mut self) -> BotCommand {
        if let Response::Expected(response) = &mut self.response {
            let response = response.await.expect("a response");
            self.response = Response::Read(response.into_body(), BytesMut::new());
        }
        let Response::Read(body, read) = &mut self.response else { unreachable!("it was awaited") };
        loop {
            if let Some(length) = read.get(1..5) {
                let length = u32::from_be_bytes(length.try_into().expect("four bytes"));
                let end = 5 + usize::try_from(length).expect("32 bits");
                if read.len() >= end {
                    let mut frame = read.split_to(end);
                    frame.advance(5);
                    return BotCommand::decode(frame).expect("a command");
                }
            }
            let data = body.data().await.expect("the stream goes on").expect("data");
            body.flow_control().release_capacity(data.len()).expect("what was read");
            read.put(data);
        }
    }
}

/// A message behind its length, not compressed.
pub(crate) fn framed(message: &impl Message) -> Vec<u8> {
    let mut frame = vec![0];
    frame.put_u32(u32::try_from(message.encoded_len()).expect("small messages"));
    message.encode(&mut frame).expect("a vector grows");
    frame
}
