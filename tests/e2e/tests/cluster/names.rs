//! Deployments that share a server, ids that mean something to NATS, credentials, and how much it carries.

use std::{convert::Infallible, time::Duration};

use e2e::pb::{
    self,
    trading_bots::{ConnectCommands as _, ConnectExpects as _},
};
use streaming_runtime::{NatsCluster, SendError, cluster::nats::async_nats::ConnectOptions};

use crate::{
    node::{Node, nodes},
    server::Nats,
};

#[tokio::test]
async fn deployments_that_share_a_server_know_nothing_of_each_other() {
    let server = Nats::start();
    let deployed = async |name: &str| {
        let cluster = NatsCluster::builder(server.url()).deployment(name).connect().await;
        Node::new(cluster.expect("a name"))
    };
    let [staging, production, other] =
        [deployed("staging").await, deployed("production").await, deployed("production").await];
    production.knows(2).await;
    other.knows(2).await;
    staging.knows(1).await;
    let mut bot = production.bot("bot-1").await;
    let mut twin = staging.bot("bot-1").await;
    other.hub.client("bot-1").stop(pb::Stop::default()).await.expect("accepted");
    bot.expect_stop().await;
    let report = staging.hub.broadcast().start(pb::Start::default()).await;
    assert_eq!((report.accepted, report.silent_nodes.len()), (1, 0));
    twin.expect_start().await;
    let wrong = NatsCluster::builder(server.url()).deployment("a.b").connect().await;
    let wrong = wrong.expect_err("no name").to_string();
    assert!(wrong.contains("`a.b` is no name of a deployment"), "{wrong}");
}

#[tokio::test]
async fn bots_called_like_wildcards_get_what_is_theirs_and_nothing_else() {
    let server = Nats::start();
    let [one, two] = nodes(&server).await;
    let long = "x".repeat(128);
    let ids = ["*", ">", "a.b", "with space", "ü", &long, "bot-1"];
    let mut bots = Vec::new();
    for id in ids {
        bots.push(two.bot(id).await);
    }
    for (id, bot) in ids.iter().zip(&mut bots) {
        let start = pb::Start { strategy: (*id).to_owned() };
        one.hub.client(*id).start(start).await.expect("accepted");
        assert_eq!(bot.expect_start().await.strategy, *id);
    }
    one.hub.broadcast().stop(pb::Stop::default()).await;
    for bot in &mut bots {
        bot.expect_stop().await;
    }
}

#[tokio::test]
async fn a_server_that_wants_a_password_gets_it() {
    let server = Nats::with(&["--user", "hub", "--pass", "secret"]);
    let connect = async || {
        let builder = NatsCluster::builder(server.url()).user_and_password("hub", "secret");
        Node::new(builder.connect().await.expect("an address"))
    };
    let [one, two] = [connect().await, connect().await];
    one.knows(2).await;
    two.knows(2).await;
    let stranger = Node::new(server.connect().await);
    let _bot = two.bot("bot-1").await;
    one.hub.client("bot-1").stop(pb::Stop::default()).await.expect("accepted");
    assert!(!stranger.hub.health().cluster.expect("a node").connected);
}

#[tokio::test]
async fn what_the_server_does_not_carry_is_refused_before_it_is_sent() {
    let server = Nats::start();
    let [one, two] = nodes(&server).await;
    let _bot = two.bot("bot-1").await;
    let strategy = "x".repeat(1024 * 1024);
    let sent = one.hub.client("bot-1").start(pb::Start { strategy }).await;
    assert!(matches!(sent, Err(SendError::TooLarge { .. })), "{sent:?}");
    one.hub
        .client("bot-1")
        .stop(pb::Stop::default())
        .await
        .expect("the connection has not suffered");
}

#[tokio::test]
async fn a_server_with_tls_is_trusted_by_its_certificate() {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).expect("a certificate");
    let folder = tempfile::tempdir().expect("a folder");
    let [certificate, key] = ["certificate.pem", "key.pem"].map(|name| folder.path().join(name));
    std::fs::write(&certificate, made.cert.pem()).expect("written");
    std::fs::write(&key, made.signing_key.serialize_pem()).expect("written");
    let path = |path: &std::path::Path| path.to_str().expect("a name").to_owned();
    let server = Nats::with(&["--tls", "--tlscert", &path(&certificate), "--tlskey", &path(&key)]);
    let url = server.url().replace("nats://127.0.0.1", "tls://localhost");
    let trusting = async || {
        let trusted = |nats: ConnectOptions| {
            Ok::<_, Infallible>(nats.add_root_certificates(certificate.clone()))
        };
        let builder = NatsCluster::builder(&url).options(trusted).expect("no fault");
        Node::new(builder.connect().await.expect("an address"))
    };
    let [one, two] = [trusting().await, trusting().await];
    one.knows(2).await;
    let _bot = two.bot("bot-1").await;
    one.hub.client("bot-1").stop(pb::Stop::default()).await.expect("accepted");
    let stranger = Node::new(NatsCluster::connect(&url).await.expect("an address"));
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert!(!stranger.hub.health().cluster.expect("a node").connected);
}
