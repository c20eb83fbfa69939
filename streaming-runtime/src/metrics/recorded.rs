//! Handles on the recorder of the `metrics` crate. Made once where they are used for each message.

use std::{
    future::{Future, poll_fn},
    pin::Pin,
};

use ::metrics::Unit;
use tokio::time::Instant;

use super::{ALL, Kind, Metric};

pub(crate) use ::metrics::{Counter, Gauge, Histogram};

type Labels<'a> = &'a [(&'static str, &'static str)];

pub(crate) fn counter(metric: &Metric, labels: Labels<'_>) -> Counter {
    ::metrics::counter!(metric.name, labels)
}

pub(crate) fn gauge(metric: &Metric, labels: Labels<'_>) -> Gauge {
    ::metrics::gauge!(metric.name, labels)
}

pub(crate) fn histogram(metric: &Metric, labels: Labels<'_>) -> Histogram {
    ::metrics::histogram!(metric.name, labels)
}

/// Tells the recorder what each metric is.
pub(crate) fn describe() {
    for metric in ALL {
        let unit = match metric.unit {
            "seconds" => Unit::Seconds,
            "bytes" => Unit::Bytes,
            _ => Unit::Count,
        };
        let Metric { name, description, .. } = *metric;
        match metric.kind {
            Kind::Counter => ::metrics::describe_counter!(name, unit, description),
            Kind::Gauge => ::metrics::describe_gauge!(name, unit, description),
            Kind::Histogram => ::metrics::describe_histogram!(name, unit, description),
        }
    }
}

/// When something began.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Began(Instant);

impl Began {
    pub(crate) fn now() -> Self {
        Self(Instant::now())
    }

    pub(crate) fn record(self, histogram: &Histogram) {
        histogram.record(self.0.elapsed());
    }
}

/// Runs `future`; what it takes from the first time on that it has to wait goes to `histogram`.
pub(crate) async fn timed<F: Future>(
    mut future: Pin<&mut F>,
    histogram: Option<&Histogram>,
) -> F::Output {
    let mut waits: Option<Began> = None;
    let output = poll_fn(|cx| {
        let polled = future.as_mut().poll(cx);
        if polled.is_pending() {
            waits.get_or_insert_with(Began::now);
        }
        polled
    });
    let output = output.await;
    if let (Some(waits), Some(histogram)) = (waits, histogram) {
        waits.record(histogram);
    }
    output
}
