//! The user's callbacks: bounded in time, their panics caught.
//!
//! Made of combinators, where an `async fn` would keep what it is given twice: some are kept as long as a stream.

use std::{future::Future, panic::AssertUnwindSafe, time::Duration};

use futures_util::FutureExt as _;
use tokio::time::timeout;
use tonic::Status;

use crate::error::{Failure, HandlerError};

/// What the end of a callback that takes longer than it may is called.
pub(crate) const CALLBACK: &str = "a callback took longer than the callback timeout";

/// Runs a callback: bounded in time, its panic caught.
pub(crate) fn guarded<T>(
    within: Duration,
    too_long: &'static str,
    callback: impl Future<Output = Result<T, Failure>>,
) -> impl Future<Output = Result<T, HandlerError>> {
    let late =
        move |_| Err(HandlerError::failed(Failure::new(Status::deadline_exceeded(too_long))));
    timeout(within, caught(callback)).map(move |outcome| outcome.unwrap_or_else(late))
}

/// Runs a callback: its panic caught.
pub(crate) fn caught<T>(
    callback: impl Future<Output = Result<T, Failure>>,
) -> impl Future<Output = Result<T, HandlerError>> {
    AssertUnwindSafe(callback).catch_unwind().map(|outcome| match outcome {
        Ok(outcome) => outcome.map_err(HandlerError::failed),
        Err(panic) => Err(HandlerError::panicked(&*panic)),
    })
}
