//! Messages of every kind, and the JSON that a hub publishes of them.

mod edges;
mod random;
pub mod wire;

use prost_reflect::{DescriptorPool, MessageDescriptor};
use streaming_runtime::{
    Contract,
    codegen::{json::Json, prost::Message as _},
};

pub use random::Random;

/// The contracts.
pub mod pb {
    streaming_runtime::include_proto!("kinds.v1");
}

/// A message as it is sent.
#[derive(Clone, Debug)]
pub struct Case {
    /// What is special about it.
    pub name: String,
    /// Its type.
    pub of: Type,
    /// Its bytes.
    pub wire: Vec<u8>,
}

/// The messages that are sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Type {
    /// proto3.
    Kind,
    /// proto2.
    Legacy,
}

impl Type {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::Kind, Self::Legacy];

    /// Its name in the proto.
    #[must_use]
    pub fn full_name(self) -> &'static str {
        match self {
            Self::Kind => "kinds.v1.Kind",
            Self::Legacy => "kinds.v1.Legacy",
        }
    }

    /// Its descriptor.
    ///
    /// # Panics
    /// Never: the descriptors are those that were generated.
    #[must_use]
    pub fn descriptor(self) -> MessageDescriptor {
        let pool = DescriptorPool::decode(pb::FILE_DESCRIPTOR_SET).expect("descriptors");
        pool.get_message_by_name(self.full_name()).expect("one of the descriptors")
    }

    /// What is published of the message with these bytes, without the event around it.
    ///
    /// # Panics
    /// Where the bytes are no message, or the JSON no text.
    #[must_use]
    pub fn json(self, wire: &[u8]) -> String {
        match self {
            Self::Kind => json::<pb::kinds::Show>(wire),
            Self::Legacy => json::<pb::legacies::Show>(wire),
        }
    }
}

fn json<C: Contract>(wire: &[u8]) -> String {
    let message = C::Message::decode(wire).expect("bytes of a message");
    let mut json = Json::new();
    json.object(|object| C::message_json(&message, object));
    String::from_utf8(json.into_bytes().into()).expect("text")
}

/// Each field alone, with each value that is special for its kind.
#[must_use]
pub fn edge_cases() -> Vec<Case> {
    Type::ALL.into_iter().flat_map(edges::cases).collect()
}
