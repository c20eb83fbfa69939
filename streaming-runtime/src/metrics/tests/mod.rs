//! What a scripted session moves, as docs/operations.md has it.

mod docs;

use std::{
    collections::{BTreeMap, BTreeSet},
    pin::Pin,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
    task::{Context, Waker},
    time::Duration,
};

use ::metrics::{
    Counter, Gauge, Histogram, HistogramFn, Key, KeyName, LocalRecorderGuard, Metadata, Recorder,
    SharedString, Unit,
};
use futures_util::StreamExt as _;
use tonic::Status;

use super::{ALL, Kind};
use crate::{
    Hub, Overflow,
    config::{HubConfig, PingStrategy},
    error::{Failure, RequestError, SendError},
    id::OwnedId,
    sample::{ACK, Command, Message, PRICE, RESET, Reset, Sample, note},
    session::{Client, Handler},
    target::Sending,
    testing::Clients,
};

const SECOND: Duration = Duration::from_secs(1);

/// Keeps what is counted: `name{label="value"}` and how much. Of histograms, how many values.
#[derive(Debug, Default)]
pub(crate) struct Counted(Mutex<BTreeMap<String, (Kind, Arc<AtomicU64>)>>);

impl Counted {
    /// A recorder for this thread, until the guard is dropped.
    pub(crate) fn start() -> (&'static Self, LocalRecorderGuard<'static>) {
        let counted: &'static Self = Box::leak(Box::default());
        (counted, ::metrics::set_default_local_recorder(counted))
    }

    fn cell(&self, kind: Kind, key: &Key) -> Arc<AtomicU64> {
        let metric = ALL.iter().find(|metric| metric.name == key.name()).expect("it is documented");
        let labels: Vec<&str> = key.labels().map(::metrics::Label::key).collect();
        assert_eq!((metric.kind, metric.labels), (kind, &*labels), "{}", metric.name);
        // There is one contract.
        let labels = key.labels().filter(|label| label.key() != "rpc");
        let labels: Vec<_> = labels.map(|label| format!(" {}", label.value())).collect();
        let name = format!("{}{}", key.name(), labels.concat());
        self.0.lock().expect("no panic").entry(name).or_insert((kind, Arc::default())).1.clone()
    }

    /// The metrics that somebody has a handle on.
    #[cfg(any(feature = "link", feature = "centrifugo"))]
    pub(crate) fn names(&self) -> BTreeSet<String> {
        let cells = self.0.lock().expect("no panic");
        cells.keys().filter_map(|name| Some(name.split(' ').next()?.to_owned())).collect()
    }

    /// Everything that has moved.
    pub(crate) fn moved(&self) -> BTreeMap<String, u64> {
        let cells = self.0.lock().expect("no panic");
        let value = |(kind, cell): &(Kind, Arc<AtomicU64>)| {
            let bits = cell.load(Ordering::Relaxed);
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "small")]
            if *kind == Kind::Gauge { f64::from_bits(bits) as u64 } else { bits }
        };
        let all = cells.iter().map(|(name, cell)| (name.clone(), value(cell)));
        all.filter(|(_, value)| *value != 0).collect()
    }

    #[track_caller]
    pub(crate) fn expect(&self, expected: &[(&str, u64)]) {
        let moved = self.moved();
        let expected: BTreeMap<_, _> =
            expected.iter().map(|(name, value)| ((*name).to_owned(), *value)).collect();
        assert_eq!(moved, expected);
    }
}

struct Values(Arc<AtomicU64>);

impl HistogramFn for Values {
    fn record(&self, _: f64) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

impl Recorder for Counted {
    fn describe_counter(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}

    fn describe_gauge(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}

    fn describe_histogram(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}

    fn register_counter(&self, key: &Key, _: &Metadata<'_>) -> Counter {
        Counter::from_arc(self.cell(Kind::Counter, key))
    }

    fn register_gauge(&self, key: &Key, _: &Metadata<'_>) -> Gauge {
        Gauge::from_arc(self.cell(Kind::Gauge, key))
    }

    fn register_histogram(&self, key: &Key, _: &Metadata<'_>) -> Histogram {
        Histogram::from_arc(Arc::new(Values(self.cell(Kind::Histogram, key))))
    }
}

/// Takes a second where the value is 2, and fails where it is 1.
struct Picky;

impl Handler<Sample> for Picky {
    async fn dispatch(&self, _: &Client<Sample>, message: Message) -> Result<(), Failure> {
        match message.value {
            1 => return Err(Failure::new(Status::not_found("it"))),
            2 => tokio::time::sleep(SECOND).await,
            _ => {}
        }
        Ok(())
    }

