//! The hub, with an HTTP API beside it through which others ask its clients, and requests of its own.

use std::{
    io::BufRead as _,
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use anyhow::{Context as _, bail};
use axum::{
    Router,
    extract::{Path, State},
    routing::post,
};
use serde::{Deserialize, Serialize};
use streaming_runtime::{
    Client, Disconnect, Hub, HubConfig, Overflow, bidi_streaming, config::PingTimeout, serve_until,
};
use tokio::{net::TcpListener, runtime::Runtime, sync::oneshot};

use crate::{
    log::Log,
    node::{self, Shouts},
    outcome,
    pb::{
        self,
        fleet::{Attach, AttachCommands as _, Service},
        order::Payload,
    },
    traffic::{GoesOn, Traffic, client},
};

/// So many of its own requests are open at once.
const ASKING: usize = 16;

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Settings {
    pub(crate) log: PathBuf,
    /// Which of the hubs it is, one after the other.
    pub(crate) number: usize,
    pub(crate) grpc: u16,
    pub(crate) http: u16,
    /// Where NATS is. Without any it is no node of a cluster.
    pub(crate) nats: Vec<String>,
    pub(crate) clients: usize,
    pub(crate) pause: Duration,
    pub(crate) grace: Duration,
    pub(crate) drain: Duration,
    /// How often clients are pinged, and how long they may be silent.
    pub(crate) ping: Duration,
    pub(crate) silence: Duration,
    /// How long an answer is waited for.
    pub(crate) reply: Duration,
    /// The same of those that are sent again where a stream is lost.
    pub(crate) at_least_once: Duration,
}

struct Shared {
    hub: Hub<Attach>,
    log: Arc<Log>,
    at_least_once: Duration,
}

/// Prints `listens`, and serves until standard input ends.
///
/// `connected` prints how many clients are; `whereabouts` which, and where this node finds each; `shout` broadcasts; `quiet` begins no more requests, and is said back once the last has ended;
/// `drain` shuts down in an orderly way.
pub(crate) fn serve(settings: &Settings) -> anyhow::Result<()> {
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let entered = runtime.enter();
    let mut builder = Hub::builder().config(config(settings));
    if !settings.nats.is_empty() {
        builder = builder.cluster(runtime.block_on(node::cluster(&settings.nats))?);
    }
    let hub = builder.build()?;
    let log = Arc::new(Log::create(&settings.log)?);
    let shared = Arc::new(Shared {
        hub: hub.clone(),
        log: log.clone(),
        at_least_once: settings.at_least_once,
    });
    let http = runtime.block_on(TcpListener::bind(("127.0.0.1", settings.http)))?;
    let api = Router::new().route("/work/{client}/{id}", post(work)).with_state(shared.clone());
    let (close, closed) = oneshot::channel::<()>();
    let api = axum::serve(http, api).with_graceful_shutdown(async { drop(closed.await) });
    let mut api = Some((close, runtime.spawn(api.into_future())));
    let incoming = streaming_runtime::incoming(("127.0.0.1", settings.grpc))?;
    log.say("listens", "-", "-", "-");
    println!("listens");
    let (stop, stopped) = oneshot::channel();
    let within = settings.drain;
    let service = Service::new(Handler { log }, hub.clone());
    let router = streaming_runtime::server().add_service(service);
    let mut serving = Some(runtime.spawn(serve_until(
        async { stopped.await.unwrap_or_default() },
        move |stopped| router.serve_with_incoming_shutdown(incoming, stopped),
        async move { hub.drain(within).await },
    )));
    drop(entered);
    let shouts = Shouts::new(shared.hub.clone(), shared.log.clone(), settings.number);
    let shouts = Arc::new(shouts);
    let mut traffic = begin(&runtime, settings, &shared, &shouts);
    let mut stop = Some(stop);
    for line in std::io::stdin().lock().lines() {
        match line?.as_str() {
            "connected" => println!("{}", shared.hub.connected().len()),
            "whereabouts" => {
                let there = node::whereabouts(&shared.hub, settings.clients);
                println!("{}", runtime.block_on(there)?);
            }
            "shout" => {
                let (number, accepted) = runtime.block_on(shouts.shout());
                println!("{number} {accepted}");
            }
            "quiet" => {
                runtime.block_on(traffic.end())?;
                println!("quiet");
            }
            "drain" => {
                let (stop, serving) = (stop.take(), serving.take());
                stop.context("it drains already")?.send(()).ok().context("it has ended")?;
                let drained = runtime.block_on(serving.context("it drains already")?)??;
                // Whoever has asked there is still told how it ended.
                let (close, api) = api.take().context("it drains already")?;
                drop(close);
                runtime.block_on(api)??;
                runtime.block_on(traffic.end())?;
                println!("{}", serde_json::to_string(&drained.context("it was not drained")?)?);
            }
            other => {
                bail!("there is no command `{other}`; connected, whereabouts, shout, quiet, drain")
            }
        }
    }
    Ok(())
}

fn config(settings: &Settings) -> HubConfig {
    HubConfig::production().with(|config| {
        config.reconnect_grace = settings.grace;
        config.reply_timeout = settings.reply;
        config.ping.interval = settings.ping;
        config.ping.timeout = PingTimeout::After(settings.silence);
    })
}

/// Asks a client to do some work, for somebody who asks by HTTP, and says how that ended.
async fn work(
    State(shared): State<Arc<Shared>>,
    Path((client, id)): Path<(String, String)>,
) -> &'static str {
    shared.log.say("api-asked", &client, &id, "-");
    let outcome = shared.ask(&client, &id, false).await;
    shared.log.say("api-told", &client, &id, outcome);
    outcome
}

