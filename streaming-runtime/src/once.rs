//! What was asked before: whoever asks again under the same id gets the same answer, and nothing is done twice.

use std::{
    collections::{HashMap, VecDeque, hash_map::Entry},
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use foldhash::fast::RandomState;
use tokio::time::Instant;

use crate::id::{ClientId, IdRef, OwnedId};

/// So long an answer is kept.
const KEPT: Duration = Duration::from_mins(5);

/// The memory of what one peer has asked, of at most so many questions: the oldest are forgotten first. Of none, nothing
/// is kept.
#[derive(Debug)]
pub(crate) struct Once<M> {
    /// Nothing where nothing is kept, as in most hubs.
    state: Mutex<Option<Box<State<M>>>>,
}

#[derive(Debug)]
struct State<M> {
    limit: usize,
    /// Which number a question has. Small, and so mostly in the processor's cache.
    numbers: HashMap<ClientId, u64, RandomState>,
    /// In the order in which they were asked first, one number after the other.
    asked: VecDeque<Asked<M>>,
    /// The number of the first of them.
    first: u64,
    /// Handlers that still run for whoever asked before, by what they were asked under.
    left_over: HashMap<ClientId, usize>,
}

#[derive(Debug)]
struct Asked<M> {
    id: ClientId,
    since: Instant,
    /// Whether its handler has returned.
    handled: bool,
    answer: Option<Kept<M>>,
}

/// An answer that is kept.
#[derive(Debug)]
enum Kept<M> {
    /// One that says no more than that all went well, as most do, is made again and takes no room.
    Done(fn(OwnedId) -> Option<M>),
    Whole(Box<M>),
}

impl<M: Clone> Kept<M> {
    fn again(&self, id: IdRef<'_>) -> Option<M> {
        match self {
            Self::Done(make) => make(id.into()),
            Self::Whole(answer) => Some(M::clone(answer)),
        }
    }
}

/// What is known of a question.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Before<M> {
    /// It was not asked before.
    Never,
    /// It is being handled: the answer will come.
    Running,
    /// It was answered so.
    Answered(M),
}

impl<M> Once<M> {
    fn lock(&self) -> MutexGuard<'_, Option<Box<State<M>>>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// From here on so many questions are kept.
    #[cfg(feature = "link")]
    pub(crate) fn keep(&self, limit: usize) {
        let mut state = self.lock();
        if limit > 0 {
            state.get_or_insert_with(|| State::new(limit)).limit = limit;
        } else if let Some(state) = &mut *state {
            state.limit = limit;
            state.numbers.clear();
            state.asked.clear();
        }
    }

    /// Whoever asks from here on is another, whose ids mean something else: handlers that still run answer nobody.
    #[cfg(feature = "link")]
    pub(crate) fn forget(&self) {
        let mut state = self.lock();
        let Some(State { numbers, asked, left_over, .. }) = state.as_deref_mut() else { return };
        numbers.clear();
        for asked in asked.drain(..).filter(|asked| !asked.handled) {
            *left_over.entry(asked.id).or_default() += 1;
        }
    }
}

impl<M> State<M> {
    fn new(limit: usize) -> Box<Self> {
        let (numbers, asked, left_over) = (HashMap::default(), VecDeque::new(), HashMap::new());
        Box::new(Self { limit, numbers, asked, first: 0, left_over })
    }

    fn forget_oldest(&mut self) {
        let Some(oldest) = self.asked.pop_front() else { return };
        // It may have been forgotten before, and asked anew since.
        if let Entry::Occupied(number) = self.numbers.entry(oldest.id)
            && *number.get() == self.first
        {
            number.remove();
        }
        self.first += 1;
    }

    fn is_left_over(&self, id: IdRef<'_>) -> bool {
        !self.left_over.is_empty() && id.with_str(|id| self.left_over.contains_key(id))
    }

