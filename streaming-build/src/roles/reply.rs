//! What answers each command.

use prost_reflect::FieldDescriptor;

use super::{
    answer::Search,
    context::{Context, Problem},
};
use crate::{
    messages,
    model::{Ack, Answer, Found, Side},
};

/// The roles that were found before.
pub(crate) struct Known<'a> {
    /// Whether the command's id is not known for certain, and so nothing that depends on it.
    pub(crate) in_doubt: bool,
    pub(crate) command_id: Option<&'a FieldDescriptor>,
    pub(crate) ack: Option<&'a Ack>,
    /// The command's variant that is a ping.
    pub(crate) ping: Option<usize>,
}

/// The answers of all variants of the command.
pub(crate) fn find(
    search: &Search<'_>,
    command: &Side,
    known: &Known<'_>,
    problems: &mut Vec<Problem>,
) -> Vec<Option<Found<Answer>>> {
    search.check(command, problems);
    (0..command.variants.len())
        .map(|index| {
            reply(search, command, index, known)
                .map_err(|problem| problems.push(problem))
                .ok()
                .flatten()
        })
        .collect()
}

fn reply(
    search: &Search<'_>,
    command: &Side,
    index: usize,
    known: &Known<'_>,
) -> Result<Option<Found<Answer>>, Problem> {
    let asked = &command.variants[index].field;
    if command.oneof.is_none() {
        return Ok(None);
    }
    let coalesces = command.variants[index].coalesce.is_some();
    if let Some(Found { what: reply, why }) = search.named(command, asked)? {
        if coalesces {
            return Err(Problem::of_why(&why, messages::reply_to_coalesced(asked.name())));
        }
        let answer = match known.command_id {
            _ if known.in_doubt => return Ok(None),
            Some(id) => answer(search, asked, reply, id, known.ack)?,
            None => return Err(without_ids(search.context, search.side, reply, asked)),
        };
        return Ok(Some(Found { what: answer, why }));
    }
    let Some(command_id) = known.command_id else {
        return Ok(None);
    };
    if known.ping == Some(index) || coalesces {
        return Ok(None);
    }
    if let Some((reply, outcome)) = search.typed(asked, command_id)? {
        return Ok(Some(Found::by_name(Answer::Typed(reply, outcome))));
    }
    Ok(known.ack.map(|ack| Found::by_name(Answer::Ack(ack.clone()))))
}

/// The variant of this index as what answers `asked`, whose id is `id`, because it is named so.
pub(crate) fn answer(
    search: &Search<'_>,
    asked: &FieldDescriptor,
    index: usize,
    id: &FieldDescriptor,
    ack: Option<&Ack>,
) -> Result<Answer, Problem> {
    if let Some(ack) = ack.filter(|ack| ack.variant() == Some(index)) {
        return Ok(Answer::Ack(ack.clone()));
    }
    let answer = &search.side.variants[index].field;
    let outcome = search.carrying(index, id).ok_or_else(|| {
        let message = messages::answer_without_id(answer.name(), asked.name(), id);
        Problem::mistake(search.context.field_position(answer), message)
    })?;
    Ok(Answer::Typed(index, outcome))
}

fn without_ids(
    context: &Context<'_>,
    message: &Side,
    reply: usize,
    asked: &FieldDescriptor,
) -> Problem {
    let reply = &message.variants[reply].field;
    let command = asked.parent_message();
    Problem::mistake(
        context.field_position(reply),
        messages::reply_to_no_id(reply.name(), asked.name(), command.full_name()),
    )
}
