//! What messages ask, and what answers them.

use prost_reflect::FieldDescriptor;

use super::{
    answer::Search,
    context::{Context, Problem, said},
    message_id::{self, Named},
    reply,
};
use crate::{
    messages,
    model::{Ack, Answer, Found, Question, Side, Why},
    settings::Role,
};

/// The roles that were found before.
pub(crate) struct Known<'a> {
    /// The message's variants that ask nothing, because they have other roles.
    pub(crate) roles: Vec<usize>,
    /// Whether one of the roles that others depend on is not known for certain.
    pub(crate) in_doubt: bool,
    /// The ids that are named.
    pub(crate) ids: &'a Named,
    /// Where messages carry the ids of commands that they answer.
    pub(crate) ids_of_replies: Vec<FieldDescriptor>,
}

/// Why nothing is asked, where somebody said so.
pub(crate) fn off(context: &Context<'_>) -> Option<Why> {
    if let Some(call) = context.calls(&[Role::NoAnswers], &context.message()).first() {
        return Some(said(call));
    }
    let name = Role::NoAnswers.name();
    context.options.method(&context.method, name).map(|_| context.marked_rpc(name, "true"))
}

/// What all variants of the message ask.
pub(crate) fn find(
    search: &Search<'_>,
    message: &Side,
    known: &Known<'_>,
    problems: &mut Vec<Problem>,
) -> Vec<Option<Question>> {
    search.check(message, problems);
    let named_ack = match search.context.named_variant(Role::Ack, search.side) {
        Ok(ack) => ack,
        Err(problem) => {
            problems.push(problem);
            None
        }
    };
    if message.oneof.is_none() {
        return message.variants.iter().map(|_| None).collect();
    }
    let before = problems.len();
    let questions = Questions { search, message, known, named_ack };
    let found: Vec<Option<Question>> = (0..message.variants.len())
        .map(|index| questions.of(index).map_err(|problem| problems.push(problem)).ok().flatten())
        .collect();
    // Where something else is wrong, that may be why.
    if problems.len() == before && !known.in_doubt {
        problems.extend(questions.unused(&found));
    }
    found
}

struct Questions<'a> {
    search: &'a Search<'a>,
    message: &'a Side,
    known: &'a Known<'a>,
    /// The command's variant that is named as the ack.
    named_ack: Option<Found<usize>>,
}

