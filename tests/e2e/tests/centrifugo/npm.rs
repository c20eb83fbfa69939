//! The npm client that browsers use gets all that a hub publishes at a few hundred messages a second: each channel in
//! order, none twice, none missing.

use std::{
    collections::BTreeMap,
    net::SocketAddr,
    time::{Duration, Instant},
};

use e2e::{
    Bot, Server,
    pb::{
        Start,
        trading_bots::{Connect, ConnectCommands as _},
    },
    process::Running,
    until,
};
use serde_json::{Value, json};
use streaming_runtime::Hub;
use tokio::process::Command;

use crate::{Centrifugo, at_rest, build, figures, ms, publish, publishing, server::SECRET};

const CLIENTS: usize = 4;
/// So many messages and so many commands.
const EACH: usize = 500;
/// Between two pairs of these: it makes 400 publications a second.
const PACE: Duration = ms(20);

fn id(client: usize) -> String {
    format!("bot-{client}")
}

/// What is published on each channel.
fn all() -> BTreeMap<String, Vec<Value>> {
    let of_client = |client| {
        let numbered =
            |key: &str| (0..EACH).map(|number| json!({ key: number.to_string() })).collect();
        let channel = |name| format!("grpc#{}#{name}", id(client));
        [
            (channel("heartbeat"), vec![json!({})]),
            (channel("trade"), numbered("symbol")),
            (channel("command_start"), numbered("strategy")),
        ]
    };
    (0..CLIENTS).flat_map(of_client).collect()
}

#[tokio::test]
async fn the_npm_client_gets_everything_in_order() {
    // Tokens alone let it in.
    let closed = json!({
        "allow_anonymous_connect_without_token": false,
        "allow_subscribe_for_client": false,
        "allow_subscribe_for_anonymous": false,
    });
    let centrifugo = Centrifugo::with(closed).await;
    let expected = all();
    let mut browser = subscribe(&centrifugo, expected.keys());
    browser.line("ready").await;
    let publisher = build(centrifugo.publisher());
    let server = Server::publishing(publishing(), publisher.clone());

    let started = Instant::now();
    let work = |client| tokio::spawn(work(server.addr, server.hub.clone(), id(client)));
    let bots: Vec<_> = (0..CLIENTS).map(work).collect();
    // The streams stay open until everything was published: one that is dropped loses what the hub has not read.
    let mut open = Vec::new();
    for bot in bots {
        open.push(bot.await.expect("the bot works"));
    }
    let count = expected.values().map(Vec::len).sum::<usize>() as u64;
    until("the last publication", || figures(&publisher).offered >= count).await;
    let stats = at_rest(&publisher).await;
    assert_eq!((stats.offered, stats.published), (count, count), "{stats:?}");

    // These come last on their channels.
    for channel in expected.keys() {
        publish(&publisher, channel, 0);
    }
    let seen = read(&mut browser, expected.len()).await;
    let took = started.elapsed();
    for (channel, expected) in &expected {
        compare(channel, seen.get(channel).map_or(&[], Vec::as_slice), expected);
    }
    #[expect(clippy::cast_precision_loss, reason = "a rate for people")]
    let rate = count as f64 / took.as_secs_f64();
    println!("{count} publications of {CLIENTS} clients in {took:.1?}: {rate:.0}/s");
}

fn subscribe<'a>(centrifugo: &Centrifugo, channels: impl Iterator<Item = &'a String>) -> Running {
    let packages = xtask::services::node_modules().expect("npm packages");
    let mut node = Command::new("node");
    node.env("NODE_PATH", packages)
        .arg(xtask::root().join("tests/e2e/tests/centrifugo/node/subscriber.cjs"))
        .arg(format!("ws://127.0.0.1:{}/connection/websocket", centrifugo.port))
        .arg(SECRET)
        .args(channels);
    Running::start(node)
}

/// Sends messages and gets commands, at an even pace.
async fn work(addr: SocketAddr, hub: Hub<Connect>, id: String) -> Bot {
    let mut bot = Bot::connect(addr, &id).await;
    until("the bot is connected", || hub.is_connected(&id)).await;
    let mut pace = tokio::time::interval(PACE);
    for number in 0..EACH {
        pace.tick().await;
        let number = number.to_string();
        bot.trade(&number).await;
        hub.client(&id).start(Start { strategy: number }).await.expect("it is connected");
        bot.command().await;
    }
    bot
}

/// What came on each channel, until so many channels had what comes last.
async fn read(browser: &mut Running, mut open: usize) -> BTreeMap<String, Vec<Value>> {
    let mut seen = BTreeMap::<_, Vec<_>>::new();
    while open > 0 {
        let line = browser.line("publication ").await;
        let line = line.strip_prefix("publication ").expect("it begins so");
        let mut line: Value = serde_json::from_str(line).expect("JSON");
        let channel = line["channel"].as_str().expect("a channel").to_owned();
        let name = channel.rsplit('#').next().unwrap_or_default();
        let variant = name.trim_start_matches("command_");
        match line["data"].get_mut(variant) {
            Some(payload) => seen.entry(channel).or_default().push(payload.take()),
            None => open -= 1,
        }
    }
    seen
}

fn compare(channel: &str, seen: &[Value], expected: &[Value]) {
    let same = seen.iter().zip(expected).take_while(|(seen, expected)| seen == expected).count();
    assert!(
        same == expected.len() && same == seen.len(),
        "{channel}: {} came of {}; after the first {same} came {:?}",
        seen.len(),
        expected.len(),
        seen.get(same),
    );
}
