//! The line between a client and the hub, and what can be wrong with it.

use std::{future::Future, pin::pin, time::Duration};

use futures_util::future::{Either, select};
use tokio::{
    sync::watch,
    time::{Instant, timeout_at},
};

/// One line, whose faults can change at any time. It counts in units: commands in memory, bytes over HTTP/2.
pub(super) struct Line {
    faults: watch::Sender<Faults>,
}

/// What is wrong with a line.
#[derive(Clone, Copy, Default)]
pub(super) struct Faults {
    /// Everything is lost, and nobody is told.
    pub(super) lost: bool,
    /// It was reset.
    pub(super) cut: bool,
    /// It is reset after so many more units from the hub.
    pub(super) cut_after: Option<u64>,
    /// So many units from the hub pass per time.
    pub(super) pace: Option<(u64, Duration)>,
    /// How long everything takes, in both directions.
    pub(super) delay: Duration,
}

/// Counts what comes from the hub.
pub(super) struct Meter {
    changes: watch::Receiver<Faults>,
    /// The end of the current tick, and how much has passed in it.
    until: Instant,
    passed: u64,
}

impl Meter {
    /// Begins a tick where the last one is over.
    fn tick(&mut self, tick: Duration) {
        let now = Instant::now();
        if now >= self.until {
            self.until = now + tick;
            self.passed = 0;
        }
    }

    /// What `future` gives; `None` where before that the faults are others than when [`Line::room`] looked at them.
    pub(super) async fn unless_changed<T>(&mut self, future: impl Future<Output = T>) -> Option<T> {
        match select(pin!(future), pin!(self.changes.changed())).await {
            Either::Left((output, _)) => Some(output),
            Either::Right(_) => None,
        }
    }
}

impl Line {
    /// One without faults.
    pub(super) fn new() -> Self {
        Self { faults: watch::Sender::new(Faults::default()) }
    }

    pub(super) fn meter(&self) -> Meter {
        Meter { changes: self.faults.subscribe(), until: Instant::now(), passed: 0 }
    }

    pub(super) fn change(&self, change: impl FnOnce(&mut Faults)) {
        self.faults.send_modify(change);
    }

    pub(super) fn cut(&self) {
        self.change(|faults| faults.cut = true);
    }

    pub(super) fn faults(&self) -> Faults {
        *self.faults.borrow()
    }

    /// Waits until the line is cut.
    pub(super) async fn is_cut(&self) {
        // The sender is `self`.
        let _ = self.faults.subscribe().wait_for(|faults| faults.cut).await;
    }

    /// Waits until something may come from the hub, and says how much. `None`: the line is cut.
    pub(super) async fn room(&self, meter: &mut Meter) -> Option<u64> {
        loop {
            let faults = *meter.changes.borrow_and_update();
            if faults.cut {
                return None;
            }
            let most = faults.cut_after.unwrap_or(u64::MAX);
            let Some((units, tick)) = faults.pace.filter(|_| !faults.lost) else {
                return Some(most);
            };
            meter.tick(tick);
            if meter.passed < units {
                return Some(most.min(units - meter.passed));
            }
            // What comes first: the next tick, or another fault.
            let _ = timeout_at(meter.until, meter.changes.changed()).await;
        }
    }

    /// So many units have come from the hub. Says whether they go on.
    pub(super) fn pass(&self, meter: &mut Meter, units: u64) -> bool {
        let faults = self.faults();
        if let Some((_, tick)) = faults.pace {
            // It may have come before anybody looked at the pace.
            meter.tick(tick);
            meter.passed += units;
        }
        if let Some(left) = faults.cut_after {
            let left = left.saturating_sub(units);
            self.change(|faults| {
                faults.cut_after = Some(left);
                faults.cut |= left == 0;
            });
        }
        !faults.lost
    }
}
