//! What is traced while a test of this crate runs.

use tracing::{
    Dispatch, Subscriber,
    subscriber::{DefaultGuard, NoSubscriber, set_default},
};

/// The subscriber of this thread, until it is dropped.
pub(crate) struct Heard {
    _guard: DefaultGuard,
    _other: Dispatch,
}

/// Lets `subscriber` hear what this thread traces.
///
/// Where there is one subscriber, a callsite asks that of the thread that meets it first, which may be another test's, with
/// none. So there are two.
pub(crate) fn hear(subscriber: impl Subscriber + Send + Sync + 'static) -> Heard {
    let other = Dispatch::new(NoSubscriber::new());
    let guard = set_default(subscriber);
    tracing::callsite::rebuild_interest_cache();
    Heard { _guard: guard, _other: other }
}
