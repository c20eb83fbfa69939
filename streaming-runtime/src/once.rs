//! What was asked before: whoever asks again under the same id gets the same answer, and nothing is done twice.

use std::{
    collections::{HashMap, VecDeque, hash_map::Entry},
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::time::Instant;

use crate::id::{ClientId, IdRef};

/// So long an answer is kept.
const KEPT: Duration = Duration::from_mins(5);

/// The memory of what one peer has asked, of at most so many questions: the oldest are forgotten first. Of none, nothing
/// is kept.
#[derive(Debug)]
pub(crate) struct Once<M> {
    state: Mutex<State<M>>,
}

#[derive(Debug)]
struct State<M> {
    limit: usize,
    asked: HashMap<ClientId, Asked<M>>,
    /// In the order in which they were asked first.
    order: VecDeque<(Instant, ClientId)>,
}

#[derive(Debug)]
struct Asked<M> {
    since: Instant,
    /// None while its handler runs.
    answer: Option<M>,
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
    fn lock(&self) -> MutexGuard<'_, State<M>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// From here on so many questions are kept.
    #[cfg(feature = "link")]
    pub(crate) fn keep(&self, limit: usize) {
        if limit == 0 {
            self.forget();
        }
        self.lock().limit = limit;
    }

    /// Whoever asks from here on is another, whose ids mean something else.
    #[cfg(feature = "link")]
    pub(crate) fn forget(&self) {
        let mut state = self.lock();
        state.asked.clear();
        state.order.clear();
    }
}

impl<M> State<M> {
    fn forget_oldest(&mut self) {
        let Some((since, oldest)) = self.order.pop_front() else { return };
        // It may have been forgotten before, and asked anew since.
        if let Entry::Occupied(asked) = self.asked.entry(oldest)
            && asked.get().since == since
        {
            asked.remove();
        }
    }
}

impl<M: Clone> Once<M> {
    pub(crate) fn new(limit: usize) -> Self {
        let state = State { limit, asked: HashMap::new(), order: VecDeque::new() };
        Self { state: Mutex::new(state) }
    }

    /// Whether the question of this id, where there is one, was asked before. From here on it was.
    pub(crate) fn ask(&self, id: Option<IdRef<'_>>, now: Instant) -> Before<M> {
        let Some(id) = id.filter(|id| !id.is_empty()) else { return Before::Never };
        let mut state = self.lock();
        if state.limit == 0 {
            return Before::Never;
        }
        let id = ClientId::from(id);
        while state.order.front().is_some_and(|(since, _)| now.duration_since(*since) >= KEPT) {
            state.forget_oldest();
        }
        match state.asked.entry(id.clone()) {
            Entry::Occupied(asked) => {
                let answer = asked.get().answer.clone();
                return answer.map_or(Before::Running, Before::Answered);
            }
            Entry::Vacant(place) => place.insert(Asked { since: now, answer: None }),
        };
        state.order.push_back((now, id));
        if state.order.len() > state.limit {
            state.forget_oldest();
        }
        Before::Never
    }

    /// The question of this id is answered so.
    pub(crate) fn answered(&self, id: IdRef<'_>, answer: &M) {
        let mut state = self.lock();
        if state.limit == 0 {
            return;
        }
        if let Some(asked) = id.with_str(|id| state.asked.get_mut(id)) {
            asked.answer = Some(answer.clone());
        }
    }

    /// The handler has returned. Where there is no answer by now, there may be none: it is handled again if it is asked
    /// again.
    pub(crate) fn handled(&self, id: IdRef<'_>) {
        let mut state = self.lock();
        if state.limit == 0 {
            return;
        }
        id.with_str(|id| {
            if state.asked.get(id).is_some_and(|asked| asked.answer.is_none()) {
                state.asked.remove(id);
            }
        });
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
        assert_eq!(once.lock().asked.len(), 1);
        assert_eq!(once.lock().order.len(), 1);
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
