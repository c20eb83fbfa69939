//! Finds what the fields of each bidi rpc are for: from calls of the builder, else from options, else from names.

use prost_reflect::ServiceDescriptor;

use crate::{
    finding::Finding,
    messages,
    model::{Contract, Kind, Model, Rpc, Service, Side},
    options::Options,
    settings::{Role, Settings},
    source::Source,
};

mod ack;
mod answer;
mod calls;
mod client_id;
mod command_id;
mod context;
mod exchange;
mod goodbye;
mod group;
mod heartbeat;
mod marks;
mod message_id;
mod outbox;
mod path;
mod payload;
mod ping;
mod pong;
mod publish;
mod question;
mod reply;
mod signs;
#[cfg(all(test, feature = "protox"))]
mod tests;

use context::{Context, Problem};
use exchange::Exchange;
use signs::Signs;

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
    if settings.plain(name).is_some() {
        return Some(messages::named_plain());
    }
    if context.options.method(&context.method, "plain").is_some() {
        return Some(messages::marked_plain());
    }
    let left_out = settings.only(name) == Some(false);
    left_out.then(messages::not_in_only)
}

/// Finds all roles, or tells all that keeps them from being found.
///
/// What is named is looked up in any case; what depends on a role that is in doubt is not told as well.
fn contract(context: &Context<'_>) -> Result<Contract, Vec<Problem>> {
    let mut problems = Vec::new();
    let message = keep(payload::find(context, &context.message()), &mut problems);
    let command = keep(payload::find(context, &context.command()), &mut problems);
    let (Some(mut message), Some(mut command)) = (message, command) else {
        return Err(problems);
    };
    group::check(context, &mut problems);
    context.check_either(&message, &command, &mut problems);
    let client_id = keep(client_id::find(context, &message), &mut problems);
    let signs = Signs::find(context, &message, &command, &mut problems);
    outbox::mark(context, &mut command, &mut problems);
    let exchange = Exchange::find(context, &message, &command, &signs, &mut problems);
    publish::mark(context, &mut message, &mut problems);
    publish::mark(context, &mut command, &mut problems);
    let (Some(client_id), true) = (client_id, problems.is_empty()) else {
        return Err(problems);
    };
    let method = context.method.clone();
    let Signs { heartbeat, ping, pong } = signs;
    Ok(Contract {
        method,
        turned: false,
        message,
        command,
        client_id,
        command_id: exchange.command_id,
        command_ids: Vec::new(),
        ack: exchange.ack,
        missed_ack: exchange.missed_ack,
        replies: exchange.replies,
        outspoken: Vec::new(),
        questions: exchange.questions,
        no_answers: exchange.no_answers,
        ping,
        pong,
        heartbeat,
        client_goodbye: exchange.client_goodbye,
        goodbye: exchange.goodbye,
    })
}

/// Only looks whether what is named for `role` is there.
fn named_only<T>(context: &Context<'_>, role: Role, side: &Side) -> Result<Option<T>, Problem> {
    context.named_variant(role, side).map(|_| None)
}

fn keep<T>(result: Result<T, Problem>, problems: &mut Vec<Problem>) -> Option<T> {
    result.map_err(|problem| problems.push(problem)).ok()
}
