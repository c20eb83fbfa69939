//! Bots, their hub, and every message in the browser. `cargo xtask demo` starts all of it.

mod access;
mod api;
mod board;
mod bots;
mod centrifugo;
mod commands;
mod desk;
mod line;
mod live;
mod page;
mod row;
mod settings;

use std::{process::ExitCode, sync::Arc, time::Duration};

use anyhow::Context as _;
use streaming_runtime::{CentrifugoPublisher, Hub, HubConfig, config::PingTimeout};
use tokio::{net::TcpListener, time::timeout};

use crate::{
    api::App,
    bots::Fleet,
    desk::{Desk, Rpcs},
    live::Live,
    settings::Settings,
};

/// The generated code: messages, contract, send helpers, tonic's client and server.
pub mod pb {
    streaming_runtime::include_proto!("trading.v1");
}

#[tokio::main]
async fn main() -> ExitCode {
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("trading-bots: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn run() -> anyhow::Result<()> {
    let settings = Settings::read()?;
    enough_files(settings.bots)?;

    let taken =
        |option, addr| move || format!("cannot listen on {addr}; `--{option} ADDR` takes another");
    let http = TcpListener::bind(settings.http).await.with_context(taken("http", settings.http))?;
    let grpc =
        streaming_runtime::incoming(settings.grpc).with_context(taken("grpc", settings.grpc))?;
    let (page, server) = (http.local_addr()?, grpc.local_addr()?);
    let live = Live::new(&settings.centrifugo, &settings.hmac_secret);
    centrifugo::check(&settings, &live, page).await?;

    // Shorter times than in production: here one wants to see it all.
    let config = HubConfig::production().with(|config| {
        config.ping.interval = Duration::from_secs(2);
        config.ping.timeout = PingTimeout::After(Duration::from_secs(10));
        config.reconnect_grace = Duration::from_secs(5);
    });
    let publisher = CentrifugoPublisher::builder(&settings.centrifugo, &settings.api_key)
        .timeout(Duration::from_secs(2))
        .breaker(3, Duration::from_secs(3), 1)
        .build()?;
    let channels = config.publish.clone();
    let hub = Hub::builder().config(config).publisher(publisher.clone()).build()?;
    let desk =
        Arc::new(Desk { hub: hub.clone(), board: Arc::default(), token: settings.token.clone() });

    let service = pb::trading_bots::Service::builder()
        .connect(desk.clone(), hub.clone())
        .rpcs(Rpcs(desk.clone()))
        .build();
    let serving = streaming_runtime::server().add_service(service);
    let fleet = Fleet::start(server, settings.bots, settings.rate).await?;
    let app =
        Arc::new(App { desk: desk.clone(), fleet, live, publisher: publisher.clone(), channels });
    tokio::spawn(live::publish_overview(desk, publisher.clone()));
    let router = api::router(app.clone());
    tokio::spawn(async move { axum::serve(http, router).await });

    let stop = async {
        let ready = async {
            println!("bots connect to http://{server}");
            println!("open http://{page}/#token={}", settings.token);
        };
        // In this order: whoever has read that it is ready can stop it.
        let _ = tokio::join!(biased; tokio::signal::ctrl_c(), ready);
        println!("the bots leave");
        app.fleet.leave();
    };
    streaming_runtime::serve_until(
        stop,
        |stopped| serving.serve_with_incoming_shutdown(grpc, stopped),
        hub.drain(Duration::from_secs(2)),
    )
    .await?;
    // What cannot be published by then is of no use to anybody.
    let _ = timeout(Duration::from_secs(1), publisher.flush()).await;
    Ok(())
}

/// Each simulated bot holds five sockets; many systems give a program fewer than hundreds of them need, unless it asks.
fn enough_files(bots: usize) -> anyhow::Result<()> {
    let needed = bots as u64 * 5 + 100;
    let given = rlimit::increase_nofile_limit(needed).context("cannot ask for more open files")?;
    anyhow::ensure!(
        given >= needed,
        "`--bots {bots}` needs {needed} open files, and {given} are allowed; \
         `ulimit -n` allows more, or take fewer bots"
    );
    Ok(())
}