    async fn on_connect(&self, client: &Client<Sample>) -> Result<(), Failure> {
        match client.id().as_str() {
            "unwelcome" => Err(Failure::new(Status::unavailable("not now"))),
            _ => Ok(()),
        }
    }
}

fn reset() -> Command {
    Command { kind: RESET, ..Command::default() }
}

fn clients(config: HubConfig) -> Clients<Sample> {
    Clients::new(Picky, Hub::new(config).expect("valid settings"))
}

#[tokio::test(start_paused = true)]
async fn a_session_moves_what_the_table_says() {
    let (counted, _guard) = Counted::start();
    let clients = clients(HubConfig::testing().with(|config| {
        config.ping.strategy = PingStrategy::Interval;
        config.ping.interval = 10 * SECOND;
    }));
    let mut peer = clients.connect(note(0)).await;
    counted.expect(&[
        ("streaming_connected_clients", 1),
        ("streaming_connects_total", 1),
        ("streaming_messages_total note", 1),
    ]);

    peer.send(note(1));
    peer.send(note(2));
    peer.send(Message { kind: 99, ..note(2) });
    let client = peer.client();
    client.send(reset()).await.expect("room");
    peer.next().await;
    let answered = async {
        let command = peer.next().await;
        peer.ack(OwnedId::Str(command.id));
    };
    let (answer, ()) = tokio::join!(client.send(reset()).ack(), answered);
    answer.expect("an ack");
    let late = client.send(reset()).ack().timeout(SECOND).await;
    assert_eq!(late, Err(RequestError::Timeout));
    let command_id = peer.next().await.id;
    peer.send(Message { kind: ACK, command_id, ..note(0) });
    let mut abandoned = client.send(reset()).ack();
    let mut cx = Context::from_waker(Waker::noop());
    assert!(Future::poll(Pin::new(&mut abandoned), &mut cx).is_pending());
    assert_eq!(counted.moved().get("streaming_open_requests"), Some(&1));
    drop(abandoned);
    tokio::time::sleep(10 * SECOND).await;
    let refused = clients.try_connect(Message::default()).await.expect_err("no id");
    assert_eq!(refused.reason(), "no-id");
    let unwelcome = Message { sensor: "unwelcome".to_owned(), ..note(0) };
    clients.try_connect(unwelcome).await.expect_err("not now");
    peer.half_close();
    peer.disconnected().await;
    tokio::time::sleep(SECOND).await;
    counted.expect(&[
        ("streaming_connects_total", 2),
        ("streaming_disconnects_total half-closed", 1),
        ("streaming_disconnects_total refused", 1),
        ("streaming_refusals_total no-id", 1),
        ("streaming_messages_total note", 4),
        ("streaming_messages_total ack", 2),
        ("streaming_messages_total pong", 1),
        ("streaming_messages_total unknown", 1),
        // Those that were done at once do not count.
        ("streaming_handler_duration_seconds note", 1),
        ("streaming_handler_duration_seconds unknown", 1),
        ("streaming_handler_errors_total note", 1),
        ("streaming_handler_errors_total none", 1),
        ("streaming_commands_total written", 4),
        ("streaming_requests_total answered", 1),
        ("streaming_requests_total timeout", 1),
        ("streaming_requests_total abandoned", 1),
        ("streaming_request_duration_seconds", 1),
        ("streaming_late_replies_total", 1),
        ("streaming_ping_round_trip_seconds", 1),
    ]);
}

#[tokio::test(start_paused = true)]
async fn a_full_outbox_counts_by_its_policy_and_commands_by_what_became_of_them() {
    let (counted, _guard) = Counted::start();
    let clients = clients(HubConfig::testing()).read_on_demand();
    let mut peer = clients.open(note(0)).await.expect("let in");
    peer.connected().await.expect("it is");
    let client = peer.client();
    while client.send(reset()).overflow(Overflow::Reject).await.is_ok() {}
    assert_eq!(client.send(reset()).await, Err(SendError::Overflow));
    let price = || client.send(Command { kind: PRICE, ..Command::default() });
    price().overflow(Overflow::DropOldest).await.expect("it has room");
    // In the place of the one before.
    price().await.expect("it has room");
    peer.half_close();
    peer.disconnected().await;
    let moved = counted.moved();
    let of = |name: &str| moved.get(name).copied().unwrap_or_default();
    assert_eq!(of("streaming_outbox_full_total reject"), 1);
    assert_eq!(of("streaming_outbox_full_total wait"), 1);
    assert_eq!(of("streaming_outbox_full_total drop_oldest"), 1);
    assert_eq!(of("streaming_send_timeouts_total"), 1);
    assert_eq!(of("streaming_commands_total dropped"), 2);
    assert_eq!(of("streaming_commands_total returned"), 10, "{moved:?}");
}

#[tokio::test(start_paused = true)]
async fn who_is_away_is_not_connected() {
    let (counted, _guard) = Counted::start();
    let clients = clients(HubConfig::testing().with(|config| config.reconnect_grace = 60 * SECOND));
    let levels = || {
        let moved = counted.moved();
        let of = |name: &str| moved.get(name).copied().unwrap_or_default();
        (
            of("streaming_connected_clients"),
            of("streaming_away_clients"),
            of("streaming_resumes_total"),
        )
    };
    let peer = clients.connect(note(0)).await;
    let key = peer.headers().get("streaming-session").expect("a key").clone();
    peer.cut();
    tokio::time::sleep(SECOND).await;
    assert_eq!(levels(), (0, 1, 0));
    let key = key.to_str().expect("hex");
    let again = clients.clone().metadata("streaming-session", key);
    let again = again.open(note(0)).await.expect("let in");
    tokio::time::sleep(SECOND).await;
    assert_eq!(levels(), (1, 0, 1));
    again.cut();
    tokio::time::sleep(61 * SECOND).await;
    assert_eq!(levels(), (0, 0, 1));
    assert_eq!(counted.moved().get("streaming_disconnects_total client-gone"), Some(&1));
}

#[tokio::test(start_paused = true)]
async fn requests_count_by_their_end_and_only_those_that_were_answered_tell_how_long() {
    let (counted, _guard) = Counted::start();
    let hub = Hub::new(HubConfig::testing()).expect("valid settings");
    let mut peer = Clients::new(Picky, hub.clone()).connect(note(0)).await;
    let client = peer.client();
    let to_all = || Sending::<_, Sample, Reset>::new(hub.broadcast(), reset());
    let refused = client.send(Command { text: "x".repeat(2 << 20), ..reset() }).ack().await;
    assert!(matches!(refused, Err(RequestError::TooLarge { .. })), "{refused:?}");
    let ignored: Vec<_> =
        to_all().replies().timeout(SECOND).map(|(_, answer)| answer).collect().await;
    assert_eq!(ignored, [Err(RequestError::Timeout)]);
    let mut cx = Context::from_waker(Waker::noop());
    assert!(to_all().replies().poll_next_unpin(&mut cx).is_pending());
    let rejects = async {
        peer.next().await;
        peer.next().await;
        let command_id = peer.next().await.id;
        peer.send(Message { kind: ACK, command_id, error: "no".to_owned(), ..note(0) });
    };
    let request = Sending::<_, Sample, Reset>::new(&client, reset()).reply();
    let (answer, ()) = tokio::join!(request, rejects);
    assert!(matches!(answer, Err(RequestError::Rejected(_))), "{answer:?}");
    let (answer, ()) = tokio::join!(client.send(reset()).ack(), async { peer.half_close() });
    assert!(matches!(answer, Err(RequestError::Disconnected { .. })), "{answer:?}");
    let moved = counted.moved();
    let requests: Vec<_> = moved
        .iter()
        .filter_map(|(name, count)| Some((name.strip_prefix("streaming_requests_total ")?, *count)))
        .collect();
    let expected = ["abandoned", "disconnected", "refused", "rejected", "timeout"];
    assert_eq!(requests, expected.map(|outcome| (outcome, 1)));
    assert_eq!(moved.get("streaming_request_duration_seconds"), Some(&1));
    assert_eq!(moved.get("streaming_open_requests"), None);
}

#[cfg(feature = "centrifugo")]
#[tokio::test(start_paused = true)]
async fn every_metric_of_the_table_is_made_by_a_hub_and_its_publisher() {
    use crate::publish::centrifugo::{CentrifugoConfig, CentrifugoPublisher};

    let (counted, _guard) = Counted::start();
    let config = CentrifugoConfig::new("http://localhost:1", "key");
    let publisher = CentrifugoPublisher::new(config).expect("valid settings");
    let clients = clients(HubConfig::testing());
    clients.try_connect(Message::default()).await.expect_err("no id");
    let mut peer = clients.connect(note(0)).await;
    peer.half_close();
    peer.disconnected().await;
    tokio::time::sleep(SECOND).await;
    // Those of links and clusters are made by these.
    let others = ["streaming_link", "streaming_cluster"];
    let is_others = |name: &str| others.iter().any(|start| name.starts_with(start));
    let all = ALL.iter().filter(|metric| !is_others(metric.name));
    let all: BTreeSet<_> = all.map(|metric| metric.name.to_owned()).collect();
    assert_eq!(counted.names(), all);
    drop(publisher);
}
