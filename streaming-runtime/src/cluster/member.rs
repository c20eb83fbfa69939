//! A hub as a node of its cluster: what its tasks and its callers share.

use std::{
    collections::HashMap,
    ops::Deref,
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak},
    time::Duration,
};

use bytes::Bytes;
use prost::Message as _;

use super::{
    CarryError, Cluster,
    call::{Calls, Limits, PROBE},
    cast::Casts,
    held::Held,
    hold,
    nodes::{Nodes, unix_ms},
    outcome,
    post::{Post, Posts},
    routes::Routes,
    subject::Subjects,
    taken::Taken,
    wire,
};
use crate::{
    config::Duplicates,
    context::Context,
    contract::{Contract, Overflow},
    elsewhere::{Asked, Cast, ClusterHealth, Elsewhere, Hearing, Later, Located, Node},
    error::{RequestError, SendError, Unreachable},
    hub::{Hub, Inner},
    id::ClientId,
    metrics::ClusterMeters,
    session::Session,
    status::Refusal,
    telemetry::Seldom,
};

/// So much longer than the client's node a caller waits for what that node says of a send.
const ON_THE_WAY: Duration = Duration::from_secs(1);

/// What a message takes up beside its command or answer, to be on the safe side.
const ENVELOPE: usize = 1024;

pub(super) struct Member<C: Contract>(Arc<Shared<C>>);

pub(super) struct Shared<C: Contract> {
    pub(super) cluster: Arc<dyn Cluster>,
    /// Its tasks end when the hub is gone.
    hub: Weak<Inner<C>>,
    pub(super) context: Arc<Context>,
    /// This node's id.
    pub(super) node: String,
    pub(super) subjects: Subjects,
    pub(super) nodes: Nodes,
    posts: Posts,
    pub(super) routes: Routes,
    /// Calls of this node to others.
    pub(super) calls: Calls,
    /// Commands of this node to clients of all others.
    pub(super) casts: Casts,
    /// Calls of other nodes to this one.
    pub(super) held: Held,
    pub(super) taken: Taken,
    pub(super) meters: ClusterMeters,
    /// Clocks that differ, in the log.
    pub(super) skewed: Seldom,
    /// The clients that have a session here, from the moment on in which they say who they are.
    clients: Mutex<HashMap<ClientId, Arc<Session<C>>>>,
}

impl<C: Contract> Member<C> {
    pub(super) fn new(cluster: Arc<dyn Cluster>, hub: &Hub<C>) -> Self {
        Self(Arc::new(Shared {
            cluster,
            hub: Arc::downgrade(&hub.0),
            context: hub.0.context.clone(),
            node: uuid::Uuid::new_v4().simple().to_string(),
            subjects: Subjects::new(C::NAME),
            nodes: Nodes::default(),
            posts: Posts::default(),
            routes: Routes::default(),
            calls: Calls::default(),
            casts: Casts::default(),
            held: Held::default(),
            taken: Taken::default(),
            meters: ClusterMeters::new::<C>(),
            skewed: Seldom::default(),
            clients: Mutex::default(),
        }))
    }
}

impl<C: Contract> Clone for Member<C> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<C: Contract> Deref for Member<C> {
    type Target = Shared<C>;

    fn deref(&self) -> &Shared<C> {
        &self.0
    }
}

impl<C: Contract> Shared<C> {
    pub(super) fn hub(&self) -> Option<Hub<C>> {
        self.hub.upgrade().map(Hub)
    }

    pub(super) fn is_connected(&self) -> bool {
        self.cluster.connection().borrow().connected
    }

    pub(super) fn clients(&self) -> MutexGuard<'_, HashMap<ClientId, Arc<Session<C>>>> {
        self.clients.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What is said of a client that nobody seems to have.
    pub(super) fn nobody(&self) -> RequestError {
        if !self.is_connected() {
            RequestError::Unreachable(Unreachable::NotInCluster)
        } else if self.nodes.any_missing() {
            RequestError::Unreachable(Unreachable::NodeMissing)
        } else {
            RequestError::NotConnected
        }
    }

