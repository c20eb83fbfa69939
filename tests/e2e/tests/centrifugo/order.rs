//! All of it, as fast as it goes: in order per client, none twice, none missing.

use std::time::{Duration, Instant};

use e2e::{Bot, Server};
use serde_json::json;

use crate::{Centrifugo, Subscriber, at_rest, build, ms, publishing};

const CLIENTS: usize = 50;
const EACH: usize = 4000;
/// Far more than it takes, also on a machine that is ten times slower.
const AT_MOST: Duration = Duration::from_mins(10);

fn id(client: usize) -> String {
    format!("bot-{client}")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_hundred_thousand_messages_reach_a_subscriber() {
    // One subscriber gets it all, and must not be disconnected for a hiccup: neither for what waits for it, nor because
    // it takes nothing for a second, nor for a pong that waits behind what it has not read.
    let settings = json!({
        "client_queue_max_size": 1 << 30,
        "websocket_write_timeout": "600s",
        "ping_interval": "1200s",
        "pong_timeout": "600s",
    });
    let centrifugo = Centrifugo::with(settings).await;
    let channels: Vec<String> =
        (0..CLIENTS).map(|client| format!("grpc#{}#trade", id(client))).collect();
    let browser = Subscriber::to(&centrifugo, &channels).await;
    let builder = centrifugo.publisher().queue(CLIENTS * (EACH + 1), 1 << 30);
    let publisher = build(builder.batch(128, ms(5)).timeout(Duration::from_mins(1)));
    let server = Server::publishing(publishing(), publisher.clone());

    let started = Instant::now();
    let reading = tokio::spawn(read(browser));
    let bots: Vec<_> = (0..CLIENTS).map(|client| tokio::spawn(send(server.addr, client))).collect();
    // The streams stay open until everything was read: one that is dropped loses what the hub has not read.
    let mut open = Vec::new();
    for bot in bots {
        open.push(bot.await.expect("the bot sends"));
    }
    let read = tokio::time::timeout(AT_MOST, reading).await.expect("it ends in time");
    read.expect("everything arrives in order");
    let took = started.elapsed();

    let stats = at_rest(&publisher).await;
    let all = (CLIENTS * EACH + CLIENTS) as u64;
    assert_eq!((stats.offered, stats.published), (all, all), "{stats:?}");
    #[expect(clippy::cast_precision_loss, reason = "a rate for people")]
    let rate = (CLIENTS * EACH) as f64 / took.as_secs_f64();
    println!("{} messages of {CLIENTS} clients in {took:.1?}: {rate:.0}/s", CLIENTS * EACH);
    println!("{} batches, {:.1} ms each", stats.batches, stats.latency.mean_ms);
}

async fn send(addr: std::net::SocketAddr, client: usize) -> Bot {
    let bot = Bot::connect(addr, &id(client)).await;
    for number in 0..EACH {
        bot.trade(&number.to_string()).await;
    }
    bot
}

/// Reads until every client's last message has come.
async fn read(mut browser: Subscriber) {
    let mut next = [0; CLIENTS];
    for _ in 0..CLIENTS * EACH {
        let (channel, data) = browser.next().await;
        let client = channel.split('#').nth(1).and_then(|id| id.strip_prefix("bot-"));
        let client: usize = client.and_then(|client| client.parse().ok()).expect("a channel");
        let number = data["trade"]["symbol"].as_str().and_then(|number| number.parse().ok());
        assert_eq!(number, Some(next[client]), "client {client} out of order");
        next[client] += 1;
    }
    assert_eq!(next, [EACH; CLIENTS]);
}
