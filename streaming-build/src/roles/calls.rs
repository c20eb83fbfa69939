//! Calls of the builder that name no rpc and no message.

use prost_reflect::MethodDescriptor;

use super::context::suggest;
use crate::{
    finding::Finding,
    settings::{Call, Role, Settings},
    source::{Source, rpc_name},
};

/// Every call that is about nothing in the protos.
pub(crate) fn check(source: &Source, settings: &Settings) -> Vec<Finding> {
    let methods: Vec<_> =
        source.pool.services().flat_map(|service| service.methods().collect::<Vec<_>>()).collect();
    let mut findings: Vec<Finding> = settings
        .calls
        .iter()
        .filter_map(|call| {
            let wrong = wrong_on(call, source, &methods)?;
            Some(Finding::new(None, format!("`{call}`: {wrong}")))
        })
        .collect();
    for (what, rpcs) in
        [("only", settings.only.as_deref().unwrap_or_default()), ("plain", &settings.plain)]
    {
        findings.extend(rpcs.iter().filter_map(|rpc| {
            let wrong = wrong_rpc(rpc, &methods)?;
            Some(Finding::new(None, format!("`.{what}({rpc:?})`: {wrong}")))
        }));
    }
    findings
}

fn is_bidi(method: &MethodDescriptor) -> bool {
    method.is_client_streaming() && method.is_server_streaming()
}

/// What is wrong with what `call` is about, if anything.
fn wrong_on(call: &Call, source: &Source, methods: &[MethodDescriptor]) -> Option<String> {
    let on = call.on.as_str();
    if on.contains('/') {
        return wrong_rpc(on, methods);
    }
    let (message, command) = match call.role {
        Role::ClientId | Role::Ack | Role::Pong | Role::Heartbeat => (true, false),
        Role::CommandId | Role::Ping | Role::Reply => (false, true),
        Role::Payload | Role::NoPublish => (true, true),
    };
    let mut names = Vec::new();
    for method in methods.iter().filter(|method| is_bidi(method)) {
        let sides = [(message, method.input()), (command, method.output())];
        names.extend(
            sides.iter().filter(|(fits, _)| *fits).map(|(_, side)| side.full_name().to_owned()),
        );
    }
    if names.iter().any(|name| name == on) {
        return None;
    }
    names.sort();
    names.dedup();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let what = if command && !message { "commands" } else { "messages" };
    let suggestion = suggest(on, what, &names);
    Some(if source.pool.get_message_by_name(on).is_some() {
        let side = match (message, command) {
            (true, false) => "the message",
            (false, true) => "the command",
            _ => "the message or command",
        };
        format!("`{on}` is {side} of no bidi rpc{suggestion}")
    } else {
        format!("no message `{on}`{suggestion}")
    })
}

/// What is wrong with `rpc`, if anything.
fn wrong_rpc(rpc: &str, methods: &[MethodDescriptor]) -> Option<String> {
    match methods.iter().find(|method| rpc_name(method) == rpc) {
        Some(method) if is_bidi(method) => None,
        Some(_) => Some(format!("`{rpc}` streams in one direction at most")),
        None => {
            let names: Vec<String> =
                methods.iter().filter(|it| is_bidi(it)).map(rpc_name).collect();
            let names: Vec<&str> = names.iter().map(String::as_str).collect();
            let suggestion = suggest(rpc, "bidi rpcs", &names);
            Some(format!("no rpc `{rpc}`{suggestion}"))
        }
    }
}