impl Questions<'_> {
    fn of(&self, index: usize) -> Result<Option<Question>, Problem> {
        let asked = &self.message.variants[index].field;
        let named = self.search.named(self.message, asked)?;
        let id = self.known.ids.of(index);
        if self.known.in_doubt {
            return Ok(None);
        }
        if self.known.roles.contains(&index) {
            // An option in the payload's type may be meant for another variant of that type.
            let said = |id: &&Found<_>| self.is_inside(&id.what) && id.why.is_call();
            let id = id.filter(said);
            return match named.map(|it| it.why).or(id.map(|id| id.why.clone())) {
                Some(why) => Err(Problem::of_why(&why, messages::asks_nothing(asked.name()))),
                None => Ok(None),
            };
        }
        if let Some(id) = id {
            return self.question(asked, id, named.as_ref());
        }
        let ids = message_id::by_name(self.message, index).into_iter().map(Found::by_name);
        if let Some(named) = named {
            let ids: Vec<_> = ids.collect();
            let carried = |id: &&Found<_>| self.search.carrying(named.what, &id.what).is_some();
            return if let Some(id) = ids.iter().find(carried).or(ids.first()) {
                self.question(asked, id, Some(&named))
            } else {
                let text = messages::asks_under_no_id(asked.name(), asked.parent_message());
                Err(Problem::of_why(&named.why, text))
            };
        }
        for id in ids {
            if let Some(found) = self.question(asked, &id, None)? {
                return Ok(Some(found));
            }
        }
        Ok(None)
    }

    /// What `asked` asks under `id`, if anything answers it.
    fn question(
        &self,
        asked: &FieldDescriptor,
        id: &Found<FieldDescriptor>,
        named: Option<&Found<usize>>,
    ) -> Result<Option<Question>, Problem> {
        let search = self.search;
        let found = self.ack(&id.what);
        // Where something else answers, it is no matter that there are several.
        let ack = found.as_ref().ok().cloned().flatten();
        let envelope = search.envelope(&id.what);
        let answer = if let Some(named) = named {
            let what = reply::answer(search, asked, named.what, &id.what, ack.as_ref())?;
            Found { what, why: named.why.clone() }
        } else if let Some((index, outcome)) = search.typed(asked, &id.what)? {
            Found::by_name(Answer::Typed(index, outcome))
        } else if let Some(ack) = found? {
            Found::by_name(Answer::Ack(ack))
        } else if let Some(envelope) = envelope.as_ref().filter(|_| self.may_be_enveloped(id)) {
            Found::by_name(Answer::Ack(envelope.clone()))
        } else {
            return Ok(None);
        };
        let typed = match &answer.what {
            Answer::Typed(index, outcome) => Some(Ack::Variant(*index, outcome.clone())),
            Answer::Ack(_) => None,
        };
        let failures = [ack, typed, envelope].into_iter().flatten();
        let failures = failures.filter(|ack| ack.outcome().can_fail()).collect::<Vec<_>>();
        // One that can say why goes before one that can only say that.
        let why = failures.iter().find(|ack| ack.outcome().has_text());
        let failure = why.or(failures.first()).cloned();
        let done = answer.what.done();
        Ok(Some(Question { id: id.clone(), answer, failure, done }))
    }

    /// The ack of messages whose id is `id`: what is named, if it carries the id, else by its name.
    fn ack(&self, id: &FieldDescriptor) -> Result<Option<Ack>, Problem> {
        let Some(Found { what: index, .. }) = self.named_ack else {
            return self.search.ack(id);
        };
        let outcome = self.search.carrying(index, id);
        Ok(outcome.map(|outcome| Ack::Variant(index, outcome)))
    }

    /// Whether all of a command may answer by its id alone: not where the same field of the message, or one of that name
    /// in its variant, tells which command it answers. Every message that answers nothing would be a question.
    fn may_be_enveloped(&self, id: &Found<FieldDescriptor>) -> bool {
        let taken = self.known.ids_of_replies.iter().any(|other| {
            *other == id.what || (self.is_inside(&id.what) && other.name() == id.what.name())
        });
        id.why.is_said() || !taken
    }

    /// Whether the id lies in the payload of a variant.
    fn is_inside(&self, id: &FieldDescriptor) -> bool {
        *id.parent_message() != self.message.descriptor
    }

    /// What is named, and of use to no question.
    fn unused(&self, found: &[Option<Question>]) -> Vec<Problem> {
        let asks = |id: &FieldDescriptor| found.iter().flatten().any(|it| it.id.what == *id);
        let top = self.known.ids.top().filter(|id| !asks(&id.what));
        let top = top.map(|id| self.unanswered(id, self.message.descriptor.full_name()));
        let inside = self.known.ids.inside().filter(|(index, id)| {
            // An option in a type is meant for any variant of that type.
            let used = if id.why.is_call() { found[*index].is_some() } else { asks(&id.what) };
            !used
        });
        let inside = inside.map(|(index, id)| self.unanswered(id, self.message.name(index)));
        top.into_iter().chain(inside).chain(self.unused_ack(found)).collect()
    }

    fn unused_ack(&self, found: &[Option<Question>]) -> Option<Problem> {
        let commands = &self.search.side.descriptor;
        // One type both ways: it is the message's ack that is meant.
        let ack = self.named_ack.as_ref().filter(|_| *commands != self.message.descriptor)?;
        let used = |question: &Question| {
            let failure = question.failure.as_ref().and_then(Ack::variant);
            [question.answer.what.variant(), failure].contains(&Some(ack.what))
        };
        if found.iter().flatten().any(used) {
            return None;
        }
        let text = messages::ack_of_no_message(
            self.search.side.name(ack.what),
            commands.full_name(),
            self.message.descriptor.full_name(),
        );
        Some(Problem::of_why(&ack.why, text))
    }

    fn unanswered(&self, id: &Found<FieldDescriptor>, asked: &str) -> Problem {
        let commands = &self.search.side.descriptor;
        Problem::of_why(&id.why, messages::nothing_answers(asked, id.what.name(), commands))
    }
}
