//! Ids that no message holds.

use prost_reflect::Value;

use crate::{
    messages,
    model::{ClientId, Found},
    roles::context::{Context, Problem},
};

/// What the options of the rpc say, each of which excludes the others.
pub(super) fn option(context: &Context<'_>) -> Result<Option<Found<ClientId>>, Problem> {
    let names = ["client_id_from_metadata", "client_id_authenticated", "client_id_assigned"];
    let mut set = names.into_iter().filter_map(|name| {
        let value = context.options.method(&context.method, name)?;
        Some((name, value))
    });
    let Some((name, value)) = set.next() else {
        return Ok(None);
    };
    let wrong = |message: String| Problem::mistake(context.rpc_position(), message);
    if let Some((second, _)) = set.next() {
        return Err(wrong(messages::client_id_options(name, second, &context.shown())));
    }
    let what = match &value {
        Value::String(name) => ClientId::Metadata(header(name).map_err(wrong)?),
        _ if name == "client_id_assigned" => ClientId::Assigned,
        _ => ClientId::Authenticated,
    };
    let value = match &value {
        Value::String(name) => format!("{name:?}"),
        _ => "true".to_owned(),
    };
    Ok(Some(Found { what, why: context.marked_rpc(name, &value) }))
}

/// `name`, if requests can have a header of that name for us.
pub(super) fn header(name: &str) -> Result<String, String> {
    let odd = name.chars().find(|it| !(it.is_ascii_alphanumeric() || "_-.".contains(*it)));
    if name.is_empty() {
        Err(messages::header_without_name())
    } else if let Some(odd) = odd {
        Err(messages::header_with_odd_character(name, odd))
    } else if name.contains(|it: char| it.is_ascii_uppercase()) {
        Err(messages::header_in_capitals(name))
    } else if name.starts_with("grpc-") || ["te", "content-type"].contains(&name) {
        Err(messages::header_of_grpc(name))
    } else {
        Ok(name.to_owned())
    }
}
