//! Calls of the builder that cannot be meant so: they name no rpc and no message, or contradict each other.

use prost_reflect::MethodDescriptor;

use crate::{
    finding::{Finding, suggest},
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
        findings
            .extend(wrong.map(|wrong| Finding::new(call.at.clone(), format!("`{call}`: {wrong}"))));
    }
    for Named { rpc, at } in settings.only.iter().flatten() {
        let wrong = check.wrong_rpc(rpc);
        findings.extend(
            wrong.map(|wrong| Finding::new(at.clone(), format!("`.only([{rpc:?}])`: {wrong}"))),
        );
    }
    for Named { rpc, at } in &settings.plain {
        let wrong = check.wrong_rpc(rpc).or_else(|| {
            let both = settings.only(rpc) == Some(true);
            both.then(|| "`.only(…)` names it as well; keep one of them".to_owned())
        });
        findings.extend(
            wrong.map(|wrong| Finding::new(at.clone(), format!("`.plain({rpc:?})`: {wrong}"))),
        );
    }
    findings
}

/// What one of the calls `before` says else of the same.
fn contradicted(call: &Call, before: &[Call]) -> Option<String> {
    let same = |other: &&Call| {
        other.role == call.role
            && other.on == call.on
            && match call.role {
                // Many variants may be kept back, each command has an answer of its own, an rpc two oneofs.
                Role::NoPublish => false,
                Role::Payload if call.on.contains('/') => false,
                Role::Reply => other.field == call.field && other.reply != call.reply,
                _ => other.field != call.field,
            }
    };
    let other = before.iter().find(same)?;
    Some(format!("`{other}` ({}) says something else; keep one of them", other.at.line_only()))
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
        if on.contains('/') {
            return self.wrong_rpc(on);
        }
        let (message, command) = match call.role {
            Role::ClientId | Role::Ack | Role::Pong | Role::Heartbeat => (true, false),
            Role::CommandId | Role::Ping | Role::Reply => (false, true),
            Role::Payload | Role::NoPublish => (true, true),
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
        let candidates = candidates(on, what, names);
        Some(if self.source.pool.get_message_by_name(on).is_some() {
            format!("`{on}` is {side} of no bidi rpc{candidates}")
        } else {
            format!("no message `{on}`{candidates}")
        })
    }

    /// What is wrong with `rpc`, if anything.
    fn wrong_rpc(&self, rpc: &str) -> Option<String> {
        let wrong = match self.methods.iter().find(|method| rpc_name(method) == rpc) {
            Some(method) if is_bidi(method) => return None,
            Some(_) => format!("`{rpc}` streams in one direction at most"),
            None => format!("no rpc `{rpc}`"),
        };
        let names = self.bidi().map(rpc_name).collect();
        Some(wrong + &candidates(rpc, "bidi rpcs", names))
    }

    /// That the rpc, which `call` is about, is to be no contract.
    fn kept_plain(&self, call: &Call) -> Option<String> {
        if self.settings.plain(&call.on) {
            return Some("`.plain(…)` names the same rpc; keep one of them".to_owned());
        }
        let left_out = call.on.contains('/') && self.settings.only(&call.on) == Some(false);
        left_out.then(|| "`.only(…)` does not name the rpc; add it, or take this away".to_owned())
    }
}

fn is_bidi(method: &MethodDescriptor) -> bool {
    method.is_client_streaming() && method.is_server_streaming()
}

/// What could be meant.
fn candidates(wrong: &str, what: &str, mut names: Vec<String>) -> String {
    names.sort();
    names.dedup();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    match names.as_slice() {
        [] => "; there is no bidi rpc in these protos".to_owned(),
        names => suggest(wrong, what, names),
    }
}