    /// Tells all nodes.
    pub(super) async fn tell_all(&self, newly: wire::Newly) -> Result<(), CarryError> {
        let news = wire::News { newly: Some(newly) };
        self.cluster.publish(self.subjects.all(), news.encode_to_vec().into()).await
    }

    /// What the cluster carries of a command or an answer.
    pub(super) fn limit(&self) -> usize {
        self.cluster.max_payload().saturating_sub(ENVELOPE)
    }

    /// An answer that is too large is told as that: its node would wait in vain for what is never sent.
    pub(super) fn carried(&self, answer: outcome::Result) -> outcome::Result {
        let (bytes, limit) = (answer?, self.limit());
        match bytes.len() {
            size if size > limit => Err(RequestError::ReplyTooLarge { size, limit }),
            _ => Ok(bytes),
        }
    }

    /// What goes to one node.
    pub(super) fn post(&self, node: &str) -> Post {
        self.posts.to(&self.cluster, node, || self.subjects.node(node))
    }

    /// Tells one node.
    pub(super) async fn tell(&self, node: &str, word: wire::Word) {
        self.post(node).tell(word).await;
    }

    pub(super) fn new_call(&self, id: Bytes, ask: wire::Ask, within: Duration) -> wire::Call {
        let within_ms = u64::try_from(within.as_millis()).unwrap_or(u64::MAX);
        wire::Call {
            id,
            from: self.node.clone(),
            deadline_ms: unix_ms().saturating_add(within_ms),
            within_ms,
            ask: Some(ask),
            client: String::new(),
        }
    }

    /// Asks whichever node has the client, once.
    pub(super) async fn ask(
        &self,
        client: &ClientId,
        id: Bytes,
        ask: wire::Ask,
        within: Duration,
    ) -> Result<wire::Answer, CarryError> {
        let call = self.new_call(id, ask, within);
        let subject = self.subjects.client(client);
        let answer = self.cluster.request(subject, call.encode_to_vec().into(), within).await?;
        wire::Answer::decode(answer).map_err(|_| CarryError::Unanswered)
    }

    /// Whether what another node sent is of no use any more.
    pub(super) fn is_late(&self, deadline_ms: u64) -> bool {
        let skew = self.context.config.max_clock_skew;
        let grace = u64::try_from(skew.as_millis()).unwrap_or(u64::MAX);
        unix_ms() > deadline_ms.saturating_add(grace)
    }

    /// Asks a node what has become of a call.
    pub(super) async fn probe_node(
        &self,
        node: &str,
        id: &Bytes,
    ) -> Result<wire::Answer, CarryError> {
        let letter = wire::Letter::from(wire::Word::Probe(id.clone()));
        let subject = self.subjects.node(node);
        let answers = self.cluster.request(subject, letter.encode_to_vec().into(), PROBE).await?;
        let answers = wire::Answers::decode(answers).ok();
        let answer = answers.and_then(|mut it| it.answers.pop()).ok_or(CarryError::Unanswered)?;
        Ok(wire::Answer { node: node.to_owned(), ..answer })
    }

    /// The heartbeat of this moment.
    pub(super) fn beat(&self, clients: usize, goodbye: bool) -> wire::Newly {
        wire::Newly::Beat(wire::Beat {
            node: self.node.clone(),
            now_ms: unix_ms(),
            clients: clients as u64,
            goodbye,
        })
    }
}

fn command<C: Contract>(
    command: &C::Command,
    overflow: Option<Overflow>,
    asked: Option<(crate::contract::Awaits, bool)>,
) -> wire::Command {
    wire::Command {
        bytes: command.encode_to_vec().into(),
        overflow: outcome::from_overflow(overflow),
        awaits: asked.map(|(awaits, _)| outcome::from_awaits(awaits)),
        again: asked.is_some_and(|(_, again)| again),
    }
}

