//! Answers back: what a message asks, and from what its handler returns to the command that answers it.

use std::{
    any::Any,
    future::{Future, poll_fn},
    pin::Pin,
    task::Poll,
};

use super::outcome::{Fault, Probe};
use crate::{
    contract::{Answers, Contract, Overflow},
    error::{Failure, SendError},
    id::OwnedId,
    session::Client,
};

/// The id under which `message` asks for an answer; `None` where it asks nothing.
pub fn question<C: Contract>(message: &C::Message) -> Option<OwnedId> {
    C::question(message).filter(|id| !id.is_empty()).map(Into::into)
}

/// Sends what a handler said under the id of the message that asked: `None` says no more than that all went well.
///
/// # Errors
/// The answer was not accepted.
pub async fn answer<C: Answers<V>, V>(
    client: &Client<C>,
    question: Option<OwnedId>,
    said: Option<C::Answer>,
) -> Result<(), Failure> {
    let Some(id) = question else { return Ok(()) };
    let Some(answer) = said.or_else(nothing) else {
        if let Some(done) = client.0.once.done(id, C::done) {
            client.answer_now(done);
        }
        return Ok(());
    };
    let answer = C::answer(id.clone(), answer);
    if !client.0.once.answered(id.as_ref(), &answer) {
        return Ok(());
    }
    if !client.0.context.is_link {
        return client.send(answer).await.map_err(Failure::new);
    }
    // It was done, and nobody is to hear that it has failed because there is no stream.
    loop {
        let mut sending = client.send(answer.clone()).overflow(Overflow::Wait);
        let sent = poll_fn(|cx| {
            if client.0.once.is_left_over(id.as_ref()) {
                // Another hub has come meanwhile, to whom the id means something else.
                return Poll::Ready(Ok(()));
            }
            Pin::new(&mut sending).poll(cx)
        });
        match sent.await {
            Err(SendError::Overflow) => {}
            sent => return sent.map_err(Failure::new),
        }
    }
}

/// An answer that holds nothing, `google.protobuf.Empty`: then `()` is one.
fn nothing<A: 'static>() -> Option<A> {
    let nothing: &mut dyn Any = &mut Some(());
    nothing.downcast_mut::<Option<A>>().and_then(Option::take)
}

/// What the handler of the variant `V`, which is answered with `A`, may return. `K` says how its error is read, and `W`
/// whether there is a word in it.
#[diagnostic::on_unimplemented(
    message = "the handler of variant `{V}` returns `()`, `Result<(), E>` or `Result<{A}, E>`, not `{Self}`",
    label = "no result with an answer to `{V}`"
)]
pub trait Answering<A, V, W, K> {
    /// The answer; `None` where nothing was said.
    ///
    /// # Errors
    /// What the handler returned.
    fn answering(self, word: W, kind: K) -> Result<Option<A>, Failure>;
}

impl<A, V, K> Answering<A, V, Silent, K> for () {
    fn answering(self, _: Silent, _: K) -> Result<Option<A>, Failure> {
        Ok(None)
    }
}

impl<A, V, K, E: Fault<K>> Answering<A, V, Silent, K> for Result<(), E> {
    fn answering(self, _: Silent, _: K) -> Result<Option<A>, Failure> {
        self.map(|()| None).map_err(Fault::fault)
    }
}

impl<A, V, K, T: AnswerTo<V, A>, E: Fault<K>> Answering<A, V, Word, K> for Result<T, E> {
    fn answering(self, _: Word, _: K) -> Result<Option<A>, Failure> {
        self.map(AnswerTo::answer).map_err(Fault::fault)
    }
}

/// What the handler of the variant `V` may return, where nothing but `A` answers it. `K` says how its error is read.
#[diagnostic::on_unimplemented(
    message = "the handler of variant `{V}` returns its answer, `Result<{A}, E>`, not `{Self}`",
    label = "an answer is waited for",
    note = "`Result<Option<{A}>, E>` where it may answer later, by itself: `Ok(None)` sends nothing"
)]
pub trait Telling<A, V, K> {
    /// The answer; `None` where the handler answers by itself.
    ///
    /// # Errors
    /// What the handler returned.
    fn telling(self, kind: K) -> Result<Option<A>, Failure>;
}

impl<A, V, K, T: AnswerTo<V, A>, E: Fault<K>> Telling<A, V, K> for Result<T, E> {
    fn telling(self, _: K) -> Result<Option<A>, Failure> {
        self.map(AnswerTo::answer).map_err(Fault::fault)
    }
}

/// The answer to the variant `V`. It is a trait of its own for the sake of its message.
#[diagnostic::on_unimplemented(
    message = "the answer to variant `{V}` is `{A}`, not `{Self}`",
    label = "expected `Result<{A}, E>`",
    note = "`Result<Option<{A}>, E>` where the handler may answer later, by itself: `Ok(None)` sends nothing"
)]
pub trait AnswerTo<V, A> {
    /// The answer; `None` where the handler answers by itself.
    fn answer(self) -> Option<A>;
}

impl<V, A> AnswerTo<V, A> for A {
    fn answer(self) -> Option<A> {
        Some(self)
    }
}

#[diagnostic::do_not_recommend]
impl<V, A> AnswerTo<V, A> for Option<A> {
    fn answer(self) -> Self {
        self
    }
}

/// Results in which nothing is said: `()`, `Result<(), E>`.
#[derive(Clone, Copy, Debug)]
pub struct Silent;

/// Results with something in them.
#[derive(Clone, Copy, Debug)]
pub struct Word;

/// Results that say nothing.
pub trait SaysNothing {
    /// The answer.
    fn word(&self) -> Silent {
        Silent
    }
}

