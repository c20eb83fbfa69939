//! A contract as its client sees it.

use prost_reflect::{FieldDescriptor, Kind, MessageDescriptor};

use super::{Ack, Answer, ClientId, Contract, Found, Outcome, Question, Side, Variant};

impl Contract {
    /// The same rpc as its client sees it: commands are what comes, messages are what is sent. A command that is replied
    /// to asks there, and a message that asks is replied to.
    ///
    /// Pings and the client's own id are no roles of it: a client answers the ones and fills in the other.
    pub(crate) fn turned(&self) -> Self {
        let asked = asked(&self.questions);
        let ack = ack(&asked);
        let ids: Vec<_> = asked.iter().map(|it| it.map(|question| &question.id)).collect();
        let command_id = shared(&ids, &self.message.descriptor);
        let command_ids = if command_id.is_some() {
            Vec::new()
        } else {
            ids.iter().map(|id| id.map(|id| id.what.clone())).collect()
        };
        Self {
            method: self.method.clone(),
            turned: true,
            message: turned(&self.command),
            command: turned(&self.message),
            client_id: Found::by_name(ClientId::Assigned),
            command_id,
            command_ids,
            replies: asked.iter().map(|it| it.map(|question| reply(question, ack))).collect(),
            outspoken: outspoken(&asked, ack),
            ack: ack.cloned().map(Found::by_name),
            missed_ack: None,
            questions: self.asked_by_commands(),
            no_answers: None,
            ping: None,
            pong: None,
            heartbeat: None,
            // It ends a stream and not the link, see `Linked::hubs_goodbye`.
            client_goodbye: None,
            goodbye: self.client_goodbye.clone(),
        }
    }

    /// Whether the command's variant of this index answers messages.
    fn answers(&self, index: usize) -> bool {
        let failure = |question: &Question| question.failure.as_ref().and_then(Ack::variant);
        let mut questions = self.questions.iter().flatten();
        questions.any(|it| [it.answer.what.variant(), failure(it)].contains(&Some(index)))
    }

    fn asked_by_commands(&self) -> Vec<Option<Question>> {
        let ack = self.ack.as_ref().map(|ack| &ack.what);
        // Where the message itself is the ack, the hub reads its id alone.
        let around = ack.filter(|ack| ack.variant().is_none()).map(|ack| &ack.outcome().id);
        let question = |(reply, variant): (&Option<Found<Answer>>, &Variant)| {
            let answer = match (reply, around) {
                (Some(Found { what: Answer::Typed(index, outcome), .. }), Some(id)) => {
                    Answer::Typed(*index, Outcome { id: id.clone(), ..outcome.clone() })
                }
                (Some(reply), _) => reply.what.clone(),
                // Of one that coalesces the ack can be awaited, though it is no reply.
                (None, _) => Answer::Ack(ack.filter(|_| variant.coalesce.is_some())?.clone()),
            };
            let typed = match &answer {
                Answer::Typed(index, outcome) => Some(Ack::Variant(*index, outcome.clone())),
                Answer::Ack(_) => None,
            };
            let failure = ack.into_iter().chain(&typed).find(|ack| ack.outcome().can_fail());
            Some(Question {
                id: self.command_id.clone()?,
                failure: failure.cloned(),
                done: match &answer {
                    Answer::Ack(ack) => Some(ack.clone()),
                    Answer::Typed(..) => answer.done(),
                },
                answer: Found::by_name(answer),
            })
        };
        // What answers a message asks nothing itself, though it may carry an id; unless it has more than the ack.
        let asks = |index: usize| {
            let own = self.replies[index].as_ref();
            let own = own.filter(|it| it.why.is_said() || matches!(it.what, Answer::Typed(..)));
            own.is_some() || !self.answers(index)
        };
        let sides = self.replies.iter().zip(&self.command.variants).enumerate();
        sides.map(|(index, it)| if asks(index) { question(it) } else { None }).collect()
    }
}

fn turned(side: &Side) -> Side {
    let variants = side.variants.iter();
    let variants = variants.map(|it| Variant { overflow: None, coalesce: None, ..it.clone() });
    Side { variants: variants.collect(), ..side.clone() }
}

/// What can be awaited: of questions whose ids are of different kinds, those whose are as the first one's.
fn asked(questions: &[Option<Question>]) -> Vec<Option<&Question>> {
    let kind = |question: &Question| match question.id.what.kind() {
        Kind::String => 0,
        Kind::Bytes => 1,
        _ => 2,
    };
    let first = questions.iter().flatten().next().map(kind);
    questions.iter().map(|it| it.as_ref().filter(|it| Some(kind(it)) == first)).collect()
}

/// The field of `message` itself that holds the id of every question.
fn shared(
    ids: &[Option<&Found<FieldDescriptor>>],
    message: &MessageDescriptor,
) -> Option<Found<FieldDescriptor>> {
    let mut ids = ids.iter().flatten();
    let first = ids.next().filter(|id| id.what.parent_message() == message)?;
    ids.all(|id| id.what == first.what).then(|| (*first).clone())
}

/// What says how questions went: all of the command, where that ever does, else the first variant.
fn ack<'a>(asked: &[Option<&'a Question>]) -> Option<&'a Ack> {
    let questions = || asked.iter().copied().flatten();
    let acks = questions().filter_map(|question| match &question.answer.what {
        Answer::Ack(ack) => Some(ack),
        Answer::Typed(..) => None,
    });
    let others = questions().filter_map(|question| {
        let own = question.answer.what.variant();
        question.failure.as_ref().filter(|failure| failure.variant() != own)
    });
    let all: Vec<_> = acks.chain(others).collect();
    let envelope = all.iter().find(|ack| ack.variant().is_none());
    envelope.or(all.first()).copied()
}

/// What replies to `question`, where `ack` is the ack.
fn reply(question: &Question, ack: Option<&Ack>) -> Found<Answer> {
    Found::by_name(match &question.answer.what {
        Answer::Ack(Ack::Variant(index, outcome)) if ack.and_then(Ack::variant) != Some(*index) => {
            Answer::Typed(*index, outcome.clone())
        }
        answer => answer.clone(),
    })
}

/// The variants, beside the ack, that must be read themselves to know what they say, or of what.
fn outspoken(asked: &[Option<&Question>], ack: Option<&Ack>) -> Vec<(usize, Outcome)> {
    let around = ack.filter(|ack| ack.variant().is_none()).map(|ack| &ack.outcome().id);
    let mut found: Vec<(usize, Outcome)> = Vec::new();
    for question in asked.iter().flatten() {
        let failure = match &question.failure {
            Some(Ack::Variant(index, outcome)) => Some((*index, outcome)),
            _ => None,
        };
        let answer = &question.answer.what;
        let outcome = answer.outcome();
        let inside = answer.variant().filter(|_| around.is_some_and(|id| *id != outcome.id));
        for (index, outcome) in failure.into_iter().chain(inside.map(|index| (index, outcome))) {
            let known = ack.and_then(Ack::variant) == Some(index);
            if !known && !found.iter().any(|(other, _)| *other == index) {
                found.push((index, outcome.clone()));
            }
        }
    }
    found
}
