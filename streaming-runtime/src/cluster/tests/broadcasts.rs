//! One command for clients of several nodes.

use futures_util::StreamExt as _;
use tokio::{join, time::Instant};

use super::{SECOND, answer, nodes, reset};
use crate::{
    RequestError,
    sample::{Command, MEASURE, Measure, Sample},
    target::{Sending, Target},
    testing::settle,
};

fn measure<T: Target<Sample>>(target: T) -> Sending<T, Sample, Measure> {
    Sending::new(target, Command { kind: MEASURE, ..Command::default() })
}

#[tokio::test(start_paused = true)]
async fn a_broadcast_reaches_the_clients_of_all_nodes_but_those_left_out() {
    let (_network, [one, two, three]) = nodes().await;
    let mut a = one.connect("a").await;
    let mut b = two.connect("b").await;
    let mut c = three.connect("c").await;
    let report = one.hub.broadcast().except(["b"]).send(reset("x")).await;
    assert_eq!((report.accepted, report.refused.len(), report.silent_nodes.len()), (2, 0, 0));
    assert_eq!((a.next().await.text, c.next().await.text), ("x".to_owned(), "x".to_owned()));
    let report = one.hub.broadcast().only(["b", "c", "d"]).send(reset("y")).await;
    assert_eq!((report.accepted, report.not_connected), (2, 1));
    assert_eq!((b.next().await.text, c.next().await.text), ("y".to_owned(), "y".to_owned()));
    a.hears_nothing_for(SECOND).await;
}

#[tokio::test(start_paused = true)]
async fn a_group_has_members_on_all_nodes() {
    let (_network, [one, two]) = nodes().await;
    let mut a = one.join("a", "lobby").await;
    let mut b = two.join("b", "lobby").await;
    let mut c = two.connect("c").await;
    let report = one.hub.group("lobby").send(reset("x")).await;
    assert_eq!(report.accepted, 2);
    assert_eq!((a.next().await.text, b.next().await.text), ("x".to_owned(), "x".to_owned()));
    c.hears_nothing_for(SECOND).await;
}

#[tokio::test(start_paused = true)]
async fn nodes_that_say_nothing_for_a_second_are_named() {
    let (_network, [one, two, three]) = nodes().await;
    let _a = one.connect("a").await;
    let _b = two.connect("b").await;
    let _c = three.connect("c").await;
    three.line.make_deaf(true);
    let silent = three.hub.nodes().await[0].id.clone();
    let begun = Instant::now();
    let report = one.hub.broadcast().send(reset("")).await;
    assert_eq!((report.accepted, report.silent_nodes), (2, vec![silent]));
    assert_eq!(begun.elapsed().as_secs(), 1);
}

#[tokio::test(start_paused = true)]
async fn refusals_of_other_nodes_are_told() {
    let (_network, [one, two]) = nodes().await;
    let _a = one.connect("a").await;
    let _b = two.connect("b").await;
    two.hub.set_max_command_size(10);
    let report = one.hub.broadcast().send(reset(&"x".repeat(20))).await;
    assert_eq!(report.accepted, 1);
    let [(client, error)] = &report.refused[..] else { panic!("{report:?}") };
    assert_eq!(client.as_str(), "b");
    assert!(error.to_string().contains("more than the 10"), "{error}");
}

#[tokio::test(start_paused = true)]
async fn answers_come_from_all_nodes_and_a_lost_one_is_an_item() {
    let (network, [one, two, three]) = nodes().await;
    let mut a = one.connect("a").await;
    let mut b = two.connect("b").await;
    let mut c = three.connect("c").await;
    let lost = three.hub.nodes().await[0].id.clone();
    let mut replies = measure(one.hub.broadcast()).replies();
    let asked = async {
        let mut items = Vec::new();
        while let Some((client, reply)) = replies.next().await {
            items.push((client.to_string(), reply));
        }
        items.sort_by(|one, other| one.0.cmp(&other.0));
        (items, replies.report().accepted)
    };
    let answers = async {
        let id = c.next().await.id;
        answer(&mut a, 1).await;
        let command_id = b.next().await.id;
        assert_eq!(command_id, id, "all copies carry one id");
        b.send(crate::sample::Message {
            kind: crate::sample::READING,
            command_id,
            value: 2,
            ..crate::sample::Message::default()
        });
        tokio::time::sleep(SECOND).await;
        network.kill(&three.line);
        Instant::now()
    };
    let ((items, accepted), killed) = join!(asked, answers);
    let mut expected =
        vec![("a".to_owned(), Ok(1)), ("b".to_owned(), Ok(2)), (lost, Err(RequestError::NodeLost))];
    expected.sort_by(|one, other| one.0.cmp(&other.0));
    assert_eq!((items, accepted), (expected, 3));
    assert!(killed.elapsed() <= 2 * SECOND, "{:?}", killed.elapsed());
}

#[tokio::test(start_paused = true)]
async fn who_does_not_answer_in_time_is_told_by_its_node_and_nothing_stays_open() {
    let (_network, [one, two]) = nodes().await;
    let mut b = two.connect("b").await;
    let mut replies = measure(one.hub.broadcast()).replies().timeout(5 * SECOND);
    let (item, _) = join!(replies.next(), b.next());
    let (client, reply) = item.expect("an item");
    assert_eq!((client.as_str(), reply), ("b", Err(RequestError::Timeout)));
    assert!(replies.next().await.is_none());
    assert!(two.hub.pending_requests().is_empty());

    let mut dropped = measure(one.hub.broadcast()).replies();
    tokio::select! {
        _ = dropped.next() => panic!("nobody has answered"),
        _ = b.next() => {}
    }
    assert_eq!(two.hub.pending_requests().len(), 1);
    drop(dropped);
    settle().await;
    assert!(two.hub.pending_requests().is_empty());
}
