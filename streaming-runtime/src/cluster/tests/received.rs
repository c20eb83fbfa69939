//! What comes late or twice.

use bytes::Bytes;
use prost::Message as _;

use super::{Node, SECOND, nodes, reset};
use crate::{
    RequestError,
    cluster::{
        Cluster as _,
        nodes::unix_ms,
        outcome,
        subject::Subjects,
        wire::{self, Ask, Newly, State},
    },
    contract::Contract as _,
    sample::Sample,
    testing::settle,
};

fn call(deadline_ms: u64) -> wire::Call {
    let bytes = reset("once").encode_to_vec().into();
    wire::Call {
        id: Bytes::from_static(b"the call"),
        from: "another node".to_owned(),
        deadline_ms,
        within_ms: 1000,
        ask: Some(Ask::Command(wire::Command { bytes, ..wire::Command::default() })),
        client: String::new(),
    }
}

/// What the node that has the client says to a call, as another node's.
async fn answered(node: &Node, client: &str, call: &wire::Call) -> Option<State> {
    let subject = Subjects::new(Sample::NAME).client(client);
    let payload = call.encode_to_vec().into();
    let answer = node.line.request(subject, payload, SECOND).await.expect("an answer");
    wire::Answer::decode(answer).expect("an answer").state
}

pub(super) async fn late_call(one: &Node, two: &Node, client: &str) -> outcome::Result {
    let _peer = two.connect(client).await;
    match answered(one, client, &call(unix_ms() - 6000)).await {
        Some(State::Done(outcome)) => outcome.into(),
        other => panic!("not ended: {other:?}"),
    }
}

pub(super) async fn beat_of_a_clock_ahead(node: &Node, by: u64) {
    let beat = wire::Beat {
        node: "a node with another clock".to_owned(),
        now_ms: unix_ms() + by,
        ..wire::Beat::default()
    };
    let news = wire::News { newly: Some(Newly::Beat(beat)) };
    let all = Subjects::new(Sample::NAME).all();
    node.line.publish(all, news.encode_to_vec().into()).await.expect("connected");
    settle().await;
}

#[tokio::test(start_paused = true)]
async fn what_is_late_by_less_than_clocks_may_differ_is_done_and_what_is_known_not_again() {
    let (_network, [one, two]) = nodes().await;
    let mut peer = two.connect("a").await;
    let call = call(unix_ms() - 1000);
    for _ in 0..3 {
        let accepted = State::Done(Ok(Bytes::new()).into());
        assert_eq!(answered(&one, "a", &call).await, Some(accepted), "it is told again");
    }
    assert_eq!(peer.next().await.text, "once");
    peer.hears_nothing_for(SECOND).await;
}

#[tokio::test(start_paused = true)]
async fn what_another_node_says_and_nobody_understands_does_no_harm() {
    let (_network, [one, two]) = nodes().await;
    let mut peer = two.connect("a").await;
    let subjects = Subjects::new(Sample::NAME);
    let node = two.hub.nodes().await[0].id.clone();
    for subject in [subjects.client("a"), subjects.node(&node), subjects.all()] {
        for payload in [&b""[..], b"nonsense", &[0xff; 100]] {
            one.line.publish(subject.clone(), Bytes::from_static(payload)).await.expect("sent");
        }
    }
    let empty = wire::Call { ask: None, ..call(unix_ms()) };
    let refused = State::Done(Err(RequestError::NotConnected).into());
    assert_eq!(answered(&one, "a", &empty).await, Some(refused));
    one.reset("a", "still there").await.expect("accepted");
    assert_eq!(peer.next().await.text, "still there");
}
