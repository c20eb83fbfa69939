//! How a ping is made.

use prost_reflect::{FieldDescriptor, Kind, MessageDescriptor};

use super::context::{Context, Problem, is_int, is_top_level, said, single_message};
use crate::{
    messages,
    model::{Fill, Found, Ping, PingKind, Side},
    settings::Role,
};

/// The bool field.
const FLAG: &str = "is_ping";
/// The first of these variants that is there.
const VARIANTS: [&str; 4] = ["ping", "heartbeat", "keepalive", "keep_alive"];

/// The ping of the commands, if they have one.
pub(crate) fn find(context: &Context<'_>, side: &Side) -> Result<Option<Found<Ping>>, Problem> {
    let message = &side.descriptor;
    if let Some(call) = context.calls(&[Role::Ping], message).first() {
        let called = message.get_field_by_name(call.field());
        let Some(kind) = called.and_then(|field| kind(side, field)) else {
            let text = candidates(side, |names| {
                messages::no_ping(call.field(), message.full_name(), names)
            });
            return Err(Problem::wrong_call(call, &text));
        };
        return Ok(Some(Found { what: ping(side, kind), why: said(call) }));
    }
    if let Some(Found { what: field, why }) = context.option(Role::Ping, message)? {
        let Some(kind) = kind(side, field.clone()) else {
            let text = candidates(side, |names| messages::option_on_no_ping(field.name(), names));
            return Err(Problem::mistake(context.field_position(&field), text));
        };
        return Ok(Some(Found { what: ping(side, kind), why }));
    }
    let flag = message.get_field_by_name(FLAG).filter(is_flag).map(PingKind::Flag);
    let variant = || VARIANTS.iter().find_map(|name| side.variant(name));
    let found = flag.or_else(|| variant().map(PingKind::Variant));
    Ok(found.map(|kind| Found::by_name(ping(side, kind))))
}

/// A message with what could be a ping.
fn candidates(side: &Side, message: impl Fn(&[&str]) -> String) -> String {
    let fields = side.descriptor.fields().filter(|field| kind(side, field.clone()).is_some());
    let fields: Vec<_> = fields.collect();
    let names: Vec<&str> = fields.iter().map(FieldDescriptor::name).collect();
    message(&names)
}

fn is_flag(field: &FieldDescriptor) -> bool {
    matches!(field.kind(), Kind::Bool) && !field.is_list() && is_top_level(field)
}

fn kind(side: &Side, field: FieldDescriptor) -> Option<PingKind> {
    match side.variant(field.name()) {
        Some(index) => Some(PingKind::Variant(index)),
        None => is_flag(&field).then_some(PingKind::Flag(field)),
    }
}

fn ping(side: &Side, kind: PingKind) -> Ping {
    let message = match &kind {
        PingKind::Flag(_) => Some(side.descriptor.clone()),
        PingKind::Variant(index) => single_message(&side.variants[*index].field),
    };
    let fill = message.map_or_else(Vec::new, |message| fills(&message));
    Ping { kind, fill }
}

fn fills(message: &MessageDescriptor) -> Vec<(FieldDescriptor, Fill)> {
    message
        .fields()
        .filter(is_top_level)
        .filter_map(|field| Some((field.clone(), fill(&field)?)))
        .collect()
}

/// With what `field` is filled, by its name and type.
fn fill(field: &FieldDescriptor) -> Option<Fill> {
    let name = field.name();
    if is_sequence(field) {
        return Some(Fill::Sequence);
    }
    let time = ["timestamp", "sent_at"].contains(&name) || name.ends_with("_unix_ms");
    if !time {
        return None;
    }
    match single_message(field) {
        Some(message) if message.full_name() == "google.protobuf.Timestamp" => {
            Some(Fill::Timestamp)
        }
        // 32 bits are too few for milliseconds.
        _ => (is_int(field) && is_64_bit(field)).then_some(Fill::UnixMillis),
    }
}

/// Whether `field` counts pings.
pub(crate) fn is_sequence(field: &FieldDescriptor) -> bool {
    ["sequence", "seq"].contains(&field.name()) && is_int(field)
}

fn is_64_bit(field: &FieldDescriptor) -> bool {
    matches!(
        field.kind(),
        Kind::Int64 | Kind::Uint64 | Kind::Sint64 | Kind::Fixed64 | Kind::Sfixed64
    )
}
