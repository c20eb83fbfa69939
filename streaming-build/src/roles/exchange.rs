//! What is answered, in both directions, and how both sides end it.

use prost_reflect::FieldDescriptor;

use super::{
    ack,
    answer::Search,
    command_id,
    context::{Context, Problem},
    goodbye, keep, message_id, named_only, question, reply,
    signs::Signs,
};
use crate::{
    model::{Ack, Answer, Found, Goodbye, Question, Side, Why},
    settings::Role,
};

/// What was found.
#[derive(Debug)]
pub(super) struct Exchange {
    pub(super) command_id: Option<Found<FieldDescriptor>>,
    pub(super) ack: Option<Found<Ack>>,
    pub(super) missed_ack: Option<usize>,
    pub(super) replies: Vec<Option<Found<Answer>>>,
    pub(super) questions: Vec<Option<Question>>,
    pub(super) no_answers: Option<Why>,
    pub(super) client_goodbye: Option<Found<Goodbye>>,
    pub(super) goodbye: Option<Found<Goodbye>>,
}

impl Exchange {
    /// Replies go before answers: what answers a command asks nothing.
    pub(super) fn find(
        context: &Context<'_>,
        message: &Side,
        command: &Side,
        signs: &Signs,
        problems: &mut Vec<Problem>,
    ) -> Self {
        let before = problems.len();
        let ids = message_id::named(context, message, problems);
        let ids_in_doubt = problems.len() > before;
        let command_id = keep(command_id::find(context, command), problems);
        let in_doubt = command_id.is_none();
        let command_id = command_id.flatten();
        let mut search = Search {
            context,
            side: message,
            role: Role::Reply,
            taken: Vec::new(),
            // Where the command's id is named as well, both directions use the field.
            other_ids: match &command_id {
                Some(id) if id.why.is_said() => Vec::new(),
                _ => ids.fields(),
            },
        };
        let id = command_id.as_ref().map(|id| &id.what);
        let ack =
            if in_doubt { named_only(context, Role::Ack, message) } else { ack::find(&search, id) };
        let ack = keep(ack, problems).flatten();
        let without_id = command_id.is_none() && !in_doubt;
        let missed = without_id.then(|| command_id::missed(message, command)).flatten();
        if let Some(missed) = missed.as_ref().filter(|_| problems.is_empty() && context.meant()) {
            problems.push(command_id::without(context, message, command, missed));
        }
        let ack_variant = ack.as_ref().and_then(|ack| ack.what.variant());

        let mut roles: Vec<usize> = signs.of_message().chain(ack_variant).collect();
        let client_goodbye = keep(goodbye::find(context, message, &roles), problems).flatten();
        let pings: Vec<usize> = signs.ping().into_iter().collect();
        let goodbye = keep(goodbye::find(context, command, &pings), problems).flatten();

        let ends = client_goodbye.as_ref().map(|goodbye| goodbye.what.index);
        search.taken = [signs.pong(), ack_variant, ends].into_iter().flatten().collect();
        let known = reply::Known {
            in_doubt,
            command_id: id,
            ack: ack.as_ref().map(|ack| &ack.what),
            ping: signs.ping(),
        };
        let replies = reply::find(&search, command, &known, problems);

        roles.extend(ends);
        roles.extend(replies.iter().flatten().filter_map(|reply| reply.what.variant()));
        let search = Search {
            context,
            side: command,
            role: Role::Answer,
            taken: pings.into_iter().chain(goodbye.as_ref().map(|it| it.what.index)).collect(),
            other_ids: Vec::new(),
        };
        let ids_of_replies = ids_of_replies(ack.as_ref(), &replies);
        let in_doubt = in_doubt || ids_in_doubt;
        let known = question::Known { roles, in_doubt, ids: &ids, ids_of_replies };
        let no_answers = question::off(context);
        let questions = if no_answers.is_some() {
            message.variants.iter().map(|_| None).collect()
        } else {
            question::find(&search, message, &known, problems)
        };

        // One that is named as an answer is no goodbye by its name alone.
        let answered = replies.iter().flatten().filter_map(|reply| reply.what.variant());
        let client_goodbye = unless_said(client_goodbye, answered);
        let answers = questions.iter().flatten().filter_map(|it| it.answer.what.variant());
        let goodbye = unless_said(goodbye, answers);
        let missed_ack = missed.map(|(index, _)| index);
        Self {
            command_id,
            ack,
            missed_ack,
            replies,
            questions,
            no_answers,
            client_goodbye,
            goodbye,
        }
    }
}

/// Where messages carry the ids of the commands that they answer.
fn ids_of_replies(
    ack: Option<&Found<Ack>>,
    replies: &[Option<Found<Answer>>],
) -> Vec<FieldDescriptor> {
    let ack = ack.iter().map(|ack| ack.what.outcome());
    let replies = replies.iter().flatten().map(|reply| reply.what.outcome());
    ack.chain(replies).map(|outcome| outcome.id.clone()).collect()
}

fn unless_said(
    goodbye: Option<Found<Goodbye>>,
    mut others: impl Iterator<Item = usize>,
) -> Option<Found<Goodbye>> {
    goodbye.filter(|it| it.why.is_said() || !others.any(|other| other == it.what.index))
}
