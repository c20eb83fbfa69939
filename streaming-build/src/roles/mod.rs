//! Finds what the fields of each bidi rpc are for: from calls of the builder, else from options, else from names.

use prost_reflect::ServiceDescriptor;

use crate::{
    finding::Finding,
    model::{Contract, Kind, Model, Rpc, Service, Side},
    options::Options,
    settings::{Role, Settings},
    source::Source,
};

mod ack;
mod calls;
mod client_id;
mod command_id;
mod context;
mod heartbeat;
mod marks;
mod payload;
mod ping;
mod pong;
mod publish;
mod reply;

use context::{Context, Problem};

/// Everything that is known of the services, and everything that is wrong.
pub(crate) fn find(source: &Source, settings: &Settings) -> (Model, Vec<Finding>) {
    let options = Options::new(&source.pool);
    let mut findings = calls::check(source, settings);
    findings.extend(marks::check(source, &options));
    let services = source
        .pool
        .services()
        .map(|descriptor| service(source, settings, &options, descriptor, &mut findings))
        .collect();
    (Model { services }, findings)
}

fn service(
    source: &Source,
    settings: &Settings,
    options: &Options,
    descriptor: ServiceDescriptor,
    findings: &mut Vec<Finding>,
) -> Service {
    let rpcs = descriptor
        .methods()
        .map(|method| {
            let bidi = method.is_client_streaming() && method.is_server_streaming();
            let kind = if bidi {
                let context = Context::new(source, settings, options, method.clone());
                bidi_rpc(&context, findings)
            } else {
                Kind::Other
            };
            Rpc { method, kind }
        })
        .collect();
    Service { descriptor, rpcs }
}

fn bidi_rpc(context: &Context<'_>, findings: &mut Vec<Finding>) -> Kind {
    if let Some(reason) = kept_plain(context) {
        return Kind::Plain(reason);
    }
    let problems = match contract(context) {
        Ok(contract) => return Kind::Contract(Box::new(contract)),
        Err(problems) => problems,
    };
    let meant = context.meant();
    let reason = problems[0].reason.clone();
    for problem in problems {
        if meant || problem.mistake {
            findings.push(problem.finding);
        }
    }
    Kind::Plain(reason)
}

/// Why the user wants no contract here, if so.
fn kept_plain(context: &Context<'_>) -> Option<String> {
    let Context { settings, name, .. } = context;
    if settings.plain(name) {
        return Some("`.plain(…)` in build.rs names it".to_owned());
    }
    if context.options.plain(&context.method) {
        return Some("the option `streaming.plain` is set on it".to_owned());
    }
    let left_out = settings.only(name) == Some(false);
    left_out.then(|| "`.only(…)` in build.rs does not name it".to_owned())
}

/// Finds all roles, or tells all that keeps them from being found.
fn contract(context: &Context<'_>) -> Result<Contract, Vec<Problem>> {
    let mut problems = Vec::new();
    let message = keep(payload::find(context, &context.message()), &mut problems);
    let command = keep(payload::find(context, &context.command()), &mut problems);
    let (Some(mut message), Some(mut command)) = (message, command) else {
        return Err(problems);
    };
    let client_id = keep(client_id::find(context, &message), &mut problems);
    keep(heartbeat::mark(context, &mut message), &mut problems);
    // What is named is looked up in any case; what depends on a role that is in doubt is not told as well.
    let ping = keep(ping::find(context, &command), &mut problems);
    let answer = match &ping {
        Some(ping) => pong::find(context, &message, &command, ping.as_ref()),
        None => named_only(context, Role::Pong, &message),
    };
    let answer = keep(answer, &mut problems).flatten();
    if let Some(answer) = &answer {
        message.variants[answer.index].heartbeat = false;
    }
    let command_id = keep(command_id::find(context, &command), &mut problems);
    let ack = match &command_id {
        Some(command_id) => ack::find(context, &message, command_id.as_ref()),
        None => named_only(context, Role::Ack, &message),
    };
    let ack = keep(ack, &mut problems).flatten();
    let known = reply::Known {
        in_doubt: command_id.is_none(),
        command_id: command_id.iter().flatten().next(),
        ack: ack.as_ref(),
        ping: ping.iter().flatten().next(),
        pong: answer.as_ref(),
    };
    let replies = reply::find(context, &message, &command, &known, &mut problems);
    publish::mark(context, &mut message, &mut problems);
    publish::mark(context, &mut command, &mut problems);
    publish::check(context, &message, &command, &mut problems);
    match client_id {
        Some(client_id) if problems.is_empty() => Ok(Contract {
            method: context.method.clone(),
            message,
            command,
            client_id,
            command_id: command_id.flatten(),
            ack,
            replies,
            ping: ping.flatten(),
            pong: answer,
        }),
        _ => Err(problems),
    }
}

/// Only looks whether what is named for `role` is there.
fn named_only<T>(context: &Context<'_>, role: Role, side: &Side) -> Result<Option<T>, Problem> {
    context.named_variant(role, side).map(|_| None)
}

fn keep<T>(result: Result<T, Problem>, problems: &mut Vec<Problem>) -> Option<T> {
    result.map_err(|problem| problems.push(problem)).ok()
}
