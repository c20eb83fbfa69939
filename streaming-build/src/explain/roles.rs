//! The roles of a contract.

use prost_reflect::FieldDescriptor;

use super::{Change, Role};
use crate::{
    model::{Ack, ClientId, Contract, Fill, Found, Goodbye, Outcome, Ping, PingKind, Pong, Side},
    source::rpc_name,
};

pub(super) fn roles(contract: &Contract) -> Vec<Role> {
    let Contract { message, command, .. } = contract;
    let up = message.descriptor.full_name();
    let down = command.descriptor.full_name();
    let role =
        |name, found, on: &str, call: &str| Role::new(name, found, vec![Change::to(call, on)]);
    let id = contract.command_id.as_ref().map(|id| id.describe(|id| id.name().to_owned()));
    let ack = contract.ack.as_ref().map(|it| it.describe(|ack| self::ack(message, ack)));
    let ping = contract.ping.as_ref().map(|it| it.describe(|ping| self::ping(command, ping)));
    let pong = contract.pong.as_ref().map(|it| it.describe(|pong| self::pong(message, pong)));
    let beat = contract.heartbeat.as_ref();
    let beat = beat.map(|it| it.describe(|index| message.name(*index).to_owned()));
    let leave = contract.client_goodbye.as_ref();
    let leave = leave.map(|it| it.describe(|goodbye| self::goodbye(message, goodbye)));
    let goodbye = contract.goodbye.as_ref();
    let goodbye = goodbye.map(|it| it.describe(|goodbye| self::goodbye(command, goodbye)));
    vec![
        side("message", message),
        side("command", command),
        client_id(contract, up),
        role("command id", id, down, "command_id"),
        role("ack", ack, up, "ack"),
        answers(contract, up),
        role("ping", ping, down, "ping"),
        role("answer to a ping", pong, up, "pong"),
        role("heartbeat", beat, up, "heartbeat"),
        goodbye_of("client's goodbye", leave, up),
        goodbye_of("hub's goodbye", goodbye, down),
    ]
}

/// What would change something about a variant, or all of it.
pub(super) fn changes(contract: &Contract) -> Vec<(&'static str, Change)> {
    let Contract { message, command, .. } = contract;
    let up = message.descriptor.full_name();
    let down = command.descriptor.full_name();
    let change = |call: String, option: &str| Change { call, option: option.to_owned() };
    let reply = change(format!(".reply({down:?}, \"…\", \"…\")"), "[(streaming.reply) = \"…\"]");
    let answer = change(format!(".answer({up:?}, \"…\", \"…\")"), "[(streaming.answer) = \"…\"]");
    let publish = change(format!(".no_publish({up:?}, \"…\")"), "[(streaming.publish) = false]");
    let overflow =
        change(format!(".overflow({down:?}, \"…\", \"…\")"), "[(streaming.overflow) = \"…\"]");
    let mut changes = vec![("publishing", publish)];
    if command.oneof.is_some() {
        changes.push(("a full outbox", overflow));
        changes.push(("coalescing", Change::to("coalesce", down)));
        changes.insert(0, ("a reply", reply));
    }
    if message.oneof.is_some() {
        changes.insert(0, ("an answer", answer));
    }
    changes.push(("all of it", Change::rpc("plain", &rpc_name(&contract.method), None)));
    changes
}

impl<T> Found<T> {
    fn describe(&self, what: impl FnOnce(&T) -> String) -> Found<String> {
        Found { what: what(&self.what), why: self.why.clone() }
    }
}

impl Role {
    fn new(name: &'static str, found: Option<Found<String>>, change: Vec<Change>) -> Self {
        let (found, why) = found.map(|found| (found.what, found.why)).unzip();
        Self { name, found, why, change }
    }
}

impl Change {
    /// A call and an option of the same name.
    fn to(name: &str, on: &str) -> Self {
        Self {
            call: format!(".{name}({on:?}, \"…\")"),
            option: format!("[(streaming.{name}) = true]"),
        }
    }

    /// A call about an rpc, and the option of the rpc of the same name.
    fn rpc(name: &str, rpc: &str, value: Option<&str>) -> Self {
        let argument = value.map_or_else(String::new, |value| format!(", {value}"));
        let value = value.unwrap_or("true");
        Self {
            call: format!(".{name}({rpc:?}{argument})"),
            option: format!("option (streaming.{name}) = {value};"),
        }
    }
}

