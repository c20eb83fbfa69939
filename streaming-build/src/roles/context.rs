//! One bidi rpc whose roles are looked for, and what can go wrong with it.

use std::fmt;

use prost_reflect::{Cardinality, FieldDescriptor, Kind, MessageDescriptor, MethodDescriptor};

use crate::{
    finding::{Finding, Position, suggest},
    model::Side,
    options::Options,
    settings::{Call, Role, Settings},
    source::{Source, rpc_name},
};

/// A reason why an rpc is no contract.
#[derive(Debug)]
pub(crate) struct Problem {
    /// For the docs and the attribute: `` `WatchRequest` has no client id; … ``.
    pub(crate) reason: String,
    /// For the build, where the rpc is meant.
    pub(crate) finding: Finding,
    /// Whether it is wrong in any case: a call or an option names what does not exist.
    pub(crate) mistake: bool,
}

impl Problem {
    /// A call or option that cannot be meant so.
    pub(crate) fn mistake(
        position: impl Into<Option<Position>>,
        message: impl Into<String>,
    ) -> Self {
        let message = message.into();
        Self { reason: message.clone(), finding: Finding::new(position, message), mistake: true }
    }

    /// A call that cannot be meant so: what is wrong with it.
    pub(crate) fn wrong_call(call: &Call, what: impl fmt::Display) -> Self {
        Self::mistake(call.at.clone(), format!("`{call}`: {what}"))
    }
}

/// One bidi rpc, and where to look for its roles.
#[derive(Debug)]
pub(crate) struct Context<'a> {
    pub(crate) source: &'a Source,
    pub(crate) settings: &'a Settings,
    pub(crate) options: &'a Options,
    pub(crate) method: MethodDescriptor,
    /// `package.Service/Rpc`.
    pub(crate) name: String,
}

impl<'a> Context<'a> {
    pub(crate) fn new(
        source: &'a Source,
        settings: &'a Settings,
        options: &'a Options,
        method: MethodDescriptor,
    ) -> Self {
        let name = rpc_name(&method);
        Self { source, settings, options, method, name }
    }

    /// What clients send.
    pub(crate) fn message(&self) -> MessageDescriptor {
        self.method.input()
    }

    /// What the hub sends.
    pub(crate) fn command(&self) -> MessageDescriptor {
        self.method.output()
    }

    /// The rpc with dots, as messages show it.
    pub(crate) fn shown(&self) -> String {
        self.name.replace('/', ".")
    }

    /// The calls for `role` that name this rpc or `side`; those for this rpc come first.
    pub(crate) fn calls(
        &self,
        role: Role,
        side: &MessageDescriptor,
    ) -> impl Iterator<Item = &Call> {
        let side = side.full_name().to_owned();
        let calls = self.settings.calls.iter().filter(move |call| call.role == role);
        let own = calls.clone().filter(|call| call.on == self.name);
        own.chain(calls.filter(move |call| call.on == side))
    }

    /// Whether the user said anything about this rpc or its messages.
    pub(crate) fn meant(&self) -> bool {
        let sides = [self.message(), self.command()];
        self.settings.only(&self.name) == Some(true)
            || self.settings.calls.iter().any(|call| {
                call.on == self.name || sides.iter().any(|side| call.on == side.full_name())
            })
            || sides.iter().any(|side| {
                side.fields().any(|field| self.options.any(&field))
                    || side.oneofs().any(|oneof| self.options.payload(&oneof))
            })
            || !super::client_id::marked(self).is_empty()
    }

    pub(crate) fn rpc_position(&self) -> Position {
        self.source.position(&self.method.parent_service().parent_file(), self.method.path())
    }

    pub(crate) fn message_position(&self, message: &MessageDescriptor) -> Position {
        self.source.position(&message.parent_file(), message.path())
    }

    pub(crate) fn field_position(&self, field: &FieldDescriptor) -> Position {
        self.source.position(&field.parent_file(), field.path())
    }

