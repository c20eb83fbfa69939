//! What travels to the transport: a message that is still to be encoded, or bytes that several streams share.

use std::marker::PhantomData;

use bytes::{Buf, BufMut as _, Bytes};
use prost::Message;
use tonic::{
    Status,
    codec::{BufferSettings, Codec, DecodeBuf, Decoder, EncodeBuf, Encoder},
};

/// tonic takes messages as long as there are any and its buffer holds less than this, in bytes, and then writes.
pub(crate) const BUFFER: usize = 32 * 1024;

/// What a message of this encoded size takes there, in bytes: gRPC's prefix comes before it.
#[cfg(feature = "_session")]
pub(crate) const fn buffered(size: usize) -> usize {
    size + 5
}

/// How full tonic's buffer is.
#[cfg(feature = "_session")]
#[derive(Debug, Default)]
pub(crate) struct Buffer(usize);

#[cfg(feature = "_session")]
impl Buffer {
    /// How much it would take after a message of this size before it is written; `None`: it is written with that.
    pub(crate) fn room_after(&self, size: usize) -> Option<usize> {
        (BUFFER - 1).checked_sub(self.0 + buffered(size))
    }

    /// Messages of these sizes are taken.
    pub(crate) fn take(&mut self, sizes: impl Iterator<Item = usize>) {
        self.0 += sizes.map(buffered).sum::<usize>();
        if self.0 >= BUFFER {
            self.0 = 0;
        }
    }
}

/// One message on its way out.
///
/// A broadcast encodes once and shares the bytes. A servicer written by hand maps its messages with `Frame::from`.
#[derive(Clone, Debug)]
pub enum Frame<M> {
    /// Encoded when the transport takes it.
    Message(M),
    /// Encoded already.
    Encoded(Bytes),
}

impl<M> From<M> for Frame<M> {
    fn from(message: M) -> Self {
        Self::Message(message)
    }
}

/// The codec of a contract's rpc: encodes [`Frame`]s of `M`, decodes `D`.
///
/// By default for a server: buffers start small, since most streams are idle most of the time, and grow with the traffic.
#[derive(Debug)]
pub struct FrameCodec<M, D> {
    buffers: BufferSettings,
    types: PhantomData<fn() -> (M, D)>,
}

impl<M, D> Default for FrameCodec<M, D> {
    fn default() -> Self {
        Self { buffers: BufferSettings::new(24, BUFFER), types: PhantomData }
    }
}

impl<M, D> FrameCodec<M, D> {
    /// For a process with few streams, which need not be small: with tonic's own buffers.
    #[cfg(feature = "link")]
    pub(crate) fn of_few() -> Self {
        Self { buffers: BufferSettings::default(), types: PhantomData }
    }
}

impl<M: Message + 'static, D: Message + Default + 'static> Codec for FrameCodec<M, D> {
    type Encode = Frame<M>;
    type Decode = D;
    type Encoder = FrameEncoder<M>;
    type Decoder = FrameDecoder<D>;

    fn encoder(&mut self) -> Self::Encoder {
        FrameEncoder { buffers: self.buffers, types: PhantomData }
    }

    fn decoder(&mut self) -> Self::Decoder {
        FrameDecoder { buffers: self.buffers, types: PhantomData }
    }
}

/// Encodes [`Frame`]s.
#[derive(Debug)]
pub struct FrameEncoder<M> {
    buffers: BufferSettings,
    types: PhantomData<fn() -> M>,
}

impl<M: Message + 'static> Encoder for FrameEncoder<M> {
    type Item = Frame<M>;
    type Error = Status;

    fn encode(&mut self, frame: Frame<M>, buffer: &mut EncodeBuf<'_>) -> Result<(), Status> {
        match frame {
            Frame::Message(message) => {
                // The buffer grows as needed, so that the length need not be computed again.
                message.encode_raw(buffer);
                Ok(())
            }
            Frame::Encoded(bytes) => {
                buffer.put(bytes);
                Ok(())
            }
        }
    }

    fn buffer_settings(&self) -> BufferSettings {
        self.buffers
    }
}

/// Decodes messages.
#[derive(Debug)]
pub struct FrameDecoder<D> {
    buffers: BufferSettings,
    types: PhantomData<fn() -> D>,
}

impl<D: Message + Default> Decoder for FrameDecoder<D> {
    type Item = D;
    type Error = Status;

    fn decode(&mut self, buffer: &mut DecodeBuf<'_>) -> Result<Option<D>, Status> {
        let decoded = D::decode(Whole { buffer: &mut *buffer, read: 0 });
        buffer.advance(buffer.remaining());
        decoded.map(Some).map_err(|error| Status::internal(error.to_string()))
    }

    fn buffer_settings(&self) -> BufferSettings {
        self.buffers
    }
}

/// A message that lies in one piece, as tonic's buffer has it. To go on by a byte costs nothing there.
struct Whole<'a, 'b> {
    buffer: &'a mut DecodeBuf<'b>,
    read: usize,
}

impl Buf for Whole<'_, '_> {
    fn remaining(&self) -> usize {
        self.buffer.remaining() - self.read
    }

    fn chunk(&self) -> &[u8] {
        &self.buffer.chunk()[self.read..]
    }

    fn advance(&mut self, count: usize) {
        self.read += count;
    }

    fn copy_to_bytes(&mut self, count: usize) -> Bytes {
        self.buffer.advance(std::mem::take(&mut self.read));
        self.buffer.copy_to_bytes(count)
    }
}