impl<C: Contract> Elsewhere<C> for Member<C> {
    fn arrives(&self, id: &ClientId) -> Later<Result<(), Refusal>> {
        let (member, id) = (self.clone(), id.clone());
        Box::pin(async move {
            let within = member.context.config.locate_wait;
            let found = member.ask(&id, Bytes::new(), wire::Ask::Find(()), within).await;
            let Ok(found) = found else { return Ok(()) };
            if found.node == member.node {
                return Ok(());
            }
            if found.connected {
                if member.context.config.duplicates == Duplicates::Reject {
                    return Err(Refusal::Duplicate);
                }
                member.count_taken(&id, &found)?;
            }
            member.context.exceed(found.epoch);
            Ok(())
        })
    }

    fn begins(&self, session: &Arc<Session<C>>) {
        self.clients().insert(session.id().clone(), session.clone());
        tokio::spawn(hold::hold(self.clone(), session.clone()));
    }

    fn send(
        &self,
        id: ClientId,
        sent: C::Command,
        overflow: Option<Overflow>,
    ) -> Later<Result<(), SendError>> {
        let member = self.clone();
        Box::pin(async move {
            let within = member.context.config.send_timeout + ON_THE_WAY;
            let command = command::<C>(&sent, overflow, None);
            let ended = member.call(&id, command, Limits { within, confirms: true }).await;
            member.meters.called(&ended);
            ended.map(drop).map_err(outcome::of_send)
        })
    }

    fn request(&self, id: ClientId, asked: Asked<C>) -> Later<Result<C::Message, RequestError>> {
        let member = self.clone();
        Box::pin(async move {
            let Asked { command: sent, overflow, awaits, within, again } = asked;
            let command = command::<C>(&sent, overflow, Some((awaits, again)));
            let ended = member.call(&id, command, Limits { within, confirms: false }).await;
            member.meters.called(&ended);
            C::Message::decode(ended?).map_err(|_| RequestError::Unconfirmed)
        })
    }

    fn cast(&self, cast: Cast) -> Hearing<C::Message> {
        self.tell_clients(cast)
    }

    fn disconnect(&self, id: ClientId, reason: String) -> Later<bool> {
        let member = self.clone();
        Box::pin(async move { member.find(&id, wire::Ask::End(reason)).await.is_ok() })
    }

    fn locate(&self, id: ClientId) -> Later<Result<Located, SendError>> {
        let member = self.clone();
        Box::pin(async move {
            let answer = member.find(&id, wire::Ask::Find(())).await?;
            let here = answer.node == member.node;
            Ok(Located { node: answer.node, here, epoch: answer.epoch })
        })
    }

    fn nodes(&self) -> Vec<Node> {
        let clients = self.hub().map_or(0, |hub| hub.0.context.meters.live.get());
        let here = Node { id: self.node.clone(), here: true, clients, missing: false, skew_ms: 0 };
        std::iter::once(here).chain(self.0.nodes.list()).collect()
    }

    fn health(&self) -> ClusterHealth {
        let others = self.0.nodes.list();
        let missing = others.iter().filter(|node| node.missing).count();
        let present = others.iter().filter(|node| !node.missing);
        let skew = present.map(|node| node.skew_ms.unsigned_abs()).max().unwrap_or(0);
        ClusterHealth {
            connected: self.is_connected(),
            nodes: 1 + others.len() - missing,
            missing,
            max_skew_ms: skew,
            clocks_differ: u128::from(skew) > self.context.config.max_clock_skew.as_millis(),
        }
    }

    fn leaves(&self) -> Later<()> {
        let member = self.clone();
        Box::pin(async move {
            // Where it is not told, the others find that this node is missing.
            let _ = member.tell_all(member.beat(0, true)).await;
            // What is answered has left, and so has what was said before.
            let _ = member.probe_node(&member.node, &Bytes::new()).await;
        })
    }
}
