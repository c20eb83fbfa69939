//! Messages with anything in them.

use std::collections::HashMap;

use fastrand::Rng;
use prost_reflect::{
    DynamicMessage, FieldDescriptor, Kind, MessageDescriptor, Value, prost::Message as _,
};

use crate::{Case, Type, edges};

/// How deep messages lie in each other at most.
const DEPTH: usize = 3;

/// A source of messages, the same for the same seed.
#[derive(Debug)]
pub struct Random {
    rng: Rng,
}

impl Random {
    /// One with this seed.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self { rng: Rng::with_seed(seed) }
    }

    /// A message of this type.
    pub fn case(&mut self, of: Type, name: String) -> Case {
        let message = self.message(&of.descriptor(), 0);
        Case { name, of, wire: message.encode_to_vec() }
    }

    fn message(&mut self, descriptor: &MessageDescriptor, depth: usize) -> DynamicMessage {
        let mut message = edges::base(descriptor);
        // The deeper, the fewer fields: a message that holds itself several times would never end.
        let one_in = 2 << (2 * depth);
        for field in descriptor.fields() {
            // A later member of a oneof takes the place of an earlier one.
            if self.rng.usize(..one_in) == 0
                && let Some(value) = self.field(&field, depth)
            {
                message.set_field(&field, value);
            }
        }
        message
    }

    fn field(&mut self, field: &FieldDescriptor, depth: usize) -> Option<Value> {
        let count = self.rng.usize(1..4);
        if let (true, Kind::Message(entry)) = (field.is_map(), field.kind()) {
            let keys = edges::keys(&entry.map_entry_key_field().kind());
            let kind = entry.map_entry_value_field().kind();
            let mut entries = HashMap::new();
            for _ in 0..count {
                let key = self.rng.choice(&keys)?.clone();
                entries.insert(key, self.value(&kind, depth)?);
            }
            return Some(Value::Map(entries));
        }
        if field.is_list() {
            let items = (0..count).map(|_| self.value(&field.kind(), depth));
            return items.collect::<Option<_>>().map(Value::List);
        }
        self.value(&field.kind(), depth)
    }

    /// An edge or something else; `None` where it would lie too deep.
    fn value(&mut self, kind: &Kind, depth: usize) -> Option<Value> {
        if let Kind::Message(message) = kind
            && message.package_name() != "google.protobuf"
        {
            return (depth < DEPTH).then(|| Value::Message(self.message(message, depth + 1)));
        }
        if self.rng.bool() {
            return self.rng.choice(edges::of_kind(kind));
        }
        self.other(kind, depth)
    }

    fn other(&mut self, kind: &Kind, depth: usize) -> Option<Value> {
        let rng = &mut self.rng;
        Some(match kind {
            Kind::Bool => Value::Bool(rng.bool()),
            Kind::String => {
                let length = rng.usize(..20);
                Value::String((0..length).map(|_| rng.char(..)).collect())
            }
            Kind::Bytes => {
                let length = rng.usize(..20);
                Value::Bytes((0..length).map(|_| rng.u8(..)).collect::<Vec<u8>>().into())
            }
            // Any bits: subnormals, powers of two and the like come as they may.
            Kind::Float => Value::F32(f32::from_bits(rng.u32(..))),
            Kind::Double => Value::F64(f64::from_bits(rng.u64(..))),
            Kind::Int32 | Kind::Sint32 | Kind::Sfixed32 => Value::I32(rng.i32(..)),
            Kind::Int64 | Kind::Sint64 | Kind::Sfixed64 => Value::I64(rng.i64(..)),
            Kind::Uint32 | Kind::Fixed32 => Value::U32(rng.u32(..)),
            Kind::Uint64 | Kind::Fixed64 => Value::U64(rng.u64(..)),
            Kind::Enum(_) => Value::EnumNumber(rng.i32(-3..6)),
            Kind::Message(message) => return self.well_known(message, depth),
        })
    }

    /// Values that hold others; the rest has edges enough.
    fn well_known(&mut self, message: &MessageDescriptor, depth: usize) -> Option<Value> {
        let holder = ["fields", "values"].into_iter().find_map(|it| message.get_field_by_name(it));
        let mut made = DynamicMessage::new(message.clone());
        if let Some(field) = holder.filter(|_| depth < DEPTH) {
            made.set_field(&field, self.field(&field, depth + 1)?);
            return Some(Value::Message(made));
        }
        if message.full_name() == "google.protobuf.Value" && depth < DEPTH {
            let name = if self.rng.bool() { "struct_value" } else { "list_value" };
            let field = message.get_field_by_name(name)?;
            made.set_field(&field, self.value(&field.kind(), depth + 1)?);
            return Some(Value::Message(made));
        }
        self.rng.choice(edges::of_kind(&Kind::Message(message.clone())))
    }
}
