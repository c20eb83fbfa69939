//! The variants of a contract: where they are published, and what they are for.

use super::{Part, Variant, Variants};
use crate::{
    model::{Ack, Answer, Contract, Found, Question, Side, Why},
    names,
};

/// What clients send.
pub(super) fn messages(contract: &Contract) -> Variants {
    let row = |index| Variant {
        is: of_message(contract, index),
        ..variant(&contract.message, index, false)
    };
    let rows = (0..contract.message.variants.len()).map(row).collect();
    match contract.message.oneof {
        Some(_) => Variants { head: "messages", rows },
        None => Variants { head: "messages, by the first field that is set", rows },
    }
}

/// What the hub sends.
pub(super) fn commands(contract: &Contract) -> Variants {
    let helpers = names::send_helpers(&contract.command.names(), contract.turned);
    let row = |index: usize| Variant {
        is: of_command(contract, index),
        ..variant(&contract.command, index, true)
    };
    let rows = (0..contract.command.variants.len()).map(row);
    if contract.command.oneof.is_none() {
        return Variants { head: "commands, by the first field that is set", rows: rows.collect() };
    }
    let rows = rows.zip(helpers).map(|(row, helper)| Variant {
        helper: Some(helper.name).filter(|helper| *helper != row.name),
        ..row
    });
    Variants { head: "commands", rows: rows.collect() }
}

fn variant(side: &Side, index: usize, command: bool) -> Variant {
    let variant = &side.variants[index];
    let name = variant.field.name().to_owned();
    let channel = match &variant.hidden {
        Some(why) => Err(why.clone()),
        None => Ok(names::channel(&name, command)),
    };
    Variant { name, channel, is: Vec::new(), helper: None }
}

fn of_message(contract: &Contract, index: usize) -> Vec<Part> {
    let ack = contract.ack.as_ref().and_then(|it| it.what.variant());
    let mut parts = roles(
        index,
        &[
            ("a heartbeat", contract.heartbeat.as_ref().map(|it| it.what)),
            ("answers pings", contract.pong.as_ref().map(|it| it.what.index)),
            ("a goodbye", contract.client_goodbye.as_ref().map(|it| it.what.index)),
            ("the ack", ack),
        ],
    );
    for (command, reply) in contract.replies.iter().enumerate() {
        let Some(Found { what: Answer::Typed(variant, _), why }) = reply else {
            continue;
        };
        if *variant == index {
            parts.push(Part::new(format!("answers {}", contract.command.name(command)), why));
        }
    }
    if let Some(question) = &contract.questions[index] {
        let id = question.id.what.name();
        parts.push(Part::new(format!("asks under {id}"), &question.id.why));
        parts.push(answered(&contract.command, &question.answer, "command"));
        parts.extend(failure(contract, question));
    }
    parts
}

/// What tells of a failure, where that is not what answers.
fn failure(contract: &Contract, question: &Question) -> Option<Part> {
    let what = match &question.failure {
        Some(ack) if ack.variant() == question.answer.what.variant() => return None,
        Some(Ack::Variant(index, _)) => format!("if it fails by {}", contract.command.name(*index)),
        Some(Ack::Envelope(outcome)) => {
            format!("if it fails by any command with its {}", outcome.id.name())
        }
        None => "a failure cannot be told".to_owned(),
    };
    Some(Part::new(what, &Why::Convention))
}

fn of_command(contract: &Contract, index: usize) -> Vec<Part> {
    let ping = contract.ping.as_ref().and_then(|it| it.what.variant());
    let goodbye = contract.goodbye.as_ref().map(|it| it.what.index);
    let mut parts = roles(index, &[("the ping", ping), ("the goodbye", goodbye)]);
    for (message, question) in contract.questions.iter().enumerate() {
        let Some(Found { what, why }) = question.as_ref().map(|question| &question.answer) else {
            continue;
        };
        if what.variant() == Some(index) {
            parts.push(Part::new(format!("answers {}", contract.message.name(message)), why));
        }
    }
    let variant = &contract.command.variants[index];
    if let Some(Found { what, why }) = &variant.overflow {
        parts.push(Part::new(format!("overflow {}", what.name()), why));
    }
    if let Some(why) = &variant.coalesce {
        parts.push(Part::new("coalesces", why));
    }
    if let Some(reply) = &contract.replies[index] {
        parts.push(answered(&contract.message, reply, "message"));
    }
    parts
}

/// Those roles that the variant of this index plays; why is said with the role.
fn roles(index: usize, roles: &[(&str, Option<usize>)]) -> Vec<Part> {
    let own = roles.iter().filter(|(_, variant)| *variant == Some(index));
    own.map(|(what, _)| Part::new(*what, &Why::Convention)).collect()
}

/// `answered by command_ack`
fn answered(side: &Side, answer: &Found<Answer>, whole: &str) -> Part {
    let by = match &answer.what {
        Answer::Typed(index, _) | Answer::Ack(Ack::Variant(index, _)) => side.name(*index),
        Answer::Ack(Ack::Envelope(_)) => return enveloped(answer, whole),
    };
    Part::new(format!("answered by {by}"), &answer.why)
}

fn enveloped(answer: &Found<Answer>, whole: &str) -> Part {
    let id = answer.what.outcome().id.name().to_owned();
    Part::new(format!("answered by any {whole} with its {id}"), &answer.why)
}
