//! Questions that come again: answered from the session's memory.

use super::*;
use crate::sample::FAILED;

/// Asks, under this id, what is always answered with a failure.
fn ask(peer: &Peer, id: &str, value: u64) {
    peer.send(&Message { question: id.to_owned(), ..note(value) });
}

/// The next answer, by its id.
async fn answered(peer: &mut Peer) -> String {
    let answer = peer.next().await.expect("an answer");
    assert_eq!(answer.kind, FAILED, "{answer:?}");
    answer.id
}

#[tokio::test(start_paused = true)]
async fn a_question_that_comes_again_is_answered_from_memory_for_five_minutes() {
    let mut stage = Stage::new();
    let mut peer = stage.connected().await;
    ask(&peer, "a", 3);
    stage.expect(&["handle 3"]).await;
    assert_eq!(answered(&mut peer).await, "a");
    ask(&peer, "a", 4);
    assert_eq!(answered(&mut peer).await, "a", "on the same stream");
    sleep(299 * SECOND).await;
    let key = peer.key.clone();
    drop(peer);
    stage.away().await;
    let mut peer = stage.connect(Some(&key)).await;
    ask(&peer, "a", 5);
    assert_eq!(answered(&mut peer).await, "a", "on the next");
    stage.expect(&["resume", "handle 0"]).await;
    sleep(SECOND).await;
    ask(&peer, "a", 6);
    stage.expect(&["handle 6"]).await;
    assert_eq!(answered(&mut peer).await, "a");
}

#[tokio::test(start_paused = true)]
async fn a_question_that_is_being_handled_is_answered_once() {
    let mut stage = Stage::new();
    let mut peer = stage.connected().await;
    ask(&peer, "a", SLOW);
    stage.expect(&["handle 1"]).await;
    ask(&peer, "a", 2);
    assert_eq!(answered(&mut peer).await, "a");
    stage.expect(&["done"]).await;
    ask(&peer, "b", 3);
    assert_eq!(answered(&mut peer).await, "b", "`a` was answered twice");
    stage.expect(&["handle 3"]).await;
}

#[tokio::test(start_paused = true)]
async fn the_memory_holds_the_last_1024_questions() {
    let mut stage = Stage::new();
    let mut peer = stage.connected().await;
    for number in 0..=1024 {
        ask(&peer, &number.to_string(), number + 10);
        stage.expect(&[&format!("handle {}", number + 10)]).await;
        assert_eq!(answered(&mut peer).await, number.to_string());
    }
    for (number, id) in [(2000, "1"), (2001, "1024"), (2002, "0")] {
        ask(&peer, id, number);
        assert_eq!(answered(&mut peer).await, id);
    }
    stage.expect(&["handle 2002"]).await;
}

#[tokio::test(start_paused = true)]
async fn without_a_grace_nothing_is_kept() {
    let mut stage = Stage::with(|config| config.reconnect_grace = Duration::ZERO);
    let mut peer = stage.connected().await;
    for value in [3, 4] {
        ask(&peer, "a", value);
        stage.expect(&[&format!("handle {value}")]).await;
        assert_eq!(answered(&mut peer).await, "a");
    }
}
