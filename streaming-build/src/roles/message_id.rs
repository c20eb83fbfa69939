//! The ids under which messages ask.

use prost_reflect::FieldDescriptor;

use super::{
    command_id::NAMES,
    context::{Context, Problem, is_id, is_top_level, said, single_message},
    path,
};
use crate::{
    messages,
    model::{Found, Side, Why},
    settings::Role,
};

/// The ids that calls and options name.
#[derive(Debug, Default)]
pub(crate) struct Named {
    /// Of every variant.
    top: Option<Found<FieldDescriptor>>,
    /// Of one variant, by its index.
    inside: Vec<(usize, Found<FieldDescriptor>)>,
}

impl Named {
    /// All fields that are named.
    pub(crate) fn fields(&self) -> Vec<FieldDescriptor> {
        let inside = self.inside.iter().map(|(_, id)| id);
        self.top.iter().chain(inside).map(|id| id.what.clone()).collect()
    }

    /// The id of the variant of this index.
    pub(crate) fn of(&self, index: usize) -> Option<&Found<FieldDescriptor>> {
        let inside = self.inside.iter().find(|(variant, _)| *variant == index);
        inside.map(|(_, id)| id).or(self.top.as_ref())
    }

    /// The id of every variant.
    pub(crate) fn top(&self) -> Option<&Found<FieldDescriptor>> {
        self.top.as_ref()
    }

    /// The ids of variants, by the variants' indices.
    pub(crate) fn inside(&self) -> impl Iterator<Item = (usize, &Found<FieldDescriptor>)> {
        self.inside.iter().map(|(index, id)| (*index, id))
    }
}

/// The fields of the variant of this index, and of the message around it, that are called as ids.
pub(crate) fn by_name(side: &Side, index: usize) -> Vec<FieldDescriptor> {
    let payload = single_message(&side.variants[index].field);
    let inside = payload.iter().flat_map(|payload| {
        NAMES.iter().filter_map(|name| payload.get_field_by_name(name)).filter(is_id)
    });
    let top = NAMES.iter().filter_map(|name| side.descriptor.get_field_by_name(name));
    inside.chain(top.filter(|id| is_id(id) && is_top_level(id))).collect()
}

/// What calls name, else what options mark.
pub(crate) fn named(context: &Context<'_>, side: &Side, problems: &mut Vec<Problem>) -> Named {
    let mut named = Named::default();
    for call in context.calls(&[Role::MessageId], &side.descriptor) {
        let path = match path::follow(call, &side.descriptor) {
            Ok(path) => path,
            Err(problem) => {
                problems.push(problem);
                continue;
            }
        };
        let why = said(call);
        if !place(side, &path, why, &mut named) {
            problems.push(Problem::wrong_call(call, &no_place(side)));
        }
    }
    for path in marked(context, side) {
        let Some(field) = path.last() else {
            continue;
        };
        let position = context.field_position(field);
        if !is_id(field) {
            let message = path::near(field, &path::shown(&path), |_, near| {
                messages::option_on_no_id(Role::MessageId.name(), field.name(), near)
            });
            problems.push(Problem::mistake(position, message));
            continue;
        }
        let why = context.marked(field, Role::MessageId.name(), "true");
        if !place(side, &path, why, &mut named) {
            problems.push(Problem::mistake(position, no_place(side)));
        }
    }
    named
}

/// Keeps the id at the end of `path`, unless there is one for the same variants already; `false` where no variant has
/// such an id.
fn place(side: &Side, path: &[FieldDescriptor], why: Why, named: &mut Named) -> bool {
    let Some((what, around)) = path.split_last() else {
        return false;
    };
    let id = Found { what: what.clone(), why };
    match around {
        [] if is_top_level(what) && side.oneof.is_some() => {
            named.top.get_or_insert(id);
        }
        [variant] => {
            let Some(index) = side.variant(variant.name()) else {
                return false;
            };
            if !named.inside.iter().any(|(other, _)| *other == index) {
                named.inside.push((index, id));
            }
        }
        _ => return false,
    }
    true
}

fn no_place(side: &Side) -> String {
    let of = side.descriptor.full_name();
    match &side.oneof {
        Some(oneof) => messages::message_id_in_no_variant(of, oneof.what.name()),
        None => messages::message_id_without_variants(of),
    }
}

/// The paths to fields with the option: of the message, and of its variants' payloads.
fn marked(context: &Context<'_>, side: &Side) -> Vec<Vec<FieldDescriptor>> {
    let is_marked = |field: &FieldDescriptor| context.options.flag(field, Role::MessageId.name());
    let mut found: Vec<Vec<FieldDescriptor>> =
        side.descriptor.fields().filter(is_marked).map(|field| vec![field]).collect();
    for variant in side.variants.iter().filter(|_| side.oneof.is_some()) {
        let payload = single_message(&variant.field);
        let inside =
            payload.iter().flat_map(|it| it.fields().filter(is_marked).collect::<Vec<_>>());
        found.extend(inside.map(|field| vec![variant.field.clone(), field]));
    }
    found
}
