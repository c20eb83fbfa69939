//! The registry, and what a hub is built from.

mod opening;
mod resume;
mod serve;

use std::{sync::Arc, time::Duration};

use tonic::metadata::MetadataMap;

use super::{Hub, registry::Registry};
use crate::{
    config::{Duplicates, HubConfig, PingConfig, PingStrategy, PingTimeout, QueueConfig},
    contract::Contract,
    id::IdRef,
    resume::Key,
    sample::{Sample, handshake, session},
    session::{Session, SessionInfo},
    status::{Reason, Refusal},
};

/// For the tests of other modules.
impl<C: Contract> Hub<C> {
    /// A client that is connected, and reads nothing.
    pub(crate) fn connect(&self, id: &str) -> Arc<Session<C>> {
        let context = &self.0.context;
        let handshake = handshake(MetadataMap::new());
        let info = SessionInfo::new(id.into(), handshake, None, &context.epochs);
        let session = Arc::new(Session::new(context.clone(), info, Key::new()));
        self.0.registry.claim(&session, None).expect("the newer takes over");
        session.make_live();
        session
    }
}

fn one() -> Arc<Session<Sample>> {
    session(HubConfig::testing())
}

/// The newest session of the id that they all have, once it is live.
fn is_newest(registry: &Registry<Sample>, session: &Arc<Session<Sample>>) -> bool {
    session.make_live();
    registry.live(IdRef::Str("sensor")).is_some_and(|newest| Arc::ptr_eq(&newest, session))
}

#[tokio::test]
async fn a_session_is_found_from_on_connect_until_its_end() {
    let registry = Registry::new();
    let session = one();
    assert!(registry.claim(&session, None).expect("the id is free").is_none());
    assert!(registry.live(IdRef::Str("sensor")).is_none(), "`on_connect` has not returned");
    assert!(is_newest(&registry, &session));
    assert!(registry.live(IdRef::Str("other")).is_none());
    let mut found = 0;
    registry.for_each_live(|_| found += 1);
    assert_eq!(found, 1);
    session.end(Reason::HalfClosed);
    assert!(registry.live(IdRef::Str("sensor")).is_none(), "it has ended");
    registry.for_each_live(|_| panic!("it has ended"));
}

#[tokio::test]
async fn the_newer_takes_over_and_gets_the_older_to_wait_for() {
    let registry = Registry::new();
    let (old, new) = (one(), one());
    registry.claim(&old, None).expect("the id is free");
    let before = registry.claim(&new, None).expect("take-over");
    assert!(before.is_some_and(|before| Arc::ptr_eq(&before, &old)));
    assert_eq!(old.reason().map(Reason::name), Some("replaced"));
    assert!(is_newest(&registry, &new));
    // The old one's clean-up leaves it alone.
    registry.release(&old);
    assert!(is_newest(&registry, &new));
    registry.release(&new);
    assert!(registry.live(IdRef::Str("sensor")).is_none());
    assert!(registry.claim(&one(), None).expect("the id is free").is_none());
}

#[tokio::test]
async fn clients_that_are_gone_take_no_room_in_the_registry() {
    let hub = Hub::<Sample>::new(HubConfig::testing()).expect("valid settings");
    let registry = &hub.0.registry;
    let sessions: Vec<_> = (0..10_000).map(|number| hub.connect(&number.to_string())).collect();
    for session in &sessions[1000..] {
        registry.release(session);
    }
    assert!(registry.room() < 5000, "room for {} is kept for 1000", registry.room());
    assert!((0..1000).all(|number| hub.is_connected(number.to_string().as_str())));
    for session in &sessions[..1000] {
        registry.release(session);
    }
    assert_eq!(registry.room(), 0);
}

#[tokio::test]
async fn where_duplicates_are_rejected_the_older_stays_until_it_has_ended() {
    let registry = Registry::new();
    let rejecting =
        || session(HubConfig::testing().with(|config| config.duplicates = Duplicates::Reject));
    let (old, new) = (rejecting(), rejecting());
    registry.claim(&old, None).expect("the id is free");
    let refused = registry.claim(&new, None).map(drop);
    assert_eq!(refused, Err(Refusal::Duplicate));
    assert!(old.reason().is_none());
    assert!(is_newest(&registry, &old));
    old.end(Reason::ClientGone);
    let before = registry.claim(&new, None).expect("it has ended");
    assert!(before.is_some_and(|before| Arc::ptr_eq(&before, &old)), "it has to be waited for");
    assert_eq!(old.reason().map(Reason::name), Some("client-gone"));
}

const fn secs(secs: u64) -> Duration {
    Duration::from_secs(secs)
}

/// One line of the table of presets: pings, outbox, what is published, and the timeouts that differ.
type Preset = (PingStrategy, u64, PingTimeout, QueueConfig, bool);

fn preset(config: &HubConfig) -> Preset {
    let PingConfig { strategy, interval, timeout, .. } = config.ping;
    assert_eq!(config.publish.messages, config.publish.commands);
    (strategy, interval.as_secs(), timeout, config.outbox, config.publish.messages)
}