impl SaysNothing for Probe<()> {}
impl<E> SaysNothing for Probe<Result<(), E>> {}

/// All other results.
pub trait SaysSomething {
    /// The answer.
    fn word(&self) -> Word {
        Word
    }
}

impl<R> SaysSomething for &Probe<R> {}

/// What the handler of a variant `V` that asks nothing may return.
#[diagnostic::on_unimplemented(
    message = "variant `{V}` is not answered, so its handler returns `()` or `Result<(), E>`, not `{Self}`",
    label = "nobody would get this"
)]
pub trait Unasked<V, K> {
    /// The result as the hub carries it.
    ///
    /// # Errors
    /// What the handler returned.
    fn outcome(self, kind: K) -> Result<(), Failure>;
}

impl<V, K> Unasked<V, K> for () {
    fn outcome(self, _: K) -> Result<(), Failure> {
        Ok(())
    }
}

impl<V, K, E: Fault<K>> Unasked<V, K> for Result<(), E> {
    fn outcome(self, _: K) -> Result<(), Failure> {
        self.map_err(Fault::fault)
    }
}

#[cfg(test)]
mod tests {
    use std::task::{Context, Poll, Waker};

    use tonic::Status;

    use super::*;
    use crate::{
        codegen::Hides as _,
        config::HubConfig,
        contract::N,
        outbox::{Frame, Popped},
        sample::{self, Command, Message, Polite},
    };

    type Typed = N<0>;
    type Acked = N<1>;
    /// Answered with a variant that holds nothing.
    type Empty = N<2>;

    macro_rules! answers {
        ($($variant:ty: $answer:ty, $done:expr;)*) => {$(
            impl Answers<$variant> for Polite {
                type Answer = $answer;

                fn answer(id: OwnedId, answer: $answer) -> Command {
                    command(id, &format!("{answer:?}"))
                }

                fn done(id: OwnedId) -> Option<Command> {
                    $done.map(|done| command(id, done))
                }
            }
        )*};
    }

    answers! {
        Typed: u64, None::<&str>;
        Acked: bool, Some("done");
        Empty: (), None::<&str>;
    }

    fn command(id: OwnedId, text: &str) -> Command {
        Command { id: id.into_string(), text: text.to_owned(), ..Command::default() }
    }

    /// What is written where a handler returns this to a message with this id: as generated code does it.
    macro_rules! written {
        ($id:literal, $variant:ty, $returned:ty, $value:expr) => {{
            let client = Client(sample::session::<Polite>(HubConfig::production()));
            client.0.make_live();
            let message = Message { question: $id.to_owned(), ..Message::default() };
            let question = question::<Polite>(&message);
            let kind = (&Probe::<$returned>::new()).kind();
            let word = (&Probe::<$returned>::new()).word();
            let said = <$returned as Answering<_, (), _, _>>::answering($value, word, kind);
            let said = said.expect("no failure");
            answer::<Polite, $variant>(&client, question, said).await.expect("it is accepted");
            written(&client)
        }};
    }

    /// Each command behind the lane that it took.
    fn written(client: &Client<Polite>) -> Vec<String> {
        let mut cx = Context::from_waker(Waker::noop());
        let pop = || match client.0.outbox.poll_pop(0, None, &mut cx) {
            Poll::Ready(Popped::Urgent(entry)) => Some(("urgent", entry)),
            Poll::Ready(Popped::Ordinary(entry)) => Some(("ordinary", entry)),
            Poll::Ready(Popped::End) | Poll::Pending => None,
        };
        let lines = std::iter::from_fn(pop).map(|(lane, entry)| match entry.frame {
            Frame::Message(command) => format!("{lane} {} {}", command.id, command.text),
            Frame::Encoded(_) => panic!("it was encoded"),
        });
        lines.collect()
    }

    #[tokio::test]
    async fn a_word_is_an_answer_in_order() {
        assert_eq!(written!("q", Typed, Result<u64, Status>, Ok(7)), ["ordinary q 7"]);
        assert_eq!(written!("q", Acked, Result<bool, String>, Ok(true)), ["ordinary q true"]);
    }

    #[tokio::test]
    async fn silence_is_an_ack_where_there_is_one() {
        assert_eq!(written!("q", Acked, Result<(), Status>, Ok(())), ["urgent q done"]);
        assert_eq!(written!("q", Acked, (), ()), ["urgent q done"]);
    }

    #[test]
    fn a_word_may_come_later() {
        let told = |said| Telling::<u64, (), _>::telling(said, crate::codegen::Boxed);
        let now: Result<u64, Status> = Ok(7);
        assert!(matches!(told(now.map(Some)), Ok(Some(7))));
        let later: Result<Option<u64>, Status> = Ok(None);
        assert!(matches!(told(later), Ok(None)));
    }

    #[tokio::test]
    async fn silence_is_the_answer_where_that_holds_nothing() {
        assert_eq!(written!("q", Empty, Result<(), Status>, Ok(())), ["ordinary q ()"]);
        assert_eq!(written!("q", Empty, (), ()), ["ordinary q ()"]);
    }

    #[tokio::test]
    async fn without_an_id_nothing_was_asked() {
        assert!(written!("", Typed, Result<u64, Status>, Ok(7)).is_empty());
        assert!(written!("", Acked, (), ()).is_empty());
    }

    #[test]
    fn what_fails_is_no_answer() {
        let failed: Result<u64, Status> = Err(Status::not_found("no such sensor"));
        let said = Answering::<u64, (), _, _>::answering(failed, Word, crate::codegen::Boxed);
        assert_eq!(said.expect_err("an error").status().code(), tonic::Code::NotFound);
    }
}
