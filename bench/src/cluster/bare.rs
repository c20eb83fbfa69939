//! Requests over async-nats and nothing else.

use std::{
    io::BufRead as _,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use anyhow::bail;
use tokio::{runtime::Runtime, task::JoinSet, time::sleep};
use tokio_stream::StreamExt as _;

use super::CLIENTS;

/// As much as a command of ours is.
const BODY: usize = 64;

#[derive(Clone, Copy)]
pub(crate) enum Side {
    Asks,
    Answers,
}

/// Two threads, as a hub of this bench has.
pub(super) fn runtime() -> anyhow::Result<Runtime> {
    Ok(tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?)
}

pub(super) fn run(side: Side, url: &str) -> anyhow::Result<()> {
    let runtime = runtime()?;
    let client = runtime.block_on(async_nats::connect(url))?;
    if let Side::Answers = side {
        return runtime.block_on(answers(client));
    }
    println!("ready");
    let body = vec![b'x'; BODY];
    let ask = move |_, number| {
        let (client, body) = (client.clone(), body.clone());
        async move {
            client.request(format!("client.{}", number % CLIENTS), body.into()).await?;
            Ok(())
        }
    };
    for line in std::io::stdin().lock().lines() {
        println!("{}", obey(&runtime, &line?, &ask)?);
    }
    Ok(())
}

async fn answers(client: async_nats::Client) -> anyhow::Result<()> {
    let mut tasks = JoinSet::new();
    for number in 0..CLIENTS {
        let client = client.clone();
        let mut asked = client.queue_subscribe(format!("client.{number}"), "all".into()).await?;
        tasks.spawn(async move {
            while let Some(message) = asked.next().await {
                let Some(reply) = message.reply else { continue };
                if client.publish(reply, message.payload).await.is_err() {
                    return;
                }
            }
        });
    }
    client.flush().await?;
    // The server has read them all when it has answered.
    sleep(Duration::from_millis(200)).await;
    println!("ready");
    tasks.join_all().await;
    Ok(())
}

/// Does what a line says: what, how many at once, how many seconds. Gives how many, how many seconds, and the percentiles
/// in microseconds.
pub(super) fn obey<F>(
    runtime: &Runtime,
    line: &str,
    ask: &(impl Fn(bool, usize) -> F + Clone + Send + Sync + 'static),
) -> anyhow::Result<String>
where
    F: Future<Output = anyhow::Result<()>> + Send + 'static,
{
    let words: Vec<&str> = line.split(' ').collect();
    let [what @ ("ask" | "send"), in_flight, seconds] = words[..] else {
        bail!("there is no command `{line}`");
    };
    let (in_flight, seconds): (usize, u64) = (in_flight.parse()?, seconds.parse()?);
    let (waits, goes_on) = (what == "ask", Arc::new(AtomicBool::new(true)));
    let start = Instant::now();
    let mut tasks = JoinSet::new();
    for first in 0..in_flight {
        let (ask, goes_on) = (ask.clone(), goes_on.clone());
        let task = async move {
            let mut times = Vec::new();
            let mut number = first;
            while goes_on.load(Ordering::Relaxed) {
                let begun = Instant::now();
                ask(waits, number).await?;
                times.push(begun.elapsed());
                number += in_flight;
            }
            anyhow::Ok(times)
        };
        tasks.spawn_on(task, runtime.handle());
    }
    runtime.block_on(async { sleep(Duration::from_secs(seconds)).await });
    goes_on.store(false, Ordering::Relaxed);
    let all = runtime.block_on(tasks.join_all());
    let all: Vec<Vec<Duration>> = all.into_iter().collect::<anyhow::Result<_>>()?;
    let elapsed = start.elapsed();
    let mut times: Vec<Duration> = all.into_iter().flatten().collect();
    times.sort_unstable();
    let at = |share: usize| times.get(times.len() * share / 100).copied();
    let [p50, p99] = [50, 99].map(|share| at(share).unwrap_or_default().as_secs_f64() * 1e6);
    Ok(format!("{} {} {p50} {p99}", times.len(), elapsed.as_secs_f64()))
}
