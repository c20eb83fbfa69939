//! Lines that are let through, and spans as docs/operations.md has them.

use std::{
    collections::BTreeMap,
    fmt::Debug,
    sync::{Arc, Mutex},
};

use tracing::{
    Event, Metadata, Subscriber,
    field::{Field, Visit},
    span::{Attributes, Id, Record},
};

use super::*;
use crate::{
    Hub,
    config::HubConfig,
    error::Failure,
    id::OwnedId,
    sample::{Command, Message, RESET, Sample, note},
    session::{Client, Handler},
    testing::{Clients, hear},
};

#[tokio::test(start_paused = true)]
async fn one_line_a_second_is_let_through() {
    let seldom = Seldom::default();
    assert!(seldom.is_due());
    assert!(!seldom.is_due());
    tokio::time::advance(Duration::from_millis(999)).await;
    assert!(!seldom.is_due());
    tokio::time::advance(Duration::from_millis(1)).await;
    assert!(seldom.is_due());
    assert!(!seldom.is_due());
}

/// A span: the fields that it may have, and what they hold.
#[derive(Debug)]
struct Seen {
    name: &'static str,
    fields: Vec<&'static str>,
    values: BTreeMap<&'static str, String>,
    within: Option<u64>,
    closed: bool,
}

/// Keeps the spans of this crate. A span's id is its place, counted from 1.
#[derive(Clone, Debug, Default)]
struct Spans(Arc<Mutex<(Vec<Seen>, Vec<u64>)>>);

struct Values<'a>(&'a mut BTreeMap<&'static str, String>);

impl Visit for Values<'_> {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.0.insert(field.name(), format!("{value:?}"));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.0.insert(field.name(), value.to_owned());
    }
}

impl Spans {
    fn with<T>(&self, see: impl FnOnce(&mut Vec<Seen>, &mut Vec<u64>) -> T) -> T {
        let (seen, entered) = &mut *self.0.lock().expect("no panic");
        see(seen, entered)
    }

    fn at<T>(&self, id: &Id, see: impl FnOnce(&mut Seen) -> T) -> T {
        let at = usize::try_from(id.into_u64() - 1).expect("few");
        self.with(|seen, _| see(&mut seen[at]))
    }
}

impl Subscriber for Spans {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.is_span() && metadata.name().starts_with("streaming.")
    }

    fn new_span(&self, span: &Attributes<'_>) -> Id {
        let metadata = span.metadata();
        let fields = metadata.fields().iter().map(|field| field.name()).collect();
        let mut values = BTreeMap::new();
        span.record(&mut Values(&mut values));
        self.with(|seen, entered| {
            let within = entered.last().copied().filter(|_| span.is_contextual());
            seen.push(Seen { name: metadata.name(), fields, values, within, closed: false });
            Id::from_u64(seen.len() as u64)
        })
    }

    fn record(&self, id: &Id, values: &Record<'_>) {
        self.at(id, |seen| values.record(&mut Values(&mut seen.values)));
    }

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, _: &Event<'_>) {}

    fn enter(&self, id: &Id) {
        self.with(|_, entered| entered.push(id.into_u64()));
    }

    fn exit(&self, _: &Id) {
        self.with(|_, entered| entered.pop());
    }

    fn try_close(&self, id: Id) -> bool {
        self.at(&id, |seen| seen.closed = true);
        true
    }
}

/// Asks its client something, under an id that a log would stumble over.
struct Asks;

impl Handler<Sample> for Asks {
    async fn dispatch(&self, client: &Client<Sample>, _: Message) -> Result<(), Failure> {
        let command = Command { kind: RESET, id: "a\nb".to_owned(), ..Command::default() };
        client.send(command).ack().await.map(drop).map_err(Failure::new)
    }
}

#[tokio::test(start_paused = true)]
async fn spans_have_the_fields_that_are_documented_and_hold_no_raw_text() {
    let spans = Spans::default();
    let _heard = hear(spans.clone());
    let hub = Hub::new(HubConfig::testing()).expect("valid settings");
    let mut peer = Clients::new(Asks, hub).connect(note(0)).await;
    let command_id = peer.next().await.id;
    peer.ack(OwnedId::Str(command_id));
    peer.half_close();
    peer.disconnected().await;
    tokio::time::sleep(Duration::from_secs(1)).await;
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/operations.md");
    let page = std::fs::read_to_string(path).expect("the docs are there");
    spans.with(|seen, _| {
        let [session, request] = &seen[..] else { panic!("{seen:#?}") };
        assert_eq!((session.name, session.within), ("streaming.session", None));
        assert_eq!((request.name, request.within), ("streaming.request", Some(1)));
        let rpc = ("rpc", "sample.v1.Sensors/Sample");
        let values = |seen: &Seen| -> Vec<_> {
            let values = seen.values.iter().map(|(name, value)| (*name, value.clone()));
            values.filter(|(name, _)| *name != "epoch").collect()
        };
        let expected = |all: &[(&'static str, &str)]| -> Vec<_> {
            all.iter().map(|(name, value)| (*name, (*value).to_owned())).collect()
        };
        assert_eq!(values(session), expected(&[("client", "sensor"), rpc]));
        let own = [("client", "sensor"), ("command_id", "a\\nb"), ("outcome", "answered"), rpc];
        assert_eq!(values(request), expected(&own));
        let documented: Vec<String> = page
            .lines()
            .filter_map(|line| line.strip_prefix("| `streaming."))
            .filter(|line| !line.starts_with("link"))
            .map(|line| line.split(" | ").take(2).collect::<Vec<_>>().join(" | "))
            .collect();
        let row = |seen: &Seen| {
            let fields: Vec<_> = seen.fields.iter().map(|field| format!("`{field}`")).collect();
            let name = seen.name.trim_start_matches("streaming.");
            format!("{name}` | {}", fields.join(", "))
        };
        assert_eq!(documented, [row(session), row(request)]);
        assert!(session.closed && request.closed, "{seen:#?}");
    });
}
