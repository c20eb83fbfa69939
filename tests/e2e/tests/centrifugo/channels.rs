//! Which ids keep their channel, and the traps of channel names.

use e2e::{Bot, Server};
use serde_json::json;

use crate::{Centrifugo, Subscriber, at_rest, build, publish, publishing};

/// What an id may hold and keeps in a channel: everything printable but these.
fn kept() -> impl Iterator<Item = char> {
    ('!'..='~').filter(|c| !"#:=*&$".contains(*c))
}

#[tokio::test]
async fn every_kept_character_can_be_published_and_subscribed_to() {
    let centrifugo = Centrifugo::with(json!({ "client_channel_limit": 1000 })).await;
    let publisher = build(centrifugo.publisher());
    let mut browser = Subscriber::connect(&centrifugo).await;
    for c in kept() {
        // Inside, at the front, at the end.
        for channel in [format!("grpc#a{c}b#trade"), format!("grpc#{c}#trade")] {
            let answer = browser.subscribe(&channel).await;
            assert!(answer.get("error").is_none(), "{c:?} cannot be subscribed to: {answer}");
            publish(&publisher, &channel, u64::from(u32::from(c)));
            let (on, data) = browser.next().await;
            assert_eq!((on, &data["n"]), (channel, &u32::from(c).into()), "{c:?}");
        }
    }
    let stats = at_rest(&publisher).await;
    assert_eq!(stats.published, stats.offered, "{stats:?}");
}

#[tokio::test]
async fn the_hub_keeps_what_can_be_kept_and_encodes_the_rest() {
    let centrifugo = Centrifugo::start().await;
    let publisher = build(centrifugo.publisher());
    let server = Server::publishing(publishing(), publisher);
    let all: String = kept().collect();
    let ids = [
        (all.as_str(), all.clone()),
        ("a#b:c=d*e&f$g h", "a=23b=3Ac=3Dd=2Ae=26f=24g=20h".to_owned()),
        ("ü", "=C3=BC".to_owned()),
    ];
    for (id, encoded) in ids {
        let channel = format!("grpc#{encoded}#heartbeat");
        let mut browser = Subscriber::to(&centrifugo, &[channel]).await;
        let _bot = Bot::connect(server.addr, id).await;
        assert_eq!(browser.next().await.1["client_id"], id);
    }
    // The longest that is not hashed.
    let channel = format!("grpc#{}#heartbeat", "y".repeat(100));
    let mut browser = Subscriber::to(&centrifugo, &[channel]).await;
    let _bot = Bot::connect(server.addr, &"y".repeat(100)).await;
    assert_eq!(browser.next().await.1["event_type"], "grpc_message_heartbeat");
}

#[tokio::test]
async fn a_colon_makes_a_namespace_which_is_this_messages_fault_alone() {
    let centrifugo = Centrifugo::start().await;
    let publisher = build(centrifugo.publisher().batch(3, crate::ms(200)));
    for channel in ["good", "no-namespace:x", "good"] {
        publish(&publisher, channel, 1);
    }
    let stats = at_rest(&publisher).await;
    assert_eq!((stats.published, stats.dropped.rejected), (2, 1), "{stats:?}");
    assert_eq!(stats.failures, 0);
    let error = stats.last_error.expect("an error");
    assert!(error.contains("102"), "{error}");
}

#[tokio::test]
async fn user_limited_channels_shut_anonymous_browsers_out() {
    let centrifugo = Centrifugo::with(json!({ "allow_user_limited_channels": true })).await;
    let mut browser = Subscriber::connect(&centrifugo).await;
    // What follows the last `#` became the list of users who may subscribe.
    let answer = browser.subscribe("grpc#bot-1#trade").await;
    assert_eq!(answer["error"]["code"], 103, "{answer}");
}