fn side(name: &'static str, side: &Side) -> Role {
    let full_name = side.descriptor.full_name();
    let change = vec![Change {
        call: format!(".payload({full_name:?}, \"…\")"),
        option: "option (streaming.payload) = true;".to_owned(),
    }];
    match &side.oneof {
        Some(oneof) => {
            let what = |name: &str| format!("{full_name}, in oneof {name}");
            Role::new(name, Some(oneof.describe(|oneof| what(oneof.name()))), change)
        }
        // What is not there cannot be named.
        None => Role {
            name,
            found: Some(format!("{full_name}, without a oneof")),
            why: None,
            change: Vec::new(),
        },
    }
}

fn client_id(contract: &Contract, message: &str) -> Role {
    let found = contract.client_id.describe(|source| match source {
        ClientId::Field(path) => {
            let names: Vec<_> = path.iter().map(FieldDescriptor::name).collect();
            names.join(".")
        }
        ClientId::Metadata(header) => format!("the request's header {header}"),
        ClientId::Authenticated => "that of the identity".to_owned(),
        ClientId::Assigned => "made up by the hub".to_owned(),
    });
    let rpc = rpc_name(&contract.method);
    let change = vec![
        Change::to("client_id", message),
        Change::rpc("client_id_from_metadata", &rpc, Some("\"…\"")),
        Change::rpc("client_id_authenticated", &rpc, None),
        Change::rpc("client_id_assigned", &rpc, None),
    ];
    Role::new("client id", Some(found), change)
}

/// Whether clients are answered; by what is said beside the variants.
fn answers(contract: &Contract, message: &str) -> Role {
    let rpc = rpc_name(&contract.method);
    let change = vec![Change::to("message_id", message), Change::rpc("no_answers", &rpc, None)];
    let asked = contract.questions.iter().flatten().count();
    let (found, why) = match (&contract.no_answers, asked) {
        (Some(why), _) => (Some("switched off".to_owned()), Some(why.clone())),
        (None, 0) => (None, None),
        (None, 1) => (Some("to one variant of the message".to_owned()), None),
        (None, some) => (Some(format!("to {some} variants of the message")), None),
    };
    Role { name: "answers", found, why, change }
}

fn goodbye_of(name: &'static str, found: Option<Found<String>>, on: &str) -> Role {
    let none = Change {
        call: format!(".no_goodbye({on:?})"),
        option: "[(streaming.goodbye) = false]".to_owned(),
    };
    Role::new(name, found, vec![Change::to("goodbye", on), none])
}

fn ack(message: &Side, ack: &Ack) -> String {
    let Outcome { id, success, error, message: text } = ack.outcome();
    let fields = [Some(id), success.as_ref(), error.as_ref(), text.as_ref()];
    let fields: Vec<&str> = fields.into_iter().flatten().map(FieldDescriptor::name).collect();
    let what = match ack {
        Ack::Variant(index, _) => message.name(*index),
        Ack::Envelope(_) => "every message",
    };
    format!("{what}, by its {}", enumerated(&fields))
}

fn ping(command: &Side, ping: &Ping) -> String {
    let what = match &ping.kind {
        PingKind::Flag(field) => field.name(),
        PingKind::Variant(index) => command.name(*index),
    };
    let filled = ping.fill.iter().map(|(field, fill)| match fill {
        Fill::Sequence => field.name().to_owned(),
        Fill::UnixMillis | Fill::Timestamp => format!("{} (the time)", field.name()),
    });
    let filled: Vec<String> = filled.collect();
    let filled: Vec<&str> = filled.iter().map(String::as_str).collect();
    with(what, "with", &filled)
}

fn pong(message: &Side, pong: &Pong) -> String {
    let sequence: Vec<&str> = pong.sequence.iter().map(FieldDescriptor::name).collect();
    with(message.name(pong.index), "by its", &sequence)
}

fn goodbye(side: &Side, goodbye: &Goodbye) -> String {
    let fields = goodbye.reason.iter().chain(&goodbye.after);
    let fields: Vec<&str> = fields.map(FieldDescriptor::name).collect();
    with(side.name(goodbye.index), "with", &fields)
}

fn with(what: &str, how: &str, fields: &[&str]) -> String {
    match fields {
        [] => what.to_owned(),
        fields => format!("{what}, {how} {}", enumerated(fields)),
    }
}

/// `a, b and c`
fn enumerated(names: &[&str]) -> String {
    match names {
        [] => String::new(),
        [one] => (*one).to_owned(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}
