//! What stands for the handles where nothing is counted: it has no size and does nothing.

use std::{future::Future, pin::Pin, time::Duration};

use super::Metric;

type Labels<'a> = &'a [(&'static str, &'static str)];

#[derive(Clone, Debug)]
pub(crate) struct Counter;

#[expect(clippy::unused_self, reason = "as the handle of a recorder")]
impl Counter {
    pub(crate) fn noop() -> Self {
        Self
    }

    pub(crate) fn increment(&self, _: u64) {}
}

#[derive(Clone, Debug)]
pub(crate) struct Gauge;

#[expect(clippy::unused_self, reason = "as the handle of a recorder")]
impl Gauge {
    pub(crate) fn noop() -> Self {
        Self
    }

    pub(crate) fn increment(&self, _: f64) {}

    pub(crate) fn decrement(&self, _: f64) {}
}

#[derive(Clone, Debug)]
pub(crate) struct Histogram;

#[expect(clippy::unused_self, reason = "as the handle of a recorder")]
impl Histogram {
    pub(crate) fn noop() -> Self {
        Self
    }

    pub(crate) fn record(&self, _: Duration) {}
}

pub(crate) fn counter(_: &Metric, _: Labels<'_>) -> Counter {
    Counter
}

pub(crate) fn gauge(_: &Metric, _: Labels<'_>) -> Gauge {
    Gauge
}

pub(crate) fn histogram(_: &Metric, _: Labels<'_>) -> Histogram {
    Histogram
}

pub(crate) fn describe() {}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Began;

#[expect(clippy::unused_self, reason = "as with a recorder")]
impl Began {
    pub(crate) fn now() -> Self {
        Self
    }

    pub(crate) fn record(self, _: &Histogram) {}
}

pub(crate) fn timed<'a, F: Future>(
    future: Pin<&'a mut F>,
    _: Option<&Histogram>,
) -> Pin<&'a mut F> {
    future
}
