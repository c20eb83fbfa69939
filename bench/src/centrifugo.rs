//! The publisher against a bare loop that posts the same bytes to the same real Centrifugo.

use std::{
    fmt::Write as _,
    net::TcpListener,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use anyhow::{Context as _, ensure};
use bytes::Bytes;
use streaming_runtime::{
    CentrifugoPublisher, ClientId, Publication, Publisher as _, publish::centrifugo::Delivery,
};
use tokio::{task::JoinSet, time::sleep};

const MESSAGES: usize = 200_000;
const CLIENTS: usize = 50;
const BATCH: usize = 64;
const IN_FLIGHT: usize = 4;
pub(crate) const KEY: &str = "bench";

/// Compares them with and without idempotency keys, by turns, and prints the medians.
pub(crate) async fn compare(runs: usize) -> anyhow::Result<()> {
    let server = Server::start().await?;
    println!(
        "{MESSAGES} publications of 250 bytes, batches of {BATCH}, {IN_FLIGHT} in flight; medians of {runs} runs"
    );
    for keys in [false, true] {
        let mut rates = [Vec::new(), Vec::new()];
        for _ in 0..runs {
            rates[0].push(bare(&server, keys).await?);
            rates[1].push(published(&server, keys).await?);
        }
        let [bare, published] = rates.map(|mut rates| {
            rates.sort_by(f64::total_cmp);
            rates[rates.len() / 2]
        });
        let with = if keys { "with keys" } else { "without keys" };
        println!(
            "{with:<14} bare {bare:>8.0}/s  publisher {published:>8.0}/s  ratio {:.3}",
            published / bare
        );
    }
    Ok(())
}

/// Publications per second of a loop that has its bodies ready.
async fn bare(server: &Server, keys: bool) -> anyhow::Result<f64> {
    let bodies = bodies(keys);
    let client = reqwest::Client::builder().timeout(Duration::from_secs(10)).build()?;
    let start = Instant::now();
    let mut posts = JoinSet::new();
    for shard in bodies {
        let (client, url) = (client.clone(), format!("{}/api/batch", server.url));
        posts.spawn(async move {
            for body in shard {
                let request = client.post(&url).header("X-API-Key", KEY).body(body);
                let answer = request.send().await?.error_for_status()?;
                answer.bytes().await?;
            }
            anyhow::Ok(())
        });
    }
    while let Some(done) = posts.join_next().await {
        done??;
    }
    Ok(rate(start))
}

async fn published(server: &Server, keys: bool) -> anyhow::Result<f64> {
    let publisher = CentrifugoPublisher::builder(&server.url, KEY)
        .queue(MESSAGES, 1 << 30)
        .batch(BATCH, Duration::from_millis(1))
        .shards(IN_FLIGHT)
        .delivery(if keys { Delivery::Retry } else { Delivery::AtMostOnce })
        .build()?;
    let publications: Vec<Publication> = (0..MESSAGES)
        .map(|number| {
            let client = ClientId::from(format!("bot-{}", number % CLIENTS));
            Publication::new(
                client,
                channel(number),
                "grpc_message_trade",
                Bytes::from(data(number)),
            )
        })
        .collect();
    let start = Instant::now();
    for publication in publications {
        publisher.publish(publication);
    }
    publisher.flush().await;
    let rate = rate(start);
    let stats = publisher.stats();
    ensure!(stats.published == MESSAGES as u64, "not all was published: {stats:?}");
    Ok(rate)
}

/// The same batches, one list for each request in flight.
fn bodies(keys: bool) -> Vec<Vec<Bytes>> {
    let numbers: Vec<usize> = (0..MESSAGES).collect();
    let mut shards = vec![Vec::new(); IN_FLIGHT];
    let run: u32 = std::time::UNIX_EPOCH.elapsed().map_or(0, |since| since.subsec_nanos());
    for (index, batch) in numbers.chunks(BATCH).enumerate() {
        let mut body = String::from(r#"{"commands":["#);
        for (place, &number) in batch.iter().enumerate() {
            let comma = if place > 0 { "," } else { "" };
            let channel = channel(number);
            let data = data(number);
            write!(body, r#"{comma}{{"publish":{{"channel":"{channel}","data":{data}"#)
                .expect("a string");
            if keys {
                write!(body, r#","idempotency_key":"{run:08x}{number:08x}""#).expect("a string");
            }
            body.push_str("}}");
        }
        body.push_str(r#"],"parallel":false}"#);
        shards[index % IN_FLIGHT].push(Bytes::from(body));
    }
    shards
}

fn channel(number: usize) -> String {
    format!("grpc#bot-{}#trade", number % CLIENTS)
}

fn data(number: usize) -> String {
    format!(r#"{{"number":"{number:08}","filler":"{}"}}"#, "x".repeat(217))
}

#[expect(clippy::cast_precision_loss, reason = "a rate for people")]
fn rate(start: Instant) -> f64 {
    MESSAGES as f64 / start.elapsed().as_secs_f64()
}

/// A Centrifugo on the first core. It ends with this.
pub(crate) struct Server {
    child: Child,
    pub(crate) url: String,
    _folder: tempfile::TempDir,
}

impl Server {
    pub(crate) async fn start() -> anyhow::Result<Self> {
        let program = xtask::services::centrifugo()?;
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let folder = tempfile::tempdir()?;
        let config = folder.path().join("config.json");
        let settings = format!(
            r#"{{"address":"127.0.0.1","port":{port},"api_key":"{KEY}","token_hmac_secret_key":"secret","health":true}}"#
        );
        std::fs::write(&config, settings)?;
        let child = Command::new("taskset")
            .args(["-c", "0"])
            .arg(program)
            .arg("--config")
            .arg(&config)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .context("`taskset` pins processes to cores; it comes with util-linux")?;
        let server = Self { child, url: format!("http://127.0.0.1:{port}"), _folder: folder };
        for _ in 0..200 {
            sleep(Duration::from_millis(50)).await;
            if reqwest::get(format!("{}/health", server.url)).await.is_ok() {
                return Ok(server);
            }
        }
        anyhow::bail!("Centrifugo did not start")
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