impl Shared {
    async fn ask(&self, client: &str, id: &str, at_least_once: bool) -> &'static str {
        let name = id.to_owned();
        let work = self.hub.client(client).work(pb::Work { name });
        let work = work.with(|order| id.clone_into(&mut order.command_id)).reply();
        let outcome = if at_least_once {
            work.at_least_once().timeout(self.at_least_once).await
        } else {
            work.await
        };
        outcome::of(&outcome)
    }
}

/// Begins what the hub asks and says by itself.
fn begin(
    runtime: &Runtime,
    settings: &Settings,
    shared: &Arc<Shared>,
    shouts: &Arc<Shouts>,
) -> Traffic {
    let mut traffic = Traffic::new(settings.pause);
    let requests = Arc::new(AtomicU64::new(0));
    for asker in 0..ASKING {
        let (shared, goes_on) = (shared.clone(), traffic.goes_on.clone());
        let (requests, settings) = (requests.clone(), settings.clone());
        traffic.begin(runtime, async move {
            asking(&shared, &settings, &requests, asker % 2 == 0, goes_on).await;
        });
    }
    let goes_on = traffic.goes_on.clone();
    if settings.nats.is_empty() {
        traffic.begin(runtime, telling(shared.clone(), settings.clone(), goes_on));
    } else {
        traffic.begin(runtime, shouts.clone().go_on(goes_on));
    }
    traffic
}

/// Asks one client after the other.
async fn asking(
    shared: &Shared,
    settings: &Settings,
    requests: &AtomicU64,
    at_least_once: bool,
    goes_on: GoesOn,
) {
    let how = if at_least_once { "at-least-once" } else { "once" };
    while goes_on.rest().await {
        let client = client(fastrand::usize(..settings.clients));
        let id = format!("own-{}-{}", settings.number, requests.fetch_add(1, Ordering::Relaxed));
        shared.log.say("asked", &client, &id, how);
        let outcome = shared.ask(&client, &id, at_least_once).await;
        shared.log.say("told", &client, &id, outcome);
    }
}

/// Says words to all, one client after the other. The numbers of one client's words grow, also across hubs.
async fn telling(shared: Arc<Shared>, settings: Settings, goes_on: GoesOn) {
    let first = settings.number as u64 * 1_000_000_000;
    for number in first.. {
        for client in (0..settings.clients).map(client) {
            let word = shared.hub.client(&client).word(pb::Word { number });
            let said = word.overflow(Overflow::Reject).await;
            let said = if said.is_ok() { "accepted" } else { "refused" };
            shared.log.say("said", &client, number, said);
        }
        if !goes_on.rest().await {
            return;
        }
    }
}

struct Handler {
    log: Arc<Log>,
}

#[bidi_streaming(pb::fleet::Attach)]
impl Handler {
    #[on(note)]
    async fn note(&self, bot: &Client<Attach>, note: pb::Note) {
        self.log.say("heard", bot.id(), note.number, "-");
    }

    #[on(ask)]
    async fn ask(&self, bot: &Client<Attach>, ask: pb::Ask) -> anyhow::Result<pb::AskResult> {
        self.log.say("handled", bot.id(), &ask.request_id, "-");
        Ok(pb::AskResult { request_id: ask.request_id, error: String::new() })
    }

    #[on_connect]
    async fn connected(&self, bot: &Client<Attach>) {
        self.log.say("connected", bot.id(), "-", "-");
    }

    #[on_resume]
    async fn resumed(&self, bot: &Client<Attach>) {
        self.log.say("resumed", bot.id(), "-", "-");
    }

    #[on_disconnect]
    async fn disconnected(&self, bot: &Client<Attach>, end: &Disconnect<Attach>) {
        self.log.say("disconnected", bot.id(), "-", end.reason.name());
        for order in &end.undelivered {
            if let Some(Payload::Word(word)) = &order.payload {
                self.log.say("returned", bot.id(), word.number, "-");
            }
        }
    }
}
