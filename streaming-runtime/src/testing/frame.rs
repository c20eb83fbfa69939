//! Messages as gRPC frames them.

use std::{
    io,
    pin::Pin,
    task::{Context, Poll},
};

use bytes::{BufMut as _, Bytes, BytesMut};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tonic::{Streaming, codec::Codec as _};

use crate::{contract::Contract, outbox::FrameCodec};

/// What a client does to its side of a stream.
pub(super) enum Up {
    /// It sends a message, framed.
    Frame(Bytes),
    /// It ends its side.
    End,
}

/// A message behind its length, not compressed.
pub(crate) fn frame(message: &impl prost::Message) -> Bytes {
    let length = message.encoded_len();
    let mut frame = BytesMut::with_capacity(length + 5);
    frame.put_u8(0);
    frame.put_u32(u32::try_from(length).expect("gRPC has 4 GiB for a message"));
    message.encode_raw(&mut frame);
    frame.freeze()
}

/// What arrives at the hub: frames, and an error where the connection is lost.
pub(crate) type Frames = UnboundedSender<io::Result<Bytes>>;

/// The input of a stream, as it would come from a connection, and its other end.
pub(crate) fn input<C: Contract>() -> (Frames, Streaming<C::Message>) {
    let (frames, body) = unbounded_channel();
    let decoder = FrameCodec::<C::Command, C::Message>::default().decoder();
    (frames, Streaming::new_request(decoder, Body(body), None, None))
}

/// A request's body: frames until the sender is dropped, or until an error, which is a lost connection.
struct Body(UnboundedReceiver<io::Result<Bytes>>);

impl http_body::Body for Body {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<io::Result<http_body::Frame<Bytes>>>> {
        self.0.poll_recv(cx).map(|frame| Some(frame?.map(http_body::Frame::data)))
    }
}
