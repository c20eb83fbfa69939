//! What goes to one other node: all that is there to be said when its turn comes goes in one message, and so do the answers.
//!
//! A message for each command would cost both nodes and the network more than the command. Nothing waits for others to come:
//! while there is little to say each goes alone.

use std::{
    collections::HashMap,
    future::poll_fn,
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak},
    task::Poll,
    time::Duration,
};

use bytes::Bytes;
use futures_util::{StreamExt as _, stream::FuturesUnordered};
use prost::Message as _;
use tokio::{
    sync::{mpsc, oneshot},
    task::yield_now,
    time::{Instant, interval},
};

use super::{
    CarryError, Cluster,
    wire::{self, State, Word},
};

/// So many words go in one message, and so many bytes of them, or as many as the cluster carries if these are fewer; a word
/// that is larger goes alone.
const WORDS: usize = 256;
const BYTES: usize = 64 * 1024;

/// So many words wait for their turn; then those who have more to say wait.
const WAITING: usize = 1024;

/// A node that nothing was said to for this long may be gone.
const IDLE: Duration = Duration::from_mins(1);

/// One to each node that something was said to lately.
#[derive(Debug, Default)]
pub(super) struct Posts(Arc<ByNode>);

type ByNode = Mutex<HashMap<String, Post>>;

fn lock(posts: &ByNode) -> MutexGuard<'_, HashMap<String, Post>> {
    posts.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What goes to one node. Cheap to clone.
#[derive(Clone, Debug)]
pub(super) struct Post {
    node: Arc<str>,
    items: mpsc::Sender<Item>,
}

/// A letter of one word.
#[derive(Debug)]
struct Item {
    letter: Vec<u8>,
    asked: Option<Asked>,
}

#[derive(Debug)]
struct Asked {
    until: Instant,
    answer: oneshot::Sender<Result<State, CarryError>>,
}

impl Posts {
    /// The one to a node, which listens to this subject.
    pub(super) fn to(
        &self,
        cluster: &Arc<dyn Cluster>,
        node: &str,
        subject: impl FnOnce() -> String,
    ) -> Post {
        let mut posts = lock(&self.0);
        if let Some(post) = posts.get(node).filter(|post| !post.items.is_closed()) {
            return post.clone();
        }
        let (items, come) = mpsc::channel(WAITING);
        let post = Post { node: node.into(), items };
        let way = Way { cluster: cluster.clone(), subject: subject() };
        tokio::spawn(way.carry(come, Arc::downgrade(&self.0), post.node.clone()));
        posts.insert(node.to_owned(), post.clone());
        post
    }
}

impl Post {
    pub(super) fn node(&self) -> &str {
        &self.node
    }

    /// Tells the node. Whether it arrives nobody knows.
    pub(super) async fn tell(&self, word: Word) {
        let item = Item { letter: wire::Letter::from(word).encode_to_vec(), asked: None };
        let _ = self.items.send(item).await;
    }

    /// Asks the node about a client.
    pub(super) async fn ask(&self, call: wire::Call, until: Instant) -> Result<State, CarryError> {
        let letter = wire::Letter::from(Word::Call(call)).encode_to_vec();
        let (answer, answered) = oneshot::channel();
        let item = Item { letter, asked: Some(Asked { until, answer }) };
        // Where it has ended just now, nothing was sent.
        self.items.send(item).await.map_err(|_| CarryError::NoResponders)?;
        answered.await.unwrap_or(Err(CarryError::Unanswered))
    }
}

/// How messages get to the node.
#[derive(Clone)]
struct Way {
    cluster: Arc<dyn Cluster>,
    subject: String,
}

impl Way {
    /// Until the hub is gone, or nothing was said for long.
    async fn carry(self, mut items: mpsc::Receiver<Item>, posts: Weak<ByNode>, node: Arc<str>) {
        let mut asking = FuturesUnordered::new();
        let mut waiting = Vec::with_capacity(WORDS);
        let mut idle = interval(IDLE);
        let mut is_idle = false;
        loop {
            tokio::select! {
                biased;
                Some(()) = asking.next() => {}
                count = items.recv_many(&mut waiting, WORDS) => {
                    if count == 0 {
                        break;
                    }
                    is_idle = false;
                    // Whoever else has something to say at this moment says it.
                    yield_now().await;
                    while waiting.len() < WORDS && let Ok(item) = items.try_recv() {
                        waiting.push(item);
                    }
                    let most = BYTES.min(self.cluster.max_payload());
                    let mut rest = waiting.drain(..).peekable();
                    while let Some(first) = rest.next() {
                        let (mut letter, mut asked) = (first.letter, Vec::new());
                        asked.extend(first.asked);
                        while let Some(next) =
                            rest.next_if(|next| letter.len() + next.letter.len() <= most)
                        {
                            letter.extend_from_slice(&next.letter);
                            asked.extend(next.asked);
                        }
                        if asked.is_empty() {
                            // What is lost is found missing by whoever waits for it.
                            let _ = self.cluster.publish(self.subject.clone(), letter.into()).await;
                        } else {
                            let mut asks = Box::pin(self.clone().ask(letter.into(), asked));
                            // It is under way before what comes next.
                            if poll_fn(|cx| Poll::Ready(asks.as_mut().poll(cx).is_pending())).await {
                                asking.push(asks);
                            }
                        }
                    }
                }
                _ = idle.tick() => {
                    if std::mem::replace(&mut is_idle, true) {
                        // What was sent just now still comes.
                        items.close();
                    }
                }
            }
        }
        if let Some(posts) = posts.upgrade() {
            let mut posts = lock(&posts);
            if posts.get(&*node).is_some_and(|post| post.items.is_closed()) {
                posts.remove(&*node);
            }
        }
        while asking.next().await.is_some() {}
    }

    /// Sends a letter, and gives those who asked what the node answers.
    async fn ask(self, letter: Bytes, asked: Vec<Asked>) {
        let until = asked.iter().map(|asked| asked.until).max().unwrap_or_else(Instant::now);
        let within = until.saturating_duration_since(Instant::now());
        let answers = match self.cluster.request(self.subject, letter, within).await {
            Ok(answers) => wire::Answers::decode(answers).map_err(|_| CarryError::Unanswered),
            Err(error) => Err(error),
        };
        match answers {
            Ok(wire::Answers { answers }) => {
                for (asked, answer) in asked.into_iter().zip(answers) {
                    // Nobody waits any more where that fails.
                    let _ = asked.answer.send(answer.state.ok_or(CarryError::Unanswered));
                }
            }
            Err(error) => {
                for asked in asked {
                    let _ = asked.answer.send(Err(error));
                }
            }
        }
    }
}
