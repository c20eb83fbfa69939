//! What answers each command.

use prost_reflect::{FieldDescriptor, Value};

use super::{
    ack::carried,
    context::{Context, Problem, is_top_level, single_message},
};
use crate::{
    finding::{Finding, list},
    model::{Ack, Ping, PingKind, Pong, Reply, Side},
    settings::Role,
};

/// The roles that were found before.
pub(crate) struct Known<'a> {
    /// Whether the command's id is not known for certain, and so nothing that depends on it.
    pub(crate) in_doubt: bool,
    pub(crate) command_id: Option<&'a FieldDescriptor>,
    pub(crate) ack: Option<&'a Ack>,
    pub(crate) ping: Option<&'a Ping>,
    pub(crate) pong: Option<&'a Pong>,
}

/// The answers of all variants of the command.
pub(crate) fn find(
    context: &Context<'_>,
    message: &Side,
    command: &Side,
    known: &Known<'_>,
    problems: &mut Vec<Problem>,
) -> Vec<Option<Reply>> {
    for call in context.calls(Role::Reply, &command.descriptor) {
        problems.extend(context.called_variant(call, &call.field, command).err());
    }
    if command.oneof.is_some() {
        let variant = |field: &FieldDescriptor| command.variant(field.name()).is_some();
        let others = command.descriptor.fields().filter(|field| !variant(field));
        let marked = others.filter(|field| context.options.field(field, "reply").is_some());
        problems.extend(marked.map(|field| context.no_place(&field, "reply", command)));
    }
    let search = Search { context, message, known };
    (0..command.variants.len())
        .map(|index| {
            search.answer(command, index).map_err(|problem| problems.push(problem)).ok().flatten()
        })
        .collect()
}

struct Search<'a> {
    context: &'a Context<'a>,
    message: &'a Side,
    known: &'a Known<'a>,
}

impl Search<'_> {
    fn answer(&self, command: &Side, index: usize) -> Result<Option<Reply>, Problem> {
        let field = &command.variants[index].field;
        let context = self.context;
        let mut calls = context.calls(Role::Reply, &command.descriptor);
        if let Some(call) = calls.find(|call| call.field == field.name()) {
            let name = call.reply.as_deref().unwrap_or_default();
            let found = context.called_variant(call, name, self.message)?;
            return self.named(found, field).map(Some);
        }
        if let Some(Value::String(name)) = context.options.field(field, "reply") {
            let found = self.message.variant(&name).ok_or_else(|| {
                let what = context.no_variant(&name, self.message);
                let message =
                    format!("`(streaming.reply) = {name:?}` on `{}`: {what}", field.name());
                Problem::mistake(context.field_position(field), message)
            })?;
            return self.named(found, field).map(Some);
        }
        let is_ping = matches!(
            self.known.ping,
            Some(Ping { kind: PingKind::Variant(ping), .. }) if *ping == index
        );
        if is_ping || command.oneof.is_none() || self.known.command_id.is_none() {
            return Ok(None);
        }
        if let Some(reply) = self.by_name(field)? {
            return Ok(Some(reply));
        }
        Ok(self.known.ack.map(|ack| match ack {
            Ack::Variant(..) => Reply::Ack,
            Ack::Envelope(_) => Reply::Any,
        }))
    }

    /// The variant of this index as a reply, if it carries the id.
    fn carrying(&self, index: usize) -> Option<Reply> {
        let command_id = self.known.command_id?;
        let payload = single_message(&self.message.variants[index].field);
        let inside = payload.and_then(|payload| carried(&payload, command_id));
        let around = || carried(&self.message.descriptor, command_id).filter(is_top_level);
        Some(Reply::Variant(index, Some(inside.or_else(around)?)))
    }

    fn by_name(&self, command: &FieldDescriptor) -> Result<Option<Reply>, Problem> {
        let name = command.name();
        let stem = name.strip_prefix("request_").or_else(|| name.strip_prefix("get_"));
        let suffixed = ["_response", "_result", "_reply"].map(|suffix| format!("{name}{suffix}"));
        let names = [name].into_iter().chain(suffixed.iter().map(String::as_str));
        let taken = |index: &usize| {
            matches!(self.known.ack, Some(Ack::Variant(ack, _)) if ack == index)
                || self.known.pong.is_some_and(|pong| pong.index == *index)
        };
        let mut found: Vec<Reply> = names
            .chain(stem)
            .filter_map(|name| self.message.variant(name))
            .filter(|index| !taken(index))
            .filter_map(|index| self.carrying(index))
            .collect();
        if found.len() > 1 {
            return Err(self.several(command, &found));
        }
        Ok(found.pop())
    }

    fn named(&self, index: usize, command: &FieldDescriptor) -> Result<Reply, Problem> {
        if self.known.in_doubt {
            return Ok(Reply::Any);
        }
        self.carrying(index).ok_or_else(|| {
            let reply = &self.message.variants[index].field;
            let what = format!("`{}` cannot answer `{}`", reply.name(), command.name());
            let why = match self.known.command_id {
                Some(id) => {
                    format!("it has no field `{}`, as the command's id is called", id.name())
                }
                None => format!(
                    "commands have no id; call `.command_id({:?}, \"…\")`",
                    command.parent_message().full_name()
                ),
            };
            let position = self.context.field_position(reply);
            Problem::mistake(position, format!("{what}: {why}"))
        })
    }

    fn several(&self, command: &FieldDescriptor, found: &[Reply]) -> Problem {
        let names: Vec<&str> = found
            .iter()
            .filter_map(|reply| match reply {
                Reply::Variant(index, _) => Some(self.message.variants[*index].field.name()),
                Reply::Ack | Reply::Any => None,
            })
            .collect();
        let what = format!("several answers to `{}`: {}", command.name(), list(&names));
        let mend = format!(
            "mark it with `[(streaming.reply) = {:?}]` or call `.reply({:?}, {:?}, {0:?})`",
            names[0],
            command.parent_message().full_name(),
            command.name()
        );
        Problem {
            reason: format!("{what}; {mend}"),
            finding: Finding::new(
                self.context.field_position(command),
                format!("`{}` has {what}; {mend}", self.context.shown()),
            ),
            mistake: false,
        }
    }
}
