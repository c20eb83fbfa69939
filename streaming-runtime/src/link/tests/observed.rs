//! What a link logs, counts and traces, as docs/operations.md has it.

use std::{
    collections::BTreeMap,
    fmt::Debug,
    sync::{Arc, Mutex},
    time::Duration,
};

use tonic::Status;
use tracing::{
    Event, Metadata, Subscriber,
    field::{Field, Visit},
    span::{Attributes, Id, Record},
};

use super::{
    Link,
    peers::{Answer, Peer, Running, uri},
};
use crate::{status::Reason, testing::hear};

type Values = BTreeMap<&'static str, String>;

/// A line or a span.
#[derive(Clone, Debug)]
struct Seen {
    /// A span's name, a line's level.
    name: String,
    fields: Vec<&'static str>,
    values: Values,
}

/// Keeps the lines and spans of links.
#[derive(Clone, Debug, Default)]
struct Observer(Arc<Mutex<(Vec<Seen>, Vec<Seen>)>>);

struct Into<'a>(&'a mut Values);

impl Visit for Into<'_> {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.0.insert(field.name(), format!("{value:?}"));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.0.insert(field.name(), value.to_owned());
    }
}

fn seen(metadata: &Metadata<'_>, name: &str, record: impl FnOnce(&mut Into<'_>)) -> Seen {
    let mut values = Values::new();
    record(&mut Into(&mut values));
    let fields = metadata.fields().iter().map(|field| field.name()).collect();
    Seen { name: name.to_owned(), fields, values }
}

