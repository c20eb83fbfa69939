//! Handlers of one client run in order and one at a time; nobody waits for another client.

use crate::{calm, connected, stage::Stage};

#[tokio::test]
async fn handlers_of_one_client_run_in_order_and_never_overlap() {
    let mut stage = Stage::start(calm());
    let bot = connected(&mut stage, "bot").await;
    // The first one waits, so that the others pile up behind it.
    stage.hold("handle bot 0");
    for number in 0..200 {
        bot.trade(&number.to_string()).await;
    }
    stage.expect(&["handle bot 0"]).await;
    stage.release("handle bot 0");
    stage.expect(&["handled bot 0"]).await;
    for number in 1..200 {
        let lines = [format!("handle bot {number}"), format!("handled bot {number}")];
        stage.expect(&[&lines[0], &lines[1]]).await;
    }
}

#[tokio::test]
async fn a_slow_handler_delays_no_other_client() {
    let mut stage = Stage::start(calm());
    let slow = connected(&mut stage, "slow").await;
    let quick = connected(&mut stage, "quick").await;
    stage.hold("handle slow 1");
    slow.trade("1").await;
    stage.expect(&["handle slow 1"]).await;
    for number in ["1", "2", "3"] {
        quick.trade(number).await;
        let lines = [format!("handle quick {number}"), format!("handled quick {number}")];
        stage.expect(&[&lines[0], &lines[1]]).await;
    }
    stage.release("handle slow 1");
    stage.expect(&["handled slow 1"]).await;
}
