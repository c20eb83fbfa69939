//! What a scraper reads: every metric's name, and the handles that the hub counts with.
//!
//! With the feature `metrics` they go to whatever recorder the [`metrics`](https://docs.rs/metrics) crate has when a hub,
//! a link or a publisher is built: install the exporter first. Without it nothing is counted, and nothing is paid for.

mod catalog;
#[cfg(feature = "cluster")]
mod cluster;
mod figure;
mod hub;
#[cfg(feature = "link")]
mod link;
mod names;
#[cfg(feature = "metrics")]
mod recorded;
mod request;
#[cfg(not(feature = "metrics"))]
mod silent;
#[cfg(all(test, feature = "metrics"))]
pub(crate) mod tests;

#[cfg(feature = "metrics")]
use recorded as sink;
#[cfg(not(feature = "metrics"))]
use silent as sink;

pub use catalog::*;
#[cfg(feature = "cluster")]
pub(crate) use cluster::ClusterMeters;
pub(crate) use figure::Share;
pub(crate) use hub::Meters;
#[cfg(feature = "link")]
pub(crate) use link::{Doing, LinkMeters};
pub(crate) use request::Watch;
#[cfg(feature = "centrifugo")]
pub(crate) use sink::{Counter, Gauge, Histogram, counter, describe, gauge, histogram};