impl Subscriber for Observer {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target().starts_with("streaming_runtime::")
    }

    fn new_span(&self, span: &Attributes<'_>) -> Id {
        let seen = seen(span.metadata(), span.metadata().name(), |values| span.record(values));
        let (spans, _) = &mut *self.0.lock().expect("no panic");
        spans.push(seen);
        Id::from_u64(spans.len() as u64)
    }

    fn event(&self, event: &Event<'_>) {
        let level = event.metadata().level().as_str();
        if event.metadata().target().contains("::link") {
            let seen = seen(event.metadata(), level, |values| event.record(values));
            self.0.lock().expect("no panic").1.push(seen);
        }
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

/// It is refused, then told to go, then cut off, then replaced.
async fn a_life(observer: &Observer) -> (Vec<Seen>, Vec<Seen>, Peer) {
    let answers = [
        Answer::Refuse(Status::unavailable("not\nnow")),
        Answer::end(Status::ok("")),
        Answer::Refuse(Reason::Replaced.status()),
    ];
    let _heard = hear(observer.clone());
    let peer = Peer::start(answers);
    let addr = format!("http://me:secret@{}/?key=secret", peer.addr);
    let running = Running::start(Link::builder(addr).config(|config| {
        config.first_delay = Duration::from_millis(1);
        config.max_delay = Duration::from_millis(10);
    }));
    running.ends().await;
    let (spans, lines) = observer.0.lock().expect("no panic").clone();
    (spans, lines, peer)
}

#[tokio::test]
async fn each_attempt_is_one_line_that_says_why_and_when() {
    let (_, lines, peer) = a_life(&Observer::default()).await;
    let shown = |line: &Seen| {
        let of = |name: &str| line.values.get(name).cloned().unwrap_or_default();
        (of("attempt"), line.name.clone(), of("code"), of("reason"), of("message"))
    };
    let lines = lines.iter().inspect(|line| {
        assert_eq!(line.values["client"], "bot-1");
        assert_eq!(line.values["rpc"], "sample.v1.Sensors/Polite");
        assert_eq!(line.values["addr"], uri(peer.addr));
    });
    let lines: Vec<_> = lines.map(shown).collect();
    let [refused, told, replaced] = &lines[..] else { panic!("{lines:#?}") };
    let is = |line: &(String, String, String, String, String), expected: [&str; 4]| {
        let (attempt, level, code, reason, _) = line;
        assert_eq!([attempt, level, code, reason], expected, "{line:?}");
    };
    is(refused, ["1", "WARN", "Unavailable", ""]);
    assert!(refused.4.starts_with("no stream was opened, the next attempt is in "), "{refused:?}");
    assert!(refused.4.ends_with(r": not\nnow"), "{refused:?}");
    is(told, ["2", "INFO", "Ok", ""]);
    assert!(
        told.4.starts_with("the hub has ended the stream, the next attempt is in "),
        "{told:?}"
    );
    is(replaced, ["3", "ERROR", "Aborted", "replaced"]);
    let end =
        "no stream was opened, and the link ends: another stream with this client id took over";
    assert_eq!(replaced.4, end);
}

#[tokio::test]
async fn a_link_and_its_streams_are_spans_with_documented_fields() {
    let (spans, _, peer) = a_life(&Observer::default()).await;
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/operations.md");
    let page = std::fs::read_to_string(path).expect("the docs are there");
    let documented = page
        .lines()
        .filter_map(|line| line.strip_prefix("| `streaming.link"))
        .map(|line| line.split(" | ").take(2).collect::<Vec<_>>().join(" | "));
    let row = |seen: &Seen| {
        let fields: Vec<_> = seen.fields.iter().map(|field| format!("`{field}`")).collect();
        format!("{}` | {}", seen.name.trim_start_matches("streaming.link"), fields.join(", "))
    };
    let links: Vec<_> =
        spans.iter().filter(|span| span.name.starts_with("streaming.link")).collect();
    let [link, first, second, third] = links[..] else { panic!("{spans:#?}") };
    assert_eq!(documented.collect::<Vec<_>>(), [row(link), row(first)]);
    for (stream, attempt) in [(first, "1"), (second, "2"), (third, "3")] {
        let of = |name: &str| &stream.values[name];
        assert_eq!((of("attempt"), of("client")), (&attempt.to_owned(), &"bot-1".to_owned()));
        assert_eq!(*of("addr"), uri(peer.addr), "without secrets");
    }
}

#[cfg(feature = "metrics")]
#[tokio::test]
async fn a_link_counts_what_the_table_says() {
    use crate::{
        metrics::{ALL, tests::Counted},
        sample::Command,
    };

    let (counted, _guard) = Counted::start();
    let command = |text: &str| Command { text: text.to_owned(), ..super::measure(text) };
    let told = Answer::Say(
        vec![command("done"), Command { kind: 99, ..Command::default() }],
        Some((Duration::from_millis(100), Status::ok(""))),
    );
    let later = Answer::Refuse(Status::unavailable("later"));
    let peer = Peer::start([later, told, Answer::hold()]);
    let mut running = Running::start(Link::builder(uri(peer.addr)).config(|config| {
        config.first_delay = Duration::from_millis(1);
        config.max_delay = Duration::from_millis(10);
    }));
    let of = |name: &str| counted.moved().get(name).copied().unwrap_or_default();
    for text in ["a", "b"] {
        running.link.send(super::note(text)).await.expect("room");
    }
    assert_eq!(of("streaming_link_queued_messages"), 2);
    peer.asked("the last stream", |asked| (asked.len() == 3).then_some(())).await;
    running.is_online().await;
    let link = running.link.clone();
    let asks = link.send(super::note("asks")).ack().timeout(Duration::from_secs(1)).await;
    asks.expect_err("nobody answers");
    assert_eq!(of("streaming_links online"), 1);
    link.close("enough");
    tokio::time::timeout(super::peers::LONG, &mut running.run)
        .await
        .expect("it ends")
        .expect("no panic")
        .expect("closed");
    let moved = counted.moved();
    for (name, count) in [
        ("streaming_link_attempts_total unavailable", 1),
        ("streaming_link_attempts_total opened", 2),
        ("streaming_link_losses_total ok", 1),
        ("streaming_link_commands_total measure", 1),
        ("streaming_link_commands_total unknown", 1),
        // With its goodbye.
        ("streaming_link_messages_total written", 4),
        ("streaming_link_requests_total timeout", 1),
    ] {
        assert_eq!(moved.get(name), Some(&count), "{name}: {moved:#?}");
    }
    for name in
        ["streaming_links online", "streaming_link_queued_messages", "streaming_link_open_requests"]
    {
        assert_eq!(moved.get(name), None, "{name} is left: {moved:#?}");
    }
    // All of them, and none of a hub's.
    let all =
        ALL.iter().map(|metric| metric.name).filter(|name| name.starts_with("streaming_link"));
    let all: std::collections::BTreeSet<_> = all.map(str::to_owned).collect();
    assert_eq!(counted.names(), all);
}
