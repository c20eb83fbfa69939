//! `concurrent = n`: so many at once, beside the ordered line.

use crate::desk::Desk;

#[tokio::test]
async fn two_run_at_once_and_hold_nobody_else_up() {
    let mut desk = Desk::start();
    let mut worker = desk.worker("w-1").await;
    worker.put("0", "a", "x").await;
    worker.answer().await;
    for id in ["1", "2", "3"] {
        worker.get(id, "a").await;
    }
    // The third waits for a place; what is handled in order does not.
    worker.put("4", "b", "y").await;
    let (_, answer) = worker.answer().await;
    assert!(format!("{answer:?}").contains("\"4\""), "{answer:?}");
    let mut told = Vec::new();
    for _ in 0..4 {
        told.push(desk.told.recv().await.expect("the shelf is there"));
    }
    told.sort();
    assert_eq!(told, ["get a", "get a", "put a", "put b"]);
    assert!(desk.told.try_recv().is_err(), "a third one began");

    desk.shelf.turns.add_permits(1);
    worker.answer().await;
    desk.hear(&["get a"]).await;
    desk.shelf.turns.add_permits(2);
    worker.answer().await;
    worker.answer().await;
}
