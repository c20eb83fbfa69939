//! Calls of the builder that cannot be meant so: they name no rpc and no message, or contradict each other.

use prost_reflect::MethodDescriptor;

use crate::{
    finding::Finding,
    messages,
    settings::{Call, Named, Role, Settings},
    source::{Source, rpc_name},
};

/// Everything that is wrong with the calls themselves; whether a field is there is seen when its role is looked for.
pub(crate) fn check(source: &Source, settings: &Settings) -> Vec<Finding> {
    let methods =
        source.pool.services().flat_map(|service| service.methods().collect::<Vec<_>>()).collect();
    let check = Check { source, settings, methods };
    let mut findings = Vec::new();
    for (index, call) in settings.calls.iter().enumerate() {
        let wrong = check
            .wrong_on(call)
            .or_else(|| check.kept_plain(call))
            .or_else(|| contradicted(call, &settings.calls[..index]));
        findings.extend(
            wrong.map(|what| Finding::new(call.at.clone(), messages::wrong_call(call, &what))),
        );
    }
    for Named { rpc, at } in settings.only.iter().flatten() {
        let wrong = check.wrong_rpc(rpc);
        let call = format!(".only([{rpc:?}])");
        findings
            .extend(wrong.map(|what| Finding::new(at.clone(), messages::wrong_call(&call, &what))));
    }
    for Named { rpc, at } in &settings.plain {
        let both = || (settings.only(rpc) == Some(true)).then(messages::only_and_plain);
        let wrong = check.wrong_rpc(rpc).or_else(both);
        let call = format!(".plain({rpc:?})");
        findings
            .extend(wrong.map(|what| Finding::new(at.clone(), messages::wrong_call(&call, &what))));
    }
    findings
}

/// What one of the calls `before` says else of the same.
fn contradicted(call: &Call, before: &[Call]) -> Option<String> {
    let differs = |other: &Call| other.role != call.role || other.args != call.args;
    let mut before = before.iter().filter(|other| other.on == call.on && differs(other));
    let other = before.find(|other| about_the_same(other, call))?;
    Some(messages::contradicted(other, &other.at.line_only()))
}

/// Whether only one of two calls on the same can be meant, if they differ.
fn about_the_same(one: &Call, other: &Call) -> bool {
    let variant = |call: &Call| call.field().split_once('.').map(|(variant, _)| variant.to_owned());
    let is_rpc = one.on.contains('/');
    let of_both = |roles: &[Role]| roles.contains(&one.role) && roles.contains(&other.role);
    if one.role != other.role {
        return of_both(&Role::CLIENT_IDS)
            || of_both(&[Role::NoGoodbye, Role::Goodbye])
            || of_both(&[Role::NoAnswers, Role::MessageId])
            || of_both(&[Role::NoAnswers, Role::Answer]);
    }
    match one.role {
        // Many variants may be named, and a call on an rpc may be about either direction.
        Role::NoPublish | Role::Coalesce => false,
        Role::Payload | Role::Ack | Role::Goodbye if is_rpc => false,
        // Each variant has an answer of its own, and may have an id of its own.
        Role::Reply | Role::Answer | Role::Overflow => one.field() == other.field(),
        Role::MessageId => variant(one) == variant(other),
        _ => true,
    }
}

struct Check<'a> {
    source: &'a Source,
    settings: &'a Settings,
    /// Of all services.
    methods: Vec<MethodDescriptor>,
}

impl Check<'_> {
    fn bidi(&self) -> impl Iterator<Item = &MethodDescriptor> {
        self.methods.iter().filter(|method| is_bidi(method))
    }

    /// What is wrong with what `call` is about, if anything.
    fn wrong_on(&self, call: &Call) -> Option<String> {
        let on = call.on.as_str();
        let (message, command) = match call.role {
            Role::ClientIdFromMetadata | Role::ClientIdAuthenticated | Role::ClientIdAssigned => {
                return self.wrong_rpc(on);
            }
            _ if on.contains('/') => return self.wrong_rpc(on),
            Role::ClientId
            | Role::Pong
            | Role::Heartbeat
            | Role::MessageId
            | Role::Answer
            | Role::NoAnswers => (true, false),
            Role::CommandId | Role::Ping | Role::Reply | Role::Overflow | Role::Coalesce => {
                (false, true)
            }
            Role::Payload | Role::NoPublish | Role::Ack | Role::Goodbye | Role::NoGoodbye => {
                (true, true)
            }
        };
        let mut names = Vec::new();
        for method in self.bidi() {
            names.extend(message.then(|| method.input().full_name().to_owned()));
            names.extend(command.then(|| method.output().full_name().to_owned()));
        }
        if names.iter().any(|name| name == on) {
            return None;
        }
        let (what, side) = match (message, command) {
            (true, false) => ("messages", "the message"),
            (false, true) => ("commands", "the command"),
            _ => ("messages", "the message or command"),
        };
        let known = self.source.pool.get_message_by_name(on).is_some();
        Some(sorted(names, |names| {
            if known {
                messages::of_no_bidi_rpc(on, side, what, names)
            } else {
                messages::no_message(on, what, names)
            }
        }))
    }

    /// What is wrong with `rpc`, if anything.
    fn wrong_rpc(&self, rpc: &str) -> Option<String> {
        let found = self.methods.iter().find(|method| rpc_name(method) == rpc);
        let message = match found {
            Some(method) if is_bidi(method) => return None,
            Some(_) => messages::not_bidi,
            None => messages::no_rpc,
        };
        Some(sorted(self.bidi().map(rpc_name).collect(), |names| message(rpc, names)))
    }

    /// That the rpc, which `call` is about, is to be no contract.
    fn kept_plain(&self, call: &Call) -> Option<String> {
        if self.settings.plain(&call.on).is_some() {
            return Some(messages::kept_plain());
        }
        let left_out = call.on.contains('/') && self.settings.only(&call.on) == Some(false);
        left_out.then(messages::left_out_by_only)
    }
}

fn is_bidi(method: &MethodDescriptor) -> bool {
    method.is_client_streaming() && method.is_server_streaming()
}

/// A message with `names`, each once.
fn sorted(mut names: Vec<String>, message: impl Fn(&[&str]) -> String) -> String {
    names.sort();
    names.dedup();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    message(&names)
}