    /// The field of `side` that the bool option `name` marks; several are a mistake.
    pub(crate) fn option(
        &self,
        side: &MessageDescriptor,
        name: &str,
    ) -> Result<Option<FieldDescriptor>, Problem> {
        let mut marked = side.fields().filter(|field| self.options.flag(field, name));
        let first = marked.next();
        match (&first, marked.next()) {
            (Some(first), Some(second)) => Err(Problem::mistake(
                self.field_position(&second),
                format!(
                    "`(streaming.{name})` is set on `{}` and on `{}` of `{}`; mark one of them",
                    first.name(),
                    second.name(),
                    side.full_name()
                ),
            )),
            _ => Ok(first),
        }
    }

    /// The variant of `side` that a call or an option names for `role`.
    pub(crate) fn named_variant(&self, role: Role, side: &Side) -> Result<Option<usize>, Problem> {
        if let Some(call) = self.calls(role, &side.descriptor).next() {
            return self.called_variant(call, &call.field, side).map(Some);
        }
        let Some(field) = self.option(&side.descriptor, role.call())? else {
            return Ok(None);
        };
        match side.variant(field.name()) {
            Some(index) => Ok(Some(index)),
            None => Err(self.no_place(&field, role.call(), side)),
        }
    }

    /// That the option `name`, which belongs on a variant, is on another field of `side`.
    pub(crate) fn no_place(&self, field: &FieldDescriptor, name: &str, side: &Side) -> Problem {
        let of = side.descriptor.full_name();
        let what = match &side.oneof {
            Some(oneof) => {
                let names: Vec<&str> = side.variants.iter().map(|it| it.field.name()).collect();
                let variants = suggest("", "variants", &names);
                format!("`{}` is not in oneof `{}` of `{of}`{variants}", field.name(), oneof.name())
            }
            None => format!("`{of}` has no oneof, and so no variants"),
        };
        let message = format!("`(streaming.{name})` belongs on a variant; {what}");
        Problem::mistake(self.field_position(field), message)
    }

    /// The variant `name` of `side`, which `call` names.
    pub(crate) fn called_variant(
        &self,
        call: &Call,
        name: &str,
        side: &Side,
    ) -> Result<usize, Problem> {
        side.variant(name).ok_or_else(|| Problem::wrong_call(call, self.no_variant(name, side)))
    }

    /// That `side` has no variant `name`, and which it has.
    pub(crate) fn no_variant(&self, name: &str, side: &Side) -> String {
        let of = side.descriptor.full_name();
        let Some(oneof) = &side.oneof else {
            return format!("`{of}` has no oneof, and so no variant `{name}`");
        };
        let position = self.source.position(&side.descriptor.parent_file(), oneof.path());
        let place = position.line_only();
        let names: Vec<&str> = side.variants.iter().map(|it| it.field.name()).collect();
        format!(
            "no variant `{name}` in oneof `{}` of `{of}` ({place}){}",
            oneof.name(),
            suggest(name, "variants", &names)
        )
    }
}

/// Whether `field` can hold an id: a single string, integer or bytes.
pub(crate) fn is_id(field: &FieldDescriptor) -> bool {
    !field.is_list() && (matches!(field.kind(), Kind::String | Kind::Bytes) || is_int(field))
}

/// Whether `field` is a single integer.
pub(crate) fn is_int(field: &FieldDescriptor) -> bool {
    let kind = matches!(
        field.kind(),
        Kind::Int32
            | Kind::Int64
            | Kind::Uint32
            | Kind::Uint64
            | Kind::Sint32
            | Kind::Sint64
            | Kind::Fixed32
            | Kind::Fixed64
            | Kind::Sfixed32
            | Kind::Sfixed64
    );
    kind && field.cardinality() != Cardinality::Repeated
}

/// Whether `field` lies outside of every oneof: a place that is there in every message.
pub(crate) fn is_top_level(field: &FieldDescriptor) -> bool {
    field.containing_oneof().is_none_or(|oneof| oneof.is_synthetic())
}

/// The message that `field` holds once, if it holds one.
pub(crate) fn single_message(field: &FieldDescriptor) -> Option<MessageDescriptor> {
    match field.kind() {
        Kind::Message(message) if !field.is_list() && !field.is_map() => Some(message),
        _ => None,
    }
}
