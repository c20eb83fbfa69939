//! What is written as JSON: everything that can be reached from what is published.

use std::collections::BTreeMap;

use prost_reflect::{FieldDescriptor, Kind, MessageDescriptor};

use super::{NULL, well_known};
use crate::{
    emit::{Emit, types::Place},
    model::Contract,
};

/// What the contracts of a package reach.
#[derive(Default)]
pub(super) struct Reached {
    pub(super) messages: BTreeMap<String, MessageDescriptor>,
    /// With the Rust path of each.
    pub(super) enums: BTreeMap<String, syn::Path>,
}

/// Collects what `contract` publishes; `Err` with a message that is not generated.
pub(super) fn reach(
    emit: &Emit<'_>,
    contract: &Contract,
    reached: &mut Reached,
) -> Result<(), MessageDescriptor> {
    for side in [&contract.message, &contract.command] {
        if emit.types.message(side.descriptor.full_name()).is_none() {
            return Err(side.descriptor.clone());
        }
        if side.variants.iter().all(|variant| variant.hidden.is_none()) {
            reach_message(emit, &side.descriptor, reached)?;
            continue;
        }
        for field in side.descriptor.fields() {
            let hidden = side.variants.iter().any(|it| it.hidden.is_some() && it.field == field);
            if !hidden {
                reach_field(emit, &field, reached)?;
            }
        }
    }
    Ok(())
}

fn reach_message(
    emit: &Emit<'_>,
    message: &MessageDescriptor,
    reached: &mut Reached,
) -> Result<(), MessageDescriptor> {
    if emit.types.message(message.full_name()).is_none() {
        return Err(message.clone());
    }
    let name = message.full_name().to_owned();
    if reached.messages.insert(name, message.clone()).is_some() {
        return Ok(());
    }
    for field in message.fields() {
        reach_field(emit, &field, reached)?;
    }
    Ok(())
}

fn reach_field(
    emit: &Emit<'_>,
    field: &FieldDescriptor,
    reached: &mut Reached,
) -> Result<(), MessageDescriptor> {
    let kind = match field.kind() {
        Kind::Message(entry) if field.is_map() => entry.map_entry_value_field().kind(),
        kind => kind,
    };
    match kind {
        Kind::Message(message) if well_known(message.full_name()).is_none() => {
            reach_message(emit, &message, reached)
        }
        Kind::Enum(it) if it.full_name() != NULL => {
            let place = emit.types.place(field);
            let path = match place {
                Place::Field(slot) => slot.enumeration.as_ref(),
                Place::Member { member, .. } => member.enumeration.as_ref(),
            };
            if let Some(path) = path {
                reached.enums.insert(it.full_name().to_owned(), path.clone());
            }
            Ok(())
        }
        _ => Ok(()),
    }
}
