//! More than one machine: hubs of one contract that know each other.
//!
//! A hub is a node of a cluster once it is built with [`HubBuilder::cluster`](crate::hub::HubBuilder::cluster). What is
//! sent to a client of another node goes there, with the same calls and the same errors as to one that is here. A session
//! lives on one node; what is for a client of this node goes nowhere else.
//!
//! [`Cluster`] is what carries messages between the nodes. With the feature `nats` there is
//! [`NatsCluster`](nats::NatsCluster).

mod call;
mod cast;
mod heard;
mod held;
mod hold;
mod member;
#[cfg(feature = "nats")]
pub mod nats;
mod nodes;
mod outcome;
mod post;
mod routes;
mod run;
mod subject;
mod taken;
#[cfg(test)]
mod tests;
mod wire;

use std::{error::Error, fmt, pin::Pin, sync::Arc, time::Duration};

use bytes::Bytes;
use futures_core::Stream;
use tokio::sync::watch;

use crate::{contract::Contract, elsewhere::Elsewhere, hub::HubBuilder};
use member::Member;

/// What a [`Cluster`] does, boxed.
pub type Carried<'a, T> = Pin<Box<dyn Future<Output = Result<T, CarryError>> + Send + 'a>>;

/// The messages of one subscription.
pub type Deliveries = Box<dyn Subscription>;

/// What is listened to: the messages that come. Dropped, it is over, and what is on its way is lost.
pub trait Subscription: Stream<Item = Delivery> + Send + Unpin {
    /// Nothing more is sent to it; what is on its way still comes, and then the stream ends.
    fn stop(&mut self) -> Carried<'_, ()>;
}

/// Carries messages between the nodes of a cluster: names to which one listens, and messages to them, at most once each.
///
/// Subjects hold letters, digits, `_`, `-`, `=` and `.`. Everything else, who has which client above all, is the hub's.
pub trait Cluster: Send + Sync + 'static {
    /// Listens to a subject. Of those that name the same `group` each message reaches one; without one, everybody.
    ///
    /// It lasts over lost connections. Where there is none yet, it may wait for it.
    fn subscribe(&self, subject: String, group: Option<&'static str>) -> Carried<'_, Deliveries>;

    /// Sends a message, and knows nothing of whether it arrives. Messages of one node to one subject keep their order.
    ///
    /// # Errors
    /// [`NotConnected`](CarryError::NotConnected) at once where there is no connection: nothing is kept for later.
    fn publish(&self, subject: String, payload: Bytes) -> Carried<'_, ()>;

    /// Sends a message, and waits for what the one that gets it [responds](Self::respond).
    ///
    /// # Errors
    /// One [`CarryError`] for each way in which nothing comes.
    fn request(&self, subject: String, payload: Bytes, within: Duration) -> Carried<'_, Bytes>;

    /// Answers a request: `to` is what came with it.
    ///
    /// # Errors
    /// As [`publish`](Self::publish).
    fn respond(&self, to: &ReplyTo, payload: Bytes) -> Carried<'_, ()>;

    /// The state of the connection.
    fn connection(&self) -> watch::Receiver<Connection>;

    /// The largest payload in bytes.
    fn max_payload(&self) -> usize;
}

/// One message that has come.
#[derive(Clone, Debug)]
pub struct Delivery {
    /// What was sent.
    pub payload: Bytes,
    /// Who waits for an answer.
    pub reply: Option<ReplyTo>,
}

/// Where an answer goes, in the words of whatever carries it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReplyTo(pub String);

/// The state of a node's connection.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Connection {
    /// Whether there is one.
    pub connected: bool,
    /// How often one was made: what was subscribed may have missed messages each time.
    pub times: u64,
}

/// A message was not carried, or not answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CarryError {
    /// There is no connection; nothing was sent.
    NotConnected,
    /// Nobody listens to the subject; nobody got it.
    NoResponders,
    /// No answer came in time, or the connection was lost. Somebody may have got it.
    Unanswered,
    /// The payload is larger than may be sent.
    TooLarge,
}

impl fmt::Display for CarryError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotConnected => "not connected to the cluster",
            Self::NoResponders => "nobody listens",
            Self::Unanswered => "no answer came in time",
            Self::TooLarge => "the payload is larger than the cluster carries",
        })
    }
}

impl Error for CarryError {}

impl<C: Contract> HubBuilder<C> {
    /// Makes the hub a node of a cluster, with all that is built with the same.
    ///
    /// The hub must then be built on a tokio runtime, which [`build`](Self::build) says otherwise.
    pub fn cluster(mut self, cluster: impl Cluster) -> Self {
        let cluster: Arc<dyn Cluster> = Arc::new(cluster);
        self.join = Some(Box::new(move |hub| {
            let runtime = tokio::runtime::Handle::try_current();
            let runtime = runtime.map_err(|_| {
                "a hub of a cluster is built on a tokio runtime; call `build` in an async function"
                    .to_owned()
            })?;
            let member = Member::new(cluster, hub);
            runtime.spawn(run::run(member.clone()));
            let member: Arc<dyn Elsewhere<C>> = Arc::new(member);
            // A hub is built once.
            let _ = hub.0.elsewhere.set(member);
            Ok(())
        }));
        self
    }
}