    fn get_mut(&mut self, id: IdRef<'_>) -> Option<&mut Asked<M>> {
        let index = id.with_str(|id| {
            // Most are answered before the next is asked.
            if self.asked.back().is_some_and(|last| last.id == *id) {
                return Some(self.asked.len() - 1);
            }
            usize::try_from(self.numbers.get(id)? - self.first).ok()
        });
        self.asked.get_mut(index?)
    }
}

impl<M: Clone> Once<M> {
    pub(crate) fn new(limit: usize) -> Self {
        Self { state: Mutex::new((limit > 0).then(|| State::new(limit))) }
    }

    /// Whether the question of this id, where there is one, was asked before. From here on it was.
    pub(crate) fn ask(&self, id: Option<IdRef<'_>>, now: Instant) -> Before<M> {
        let Some(id) = id.filter(|id| !id.is_empty()) else { return Before::Never };
        let mut state = self.lock();
        let Some(state) = state.as_mut().filter(|state| state.limit > 0) else {
            return Before::Never;
        };
        while state.asked.front().is_some_and(|oldest| now - oldest.since >= KEPT) {
            state.forget_oldest();
        }
        let State { numbers, asked, first, .. } = &mut **state;
        let name = ClientId::from(id);
        match numbers.entry(name.clone()) {
            Entry::Occupied(number) => {
                let before = usize::try_from(number.get() - *first).ok();
                let answer = before.and_then(|index| asked.get(index)?.answer.as_ref()?.again(id));
                return answer.map_or(Before::Running, Before::Answered);
            }
            Entry::Vacant(number) => number.insert(*first + asked.len() as u64),
        };
        asked.push_back(Asked { id: name, since: now, handled: false, answer: None });
        if asked.len() > state.limit {
            state.forget_oldest();
        }
        Before::Never
    }

    /// The question of this id is answered so. `false`: whoever has asked it is gone.
    pub(crate) fn answered(&self, id: IdRef<'_>, answer: &M) -> bool {
        let mut state = self.lock();
        let Some(state) = &mut *state else { return true };
        if state.is_left_over(id) {
            return false;
        }
        if let Some(asked) = state.get_mut(id) {
            asked.answer = Some(Kept::Whole(Box::new(answer.clone())));
        }
        true
    }

    /// The question of this id is answered by what `make` gives for it, if that is anything, and this gives it. `None` as
    /// well where whoever has asked it is gone.
    pub(crate) fn done(&self, id: OwnedId, make: fn(OwnedId) -> Option<M>) -> Option<M> {
        let mut state = self.lock();
        let Some(state) = &mut *state else { return make(id) };
        if state.is_left_over(id.as_ref()) {
            return None;
        }
        let asked = state.get_mut(id.as_ref());
        let done = make(id)?;
        if let Some(asked) = asked {
            asked.answer = Some(Kept::Done(make));
        }
        Some(done)
    }

    /// Whether a handler runs for this id whose answer is nobody's any more.
    pub(crate) fn is_left_over(&self, id: IdRef<'_>) -> bool {
        self.lock().as_ref().is_some_and(|state| state.is_left_over(id))
    }

