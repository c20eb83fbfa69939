//! One bidi rpc whose roles are looked for, and what can go wrong with it.

use prost_reflect::{Cardinality, FieldDescriptor, Kind, MessageDescriptor, MethodDescriptor};

use crate::{
    finding::{Finding, Position},
    messages,
    model::{Found, Side, Why},
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
    pub(crate) fn mistake(position: impl Into<Option<Position>>, message: String) -> Self {
        Self { reason: message.clone(), finding: Finding::new(position, message), mistake: true }
    }

    /// A call or option, the one that `why` is, that cannot be meant so: what is wrong with it.
    pub(crate) fn of_why(why: &Why, what: String) -> Self {
        match why {
            Why::Call(call, at) => Self::mistake(at.clone(), messages::wrong_call(call, &what)),
            Why::Option(_, at) => Self::mistake(at.clone(), what),
            Why::Convention => Self::mistake(None, what),
        }
    }

    /// A call that cannot be meant so: what is wrong with it.
    pub(crate) fn wrong_call(call: &Call, what: &str) -> Self {
        Self::mistake(call.at.clone(), messages::wrong_call(call, what))
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

    /// The calls for one of `roles` that name this rpc or `side`; those for this rpc come first.
    pub(crate) fn calls(&self, roles: &[Role], side: &MessageDescriptor) -> Vec<&'a Call> {
        let calls = self.settings.calls.iter().filter(|call| roles.contains(&call.role));
        let own = calls.clone().filter(|call| call.on == self.name);
        own.chain(calls.filter(|call| call.on == side.full_name())).collect()
    }

    /// Whether the user said anything about this rpc or its messages.
    pub(crate) fn meant(&self) -> bool {
        let sides = [self.message(), self.command()];
        self.settings.only(&self.name) == Some(true)
            || self.settings.calls.iter().any(|call| {
                call.on == self.name || sides.iter().any(|side| call.on == side.full_name())
            })
            || self.options.any_of_method(&self.method)
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

    /// That an option of `field` says so: `[(streaming.ack) = true]`.
    pub(crate) fn marked(&self, field: &FieldDescriptor, option: &str, value: &str) -> Why {
        Why::Option(format!("[(streaming.{option}) = {value}]"), self.field_position(field))
    }

    /// That an option of the rpc says so: `option (streaming.no_answers) = true;`.
    pub(crate) fn marked_rpc(&self, option: &str, value: &str) -> Why {
        Why::Option(format!("option (streaming.{option}) = {value};"), self.rpc_position())
    }

    /// The field of `side` that the bool option of `role` marks; several are a mistake.
    pub(crate) fn option(
        &self,
        role: Role,
        side: &MessageDescriptor,
    ) -> Result<Option<Found<FieldDescriptor>>, Problem> {
        let name = role.name();
        let mut marked = side.fields().filter(|field| self.options.flag(field, name));
        let first = marked.next();
        match (&first, marked.next()) {
            (Some(first), Some(second)) => Err(Problem::mistake(
                self.field_position(&second),
                messages::marked_twice(name, first.name(), second.name(), side.full_name()),
            )),
            _ => Ok(first.map(|field| {
                let why = self.marked(&field, name, "true");
                Found { what: field, why }
            })),
        }
    }

    /// The variant of `side` that a call or an option names for `role`.
    pub(crate) fn named_variant(
        &self,
        role: Role,
        side: &Side,
    ) -> Result<Option<Found<usize>>, Problem> {
        for call in self.calls(&[role], &side.descriptor) {
            if let Some(index) = self.called_variant(call, call.field(), side)? {
                return Ok(Some(Found { what: index, why: said(call) }));
            }
        }
        let Some(Found { what: field, why }) = self.option(role, &side.descriptor)? else {
            return Ok(None);
        };
        match side.variant(field.name()) {
            Some(index) => Ok(Some(Found { what: index, why })),
            None => Err(self.no_place(&field, role.name(), side)),
        }
    }

    /// The variant `name` of `side`, which `call` names; `None` where the call names the rpc, and so is about the other
    /// direction perhaps.
    pub(crate) fn called_variant(
        &self,
        call: &Call,
        name: &str,
        side: &Side,
    ) -> Result<Option<usize>, Problem> {
        if let Some(index) = side.variant(name) {
            return Ok(Some(index));
        }
        if call.role.is_of_either() && call.on == self.name {
            return Ok(None);
        }
        Err(Problem::wrong_call(call, &self.no_variant(name, side)))
    }

    /// Looks for calls that name the rpc, and a variant of neither direction.
    pub(crate) fn check_either(&self, message: &Side, command: &Side, problems: &mut Vec<Problem>) {
        let calls = self.settings.calls.iter().filter(|call| call.on == self.name);
        for call in calls.filter(|call| call.role.is_of_either()) {
            // Without a oneof, a field can be kept from being published, but has no other role.
            let sides = [message, command].into_iter();
            let sides = sides.filter(|it| it.oneof.is_some() || call.role == Role::NoPublish);
            let mut names = sides.flat_map(Side::names).collect::<Vec<_>>();
            if !names.contains(&call.field()) {
                names.dedup();
                let what = messages::no_variant_in_either(call.field(), &names);
                problems.push(Problem::wrong_call(call, &what));
            }
        }
    }

    /// That the option `name`, which belongs on a variant, is on another field of `side`.
    pub(crate) fn no_place(&self, field: &FieldDescriptor, name: &str, side: &Side) -> Problem {
        let message = match &side.oneof {
            Some(oneof) => messages::option_on_no_variant(name, field, &oneof.what, &side.names()),
            None => messages::option_without_variants(name, side.descriptor.full_name()),
        };
        Problem::mistake(self.field_position(field), message)
    }

    /// That `side` has no variant `name`, and which it has.
    pub(crate) fn no_variant(&self, name: &str, side: &Side) -> String {
        let of = side.descriptor.full_name();
        let Some(Found { what: oneof, .. }) = &side.oneof else {
            return messages::no_oneof(name, of);
        };
        let place = self.source.position(&side.descriptor.parent_file(), oneof.path());
        messages::no_variant(name, of, oneof, &place.line_only(), &side.names())
    }
}

/// That `call` says so.
pub(crate) fn said(call: &Call) -> Why {
    Why::Call(call.to_string(), call.at.clone())
}

/// Whether `field` can hold an id: a single string, integer or bytes.
pub(crate) fn is_id(field: &FieldDescriptor) -> bool {
    !field.is_list() && (matches!(field.kind(), Kind::String | Kind::Bytes) || is_int(field))
}

/// Whether two ids are of the same kind, so that one can hold the other.
pub(crate) fn same_kind(one: &FieldDescriptor, other: &FieldDescriptor) -> bool {
    match (one.kind(), other.kind()) {
        (Kind::String, Kind::String) | (Kind::Bytes, Kind::Bytes) => true,
        _ => is_int(one) && is_int(other),
    }
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

/// The field `name` of `message` that `fits`, outside of every oneof.
pub(crate) fn field(
    message: &MessageDescriptor,
    name: &str,
    fits: impl Fn(&Kind) -> bool,
) -> Option<FieldDescriptor> {
    message
        .get_field_by_name(name)
        .filter(|field| !field.is_list() && is_top_level(field) && fits(&field.kind()))
}
