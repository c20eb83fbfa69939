//! Who has a client.

use e2e::{
    pb::{
        self,
        trading_bots::{ConnectCommands as _, ConnectExpects as _},
    },
    within,
};

use crate::{node::nodes, server::Nats};

#[tokio::test]
async fn of_two_streams_of_one_id_on_two_nodes_the_newest_stays() {
    let server = Nats::start();
    let [one, two, three] = nodes(&server).await;
    let mut old = one.bot("bot-1").await;
    let epoch = one.hub.locate("bot-1").await.expect("here").epoch;
    let mut new = two.bot("bot-1").await;
    assert_eq!(within("the end of the older one", old.end()).await.reason(), "replaced");
    let located = three.hub.locate("bot-1").await.expect("found");
    assert!(located.epoch > epoch, "{} and before {epoch}", located.epoch);
    three.hub.client("bot-1").stop(pb::Stop::default()).await.expect("accepted");
    new.expect_stop().await;
}
