//! The options of `streaming/options.proto`, read through the pool.

use std::collections::HashSet;

use prost_reflect::{
    DescriptorPool, DynamicMessage, ExtensionDescriptor, FieldDescriptor, MethodDescriptor,
    OneofDescriptor, Value,
};

/// Reads options where the protos import them.
#[derive(Debug)]
pub(crate) struct Options {
    /// Whether the protos know our options at all: most do not, and reading options is not free.
    known: bool,
    /// The full names of the fields that are marked as client ids: they are looked for at any depth.
    client_ids: HashSet<String>,
}

impl Options {
    pub(crate) fn new(pool: &DescriptorPool) -> Self {
        let mut options = Self {
            known: pool.get_extension_by_name("streaming.client_id").is_some(),
            client_ids: HashSet::new(),
        };
        if options.known {
            options.client_ids = pool
                .all_messages()
                .flat_map(|message| message.fields().collect::<Vec<_>>())
                .filter(|field| options.flag(field, "client_id"))
                .map(|field| field.full_name().to_owned())
                .collect();
        }
        options
    }

    /// Whether a field is marked as a client id anywhere.
    pub(crate) fn any_client_id(&self) -> bool {
        !self.client_ids.is_empty()
    }

    /// Whether `field` is marked as a client id.
    pub(crate) fn is_client_id(&self, field: &FieldDescriptor) -> bool {
        self.client_ids.contains(field.full_name())
    }

    /// The option `streaming.<name>` of `field`, if it is set.
    pub(crate) fn field(&self, field: &FieldDescriptor, name: &str) -> Option<Value> {
        self.known.then(|| Self::get(&field.options(), name))?
    }

    /// Whether the bool option `streaming.<name>` of `field` is set to true.
    pub(crate) fn flag(&self, field: &FieldDescriptor, name: &str) -> bool {
        self.field(field, name) == Some(Value::Bool(true))
    }

    /// The names of our options that are set on `field`.
    pub(crate) fn names(&self, field: &FieldDescriptor) -> Vec<String> {
        if !self.known {
            return Vec::new();
        }
        let options = field.options();
        let ours = options.extensions().map(|(extension, _)| extension).filter(is_ours);
        ours.map(|extension| extension.name().to_owned()).collect()
    }

    /// Whether any of our options is set on `field`.
    pub(crate) fn any(&self, field: &FieldDescriptor) -> bool {
        !self.names(field).is_empty()
    }

    /// Whether `oneof` is named as the payload.
    pub(crate) fn payload(&self, oneof: &OneofDescriptor) -> bool {
        self.known && Self::get(&oneof.options(), "payload") == Some(Value::Bool(true))
    }

    /// The option `streaming.<name>` of `method`, if it is set and no default.
    pub(crate) fn method(&self, method: &MethodDescriptor, name: &str) -> Option<Value> {
        let value = self.known.then(|| Self::get(&method.options(), name))??;
        (value != Value::Bool(false)).then_some(value)
    }

    /// Whether any of our options is set on `method`.
    pub(crate) fn any_of_method(&self, method: &MethodDescriptor) -> bool {
        self.known && method.options().extensions().any(|(extension, _)| is_ours(&extension))
    }

    fn get(options: &DynamicMessage, name: &str) -> Option<Value> {
        options
            .extensions()
            .find(|(extension, _)| is_ours(extension) && extension.name() == name)
            .map(|(_, value)| value.clone())
    }
}

fn is_ours(extension: &ExtensionDescriptor) -> bool {
    extension.package_name() == "streaming"
}