#[test]
fn the_presets_are_what_the_table_says() {
    use PingStrategy::{Disabled, Interval, OnIdle};
    use PingTimeout::{After, Auto, Off};
    let mib = 1024 * 1024;
    let outbox = |messages, bytes| QueueConfig { messages, bytes };
    for (name, config, expected) in [
        ("production", HubConfig::production(), (Interval, 5, Auto, outbox(1000, mib), true)),
        ("default", HubConfig::default(), (Interval, 5, Auto, outbox(1000, mib), true)),
        (
            "development",
            HubConfig::development(),
            (OnIdle, 10, After(secs(60)), outbox(100, mib), false),
        ),
        ("testing", HubConfig::testing(), (Disabled, 1, Off, outbox(10, mib), false)),
        (
            "high_throughput",
            HubConfig::high_throughput(),
            (OnIdle, 30, After(secs(180)), outbox(10_000, 8 * mib), true),
        ),
        (
            "low_latency",
            HubConfig::low_latency(),
            (Interval, 1, After(secs(5)), outbox(100, mib), true),
        ),
    ] {
        assert_eq!(preset(&config), expected, "{name}");
        // Everything else is the same in all of them, but for the timeouts of `testing`.
        let testing = name == "testing";
        let of = |seconds| if testing { secs(1) } else { secs(seconds) };
        assert_eq!(config.send_timeout, of(10), "{name}");
        assert_eq!(config.reply_timeout, of(30), "{name}");
        assert_eq!(config.identify_timeout, of(10), "{name}");
        assert_eq!(config.callback_timeout, of(10), "{name}");
        assert_eq!(config.handler_grace, of(5), "{name}");
        assert_eq!(config.flush_timeout, of(5), "{name}");
        assert_eq!(config.max_consecutive_errors, 0, "{name}");
        assert_eq!(config.inbox, outbox(256, 256 * 1024), "{name}");
        assert_eq!(config.duplicates, Duplicates::TakeOver, "{name}");
        assert_eq!((config.max_streams, config.max_unidentified), (None, 4096), "{name}");
        assert_eq!((config.publish.prefix.as_str(), config.publish.pings), ("grpc", false));
        assert!(Hub::<Sample>::new(config).is_ok(), "{name} cannot be built");
    }
}

#[test]
fn every_fault_is_listed_at_once() {
    let broken = HubConfig::production().with(|config| {
        config.ping.interval = Duration::ZERO;
        config.outbox.messages = 0;
        config.outbox.bytes = 0;
        config.inbox.messages = 0;
        config.inbox.bytes = 0;
        config.send_timeout = Duration::ZERO;
        config.reply_timeout = Duration::MAX;
        config.identify_timeout = Duration::ZERO;
        config.callback_timeout = Duration::ZERO;
        config.handler_grace = Duration::ZERO;
        config.flush_timeout = Duration::ZERO;
        config.max_streams = Some(0);
        config.max_unidentified = 0;
        config.publish.prefix = "a b".to_owned();
    });
    let error = Hub::<Sample>::new(broken).expect_err("faults");
    for field in [
        "ping.interval",
        "outbox.messages",
        "outbox.bytes",
        "inbox.messages",
        "inbox.bytes",
        "send_timeout",
        "reply_timeout",
        "identify_timeout",
        "callback_timeout",
        "handler_grace",
        "flush_timeout",
        "max_streams",
        "max_unidentified",
        "publish.prefix",
    ] {
        let named = error.faults().iter().filter(|fault| fault.contains(&format!("`{field}`")));
        assert_eq!(named.count(), 1, "`{field}` in {error}");
        assert!(error.to_string().contains(field));
    }
    assert_eq!(error.faults().len(), 14, "{error}");
}

#[test]
fn a_ping_timeout_has_bounds() {
    for (timeout, strategy) in [
        (Duration::MAX, PingStrategy::Disabled),
        (Duration::ZERO, PingStrategy::Disabled),
        (Duration::MAX, PingStrategy::Interval),
        (secs(5), PingStrategy::Interval),
    ] {
        let config = HubConfig::production().with(|config| {
            config.ping.strategy = strategy;
            config.ping.timeout = PingTimeout::After(timeout);
        });
        let error = Hub::<Sample>::new(config).expect_err("a fault");
        assert!(error.to_string().contains("`ping.timeout`"), "{timeout:?}: {error}");
    }
}

#[test]
fn an_automatic_ping_timeout_is_six_intervals_where_clients_are_not_silent_for_ever() {
    let timeout = |strategy| {
        let hub = Hub::<Sample>::new(HubConfig::production().with(|config| {
            config.ping.strategy = strategy;
        }));
        hub.expect("valid settings").0.context.ping_timeout
    };
    // The sample answers pings and has no heartbeat.
    assert_eq!(timeout(PingStrategy::Interval), Some(secs(30)));
    assert_eq!(timeout(PingStrategy::OnIdle), Some(secs(30)));
    assert_eq!(timeout(PingStrategy::Disabled), None);
}
