//! The options of `streaming/options.proto`, read through the pool.

use prost_reflect::{
    DescriptorPool, DynamicMessage, FieldDescriptor, MethodDescriptor, OneofDescriptor, Value,
};

/// Reads options where the protos import them.
#[derive(Debug)]
pub(crate) struct Options<'a> {
    pool: &'a DescriptorPool,
}

impl<'a> Options<'a> {
    pub(crate) fn new(pool: &'a DescriptorPool) -> Self {
        Self { pool }
    }

    /// Whether the protos know our options at all: most do not, and reading options is not free.
    fn known(&self) -> bool {
        self.pool
            .get_extension_by_name("streaming.client_id")
            .is_some()
    }

    /// The option `streaming.<name>` of `field`, if it is set.
    pub(crate) fn field(&self, field: &FieldDescriptor, name: &str) -> Option<Value> {
        self.known().then(|| Self::get(&field.options(), name))?
    }

    /// Whether the bool option `streaming.<name>` of `field` is set to true.
    pub(crate) fn flag(&self, field: &FieldDescriptor, name: &str) -> bool {
        self.field(field, name) == Some(Value::Bool(true))
    }

    /// Whether any of our options is set on `field`.
    pub(crate) fn any(&self, field: &FieldDescriptor) -> bool {
        self.known() && ours(&field.options())
    }

    /// Whether `oneof` is named as the payload.
    pub(crate) fn payload(&self, oneof: &OneofDescriptor) -> bool {
        self.known() && Self::get(&oneof.options(), "payload") == Some(Value::Bool(true))
    }

    /// Whether `method` is to stay plain.
    pub(crate) fn plain(&self, method: &MethodDescriptor) -> bool {
        self.known() && Self::get(&method.options(), "plain") == Some(Value::Bool(true))
    }

    fn get(options: &DynamicMessage, name: &str) -> Option<Value> {
        options
            .extensions()
            .find(|(extension, _)| {
                extension.package_name() == "streaming" && extension.name() == name
            })
            .map(|(_, value)| value.clone())
    }
}

fn ours(options: &DynamicMessage) -> bool {
    options
        .extensions()
        .any(|(extension, _)| extension.package_name() == "streaming")
}
