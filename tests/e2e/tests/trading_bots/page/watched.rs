//! The page under load, for as long as one likes.

use std::{env, time::Duration};

use serde_json::json;
use tokio::time::{Instant, sleep};

use super::{browser::Page, live, open, shown};

const BOTS: usize = 500;
const RATE: f64 = 4.0;

/// Keeps the times between frames, the latest 60,000.
const FRAMES: &str = "
    globalThis.frames = { times: new Float32Array(60_000), count: 0 };
    let last = performance.now();
    const next = (now) => {
        if (!frames.skipped) frames.times[frames.count++ % frames.times.length] = now - last;
        frames.skipped = false;
        last = now;
        requestAnimationFrame(next);
    };
    requestAnimationFrame(next);
    0";
const TIMES: &str = "
    (() => {
        const times = frames.times.slice(0, frames.count).sort();
        const at = (share) => times[Math.floor((times.length - 1) * share)];
        return [times.length, at(0.5), at(0.95), at(0.99), at(1)];
    })()";

/// The bytes that scripts hold on to. The frame that this takes is nobody's fault.
async fn heap(page: &Page) -> f64 {
    page.eval("globalThis.frames && (frames.skipped = true)").await;
    page.devtools.call("HeapProfiler.collectGarbage", json!({})).await;
    let usage = page.devtools.call("Runtime.getHeapUsage", json!({})).await;
    usage["usedSize"].as_f64().expect("bytes")
}

/// A figure of the browser's, in seconds or a number.
async fn metric(page: &Page, name: &str) -> f64 {
    let metrics = page.devtools.call("Performance.getMetrics", json!({})).await;
    let metrics = metrics["metrics"].as_array().expect("metrics").clone();
    let metric = metrics.into_iter().find(|metric| metric["name"] == name);
    metric.expect("a known name")["value"].as_f64().expect("a number")
}

/// 500 bots with 2,000 trades a second, one of them looked at, for 300 seconds or `WATCH_SECONDS`.
#[tokio::test]
#[ignore = "takes five minutes: cargo test -p e2e --test trading_bots -- --ignored --nocapture"]
async fn five_hundred_bots_can_be_watched_all_day() {
    let seconds = env::var("WATCH_SECONDS").map_or(300, |it| it.parse().expect("seconds"));
    let (browser, _stage, page) = shown(BOTS, RATE).await;
    live(&page).await;
    page.shows("#online", "500").await;
    open(&page, "bot-007").await;
    page.shows("#stream", "trade").await;
    page.devtools.events("Network.requestWillBeSent");
    page.devtools.call("Network.disable", json!({})).await;
    // Until all that is bounded is full.
    sleep(Duration::from_secs(seconds / 5)).await;
    let before = heap(&page).await;
    let (busy, began) = (metric(&page, "TaskDuration").await, Instant::now());
    page.eval(FRAMES).await;
    println!("  seconds  messages/s  heap KB  nodes");
    while began.elapsed() < Duration::from_secs(seconds) {
        sleep(Duration::from_secs((seconds / 10).max(1))).await;
        let (rate, heap) = (page.text("#rate").await, heap(&page).await);
        let nodes = metric(&page, "Nodes").await;
        println!("{:>9}  {rate:>10}  {:>7.0}  {nodes:>5}", began.elapsed().as_secs(), heap / 1e3);
    }
    let busy = (metric(&page, "TaskDuration").await - busy) / began.elapsed().as_secs_f64();
    let times = page.eval(TIMES).await;
    let [count, median, most, nearly, longest] =
        [0, 1, 2, 3, 4].map(|at| times[at].as_f64().expect("a time"));
    println!(
        "{count} frames: median {median:.1} ms, 95 % {most:.1} ms, 99 % {nearly:.1} ms, longest {longest:.1} ms; \
         the page's thread was busy for {:.0} % of the time",
        busy * 100.0
    );
    let after = heap(&page).await;
    println!("heap {:.0} KB before, {:.0} KB after", before / 1e3, after / 1e3);
    page.is_well(&[]);
    assert!(after < before * 1.2 + 1e6, "the page's memory grows");
    browser.end().await;
}