    /// The handler has returned. Where there is no answer by now, there may be none: it is handled again if it is asked
    /// again.
    ///
    /// Of two under one id the first to return counts as the one that was left over. Where that is the other, in a lane
    /// of its own, its answer is lost, and none is given for what was not done.
    pub(crate) fn handled(&self, id: IdRef<'_>) {
        let mut state = self.lock();
        let Some(state) = &mut *state else { return };
        if !state.left_over.is_empty()
            && let Entry::Occupied(mut left) = state.left_over.entry(id.into())
        {
            *left.get_mut() -= 1;
            if *left.get() == 0 {
                left.remove();
            }
            return;
        }
        let Some(asked) = state.get_mut(id) else { return };
        asked.handled = true;
        if asked.answer.is_none() {
            id.with_str(|id| state.numbers.remove(id));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn what_is_asked_again_has_the_same_answer() {
        let once = Once::new(10);
        assert_eq!(once.ask(Some("a".into()), Instant::now()), Before::Never);
        assert_eq!(once.ask(Some("a".into()), Instant::now()), Before::Running);
        once.answered("a".into(), &7);
        once.handled("a".into());
        assert_eq!(once.ask(Some("a".into()), Instant::now()), Before::Answered(7));
        assert_eq!(once.ask(Some("b".into()), Instant::now()), Before::Never);
    }

    #[tokio::test(start_paused = true)]
    async fn what_was_done_is_said_again_under_its_id() {
        let once = Once::new(10);
        assert_eq!(once.ask(Some("a".into()), Instant::now()), Before::Never);
        let done =
            once.done(IdRef::from("a").into(), |id| Some(format!("done: {}", id.into_string())));
        assert_eq!(done.as_deref(), Some("done: a"));
        once.handled("a".into());
        let again = once.ask(Some("a".into()), Instant::now());
        assert_eq!(again, Before::Answered("done: a".to_owned()));
    }

    #[tokio::test(start_paused = true)]
    async fn what_was_handled_without_an_answer_is_handled_again() {
        let once: Once<u8> = Once::new(10);
        once.ask(Some("a".into()), Instant::now());
        once.handled("a".into());
        assert_eq!(once.ask(Some("a".into()), Instant::now()), Before::Never);
    }

    #[tokio::test(start_paused = true)]
    async fn the_oldest_go_first_and_all_after_five_minutes() {
        let once: Once<u8> = Once::new(2);
        for name in ["a", "b", "c"] {
            once.ask(Some(name.into()), Instant::now());
            once.answered(name.into(), &1);
        }
        assert_eq!(once.ask(Some("c".into()), Instant::now()), Before::Answered(1));
        assert_eq!(once.ask(Some("b".into()), Instant::now()), Before::Answered(1));
        assert_eq!(once.ask(Some("a".into()), Instant::now()), Before::Never, "it was forgotten");
        tokio::time::advance(KEPT).await;
        assert_eq!(once.ask(Some("c".into()), Instant::now()), Before::Never, "it is too old");
        let state = once.lock();
        let kept = state.as_ref().map(|state| (state.numbers.len(), state.asked.len()));
        assert_eq!(kept, Some((1, 1)));
    }

    #[cfg(feature = "link")]
    #[tokio::test(start_paused = true)]
    async fn what_runs_when_all_is_forgotten_answers_nobody() {
        let once = Once::new(10);
        let ask = |id: &'static str| once.ask(Some(id.into()), Instant::now());
        for id in ["runs", "done"] {
            assert_eq!(ask(id), Before::Never);
        }
        assert!(once.answered("done".into(), &1));
        once.handled("done".into());
        once.forget();
        assert_eq!(ask("runs"), Before::Never, "it means something else");
        assert!(!once.answered("runs".into(), &2), "it answers another question");
        assert_eq!(once.done(IdRef::from("runs").into(), |_| Some(2)), None, "so does this");
        assert_eq!(ask("runs"), Before::Running);
        once.handled("runs".into());
        assert!(once.answered("runs".into(), &3));
        once.handled("runs".into());
        assert_eq!(ask("runs"), Before::Answered(3));
        assert_eq!(ask("done"), Before::Never);
        assert!(once.answered("done".into(), &4), "nothing of it was left over");
        assert!(once.lock().as_ref().is_some_and(|state| state.left_over.is_empty()));
    }

    #[tokio::test(start_paused = true)]
    async fn what_was_forgotten_and_asked_anew_does_not_go_with_its_first_time() {
        let once: Once<u8> = Once::new(10);
        once.ask(Some("a".into()), Instant::now());
        once.handled("a".into());
        tokio::time::advance(KEPT.saturating_sub(Duration::from_secs(1))).await;
        once.ask(Some("a".into()), Instant::now());
        once.answered("a".into(), &1);
        tokio::time::advance(Duration::from_secs(2)).await;
        assert_eq!(once.ask(Some("a".into()), Instant::now()), Before::Answered(1));
    }
}
