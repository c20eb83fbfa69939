//! Clients that come back to their sessions.

use e2e::{Bot, until};

use crate::{calm, connected, name_of, stage::Stage};

#[tokio::test]
async fn on_resume_runs_for_a_client_that_comes_back_before_its_messages_are_handled() {
    let grace = |config: &mut streaming_runtime::HubConfig| config.reconnect_grace = 2 * e2e::LONG;
    let mut stage = Stage::start(calm().with(grace));
    let first = connected(&mut stage, "greeted").await;
    assert!(!first.resumed);
    let key = first.key.clone();
    drop(first);
    until("the loss is noticed", || stage.hub.stats().away == 1).await;

    // What it says first waits until `on_resume` has returned, and what that sends arrives.
    stage.hold("resume greeted true");
    let mut again = Bot::come_back(stage.addr, "greeted", &key).await;
    assert!(again.resumed && again.key != key);
    stage.expect(&["resume greeted true"]).await;
    again.trade("echo").await;
    assert_eq!(stage.rest(), [""; 0]);
    stage.release("resume greeted true");
    stage.expect(&["greeted Ok(())", "beat greeted true", "handle greeted echo"]).await;
    assert_eq!(name_of(&again.command().await.1), "welcome back");

    // Whoever has another key is a new session, with the callbacks of one.
    drop(again);
    until("the loss is noticed", || stage.hub.stats().away == 1).await;
    let stranger = Bot::come_back(stage.addr, "greeted", &key).await;
    assert!(!stranger.resumed, "its first key is worth nothing any more");
    stage.find("disconnect greeted replaced").await;
    stage.expect(&["disconnected greeted", "connect greeted"]).await;
}
