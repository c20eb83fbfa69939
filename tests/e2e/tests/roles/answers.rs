//! What a client asks is answered under the id of the question; goodbyes, either way.

use crate::{
    desk::Desk,
    pb::{self, answer::Payload, desk::AskCommands as _, question},
};

#[tokio::test]
async fn what_a_handler_returns_is_the_answer() {
    let desk = Desk::start();
    desk.shelf.turns.add_permits(2);
    let mut worker = desk.worker("w-1").await;
    worker.put("1", "a", "x").await;
    let (id, answer) = worker.answer().await;
    let Payload::PutAck(ack) = answer else { panic!("{answer:?}") };
    assert_eq!((id.as_str(), ack.request_id.as_str(), ack.success), ("", "1", true));

    worker.get("2", "a").await;
    let value = pb::GetResult { value: "x".to_owned(), ..Default::default() };
    assert_eq!(worker.answer().await, ("2".to_owned(), Payload::GetResult(value)));
}

#[tokio::test]
async fn what_fails_is_answered_as_failed_and_hides_what_is_not_for_the_peer() {
    let desk = Desk::start();
    desk.shelf.turns.add_permits(1);
    let mut worker = desk.worker("w-1").await;
    for (key, message, error) in [
        ("denied", "not yours", "permission_denied"),
        ("secret", "the handler failed", "internal"),
        ("panic", "the handler panicked", "internal"),
    ] {
        worker.put(key, key, "").await;
        let (_, answer) = worker.answer().await;
        let Payload::PutAck(ack) = answer else { panic!("{answer:?}") };
        assert_eq!((ack.request_id.as_str(), ack.success), (key, false));
        assert_eq!((ack.message.as_str(), ack.error.as_str()), (message, error));
    }
    worker.get("9", "nowhere").await;
    let ack = pb::PutAck {
        request_id: "9".to_owned(),
        success: false,
        message: "nothing at nowhere".to_owned(),
        error: "not_found".to_owned(),
    };
    assert_eq!(worker.answer().await.1, Payload::PutAck(ack));
}

#[tokio::test]
async fn a_message_without_an_id_asks_nothing() {
    let mut desk = Desk::start();
    let mut worker = desk.worker("w-1").await;
    worker.put("", "a", "x").await;
    desk.hear(&["put a"]).await;
    worker.put("2", "b", "y").await;
    let (_, answer) = worker.answer().await;
    assert!(matches!(&answer, Payload::PutAck(ack) if ack.request_id == "2"), "{answer:?}");
}

#[tokio::test]
async fn a_client_that_says_goodbye_is_let_go() {
    let mut desk = Desk::start();
    let mut worker = desk.worker("w-1").await;
    worker.put("1", "a", "x").await;
    let leave = pb::Leave { reason: "lunch".to_owned(), ..Default::default() };
    worker.ask("", question::Payload::Goodbye(leave)).await;
    worker.answer().await;
    assert_eq!(worker.end().await, "goodbye");
    desk.hear(&["put a", "w-1 goodbye: lunch"]).await;
}

#[tokio::test]
async fn the_hubs_goodbye_is_the_last_that_is_sent() {
    let desk = Desk::start();
    let mut worker = desk.worker("w-1").await;
    let target = desk.workers.client("w-1");
    target.note(pb::Note { text: "one more".to_owned() }).await.expect("connected");
    assert!(desk.workers.disconnect("w-1", "we close").await);
    assert!(matches!(worker.answer().await.1, Payload::Note(_)));
    let leave = pb::Leave { reason: "we close".to_owned(), ..Default::default() };
    assert_eq!(worker.answer().await.1, Payload::Goodbye(leave));
    assert_eq!(worker.end().await, "closed");
}
