//! What answers what: one search for the replies to commands and for the answers to messages.

use prost_reflect::{FieldDescriptor, Kind, MessageDescriptor, Value};

use super::context::{
    Context, Problem, field, is_id, is_top_level, said, same_kind, single_message,
};
use crate::{
    finding::{Finding, Position},
    messages,
    model::{Ack, Found, Outcome, Side},
    settings::Role,
};

/// Looks among the variants of one side for what answers those of the other.
pub(crate) struct Search<'a> {
    pub(crate) context: &'a Context<'a>,
    /// The side that answers.
    pub(crate) side: &'a Side,
    /// The call and option that name an answer.
    pub(crate) role: Role,
    /// Variants of the side that answer nothing unless they are named.
    pub(crate) taken: Vec<usize>,
    /// Fields that hold other ids than those of what is answered.
    pub(crate) other_ids: Vec<FieldDescriptor>,
}

impl Search<'_> {
    /// The fields of the variant of this index, if it carries `id`: in its payload, or in the message around it.
    pub(crate) fn carrying(&self, index: usize, id: &FieldDescriptor) -> Option<Outcome> {
        let payload = single_message(&self.side.variants[index].field);
        let inside = payload.as_ref().and_then(|payload| carried(payload, id));
        let id = inside.or_else(|| self.around(id))?;
        Some(outcome(payload.as_ref(), id))
    }

    /// The field of the message itself that carries `id`.
    fn around(&self, id: &FieldDescriptor) -> Option<FieldDescriptor> {
        carried(&self.side.descriptor, id).filter(is_top_level)
    }

    /// As [`carrying`](Self::carrying), but not in a field that holds another id.
    fn carrying_by_name(&self, index: usize, id: &FieldDescriptor) -> Option<Outcome> {
        self.carrying(index, id).filter(|outcome| !self.other_ids.contains(&outcome.id))
    }

    /// All of the message, if it carries `id` itself.
    pub(crate) fn envelope(&self, id: &FieldDescriptor) -> Option<Ack> {
        let id = self.around(id).filter(|id| !self.other_ids.contains(id))?;
        Some(Ack::Envelope(outcome(Some(&self.side.descriptor), id)))
    }

    /// The variant that is called as an ack of what has `id`.
    pub(crate) fn ack(&self, id: &FieldDescriptor) -> Result<Option<Ack>, Problem> {
        let side = self.side;
        if side.oneof.is_none() {
            return Ok(None);
        }
        let stem = id.name().strip_suffix("_id").unwrap_or(id.name());
        let fits = |index: usize| {
            single_message(&side.variants[index].field)?;
            Some(Ack::Variant(index, self.carrying_by_name(index, id)?))
        };
        for name in ["command_ack", "ack", &format!("{stem}_ack")] {
            if let Some(ack) = side.variant(name).and_then(fits) {
                return Ok(Some(ack));
            }
        }
        // Any other name tells less, so that the id must be its own.
        let own = |ack: &Ack| *ack.outcome().id.parent_message() != side.descriptor;
        let mut found: Vec<Ack> = (0..side.variants.len())
            .filter(|&index| side.name(index).ends_with("_ack"))
            .filter_map(fits)
            .filter(own)
            .collect();
        if found.len() > 1 {
            let names: Vec<&str> =
                found.iter().filter_map(Ack::variant).map(|index| side.name(index)).collect();
            return Err(self.several_acks(&names));
        }
        Ok(found.pop())
    }

    /// The variant that is called as what answers `asked`, whose id is `id`.
    pub(crate) fn typed(
        &self,
        asked: &FieldDescriptor,
        id: &FieldDescriptor,
    ) -> Result<Option<(usize, Outcome)>, Problem> {
        let name = asked.name();
        let stem = name.strip_prefix("request_").or_else(|| name.strip_prefix("get_"));
        let suffixed = ["_response", "_result", "_reply"].map(|suffix| format!("{name}{suffix}"));
        let names = [name].into_iter().chain(suffixed.iter().map(String::as_str));
        let mut found: Vec<(usize, Outcome)> = names
            .chain(stem)
            .filter_map(|name| self.side.variant(name))
            .filter(|index| !self.taken.contains(index))
            .filter_map(|index| Some((index, self.carrying_by_name(index, id)?)))
            .collect();
        if found.len() > 1 && *asked.parent_message() == self.side.descriptor {
            // One type both ways has all names on both sides, so that its own tells nothing.
            found.retain(|(index, _)| self.side.name(*index) != name);
        }
        if found.len() > 1 {
            let names: Vec<&str> = found.iter().map(|(index, _)| self.side.name(*index)).collect();
            return Err(self.several_answers(asked, &names));
        }
        Ok(found.pop())
    }

    /// The variant that a call or an option names as what answers `asked`.
    pub(crate) fn named(
        &self,
        asking: &Side,
        asked: &FieldDescriptor,
    ) -> Result<Option<Found<usize>>, Problem> {
        let context = self.context;
        let calls = context.calls(&[self.role], &asking.descriptor);
        if let Some(call) = calls.iter().find(|call| call.field() == asked.name()) {
            let found = context.called_variant(call, call.second(), self.side)?;
            let why = said(call);
            return Ok(found.map(|what| Found { what, why }));
        }
        let option = self.role.name();
        let Some(Value::String(name)) = context.options.field(asked, option) else {
            return Ok(None);
        };
        let Some(what) = self.side.variant(&name) else {
            let what = context.no_variant(&name, self.side);
            let message = messages::option_names_nothing(option, &name, asked.name(), &what);
            return Err(Problem::mistake(context.field_position(asked), message));
        };
        let why = context.marked(asked, option, &format!("{name:?}"));
        Ok(Some(Found { what, why }))
    }

    /// Looks whether everything that is named for the role stands on a variant of `asking`.
    pub(crate) fn check(&self, asking: &Side, problems: &mut Vec<Problem>) {
        let context = self.context;
        for call in context.calls(&[self.role], &asking.descriptor) {
            problems.extend(context.called_variant(call, call.field(), asking).err());
        }
        let option = self.role.name();
        let variant = |field: &FieldDescriptor| asking.variant(field.name()).is_some();
        let others = asking.descriptor.fields().filter(|field| !variant(field));
        let marked = others.filter(|field| context.options.field(field, option).is_some());
        problems.extend(marked.map(|field| context.no_place(&field, option, asking)));
    }

    fn several_acks(&self, names: &[&str]) -> Problem {
        let side = &self.side.descriptor;
        let what = messages::several_acks(side.full_name(), names);
        self.ambiguous(self.context.message_position(side), what)
    }

    fn several_answers(&self, asked: &FieldDescriptor, names: &[&str]) -> Problem {
        let what = messages::several_answers(self.role.name(), asked, names);
        self.ambiguous(self.context.field_position(asked), what)
    }

    fn ambiguous(&self, position: Position, what: String) -> Problem {
        let message = messages::has(&self.context.shown(), &what);
        Problem { reason: what, finding: Finding::new(position, message), mistake: false }
    }
}

/// The field of `message` in which it carries `id`.
fn carried(message: &MessageDescriptor, id: &FieldDescriptor) -> Option<FieldDescriptor> {
    let field = message.get_field_by_name(id.name()).filter(is_id);
    field.filter(|field| same_kind(field, id))
}

/// The fields of what answers by their names.
fn outcome(payload: Option<&MessageDescriptor>, id: FieldDescriptor) -> Outcome {
    let find = |name, fits: fn(&Kind) -> bool| field(payload?, name, fits);
    let text = |kind: &Kind| matches!(kind, Kind::String);
    Outcome {
        id,
        success: find("success", |kind| matches!(kind, Kind::Bool)),
        error: find("error", text),
        message: find("message", text),
    }
}
