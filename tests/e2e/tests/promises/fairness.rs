//! A client that floods starves nobody on its thread.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use e2e::{Bot, Server, until};
use streaming_runtime::HubConfig;

#[test]
fn a_flooding_client_does_not_starve_another_on_the_same_thread() {
    let runtime = |name| {
        let mut builder = tokio::runtime::Builder::new_current_thread();
        builder.enable_all().thread_name(name).build().expect("a runtime")
    };
    let serving = runtime("server");
    let mut server = serving.block_on(async { Server::start(HubConfig::testing()) });
    let (addr, hub) = (server.addr, server.hub.clone());
    let enough = Arc::new(AtomicBool::new(false));

    let flooded = enough.clone();
    let flood = std::thread::spawn(move || {
        runtime("flood").block_on(async {
            let bot = Bot::connect(addr, "flood").await;
            while !flooded.load(Ordering::Relaxed) {
                bot.beat().await;
            }
        });
    });
    let polite = std::thread::spawn(move || {
        runtime("polite").block_on(async {
            let mut bot = Bot::connect(addr, "polite").await;
            let read = || hub.info("flood").map_or(0, |flood| flood.message_count);
            let mut longest = Duration::ZERO;
            for _ in 0..20 {
                let before = read();
                until("the flood goes on", || read() > before + 100).await;
                let asked = Instant::now();
                bot.trade("echo").await;
                bot.command().await;
                longest = longest.max(asked.elapsed());
            }
            enough.store(true, Ordering::Relaxed);
            longest
        })
    });
    serving.block_on(async {
        until("the polite one is through", || {
            server.events.rest();
            polite.is_finished()
        })
        .await;
    });
    let longest = polite.join().expect("every echo came");
    assert!(longest < Duration::from_secs(2), "an echo took {longest:?}");
    drop(server);
    drop(serving);
    flood.join().expect("no panic");
}
