//! What a node does all the time: it says that it is there, and hears what the others say.

use std::{sync::Arc, time::Duration};

use futures_util::{StreamExt as _, stream::FuturesUnordered};
use prost::Message as _;
use tokio::{
    task::JoinSet,
    time::{MissedTickBehavior, interval, sleep},
};

use super::{
    Deliveries, Delivery,
    member::Member,
    nodes::{BEAT, Change},
    wire::{self, Newly, Word},
};
use crate::{
    contract::Contract,
    elsewhere::{ClusterHealth, Elsewhere as _},
    session::Session,
};

/// So many claims are repeated in one message, and then there is a pause.
const CLAIMS: usize = 500;
const PAUSE: Duration = Duration::from_millis(50);

/// As long as the hub is there.
pub(super) async fn run<C: Contract>(member: Member<C>) {
    let own = member.cluster.subscribe(member.subjects.node(&member.node), None);
    let (Ok(own), Ok(mut all)) =
        (own.await, member.cluster.subscribe(member.subjects.all(), None).await)
    else {
        tracing::error!(rpc = C::NAME, "this node cannot listen to the others");
        return;
    };
    // What all hear may take its time, and must not delay what is for clients of this node.
    let mut reads = JoinSet::new();
    reads.spawn(read(member.clone(), own));
    let mut connection = member.cluster.connection();
    let mut times = connection.borrow_and_update().times;
    let mut beats = interval(BEAT);
    beats.set_missed_tick_behavior(MissedTickBehavior::Delay);
    // Each repeats the claims of all clients.
    let mut repeating = FuturesUnordered::new();
    loop {
        tokio::select! {
            news = all.next() => match news {
                Some(news) => if let Some(node) = member.hear(news).await {
                    repeating.push(repeat(member.clone(), Some(node)));
                },
                None => return,
            },
            _ = beats.tick() => {
                let Some(hub) = member.hub() else {
                    let _ = member.tell_all(member.beat(0, true)).await;
                    return;
                };
                let clients = hub.0.context.meters.live.get();
                drop(hub);
                member.watch();
                let _ = member.tell_all(member.beat(clients, false)).await;
            }
            Ok(()) = connection.changed() => {
                let now = *connection.borrow_and_update();
                member.watch();
                if now.connected && now.times != times {
                    times = now.times;
                    beats.reset_immediately();
                    // What all are told begins anew.
                    repeating.clear();
                    repeating.push(repeat(member.clone(), None));
                }
            }
            Some(()) = repeating.next() => {}
        }
    }
}

/// Reads what this node is told.
async fn read<C: Contract>(member: Member<C>, mut own: Deliveries) {
    while let Some(letter) = own.next().await {
        member.read(letter).await;
    }
}

/// Claims all clients once more, in portions: for a node that has come, or for all.
async fn repeat<C: Contract>(member: Member<C>, to: Option<String>) {
    let sessions: Vec<Arc<Session<C>>> = member.clients().values().cloned().collect();
    for portion in sessions.chunks(CLAIMS) {
        member.claim_again(portion, to.as_deref()).await;
        sleep(PAUSE).await;
    }
}

impl<C: Contract> Member<C> {
    /// What all nodes were told. Gives the node that has come, for which claims are to be repeated.
    async fn hear(&self, news: Delivery) -> Option<String> {
        match wire::News::decode(news.payload).ok().and_then(|news| news.newly) {
            Some(Newly::Claim(claim)) => self.hear_claim(&claim).await,
            Some(Newly::Clients(clients)) => self.hear_claims(&clients).await,
            Some(Newly::Cast(cast)) => self.hear_cast(cast).await,
            Some(Newly::Beat(beat)) if beat.node != self.node => {
                if self.nodes.hear(&beat) == Change::Appeared {
                    tracing::info!(
                        rpc = C::NAME,
                        node = %beat.node,
                        skew_ms = self.skew(&beat.node),
                        "a node is there"
                    );
                    let clients = self.context.meters.live.get();
                    let _ = self.tell_all(self.beat(clients, false)).await;
                    return Some(beat.node);
                }
            }
            Some(Newly::Beat(_)) | None => {}
        }
        None
    }

    /// Looks at the cluster for whoever scrapes, and for the log.
    fn watch(&self) {
        let ClusterHealth { connected, nodes, missing, clocks_differ, max_skew_ms } = self.health();
        self.meters.see(connected, nodes, missing);
        if clocks_differ && self.skewed.is_due() {
            tracing::warn!(
                rpc = C::NAME,
                max_skew_ms,
                "the clocks of nodes differ by more than `max_clock_skew`: what they send each other may be dropped as late"
            );
        }
    }

    fn skew(&self, node: &str) -> i64 {
        self.nodes.list().iter().find(|heard| heard.id == node).map_or(0, |heard| heard.skew_ms)
    }

    /// What this node was told.
    async fn read(&self, letter: Delivery) {
        let Ok(wire::Letter { words }) = wire::Letter::decode(letter.payload) else { return };
        let mut answers = Vec::new();
        for word in words.into_iter().filter_map(|said| said.word) {
            let state = match word {
                Word::Call(call) => self.take_letter(call),
                Word::Probe(id) => self.held.state(&id),
                Word::Ended(ended) => {
                    self.calls.end(ended);
                    continue;
                }
                Word::OfCast(of) => {
                    self.casts.hear(of);
                    continue;
                }
                Word::Cancel(id) => {
                    self.held.cancel(&id);
                    continue;
                }
                Word::Claim(claim) => {
                    self.hear_claim(&claim).await;
                    continue;
                }
                Word::Clients(clients) => {
                    self.hear_claims(&clients).await;
                    continue;
                }
            };
            answers.push(wire::Answer { state: Some(state), ..wire::Answer::default() });
        }
        if let Some(reply) = letter.reply {
            let answers = wire::Answers { answers };
            // Whoever asked finds out by asking again.
            let _ = self.cluster.respond(&reply, answers.encode_to_vec().into()).await;
        }
    }
}
