//! A drain of many, among them peers that do not play along. The one test of its process: it needs a thousand
//! descriptors, which is as many as a process may have on many systems.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use e2e::{
    Bot,
    pb::{
        self, BotMessage, Heartbeat, bot_message,
        trading_bots::{Connect, ConnectCommands as _, Service},
        trading_bots_client::TradingBotsClient,
    },
    until,
};
use streaming_runtime::{Client, Disconnect, Hub, HubConfig, bidi_streaming};
use tokio::{
    net::TcpStream,
    sync::{mpsc, oneshot},
    task::JoinSet,
    time::timeout,
};
use tokio_stream::wrappers::ReceiverStream;
use tonic::transport::{Channel, Endpoint};

const CONNECTIONS: usize = 500;
const STREAMS: usize = 20;
const ALL: usize = CONNECTIONS * STREAMS;

const DEADLINE: Duration = Duration::from_secs(10);
/// For a machine that is slow and busy.
const SLACK: Duration = Duration::from_mins(1);

/// Counts how often each client has left, and for which other reason than the drain's.
struct Host {
    left: Vec<AtomicUsize>,
    others: mpsc::UnboundedSender<String>,
}

#[bidi_streaming(pb::trading_bots::Connect)]
impl Host {
    #[on(heartbeat)]
    async fn beat(&self, _: Heartbeat) {}

    #[on(trade)]
    async fn trade(&self, _: pb::Trade) {}

    #[on_disconnect]
    async fn left(&self, bot: &Client<Connect>, end: &Disconnect<Connect>) {
        // The last is the one that reads nothing.
        let number = bot.id().as_str().parse().unwrap_or(ALL);
        self.left[number].fetch_add(1, Ordering::Relaxed);
        if end.reason.name() != "drained" {
            // A test that has failed does not listen any more.
            let _ = self.others.send(format!("{}: {}", bot.id(), end.reason));
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn ten_thousand_streams_and_peers_that_do_not_play_along_are_drained_in_time() {
    let config = HubConfig::testing().with(|config| {
        config.outbox.messages = 1000;
        config.outbox.bytes = 8 * 1024 * 1024;
        config.identify_timeout = SLACK;
        config.callback_timeout = SLACK;
        config.write_timeout = SLACK;
    });
    let hub = Hub::new(config).expect("valid settings");
    let (others, mut other_reasons) = mpsc::unbounded_channel();
    let left = (0..=ALL).map(|_| AtomicUsize::new(0)).collect();
    let host = Arc::new(Host { left, others });
    let incoming = streaming_runtime::incoming("127.0.0.1:0").expect("a free port");
    let addr = incoming.local_addr().expect("a bound socket");
    let router = streaming_runtime::server().add_service(Service::new(host.clone(), hub.clone()));
    let (stop, stopped) = oneshot::channel::<()>();
    let drained = hub.clone();
    let server = tokio::spawn(streaming_runtime::serve_until(
        async { stopped.await.expect("it is told") },
        |stopped| router.serve_with_incoming_shutdown(incoming, stopped),
        async move { drained.drain(DEADLINE).await },
    ));

    let clients = connect(addr).await;
    let _silent = TcpStream::connect(addr).await.expect("the server is there");
    let _deaf = Bot::connect(addr, "deaf").await;
    until("all are connected", || hub.len() == ALL + 1).await;
    // Its windows take half of it, and it reads nothing.
    for _ in 0..64 {
        let reason = "x".repeat(64 * 1024);
        hub.client("deaf").stop(pb::Stop { reason }).await.expect("room");
    }

    stop.send(()).expect("it listens");
    let report = timeout(DEADLINE + SLACK, server).await.expect("the server returns");
    let report = report.expect("no panic").expect("no error").expect("it was drained");
    assert_eq!(report.clients, ALL + 1);
    assert!(report.unread > 0, "what one did not read was not missed");
    let ended = timeout(SLACK, clients.join_all()).await.expect("all streams end");
    assert_eq!(ended.len(), ALL);
    let all = || host.left.iter().all(|left| left.load(Ordering::Relaxed) > 0);
    until("all have left", all).await;
    assert!(host.left.iter().all(|left| left.load(Ordering::Relaxed) == 1), "one left twice");
    assert!(other_reasons.try_recv().is_err());
    assert!(hub.is_empty());
}

/// Each a task that reads until its stream ends.
async fn connect(addr: SocketAddr) -> JoinSet<()> {
    let mut connecting = JoinSet::new();
    for connection in 0..CONNECTIONS {
        connecting.spawn(async move {
            let endpoint = Endpoint::from_shared(format!("http://{addr}")).expect("an address");
            let channel = endpoint.connect().await.expect("a server, and descriptors for 500");
            let mut streams = Vec::new();
            for stream in 0..STREAMS {
                streams.push(open(channel.clone(), connection * STREAMS + stream).await);
            }
            streams
        });
    }
    let mut reading = JoinSet::new();
    while let Some(streams) = connecting.join_next().await {
        for (messages, mut commands) in streams.expect("no panic") {
            reading.spawn(async move {
                while let Ok(Some(_)) = commands.message().await {}
                drop(messages);
            });
        }
    }
    reading
}

type Stream = (mpsc::Sender<BotMessage>, tonic::Streaming<pb::BotCommand>);

async fn open(channel: Channel, number: usize) -> Stream {
    let (messages, receiver) = mpsc::channel(1);
    let beat = bot_message::Payload::Heartbeat(Heartbeat::default());
    let hello = BotMessage { client_id: number.to_string(), payload: Some(beat) };
    messages.try_send(hello).expect("room for one");
    let mut client = TradingBotsClient::new(channel);
    let response = client.connect(ReceiverStream::new(receiver)).await.expect("let in");
    (messages, response.into_inner())
}
